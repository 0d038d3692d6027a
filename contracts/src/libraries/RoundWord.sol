// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

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

    /// @notice The round after `last`, whose value covers at most `hold` seconds.
    /// @param value_ At most {MOST_VALUE}, not zero.
    /// @param confidence8 Half-width around the value, 8 decimals.
    function after_(
        RoundWord last,
        uint40 slot_,
        uint40 hold,
        uint256 value_,
        uint256 confidence8,
        uint256 providers_,
        uint256 signers_
    ) internal pure returns (RoundWord) {
        uint256 word = (value_ << 200) | (uint256(slot_) << 168)
            | (_toBpsUp(confidence8, value_) << 24) | (providers_ << 16) | (signers_ << 8);
        if (RoundWord.unwrap(last) == 0) return RoundWord.wrap(word);
        (uint96 valueTime_, uint32 coveredTime_, uint40 uncovered) = last.carry(slot_, hold);
        unchecked {
            uint8 gaps_ = last.gaps() + (uncovered > LONG_GAP ? 1 : 0);
            return RoundWord.wrap(
                word | (uint256(valueTime_) << 72) | (uint256(coveredTime_) << 40) | gaps_
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
    function _toBpsUp(uint256 confidence8, uint256 value_) private pure returns (uint256) {
        unchecked {
            uint256 bps = (confidence8 * BPS + value_ - 1) / value_;
            return bps > type(uint16).max ? type(uint16).max : bps;
        }
    }
}
