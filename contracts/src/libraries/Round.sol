// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What the chain made of one quorum of observations, in one storage word:
///
///     value u64 | slot u40 | valueTime u96 | coveredTime u32 | signers u8 | gaps u8 | flags u8
///
/// `valueTime` (8 decimals · seconds) and `coveredTime` (seconds) accumulate up to `slot`; `gaps` counts,
/// modulo 256, the uncovered stretches longer than {LONG_GAP} that ended at or before this round.
type Round is uint256;

using RoundLib for Round global;

/// @notice An accumulator frozen at a UTC midnight, in one storage word:
///
///     valueTime u96 | coveredTime u32 | gaps u8 | before u40 | after u40 | written u8
///
/// `uncoveredBefore` is for how long midnight had been uncovered when it struck, `uncoveredAfter` for how
/// long it stayed uncovered (or became so) until the round that wrote this word.
type Checkpoint is uint256;

using CheckpointLib for Checkpoint global;

/// @dev An uncovered stretch longer than this is a gap that the first rung of settlement refuses.
uint40 constant LONG_GAP = 24 hours;

library RoundLib {
    function pack(
        uint64 value_,
        uint40 slot_,
        uint96 valueTime_,
        uint32 coveredTime_,
        uint8 signers_,
        uint8 gaps_,
        uint8 flags_
    ) internal pure returns (Round) {
        return Round.wrap(
            (uint256(value_) << 192) | (uint256(slot_) << 152) | (uint256(valueTime_) << 56)
                | (uint256(coveredTime_) << 24) | (uint256(signers_) << 16) | (uint256(gaps_) << 8)
                | flags_
        );
    }

    function value(Round r) internal pure returns (uint64) {
        return uint64(Round.unwrap(r) >> 192);
    }

    function slot(Round r) internal pure returns (uint40) {
        return uint40(Round.unwrap(r) >> 152);
    }

    function valueTime(Round r) internal pure returns (uint96) {
        return uint96(Round.unwrap(r) >> 56);
    }

    function coveredTime(Round r) internal pure returns (uint32) {
        return uint32(Round.unwrap(r) >> 24);
    }

    function signers(Round r) internal pure returns (uint8) {
        return uint8(Round.unwrap(r) >> 16);
    }

    function gaps(Round r) internal pure returns (uint8) {
        return uint8(Round.unwrap(r) >> 8);
    }

    function flags(Round r) internal pure returns (uint8) {
        return uint8(Round.unwrap(r));
    }

    /// @notice The accumulators carried from this round to `time`: the value holds to the left of the next
    /// round, for at most `hold` seconds, and is never interpolated, so a late round cannot rewrite the past.
    /// @dev Three values on the stack: a struct in memory would cost every index of every round.
    /// @return valueTime_ 8 decimals · seconds.
    /// @return coveredTime_ Seconds.
    /// @return uncovered Seconds at the end of (slot, time] that no value covers.
    function carry(Round r, uint40 time, uint40 hold)
        internal
        pure
        returns (uint96 valueTime_, uint32 coveredTime_, uint40 uncovered)
    {
        if (Round.unwrap(r) == 0) return (0, 0, time);
        unchecked {
            uint40 elapsed = time - r.slot();
            uint40 held = elapsed < hold ? elapsed : hold;
            valueTime_ = r.valueTime() + uint96(r.value()) * held;
            coveredTime_ = r.coveredTime() + uint32(held);
            uncovered = elapsed - held;
        }
    }
}

library CheckpointLib {
    function pack(
        uint96 valueTime_,
        uint32 coveredTime_,
        uint8 gaps_,
        uint40 before_,
        uint40 after_
    ) internal pure returns (Checkpoint) {
        return Checkpoint.wrap(
            (uint256(valueTime_) << 160) | (uint256(coveredTime_) << 128) | (uint256(gaps_) << 120)
                | (uint256(before_) << 80) | (uint256(after_) << 40) | 1
        );
    }

    function isWritten(Checkpoint c) internal pure returns (bool) {
        return Checkpoint.unwrap(c) != 0;
    }

    function valueTime(Checkpoint c) internal pure returns (uint96) {
        return uint96(Checkpoint.unwrap(c) >> 160);
    }

    function coveredTime(Checkpoint c) internal pure returns (uint32) {
        return uint32(Checkpoint.unwrap(c) >> 128);
    }

    function gaps(Checkpoint c) internal pure returns (uint8) {
        return uint8(Checkpoint.unwrap(c) >> 120);
    }

    function uncoveredBefore(Checkpoint c) internal pure returns (uint40) {
        return uint40(Checkpoint.unwrap(c) >> 80);
    }

    function uncoveredAfter(Checkpoint c) internal pure returns (uint40) {
        return uint40(Checkpoint.unwrap(c) >> 40);
    }

    /// @notice What accumulated from one checkpoint to a later one, `span` seconds after it.
    /// @return valueTime_ 8 decimals · seconds.
    /// @return coveredTime_ Seconds.
    /// @return longGap Whether an uncovered stretch longer than {LONG_GAP} lies between them.
    function until(Checkpoint a, Checkpoint b, uint40 span)
        internal
        pure
        returns (uint96 valueTime_, uint32 coveredTime_, bool longGap)
    {
        valueTime_ = b.valueTime() - a.valueTime();
        coveredTime_ = b.coveredTime() - a.coveredTime();

        // Gaps that ended inside are counted; the one open at the start counts for its part inside only, and the
        // one open at the end has not been counted yet. Written as two sums because the counter is modulo 256.
        uint40 inside = a.uncoveredAfter() < span ? a.uncoveredAfter() : span;
        uint40 open = b.uncoveredBefore() < span ? b.uncoveredBefore() : span;
        uint256 found = (inside > LONG_GAP ? 1 : 0) + (open > LONG_GAP ? 1 : 0);
        uint256 outside = a.uncoveredBefore() + a.uncoveredAfter() > LONG_GAP ? 1 : 0;
        unchecked {
            longGap = uint8(b.gaps() - a.gaps()) + found > outside;
        }
    }
}
