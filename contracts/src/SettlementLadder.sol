// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { SeriesBook } from "./SeriesBook.sol";
import { IFuturesMarket, Phase, Style } from "./interfaces/IFuturesMarket.sol";
import { ISpotIndexReader } from "./interfaces/ISpotIndexReader.sol";
import { Settlement } from "./libraries/Settlement.sol";

/// @title SettlementLadder
/// @notice The part of {IFuturesMarket} that finds the price of a series that has expired, or does without one.
abstract contract SettlementLadder is SeriesBook {
    uint40 public constant CHALLENGE = 24 hours;
    uint40 public constant LATE_RUNG = 7 days;
    uint40 public constant DELIVERY_RUNG = 14 days;
    uint256 public constant COVERAGE_BPS = 9000;
    uint256 public constant LATE_COVERAGE_BPS = 2500;
    uint32 public constant LEAST_COVERED = 24 hours;
    uint40 public constant LOOK_BACK = 30 days;

    // ── settlement ─────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IFuturesMarket
    function propose(uint256 id) public {
        Series storage s = _listed(id);
        if (s.phase != Phase.OPEN) revert WrongPhase(id, s.phase);
        if (block.timestamp < s.expiry) revert NotReady(id, s.expiry);
        bool last = block.timestamp >= uint256(s.expiry) + DELIVERY_RUNG;
        if (s.style == Style.DELIVERY || (last && s.style == Style.NET)) {
            return _conclude(id, s, Phase.DELIVERED);
        }
        if (_isCompromised(s, s.expiry)) return _concludeUnpriced(id, s);
        if (last) {
            s.price = _lastAverage(s);
            return _conclude(id, s, Phase.SETTLED);
        }
        if (!spotIndex.isFinal(s.expiry)) revert NotReady(id, s.expiry);

        ISpotIndexReader.Window memory w = spotIndex.window(s.index, s.start, s.expiry);
        uint256 span = s.expiry - s.start;
        if (block.timestamp < uint256(s.expiry) + LATE_RUNG) {
            _checkCoverage(w.coveredTime, span * COVERAGE_BPS / 10_000, w.longGap);
        } else if (block.timestamp < uint256(s.expiry) + DELIVERY_RUNG - 2 * CHALLENGE) {
            _checkCoverage(w.coveredTime, span * LATE_COVERAGE_BPS / 10_000, false);
        } else {
            revert BetweenRungs(uint256(s.expiry) + DELIVERY_RUNG, block.timestamp);
        }
        s.phase = Phase.PROPOSED;
        _fix(s, w.valueTime, w.coveredTime);
        emit Proposed(id, s.price, w.coveredTime, s.challengeEnds);
    }

    /// @inheritdoc IFuturesMarket
    function finalise(uint256 id) public {
        Series storage s = _listed(id);
        if (s.phase != Phase.PROPOSED) revert WrongPhase(id, s.phase);
        if (block.timestamp < s.challengeEnds) {
            revert ChallengeOpen(s.challengeEnds, block.timestamp);
        }
        if (_isCompromised(s, s.expiry)) return _concludeUnpriced(id, s);
        _conclude(id, s, Phase.SETTLED);
    }

    /// @inheritdoc IFuturesMarket
    function settle(uint256 id) public {
        if (_listed(id).phase == Phase.OPEN) propose(id);
        else finalise(id);
    }

    /// @inheritdoc IFuturesMarket
    function exclude(uint256 id, uint40 from, uint40 to) external restricted {
        Series storage s = _guardianActs(id);
        uint256 span = s.expiry - s.start;
        if (from < s.start || to > s.expiry || to <= from || uint256(to - from) * 10 > span) {
            revert BadInterval(from, to);
        }
        ISpotIndexReader.Window memory w = spotIndex.window(s.index, s.start, s.expiry);
        ISpotIndexReader.Window memory out = spotIndex.window(s.index, from, to);
        uint256 covered = w.coveredTime - out.coveredTime;
        _checkCoverage(covered, span * LATE_COVERAGE_BPS / 10_000, false);
        _fix(s, w.valueTime - out.valueTime, covered);
        emit Excluded(id, from, to, s.price, s.challengeEnds);
    }

    /// @inheritdoc IFuturesMarket
    function reject(uint256 id) external restricted {
        Series storage s = _guardianActs(id);
        if (s.style == Style.BANDED) revert NoDelivery(id);
        emit Rejected(id, s.price);
        _concludeUnpriced(id, s);
    }

    // ── inside ─────────────────────────────────────────────────────────────────────────────────────────────

    function _checkCoverage(uint256 covered, uint256 required, bool longGap) private pure {
        if (covered == 0 || covered < required || longGap) {
            revert CoverageTooLow(covered, required, longGap);
        }
    }

    function _fix(Series storage s, uint256 valueTime, uint256 coveredTime) private {
        s.price = Settlement.average(valueTime, coveredTime);
        s.challengeEnds = uint40(block.timestamp) + CHALLENGE;
    }

    function _guardianActs(uint256 id) private returns (Series storage s) {
        s = _listed(id);
        if (s.phase != Phase.PROPOSED) revert WrongPhase(id, s.phase);
        if (block.timestamp >= s.challengeEnds) {
            revert ChallengeOver(s.challengeEnds, block.timestamp);
        }
        if (s.guardianActed) revert GuardianActed(id);
        s.guardianActed = true;
    }

    function _isCompromised(Series storage s, uint40 to) private view returns (bool) {
        return spotIndex.isCompromised(to - (s.expiry - s.start), to);
    }

    /// @dev What needs no price: COVERED delivers; a BANDED pair that opened directly gets back what each side locked.
    function _concludeUnpriced(uint256 id, Series storage s) private {
        bool banded = s.style == Style.BANDED;
        s.price = banded ? s.referencePrice : 0;
        _conclude(id, s, banded ? Phase.SETTLED : Phase.DELIVERED);
    }

    /// @dev S of a BANDED series that nobody proposed: its window, then the spans before it, at last K. The first
    /// with enough covered decides, also if proven liars made it: going on would let proofs make this dear. Of
    /// errors only the index having no history there is an answer; a call that merely ran out of gas reverts.
    function _lastAverage(Series storage s) private view returns (uint64) {
        uint40 span = s.expiry - s.start;
        for (uint40 to = s.expiry; to + LOOK_BACK >= s.start;) {
            try spotIndex.window(s.index, to - span, to) returns (
                ISpotIndexReader.Window memory w
            ) {
                if (w.coveredTime >= LEAST_COVERED) {
                    if (_isCompromised(s, to)) break;
                    return Settlement.average(w.valueTime, w.coveredTime);
                }
            } catch (bytes memory reason) {
                if (bytes4(reason) == ISpotIndexReader.NoCheckpoint.selector) break;
                assembly ("memory-safe") {
                    revert(add(reason, 0x20), mload(reason))
                }
            }
            to = to == s.expiry ? s.start : to - 1 days;
        }
        return s.referencePrice;
    }

    /// @dev From here on pairs are frozen, so redemption needs no counters.
    function _conclude(uint256 id, Series storage s, Phase phase) private {
        uint8 impaired;
        uint256 grades = _grades(s);
        for (uint256 g; g < grades; ++g) {
            uint40 since = registry.grade(address(s.deliverables[g].unit)).impairedAt;
            if (since != 0 && since < s.expiry) impaired |= uint8(1 << g);
        }
        (s.phase, s.impaired) = (phase, impaired);
        emit Settled(id, phase, s.price, impaired);
    }
}
