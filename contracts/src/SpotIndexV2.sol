// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IndexHistory } from "./IndexHistory.sol";
import { IndexTerms } from "./IndexTerms.sol";
import { ISpotIndexV2, Refusal } from "./interfaces/ISpotIndexV2.sol";
import { CodeBlob } from "./libraries/CodeBlob.sol";
import { CommonReport } from "./libraries/CommonReport.sol";
import { Limits, LimitsWord } from "./libraries/Limits.sol";
import { Report } from "./libraries/Report.sol";
import { RoundWord, RoundWordLib } from "./libraries/RoundWord.sol";

/// @title SpotIndexV2
/// @notice See {ISpotIndexV2}.
contract SpotIndexV2 is IndexHistory {
    /// @dev What all indices of a submission have in common.
    /// @param midnight The last one at or before the slot.
    /// @param quorum Signatures of a report, of a set of `size`.
    /// @param limits Where in the set those of index 0 are.
    struct Submission {
        uint256 slot;
        uint256 midnight;
        uint256 signatures;
        uint256 quorum;
        uint256 size;
        uint256 indices;
        uint256 limits;
    }

    constructor(
        address authority,
        uint32 grid,
        uint8 flags_,
        string[] memory names,
        Limits[] memory limits
    ) IndexTerms(authority, grid, flags_, names, limits) { }

    /// @inheritdoc ISpotIndexV2
    function submit(bytes calldata report) external returns (uint256 updated) {
        (address blob, uint32 epoch) = (_head.blob, _head.epoch);
        if (epoch == 0) revert NotConfigured();
        bytes memory set = CodeBlob.read(blob);
        Submission memory s = _open(report, set);
        _checkSignatures(report, set, s, epoch);
        emit ReportRecorded(
            CommonReport.inputRoot(report), epoch, uint32(CommonReport.signers(report))
        );
        updated = _record(report, set, s);
        if (updated == 0) _revertRefused(report, set, s);
    }

    function _checkQuorum(uint256 quorum, uint256 n) internal pure override {
        uint256 liars = _tolerated(quorum, n);
        if (n == 0 || quorum < liars + 1 || quorum > n - liars) {
            revert SignaturesOutOfRange(quorum, liars + 1, n - liars);
        }
    }

    /// @dev The most that n reporters survive: n >= 3f + 1.
    function _tolerated(uint256, uint256 n) internal pure override returns (uint256) {
        return n == 0 ? 0 : (n - 1) / 3;
    }

    /// @dev A report needs s signatures, and ⌊(n+f)/2⌋ + 1 PREPAREs before it is signed at all.
    function _needed(uint256 quorum, uint256 n) internal pure override returns (uint256) {
        uint256 prepares = (n + _tolerated(quorum, n)) / 2 + 1;
        return prepares > quorum ? prepares : quorum;
    }

    /// @dev The most that any index asks for.
    function _wideQuorum(uint256 quorum, uint256 n) internal view override returns (uint256 most) {
        for (uint256 i; i < _indices(); ++i) {
            uint256 wide = _limitsWord(i).wideQuorum(quorum, n);
            if (wide > most) most = wide;
        }
    }

    function _open(bytes calldata report, bytes memory set)
        private
        view
        returns (Submission memory s)
    {
        uint40 slot = CommonReport.slot(report);
        if (slot % _grid != 0) revert OffGrid(slot, _grid);
        if (slot > block.timestamp) revert SlotInFuture(slot, block.timestamp);
        unchecked {
            if (uint256(slot) + _maxAge < block.timestamp) {
                revert SlotTooOld(slot, block.timestamp - _maxAge);
            }
            s.midnight = slot - slot % 1 days;
        }
        s.slot = slot;
        s.signatures = Report.count(CommonReport.signers(report));
        (s.quorum, s.size, s.indices) = (_quorum(set), _size(set), _indicesOf(set));
        s.limits = _limitsAt(set);
    }

    function _checkSignatures(
        bytes calldata report,
        bytes memory set,
        Submission memory s,
        uint256 epoch
    ) private view {
        if (s.signatures < s.quorum) {
            revert TooFewSignatures(s.signatures, s.quorum);
        }
        uint256 expected = CommonReport.length(s.signatures, s.indices);
        if (report.length != expected) revert BadReportLength(report.length, expected);
        uint8 given = CommonReport.flags(report);
        if (given != flags) revert OtherFlags(given, flags);
        bytes32 digest = CommonReport.digest(
            report,
            s.indices,
            [
                _domainSeparatorV4(),
                REPORT_TYPEHASH,
                _indexSetOf(set),
                bytes32(epoch),
                _methodHash(set)
            ]
        );
        uint256 mask = CommonReport.signers(report);
        if (mask >> s.size != 0) revert UnknownPosition(_highest(mask), s.size);
        (uint256 position, address recovered) = CommonReport.findWrong(
            report, CommonReport.first(s.indices), mask, digest, _reportersAt(set)
        );
        if (position < MOST_REPORTERS) {
            revert WrongSigner(position, recovered, _reporter(set, position));
        }
    }

    /// @dev Position of the highest bit of a mask that is not zero.
    function _highest(uint256 mask) private pure returns (uint256 position) {
        while (mask >> (position + 1) != 0) ++position;
    }

    function _record(bytes calldata report, bytes memory set, Submission memory s)
        private
        returns (uint256 updated)
    {
        uint256 indices = s.indices;
        unchecked {
            for (uint256 group; group * CELLS < indices; ++group) {
                uint256 cells = _cells[group];
                uint256 before = cells;
                uint256 i = group * CELLS;
                uint256 end = i + CELLS < indices ? i + CELLS : indices;
                for (uint256 shift; i < end; ++i) {
                    uint256 added = _recordOne(report, set, s, _count(cells, shift), i);
                    cells += added << shift;
                    shift += CELL_BITS;
                    assembly ("memory-safe") {
                        updated := or(updated, shl(i, gt(added, 0)))
                    }
                }
                if (cells != before) _cells[group] = cells;
            }
        }
    }

    /// @dev What to add to the cell of index i, which has `count` rounds: 0 where it keeps its last one.
    function _recordOne(
        bytes calldata report,
        bytes memory set,
        Submission memory s,
        uint256 count,
        uint256 i
    ) private returns (uint256 added) {
        LimitsWord limits = _limitsIn(set, s.limits, i);
        uint256 figure = CommonReport.figure(report, i);
        (uint256 ring, uint256 size) = (_ring(i), _ringSize);
        RoundWord last;
        assembly ("memory-safe") {
            last := sload(add(ring, mod(count, size)))
        }
        uint256 reason = _refusal(limits, last, CommonReport.value(figure), s);
        if (reason != 0) {
            _refuse(i, s.slot, Refusal(reason), last, figure);
            return 0;
        }
        RoundWord next = RoundWordLib.pack(s.slot, figure, s.signatures);
        if (count == 0) {
            added = _firstCell(limits.hold());
        } else {
            next = next.since(last, limits.hold());
            added = 1;
            if (last.slot() < s.midnight) {
                _writeCheckpoints(i, last, uint40(s.slot), limits.hold());
            }
        }
        assembly ("memory-safe") {
            sstore(add(ring, mod(add(count, 1), size)), next)
        }
        _announce(i, s.slot, figure);
    }

    function _refuse(uint256 i, uint256 slot, Refusal reason, RoundWord last, uint256 figure)
        private
    {
        uint64 value = uint64(CommonReport.value(figure));
        emit IndexRefused(i, uint40(slot), reason, last.value(), value);
    }

    /// @dev Emits {RoundRecorded}: laid out by hand, as it is paid for every index of every round.
    function _announce(uint256 i, uint256 slot, uint256 figure) private {
        bytes32 topic = RoundRecorded.selector;
        uint256 value = CommonReport.value(figure);
        uint256 confidence = CommonReport.confidence(figure);
        uint256 providers = CommonReport.providers(figure);
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, value)
            mstore(add(data, 0x20), confidence)
            mstore(add(data, 0x40), providers)
            log3(data, 0x60, topic, i, slot)
        }
    }

    /// @dev A {Refusal} as a number, which costs no check. Out of bounds is refused and never clamped: a clamped value
    /// would be one that nobody signed.
    function _refusal(LimitsWord limits, RoundWord last, uint256 value, Submission memory s)
        private
        pure
        returns (uint256)
    {
        unchecked {
            if (value - 1 >= RoundWordLib.MOST_VALUE) {
                return uint256(value == 0 ? Refusal.ABSENT : Refusal.OUT_OF_RANGE);
            }
            // Before the first round all of this is zero: the interval has passed, and no speed is within bounds.
            uint256 before = last.slot();
            if (s.slot < before + limits.minInterval()) return uint256(Refusal.TOO_SOON);
            if (_isWithinSpeed(limits, last.value(), value, s.slot - before)) return 0;
            return
                s.signatures < limits.wideQuorum(s.quorum, s.size) ? uint256(Refusal.TOO_FAST) : 0;
        }
    }

    function _isWithinSpeed(LimitsWord limits, uint256 from, uint256 value, uint256 elapsed)
        private
        pure
        returns (bool)
    {
        unchecked {
            uint256 move = _distance(value, from);
            // 56 + 14 + 32 bits against 14 + 32 + 56: neither side can overflow.
            return move * 10_000 * limits.heartbeat() <= limits.bandBps() * elapsed * from;
        }
    }

    function _distance(uint256 a, uint256 b) private pure returns (uint256 d) {
        assembly ("memory-safe") {
            let sign := sub(0, lt(a, b))
            d := sub(xor(sub(a, b), sign), sign)
        }
    }

    /// @dev Undoes the events of the submission and gives the reason of the first index.
    function _revertRefused(bytes calldata report, bytes memory set, Submission memory s)
        private
        view
    {
        (RoundWord last,) = _latest(0);
        uint256 value = CommonReport.value(CommonReport.figure(report, 0));
        Refusal reason = Refusal(_refusal(_limitsIn(set, s.limits, 0), last, value, s));
        revert AllRefused(0, reason, last.value(), uint64(value));
    }
}
