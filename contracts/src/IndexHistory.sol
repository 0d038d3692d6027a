// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IndexTerms } from "./IndexTerms.sol";
import { ISpotIndexReader, State, Timing } from "./interfaces/ISpotIndexReader.sol";
import { ISpotIndexV2 } from "./interfaces/ISpotIndexV2.sol";
import { Limits } from "./libraries/Limits.sol";
import { Checkpoint, CheckpointLib } from "./libraries/Round.sol";
import { RoundWord } from "./libraries/RoundWord.sol";

/// @title IndexHistory
/// @notice The part of {ISpotIndexV2} that keeps rounds and checkpoints, and reads them.
///
/// Each index has a ring of its own that holds ten days of rounds as close as they may come, and a cell that says how
/// many there were and how long a value holds: {fresh} reads two words, whatever the limits.
abstract contract IndexHistory is IndexTerms {
    /// @dev Rounds stay readable for so long at any pace; older ones live on in the checkpoints and in the log.
    uint40 internal constant KEPT = 10 days;

    /// @dev A cell is hold u17 | rounds u32; a word has five of them.
    uint256 internal constant CELLS = 5;
    uint256 internal constant CELL_BITS = 49;
    uint256 private constant COUNT_BITS = 32;
    uint256 private constant HOLD_MASK = (1 << 17) - 1;

    uint256 internal immutable _ringSize;

    uint256[(MOST_INDICES + CELLS - 1) / CELLS] internal _cells;
    mapping(uint256 index => mapping(uint256 day => Checkpoint)) private _checkpoints;
    /// @dev By index and place, which need no hash so.
    RoundWord[MOST_INDICES << COUNT_BITS] private _rings;

    constructor() {
        // One more than the rounds of ten days, so that the oldest of them is not the next to go.
        _ringSize = KEPT / _leastInterval + 1;
    }

    /// @inheritdoc ISpotIndexReader
    function latest(uint256 index) external view returns (RoundView memory) {
        (RoundWord r,) = _latest(index);
        return _view(r);
    }

    /// @inheritdoc ISpotIndexReader
    function fresh(uint256 index) external view returns (uint64 value, uint40 slot) {
        (RoundWord r, uint40 hold) = _latest(index);
        slot = r.slot();
        if (block.timestamp > uint256(slot) + hold) {
            revert StaleIndex(index, slot, block.timestamp - hold);
        }
        return (r.value(), slot);
    }

    /// @inheritdoc ISpotIndexReader
    function status(uint256 index) external view returns (Status memory s) {
        (RoundWord r, uint40 hold) = _latest(index);
        ReporterConfig memory config = reporterConfig();
        s.name = _name(index);
        s.state = block.timestamp > uint256(r.slot()) + hold
            ? State.HALTED
            : r.signers() <= config.quorum ? State.THIN : State.LIVE;
        s.latest = _view(r);
        s.timing = timingOf(index);
        s.epoch = config.epoch;
        s.quorum = config.quorum;
        s.reporters = uint8(config.reporters.length);
        s.wideQuorum = uint8(_limitsWord(index).wideQuorum(s.quorum, s.reporters));
        s.methodHash = config.methodHash;
        s.indexSet = indexSet();
    }

    /// @inheritdoc ISpotIndexReader
    function roundAt(uint256 index, uint256 roundId) external view returns (RoundView memory) {
        return _view(_roundAt(index, roundId));
    }

    /// @inheritdoc ISpotIndexV2
    function quality(uint256 index, uint256 roundId)
        external
        view
        returns (uint16 confidenceBps, uint8 providers)
    {
        RoundWord r = _roundAt(index, roundId);
        return (r.confidenceBps(), r.providers());
    }

    /// @inheritdoc ISpotIndexReader
    function roundsOf(uint256 index) public view returns (uint256) {
        _checkIndex(index);
        return _count(_cells[index / CELLS], _shift(index));
    }

    /// @inheritdoc ISpotIndexV2
    function lastSlot() external view returns (uint40 slot) {
        for (uint256 i; i < _indices(); ++i) {
            (RoundWord r,) = _latest(i);
            if (r.slot() > slot) slot = r.slot();
        }
    }

    /// @inheritdoc ISpotIndexReader
    function window(uint256 index, uint40 start, uint40 end)
        external
        view
        returns (Window memory w)
    {
        Checkpoint a = _checkpointAt(index, start);
        (w.valueTime, w.coveredTime, w.longGap) = a.until(_checkpointAt(index, end), end - start);
    }

    /// @inheritdoc ISpotIndexReader
    function isFinal(uint40 time) public view returns (bool) {
        return block.timestamp >= uint256(time) + _maxAge;
    }

    /// @inheritdoc ISpotIndexReader
    function timing() external view returns (Timing memory) {
        return timingOf(0);
    }

    /// @inheritdoc ISpotIndexV2
    function timingOf(uint256 index) public view returns (Timing memory) {
        Limits memory l = limitsOf(index);
        return
            Timing(_grid, l.heartbeat, l.grace, _maxAge, l.minInterval, l.deviationBps, l.bandBps);
    }

    // ── writing ────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Rounds of an index so far, from the word of its group.
    function _count(uint256 cells, uint256 shift) internal pure returns (uint256) {
        return uint32(cells >> shift);
    }

    /// @dev Where in the word of its group the cell of an index begins.
    function _shift(uint256 index) internal pure returns (uint256) {
        unchecked {
            return index % CELLS * CELL_BITS;
        }
    }

    /// @dev The cell of an index after its first round; each further one adds 1 to it.
    function _firstCell(uint40 hold) internal pure returns (uint256) {
        return (uint256(hold) << COUNT_BITS) | 1;
    }

    /// @dev Where in storage the ring of an index begins; round r is at r modulo its size from there.
    function _ring(uint256 index) internal pure returns (uint256 start) {
        assembly ("memory-safe") {
            start := add(_rings.slot, shl(COUNT_BITS, index))
        }
    }

    /// @dev Every midnight since the round before gets its checkpoint from that round.
    function _writeCheckpoints(uint256 index, RoundWord last, uint40 slot, uint40 hold) internal {
        unchecked {
            for (uint256 day = last.slot() / 1 days + 1; day <= slot / 1 days; ++day) {
                _checkpoints[index][day] = _freeze(last, hold, uint40(day * 1 days), slot);
            }
        }
    }

    // ── reading ────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Number 0 is a place that nothing is written to before the ring goes round: all zero without any round.
    function _load(uint256 index, uint256 roundId) private view returns (RoundWord r) {
        uint256 place = _ring(index) + roundId % _ringSize;
        assembly ("memory-safe") {
            r := sload(place)
        }
    }

    /// @dev All zero before the first round.
    function _latest(uint256 index) internal view returns (RoundWord r, uint40 hold) {
        _checkIndex(index);
        uint256 cells = _cells[index / CELLS];
        unchecked {
            hold = uint40((cells >> (_shift(index) + COUNT_BITS)) & HOLD_MASK);
        }
        r = _load(index, _count(cells, _shift(index)));
    }

    function _roundAt(uint256 index, uint256 roundId) private view returns (RoundWord) {
        uint256 count = roundsOf(index);
        if (roundId == 0 || roundId > count || roundId + _ringSize <= count) {
            revert RoundEvicted(roundId);
        }
        return _load(index, roundId);
    }

    /// @dev The accumulators at `midnight`, knowing that no round follows `last` until `until`.
    function _freeze(RoundWord last, uint40 hold, uint40 midnight, uint40 until)
        private
        pure
        returns (Checkpoint)
    {
        (uint96 valueTime, uint32 coveredTime, uint40 before) = last.carry(midnight, hold);
        (,, uint40 uncovered) = last.carry(until, hold);
        uint40 late = until - midnight;
        return CheckpointLib.pack(
            valueTime, coveredTime, last.gaps(), before, uncovered < late ? uncovered : late
        );
    }

    /// @dev A final midnight that no round of this index has passed yet is computed as the next one would write it now.
    function _checkpointAt(uint256 index, uint40 time) private view returns (Checkpoint c) {
        _checkIndex(index);
        if (time % 1 days != 0) revert NotMidnight(time);
        c = _checkpoints[index][time / 1 days];
        if (c.isWritten()) return c;
        if (!isFinal(time)) revert NotFinal(time);
        (RoundWord last, uint40 hold) = _latest(index);
        if (RoundWord.unwrap(last) == 0 || last.slot() >= time) revert NoCheckpoint(time);
        return _freeze(last, hold, time, uint40(block.timestamp));
    }

    function _view(RoundWord r) private view returns (RoundView memory) {
        bool none = RoundWord.unwrap(r) == 0;
        return RoundView(
            r.value(), r.slot(), r.valueTime(), r.coveredTime(), r.signers(), none ? 0 : flags
        );
    }
}
