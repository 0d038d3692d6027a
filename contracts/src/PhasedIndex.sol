// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IAccountable } from "./interfaces/IAccountable.sol";
import { IPhasedIndex } from "./interfaces/IPhasedIndex.sol";
import { ISpotIndexReader, Timing } from "./interfaces/ISpotIndexReader.sol";
import { LONG_GAP } from "./libraries/Round.sol";
import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

/// @title PhasedIndex
/// @notice See {IPhasedIndex}.
contract PhasedIndex is IPhasedIndex, AccessManaged {
    uint40 private constant NOTICE = 30 days;
    uint256 private constant PHASE_SHIFT = 64;

    Phase[] private _phases;

    constructor(address authority, ISpotIndexReader first) AccessManaged(authority) {
        _phases.push(Phase(first, 0));
        emit Followed(1, first, 0);
    }

    /// @inheritdoc IPhasedIndex
    function follow(ISpotIndexReader next, uint40 from) external restricted {
        uint256 count = _phases.length;
        if (phaseNow() < count) revert PhasePending(count);
        if (from % 1 days != 0 || from <= block.timestamp || from > block.timestamp + NOTICE) {
            revert BadStart(from);
        }
        ISpotIndexReader present = _phases[count - 1].index;
        string[] memory had = present.indexNames();
        string[] memory has = next.indexNames();
        for (uint256 i; i < had.length; ++i) {
            if (i >= has.length || keccak256(bytes(had[i])) != keccak256(bytes(has[i]))) {
                revert OtherNames(i);
            }
            next.fresh(i);
            if (next.latest(i).flags != present.latest(i).flags) revert OtherHistory(i);
        }
        _phases.push(Phase(next, from));
        emit Followed(count + 1, next, from);
    }

    /// @inheritdoc IPhasedIndex
    function withdraw() external restricted {
        uint256 count = _phases.length;
        if (phaseNow() == count) revert NothingPending();
        _phases.pop();
        emit Withdrawn(count);
    }

    /// @inheritdoc IPhasedIndex
    function phaseNow() public view returns (uint256) {
        return _phaseAt(block.timestamp);
    }

    /// @inheritdoc IPhasedIndex
    function phases() external view returns (Phase[] memory) {
        return _phases;
    }

    /// @inheritdoc ISpotIndexReader
    function latest(uint256 index) external view returns (RoundView memory) {
        return _present().latest(index);
    }

    /// @inheritdoc ISpotIndexReader
    function fresh(uint256 index) external view returns (uint64 value, uint40 slot) {
        return _present().fresh(index);
    }

    /// @inheritdoc ISpotIndexReader
    function status(uint256 index) external view returns (Status memory) {
        return _present().status(index);
    }

    /// @inheritdoc ISpotIndexReader
    function roundAt(uint256 index, uint256 roundId) external view returns (RoundView memory) {
        uint256 phase = roundId >> PHASE_SHIFT;
        if (phase == 0 || phase > phaseNow()) revert RoundEvicted(roundId);
        return _phases[phase - 1].index.roundAt(index, uint64(roundId));
    }

    /// @inheritdoc ISpotIndexReader
    function roundsOf(uint256 index) external view returns (uint256) {
        uint256 phase = phaseNow();
        uint256 count = _phases[phase - 1].index.roundsOf(index);
        return count == 0 ? 0 : (phase << PHASE_SHIFT) | count;
    }

    /// @inheritdoc ISpotIndexReader
    function isFinal(uint40 time) external view returns (bool) {
        uint256 phase = _phaseAt(time);
        if (!_phases[phase - 1].index.isFinal(time)) return false;
        // At its very beginning a phase has no rounds of its own yet: the one before it decides as well.
        return phase == 1 || _phases[phase - 2].index.isFinal(_phases[phase - 1].from);
    }

    /// @inheritdoc ISpotIndexReader
    function window(uint256 index, uint40 start, uint40 end)
        external
        view
        returns (Window memory w)
    {
        uint256 phase = _phaseAt(start);
        uint256 last = end == 0 ? phase : _phaseAt(end - 1);
        if (phase >= last) return _phases[phase - 1].index.window(index, start, end);
        for (uint40 from = start; phase <= last; ++phase) {
            uint40 to = phase == last ? end : _phases[phase].from;
            Window memory part = _phases[phase - 1].index.window(index, from, to);
            w.valueTime += part.valueTime;
            w.coveredTime += part.coveredTime;
            w.longGap = w.longGap || part.longGap;
            if (from != start) w.longGap = w.longGap || _mayGap(index, phase, from);
            from = to;
        }
    }

    /// @inheritdoc IAccountable
    function isCompromised(uint40 from, uint40 to) external view returns (bool) {
        uint256 last = _phaseAt(to);
        for (uint256 phase = _phaseAt(from); phase <= last; ++phase) {
            uint40 begin = _phases[phase - 1].from;
            uint40 end = phase == last ? to : _phases[phase].from;
            if (_phases[phase - 1].index.isCompromised(begin > from ? begin : from, end)) {
                return true;
            }
        }
        return false;
    }

    /// @inheritdoc ISpotIndexReader
    function indexNames() external view returns (string[] memory) {
        return _present().indexNames();
    }

    /// @inheritdoc ISpotIndexReader
    function indexSet() external view returns (bytes32) {
        return _present().indexSet();
    }

    /// @inheritdoc ISpotIndexReader
    function timing() external view returns (Timing memory) {
        return _present().timing();
    }

    /// @inheritdoc ISpotIndexReader
    function domainSeparator() external view returns (bytes32) {
        return _present().domainSeparator();
    }

    function _present() private view returns (ISpotIndexReader) {
        return _phases[phaseNow() - 1].index;
    }

    /// @dev Number of the phase that a time lies in.
    function _phaseAt(uint256 time) private view returns (uint256 phase) {
        phase = _phases.length;
        while (_phases[phase - 1].from > time) --phase;
    }

    /// @dev Whether a long gap may span the midnight at which a phase begins, of which each phase knows its part only:
    /// such a gap leaves more than {LONG_GAP} uncovered in the two days around it. Also true of some shorter gaps.
    function _mayGap(uint256 index, uint256 phase, uint40 from) private view returns (bool) {
        Window memory before = _phases[phase - 2].index.window(index, from - 1 days, from);
        Window memory after_ = _phases[phase - 1].index.window(index, from, from + 1 days);
        return 2 * uint256(1 days) - before.coveredTime - after_.coveredTime > LONG_GAP;
    }
}
