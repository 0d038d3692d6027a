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
import { MessageHashUtils } from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @title SpotIndexV2
/// @notice See {ISpotIndexV2}.
contract SpotIndexV2 is IndexHistory {
    /// @dev What all indices of a submission have in common.
    /// @param mask Of the set positions that signed.
    /// @param quorum Signatures of a report, of a set of `size`.
    struct Submission {
        uint40 slot;
        uint32 epoch;
        uint256 mask;
        uint256 signatures;
        uint256 quorum;
        uint256 size;
        uint256 indices;
    }

    /// @dev What a report says of one index.
    struct Figure {
        uint256 value;
        uint256 confidence;
        uint256 providers;
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
        Head memory head = _head;
        if (head.epoch == 0) revert NotConfigured();
        bytes memory set = CodeBlob.read(head.blob);
        Submission memory s;
        s.slot = CommonReport.slot(report);
        _checkSlot(s.slot);
        s.epoch = head.epoch;
        s.mask = CommonReport.signers(report);
        s.signatures = Report.count(s.mask);
        (s.quorum, s.size, s.indices) = (_quorum(set), _size(set), _indicesOf(set));
        _checkSignatures(report, set, s);

        emit ReportRecorded(s.slot, CommonReport.inputRoot(report));
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

    function _checkSlot(uint40 slot) private view {
        if (slot % _grid != 0) revert OffGrid(slot, _grid);
        if (slot > block.timestamp) revert SlotInFuture(slot, block.timestamp);
        if (uint256(slot) + _maxAge < block.timestamp) {
            revert SlotTooOld(slot, block.timestamp - _maxAge);
        }
    }

    function _checkSignatures(bytes calldata report, bytes memory set, Submission memory s)
        private
        view
    {
        if (s.signatures < s.quorum) revert TooFewSignatures(s.signatures, s.quorum);
        uint256 expected = CommonReport.length(s.signatures, s.indices);
        if (report.length != expected) revert BadReportLength(report.length, expected);
        bytes32 digest = _digest(report, set, s);
        uint256 offset = CommonReport.first(s.indices);
        unchecked {
            uint256 signers = s.mask;
            for (uint256 position; signers != 0; ++position) {
                if (signers & 1 != 0) {
                    if (position >= s.size) revert UnknownPosition(position, s.size);
                    address recovered = CommonReport.recover(report, offset, digest);
                    address reporter = _reporter(set, position);
                    if (recovered != reporter) revert WrongSigner(position, recovered, reporter);
                    offset += 64;
                }
                signers >>= 1;
            }
        }
    }

    /// @dev One digest for all, whatever their number.
    function _digest(bytes calldata report, bytes memory set, Submission memory s)
        private
        view
        returns (bytes32)
    {
        uint8 given = CommonReport.flags(report);
        if (given != flags) revert OtherFlags(given, flags);
        (bytes32 values, bytes32 confidences, bytes32 providers) =
            CommonReport.columns(report, s.indices);
        bytes32[10] memory words = [
            REPORT_TYPEHASH,
            _indexSetOf(set),
            bytes32(uint256(s.epoch)),
            bytes32(uint256(s.slot)),
            bytes32(uint256(given)),
            values,
            confidences,
            providers,
            _methodHash(set),
            CommonReport.inputRoot(report)
        ];
        return MessageHashUtils.toTypedDataHash(_domainSeparatorV4(), CommonReport.hash(words));
    }

    function _record(bytes calldata report, bytes memory set, Submission memory s)
        private
        returns (uint256 updated)
    {
        unchecked {
            for (uint256 first; first < s.indices; first += CELLS) {
                uint256 cells = _cells[first / CELLS];
                uint256 before = cells;
                for (uint256 i = first; i < s.indices && i < first + CELLS; ++i) {
                    uint256 after_ = _recordOne(report, _limitsOf(set, i), s, cells, i);
                    if (after_ == cells) continue;
                    cells = after_;
                    updated |= 1 << i;
                }
                if (cells != before) _cells[first / CELLS] = cells;
            }
        }
    }

    /// @dev The group's word with one round more of index i, or as it was.
    function _recordOne(
        bytes calldata report,
        LimitsWord limits,
        Submission memory s,
        uint256 cells,
        uint256 i
    ) private returns (uint256) {
        (uint256 count,) = _cell(cells, i);
        RoundWord last = count == 0 ? RoundWord.wrap(0) : _ring[_place(i, count)];
        Figure memory f;
        (f.value, f.confidence, f.providers) = CommonReport.figure(report, i);
        (bool refused, Refusal reason) = _refusal(limits, last, f.value, s);
        if (refused) {
            emit IndexRefused(i, s.slot, reason, last.value(), uint64(f.value));
            return cells;
        }
        uint40 hold = limits.hold();
        unchecked {
            ++count;
            _ring[_place(i, count)] =
                last.after_(s.slot, hold, f.value, f.confidence, f.providers, s.signatures);
        }
        _writeCheckpoints(i, last, s.slot, hold);
        _announce(i, s, f);
        return _withCell(cells, i, count, hold);
    }

    function _announce(uint256 i, Submission memory s, Figure memory f) private {
        emit RoundRecorded(
            i,
            s.slot,
            uint64(f.value),
            uint64(f.confidence),
            uint8(f.providers),
            s.epoch,
            uint32(s.mask)
        );
    }

    /// @dev Out of bounds is refused and never clamped: a clamped value would be one that nobody signed.
    function _refusal(LimitsWord limits, RoundWord last, uint256 value, Submission memory s)
        private
        pure
        returns (bool, Refusal)
    {
        if (value == 0) return (true, Refusal.ABSENT);
        if (value > RoundWordLib.MOST_VALUE) return (true, Refusal.OUT_OF_RANGE);
        unchecked {
            bool isFirst = RoundWord.unwrap(last) == 0;
            if (!isFirst && s.slot < last.slot() + limits.minInterval()) {
                return (true, Refusal.TOO_SOON);
            }
            if (s.signatures < limits.wideQuorum(s.quorum, s.size)) {
                if (isFirst || !_isWithinSpeed(limits, last, value, s.slot)) {
                    return (true, Refusal.TOO_FAST);
                }
            }
        }
        return (false, Refusal.ABSENT);
    }

    function _isWithinSpeed(LimitsWord limits, RoundWord last, uint256 value, uint40 slot)
        private
        pure
        returns (bool)
    {
        unchecked {
            uint256 from = last.value();
            uint256 move = value > from ? value - from : from - value;
            uint256 elapsed = slot - last.slot();
            // 56 + 14 + 32 bits against 14 + 32 + 56: neither side can overflow.
            return move * 10_000 * limits.heartbeat() <= limits.bandBps() * elapsed * from;
        }
    }

    /// @dev Undoes the events of the submission and gives the reason of the first index.
    function _revertRefused(bytes calldata report, bytes memory set, Submission memory s)
        private
        view
    {
        (uint256 count,) = _cell(_cells[0], 0);
        RoundWord last = count == 0 ? RoundWord.wrap(0) : _ring[_place(0, count)];
        (uint256 value,,) = CommonReport.figure(report, 0);
        (, Refusal reason) = _refusal(_limitsOf(set, 0), last, value, s);
        revert AllRefused(0, reason, last.value(), uint64(value));
    }
}
