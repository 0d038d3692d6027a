// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Equivocation } from "./Equivocation.sol";
import { ISpotIndex } from "./interfaces/ISpotIndex.sol";
import { ISpotIndexReader, State, Timing } from "./interfaces/ISpotIndexReader.sol";
import { CodeBlob } from "./libraries/CodeBlob.sol";
import { Report } from "./libraries/Report.sol";
import { Checkpoint, CheckpointLib, LONG_GAP, Round, RoundLib } from "./libraries/Round.sol";
import { MessageHashUtils } from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @title SpotIndex
/// @notice See {ISpotIndex}.
contract SpotIndex is ISpotIndex, Equivocation {
    /// @notice Submissions kept readable; older ones live on in the checkpoints and in the event log.
    uint256 public constant RING = 256;
    uint256 public constant MOST_INDICES = 16;

    uint256 private immutable _indices;
    uint32 private immutable _grid;
    uint32 private immutable _heartbeat;
    uint32 private immutable _grace;
    uint32 private immutable _minInterval;
    uint16 private immutable _deviationBps;
    uint16 private immutable _bandBps;

    /// @dev What all indices of a submission have in common.
    /// @param count Of the signers.
    struct Submission {
        uint40 slot;
        uint8 flags;
        uint256 signers;
        uint256 count;
        uint8 quorum;
        uint8 wide;
    }

    string[] private _names;
    mapping(uint256 index => Round[RING]) private _ring;
    mapping(uint256 index => mapping(uint256 day => Checkpoint)) private _checkpoints;

    constructor(address authority, Timing memory t, string[] memory names)
        Equivocation(authority, keccak256(abi.encode(names)), t.maxAge)
    {
        if (names.length == 0 || names.length > MOST_INDICES) revert NoIndices();
        if (t.grid == 0 || 1 days % t.grid != 0) revert BadTiming("grid");
        if (t.minInterval < t.grid) revert BadTiming("minInterval");
        if (t.heartbeat < t.minInterval) revert BadTiming("heartbeat");
        if (t.maxAge < t.grid || t.maxAge > 1 days) revert BadTiming("maxAge");
        if (t.bandBps == 0 || t.bandBps > 10_000) revert BadTiming("bandBps");
        if (uint256(t.heartbeat) + t.grace > 1 days) revert BadTiming("grace");
        _names = names;
        _indices = names.length;
        _grid = t.grid;
        _heartbeat = t.heartbeat;
        _grace = t.grace;
        _minInterval = t.minInterval;
        _deviationBps = t.deviationBps;
        _bandBps = t.bandBps;
    }

    /// @inheritdoc ISpotIndex
    function submit(bytes calldata report) external returns (uint256 updated) {
        Head memory head = _head;
        if (head.epoch == 0) revert NotConfigured();
        bytes memory set = CodeBlob.read(head.blob);
        uint40 slot = Report.slot(report);
        _checkSlot(slot, head.slot);
        _checkSignatures(report, set, head.epoch);

        updated = _record(report, set, head);
        if (updated == 0) revert NothingToRecord();

        unchecked {
            _head.rounds = head.rounds + 1;
        }
        _head.slot = slot;
    }

    /// @inheritdoc ISpotIndexReader
    function latest(uint256 index) external view returns (RoundView memory) {
        return _view(_latest(index));
    }

    /// @inheritdoc ISpotIndexReader
    function fresh(uint256 index) external view returns (uint64 value, uint40 slot) {
        Round r = _latest(index);
        if (_isStale(r)) revert StaleIndex(index, r.slot(), block.timestamp - _hold());
        return (r.value(), r.slot());
    }

    /// @inheritdoc ISpotIndexReader
    function status(uint256 index) external view returns (Status memory s) {
        Round r = _latest(index);
        ReporterConfig memory config = reporterConfig();
        s.name = _names[index];
        s.state =
            _isStale(r) ? State.HALTED : r.signers() <= config.quorum ? State.THIN : State.LIVE;
        s.latest = _view(r);
        s.timing = timing();
        s.epoch = config.epoch;
        s.quorum = config.quorum;
        s.wideQuorum = config.wideQuorum;
        s.reporters = uint8(config.reporters.length);
        s.methodHash = config.methodHash;
        s.indexSet = _indexSet;
    }

    /// @inheritdoc ISpotIndexReader
    function roundAt(uint256 index, uint256 roundId) external view returns (RoundView memory) {
        _checkIndex(index);
        uint256 count = _head.rounds;
        if (roundId == 0 || roundId > count || roundId + RING <= count) {
            revert RoundEvicted(roundId);
        }
        return _view(_ring[index][(roundId - 1) % RING]);
    }

    /// @inheritdoc ISpotIndex
    function rounds() external view returns (uint256) {
        return _head.rounds;
    }

    /// @inheritdoc ISpotIndexReader
    function roundsOf(uint256 index) external view returns (uint256) {
        _checkIndex(index);
        return _head.rounds;
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
        return _head.slot >= time || block.timestamp >= uint256(time) + _maxAge;
    }

    /// @inheritdoc ISpotIndexReader
    function indexNames() external view returns (string[] memory) {
        return _names;
    }

    /// @inheritdoc ISpotIndexReader
    function indexSet() external view returns (bytes32) {
        return _indexSet;
    }

    /// @inheritdoc ISpotIndexReader
    function timing() public view returns (Timing memory) {
        return Timing(_grid, _heartbeat, _grace, _maxAge, _minInterval, _deviationBps, _bandBps);
    }

    /// @inheritdoc ISpotIndexReader
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    function _checkQuorum(uint256 quorum, uint256 n) internal pure override {
        if (quorum % 2 == 0) revert QuorumNotOdd(quorum);
        if (quorum > n || 2 * quorum <= n) revert QuorumOutOfRange(quorum, n);
    }

    /// @dev One less than half of a quorum's median.
    function _tolerated(uint256 quorum, uint256) internal pure override returns (uint256) {
        return (quorum + 1) / 2 - 1;
    }

    function _liars(bytes memory set) internal pure override returns (uint256) {
        return _tolerated(_quorum(set), _size(set));
    }

    function _needed(uint256 quorum, uint256) internal pure override returns (uint256) {
        return quorum;
    }

    function _wideQuorum(uint256 quorum, uint256 n) internal pure override returns (uint256) {
        return (n + quorum + 1) / 2;
    }

    function _tailFor(uint256) internal pure override returns (bytes memory) { }

    function _checkSlot(uint40 slot, uint40 last) private view {
        if (slot % _grid != 0) revert OffGrid(slot, _grid);
        if (slot > block.timestamp) revert SlotInFuture(slot, block.timestamp);
        if (uint256(slot) + _maxAge < block.timestamp) {
            revert SlotTooOld(slot, block.timestamp - _maxAge);
        }
        if (slot < uint256(last) + _minInterval) {
            revert SlotTooSoon(slot, uint256(last) + _minInterval);
        }
    }

    /// @dev One digest per observation. The words that all share are laid out once; {_signerOf} writes three.
    function _checkSignatures(bytes calldata report, bytes memory set, uint256 epoch) private view {
        uint256 signers = Report.signers(report);
        {
            uint256 count = Report.count(signers);
            uint256 quorum = _quorum(set);
            if (count < quorum) revert TooFewSignatures(count, quorum);
            uint256 expected = Report.length(count, _indices);
            if (report.length != expected) revert BadReportLength(report.length, expected);
        }
        bytes32 domain = _domainSeparatorV4();
        bytes32[9] memory words = [
            OBSERVATION_TYPEHASH,
            _indexSet,
            bytes32(epoch),
            bytes32(uint256(Report.slot(report))),
            bytes32(uint256(Report.flags(report))),
            0,
            0,
            _methodHash(set),
            0
        ];
        uint256[] memory values = new uint256[](_indices);
        uint256 offset = Report.first(_indices);
        uint256 size = _size(set);
        for (uint256 position; signers != 0; ++position) {
            if (signers & 1 != 0) {
                if (position >= size) revert UnknownPosition(position, size);
                address recovered = _signerOf(report, offset, domain, words, values);
                address reporter = _reporter(set, position);
                if (recovered != reporter) revert WrongSigner(position, recovered, reporter);
                offset += Report.stride(_indices);
            }
            signers >>= 1;
        }
    }

    function _signerOf(
        bytes calldata report,
        uint256 offset,
        bytes32 domain,
        bytes32[9] memory words,
        uint256[] memory values
    ) private pure returns (address) {
        (words[5], words[6]) = Report.values(report, offset, values);
        words[8] = Report.evidenceRoot(report, offset);
        bytes32 digest = MessageHashUtils.toTypedDataHash(domain, Report.hash(words));
        return Report.recover(report, offset, digest);
    }

    function _record(bytes calldata report, bytes memory set, Head memory head)
        private
        returns (uint256 updated)
    {
        Submission memory submission;
        (submission.slot, submission.flags) = (Report.slot(report), Report.flags(report));
        submission.signers = Report.signers(report);
        submission.count = Report.count(submission.signers);
        submission.quorum = _quorum(set);
        submission.wide = uint8(_wideQuorum(submission.quorum, _size(set)));
        unchecked {
            uint256 place = head.rounds % RING;
            uint256 before = (place + RING - 1) % RING;
            for (uint256 i; i < _indices; ++i) {
                Round[RING] storage ring = _ring[i];
                // Before the first submission this is a place that nobody has written yet.
                Round last = ring[before];
                Round next = _advance(report, i, last, submission);
                // An index without a quorum carries its last round along, so that the latest is always found here.
                ring[place] = next;
                if (next.slot() == last.slot()) continue;
                _writeCheckpoints(i, last, submission.slot);
                updated |= 1 << i;
                emit RoundRecorded(
                    i, submission.slot, next.value(), head.epoch, uint32(submission.signers)
                );
            }
        }
    }

    function _advance(
        bytes calldata report,
        uint256 index,
        Round last,
        Submission memory submission
    ) private view returns (Round) {
        (uint256 value, uint256 observed) = _median(report, index, submission);
        if (value == 0) return last;
        if (observed < submission.wide) _checkSpeed(index, last, value, observed, submission);
        return _next(last, value, observed, submission);
    }

    /// @dev The submitter names the median; counting proves it without sorting. Zero when below quorum.
    function _median(bytes calldata report, uint256 index, Submission memory submission)
        private
        view
        returns (uint256 value, uint256 observed)
    {
        uint256 rank = Report.rank(report, index);
        uint256 candidate =
            rank < submission.count ? Report.value(report, _indices, rank, index) : 0;
        uint256 below;
        uint256 equal;
        (below, equal, observed) =
            Report.tally(report, _indices, index, submission.count, candidate);
        if (observed < submission.quorum) return (0, observed);
        unchecked {
            uint256 middle = (observed - 1) / 2;
            if (candidate == 0 || middle < below || middle >= below + equal) {
                revert NotTheMedian(index, rank);
            }
        }
        return (candidate, observed);
    }

    /// @dev Out of bounds reverts and never clamps: a clamped value would be one that nobody observed.
    function _checkSpeed(
        uint256 index,
        Round last,
        uint256 value,
        uint256 observed,
        Submission memory submission
    ) private view {
        uint256 from = last.value();
        unchecked {
            uint256 move = value > from ? value - from : from - value;
            // 64 + 14 + 32 bits against 14 + 40 + 64: neither side can overflow.
            uint256 elapsed = submission.slot - last.slot();
            if (from != 0 && move * 10_000 * _heartbeat <= _bandBps * elapsed * from) return;
        }
        revert TooFast(index, uint64(from), uint64(value), observed, submission.wide);
    }

    function _next(Round last, uint256 value, uint256 observed, Submission memory submission)
        private
        view
        returns (Round)
    {
        (uint64 value_, uint8 observed_) = (uint64(value), uint8(observed));
        if (Round.unwrap(last) == 0) {
            return RoundLib.pack(value_, submission.slot, 0, 0, observed_, 0, submission.flags);
        }
        (uint96 valueTime, uint32 coveredTime, uint40 uncovered) =
            last.carry(submission.slot, _hold());
        unchecked {
            uint8 gaps = last.gaps() + (uncovered > LONG_GAP ? 1 : 0);
            return RoundLib.pack(
                value_, submission.slot, valueTime, coveredTime, observed_, gaps, submission.flags
            );
        }
    }

    /// @dev Every midnight since the round before gets its checkpoint from that round; there is none
    /// before the first.
    function _writeCheckpoints(uint256 index, Round last, uint40 slot) private {
        if (Round.unwrap(last) == 0) return;
        unchecked {
            for (uint256 day = last.slot() / 1 days + 1; day <= slot / 1 days; ++day) {
                _checkpoints[index][day] = _freeze(last, uint40(day * 1 days), slot);
            }
        }
    }

    /// @dev The accumulators at `midnight`, knowing that no round follows `last` until `until`.
    function _freeze(Round last, uint40 midnight, uint40 until) private view returns (Checkpoint) {
        (uint96 valueTime, uint32 coveredTime, uint40 before) = last.carry(midnight, _hold());
        (,, uint40 uncovered) = last.carry(until, _hold());
        uint40 late = until - midnight;
        return CheckpointLib.pack(
            valueTime, coveredTime, last.gaps(), before, uncovered < late ? uncovered : late
        );
    }

    /// @dev A final midnight that no round of this index has passed yet is computed as the next one would
    /// write it now.
    function _checkpointAt(uint256 index, uint40 time) private view returns (Checkpoint c) {
        _checkIndex(index);
        if (time % 1 days != 0) revert NotMidnight(time);
        c = _checkpoints[index][time / 1 days];
        if (c.isWritten()) return c;
        if (!isFinal(time)) revert NotFinal(time);
        Round last = _roundBefore(index, _head.rounds);
        if (Round.unwrap(last) == 0 || last.slot() >= time) revert NoCheckpoint(time);
        return _freeze(last, time, uint40(block.timestamp));
    }

    function _latest(uint256 index) private view returns (Round) {
        _checkIndex(index);
        return _roundBefore(index, _head.rounds);
    }

    function _roundBefore(uint256 index, uint256 count) private view returns (Round) {
        unchecked {
            return count == 0 ? Round.wrap(0) : _ring[index][(count - 1) % RING];
        }
    }

    function _checkIndex(uint256 index) private view {
        if (index >= _indices) revert UnknownIndex(index);
    }

    function _isStale(Round r) private view returns (bool) {
        return block.timestamp > uint256(r.slot()) + _hold();
    }

    /// @dev How long a value covers time after its slot: H + grace.
    function _hold() private view returns (uint40) {
        return uint40(_heartbeat) + _grace;
    }

    function _view(Round r) private pure returns (RoundView memory) {
        return
            RoundView(r.value(), r.slot(), r.valueTime(), r.coveredTime(), r.signers(), r.flags());
    }
}
