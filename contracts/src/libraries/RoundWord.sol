// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { CommonReport } from "./CommonReport.sol";
import { LONG_GAP } from "./Round.sol";

/// @notice A round of an index, in one storage word:
///
///     value u56 | slot u32 | valueTime u96 | coveredTime u32 | confidence u16 | providers u8 | signers u8 | gaps u8
///
/// `confidence` is in basis points of the value, rounded up. The rest is as in {Round}: `valueTime` (8 decimals ·
/// seconds) and `coveredTime` (seconds) accumulate up to `slot`, and `gaps` counts, modulo 256, the uncovered
/// stretches longer than {LONG_GAP} that ended at or before this round. A slot of 32 bits lasts until 2106.
type RoundWord is uint256;

using RoundWordLib for RoundWord global;

library RoundWordLib {
    /// @notice Greatest value that fits: 720 million USD.
    uint256 internal constant MOST_VALUE = type(uint56).max;
    uint256 private constant BPS = 10_000;
    /// @dev The bits of valueTime and coveredTime.
    uint256 private constant ACCUMULATED = uint256(type(uint128).max) << 40;

    /// @notice A round with nothing before it.
    /// @param figure Of {CommonReport}, its value not zero and at most {MOST_VALUE}.
    function pack(uint256 slot_, uint256 figure, uint256 signers_)
        internal
        pure
        returns (RoundWord)
    {
        unchecked {
            return RoundWord.wrap(
                (CommonReport.value(figure) << 200) | (slot_ << 168) | (_toBpsUp(figure) << 24)
                    | (CommonReport.providers(figure) << 16) | (signers_ << 8)
            );
        }
    }

    /// @notice A round of {pack} with what accumulated up to it, when it is the first after `last`, whose value
    /// covers at most `hold` seconds.
    /// @dev {carry} without its three results: this is paid for every index of every round.
    function since(RoundWord next, RoundWord last, uint256 hold) internal pure returns (RoundWord) {
        unchecked {
            uint256 word = RoundWord.unwrap(last);
            uint256 elapsed = next.slot() - last.slot();
            uint256 covered = _least(elapsed, hold);
            uint256 longGap;
            assembly ("memory-safe") {
                longGap := gt(sub(elapsed, covered), LONG_GAP)
            }
            // Neither sum reaches its neighbour: 56 and 32 bits make 88, and 32 bits of seconds last until 2106.
            return RoundWord.wrap(
                RoundWord.unwrap(next) + (word & ACCUMULATED) + (((word >> 200) * covered) << 72)
                    + (covered << 40) + uint8(word + longGap)
            );
        }
    }

    function value(RoundWord r) internal pure returns (uint64) {
        return uint64(RoundWord.unwrap(r) >> 200);
    }

    function slot(RoundWord r) internal pure returns (uint40) {
        return uint32(RoundWord.unwrap(r) >> 168);
    }

    function valueTime(RoundWord r) internal pure returns (uint96) {
        return uint96(RoundWord.unwrap(r) >> 72);
    }

    function coveredTime(RoundWord r) internal pure returns (uint32) {
        return uint32(RoundWord.unwrap(r) >> 40);
    }

    function confidenceBps(RoundWord r) internal pure returns (uint16) {
        return uint16(RoundWord.unwrap(r) >> 24);
    }

    function providers(RoundWord r) internal pure returns (uint8) {
        return uint8(RoundWord.unwrap(r) >> 16);
    }

    function signers(RoundWord r) internal pure returns (uint8) {
        return uint8(RoundWord.unwrap(r) >> 8);
    }

    function gaps(RoundWord r) internal pure returns (uint8) {
        return uint8(RoundWord.unwrap(r));
    }

    /// @notice The accumulators carried from this round to `time`: the value holds to the left of the next round, for
    /// at most `hold` seconds, and is never interpolated, so a late round cannot rewrite the past.
    /// @return valueTime_ 8 decimals · seconds.
    /// @return coveredTime_ Seconds.
    /// @return uncovered Seconds at the end of (slot, time] that no value covers.
    function carry(RoundWord r, uint40 time, uint40 hold)
        internal
        pure
        returns (uint96 valueTime_, uint32 coveredTime_, uint40 uncovered)
    {
        unchecked {
            uint40 elapsed = time - r.slot();
            uint40 covered = elapsed < hold ? elapsed : hold;
            valueTime_ = r.valueTime() + uint96(r.value()) * covered;
            coveredTime_ = r.coveredTime() + uint32(covered);
            uncovered = elapsed - covered;
        }
    }

    /// @dev Rounded up, so that no reader takes a value for surer than it is; wider than 655.35 % says no more.
    function _toBpsUp(uint256 figure) private pure returns (uint256) {
        unchecked {
            uint256 value_ = CommonReport.value(figure);
            uint256 bps = (CommonReport.confidence(figure) * BPS + value_ - 1) / value_;
            return _least(bps, type(uint16).max);
        }
    }

    /// @dev Without a jump.
    function _least(uint256 a, uint256 b) private pure returns (uint256 least) {
        assembly ("memory-safe") {
            least := xor(b, mul(xor(a, b), lt(a, b)))
        }
    }
}
