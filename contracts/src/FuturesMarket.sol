// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket, Payoff, Phase, SeriesTerms, Style } from "./interfaces/IFuturesMarket.sol";
import { IGradeRegistry, Kind } from "./interfaces/IGradeRegistry.sol";
import { ISpotIndex } from "./interfaces/ISpotIndex.sol";
import { IWrappedUnit } from "./interfaces/IWrappedUnit.sol";
import { Month } from "./libraries/Month.sol";
import { LOT, Settlement } from "./libraries/Settlement.sol";
import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IERC20Metadata } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { ERC6909 } from "@openzeppelin/contracts/token/ERC6909/ERC6909.sol";
import {
    ReentrancyGuardTransient
} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @title FuturesMarket
/// @notice See {IFuturesMarket}.
contract FuturesMarket is IFuturesMarket, ERC6909, AccessManaged, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    uint256 public constant MOST_GRADES = 8;
    uint64 public constant TICK = 1e6;
    uint40 public constant LONGEST_WINDOW = 100 days;
    uint40 public constant CHALLENGE = 24 hours;
    uint40 public constant LATE_RUNG = 7 days;
    uint40 public constant DELIVERY_RUNG = 14 days;
    uint256 public constant COVERAGE_BPS = 9000;
    uint256 public constant LATE_COVERAGE_BPS = 2500;
    uint32 public constant LEAST_COVERED = 24 hours;
    uint40 public constant LOOK_BACK = 30 days;

    /// @dev Two words and one per grade, so that opening and redeeming read little.
    struct Series {
        uint40 start;
        uint40 expiry;
        uint64 referencePrice;
        uint40 challengeEnds;
        uint16 index;
        /// Kinds of SHORT: one per grade, or the one of a BANDED series.
        uint8 shorts;
        Style style;
        Phase phase;
        bool guardianActed;
        uint8 impaired;
        /// Of a BANDED series.
        uint16 month;
        // second word
        IERC20 quoteToken;
        uint64 price;
        uint8 quoteDecimals;
        // one each
        Deliverable[MOST_GRADES] deliverables;
        /// LONG lots redeemed, kept only where some but not all grades are impaired.
        uint64 redeemedLong;
        uint64 low;
        uint64 high;
    }

    /// @dev One eligible grade of a series and its open lots. A BANDED series has one, without a unit.
    struct Deliverable {
        IERC20 unit;
        uint48 capLots;
        uint48 lots;
    }

    /// @dev What a position of a final series is paid, worked out once however many holders are.
    struct Share {
        IERC20 quoteToken;
        /// Of one lot; where some but not all grades are impaired, what `lots` of them divide.
        uint256 quote;
        IERC20[] units;
        /// Per grade, what `lots` of them divide.
        uint256[] baskets;
        uint256 lots;
        bool mixed;
        uint64 redeemed;
    }

    IGradeRegistry public immutable registry;
    ISpotIndex public immutable spotIndex;

    /// @notice New pairs are stopped.
    bool public entryStopped;
    mapping(uint256 id => Series) private _series;
    uint256[] private _ids;
    mapping(address holder => address to) public payoutAddress;
    /// @inheritdoc IFuturesMarket
    mapping(address token => mapping(address account => uint256)) public claimable;
    /// @inheritdoc IFuturesMarket
    mapping(uint256 index => uint64) public monthCap;
    /// @inheritdoc IFuturesMarket
    mapping(uint256 index => mapping(uint256 month => uint64)) public monthLots;

    constructor(address authority, IGradeRegistry registry_, ISpotIndex spotIndex_)
        AccessManaged(authority)
    {
        (registry, spotIndex) = (registry_, spotIndex_);
    }

    // ── listing ────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IFuturesMarket
    function create(SeriesTerms calldata t) external restricted returns (uint256 id) {
        id = seriesIdOf(t);
        Series storage s = _series[id];
        if (s.phase != Phase.NONE) revert SeriesExists(id);
        uint8 quoteDecimals = IERC20Metadata(address(t.quoteToken)).decimals();
        _checkTerms(t, quoteDecimals);

        s.start = t.start;
        s.expiry = t.expiry;
        s.referencePrice = t.referencePrice;
        s.index = t.index;
        s.style = t.style;
        s.phase = Phase.OPEN;
        s.shorts = uint8(t.capLots.length);
        s.quoteToken = t.quoteToken;
        s.quoteDecimals = quoteDecimals;
        if (t.style == Style.BANDED) {
            s.low = t.low;
            s.high = t.high;
            s.month = uint16(Month.number(t.expiry - 1));
            s.deliverables[0].capLots = uint48(t.capLots[0]);
        }
        for (uint256 g; g < t.units.length; ++g) {
            s.deliverables[g] = Deliverable(IERC20(t.units[g]), uint48(t.capLots[g]), 0);
        }
        _ids.push(id);
        emit SeriesCreated(id, t);
    }

    /// @inheritdoc IFuturesMarket
    function stopEntry() external restricted {
        entryStopped = true;
        emit EntryStopped(true);
    }

    /// @inheritdoc IFuturesMarket
    function allowEntry() external restricted {
        entryStopped = false;
        emit EntryStopped(false);
    }

    /// @inheritdoc IFuturesMarket
    function setMonthCap(uint16 index, uint64 lots) external restricted {
        monthCap[index] = lots;
        emit MonthCapSet(index, lots);
    }

    // ── pairs ──────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IFuturesMarket
    function open(uint256 id, uint256 grade, uint64 lots, address long, address short)
        external
        nonReentrant
    {
        Series storage s = _listed(id);
        if (lots == 0) revert NoLots();
        if (s.phase != Phase.OPEN) revert WrongPhase(id, s.phase);
        if (entryStopped) revert EntryIsStopped();
        _checkGrade(id, s, grade);
        // With several grades a late mint of the worst one would dilute those who are long already.
        uint40 deadline = s.shorts == 1 ? s.expiry : s.start;
        if (block.timestamp >= deadline) revert MintingOver(deadline, block.timestamp);
        Deliverable memory deliverable = s.deliverables[grade];
        bool banded = s.style == Style.BANDED;
        if (banded) {
            _enterBand(s, lots);
        } else if (IWrappedUnit(address(deliverable.unit)).closed()) {
            revert GradeClosed(address(deliverable.unit));
        }
        uint256 total = uint256(deliverable.lots) + lots;
        if (total > deliverable.capLots) revert CapReached(grade, total, deliverable.capLots);
        _authorise(long);
        _authorise(short);

        s.deliverables[grade].lots = uint48(total);
        _mint(long, id, lots);
        _mint(short, id + 1 + grade, lots);
        emit Opened(id, grade, lots, long, short);

        (uint256 ofLong, uint256 ofShort) = _lock(s);
        _take(s.quoteToken, long, lots * ofLong);
        if (banded) _take(s.quoteToken, short, lots * ofShort);
        else deliverable.unit.safeTransferFrom(short, address(this), lots * LOT);
    }

    /// @inheritdoc IFuturesMarket
    function merge(uint256 id, uint256 grade, uint64 lots, address long, address short)
        external
        nonReentrant
    {
        Series storage s = _listed(id);
        if (lots == 0) revert NoLots();
        if (s.phase > Phase.PROPOSED) revert WrongPhase(id, s.phase);
        _checkGrade(id, s, grade);
        _authorise(long);
        _authorise(short);

        _burn(long, id, lots);
        _burn(short, id + 1 + grade, lots);
        s.deliverables[grade].lots -= uint48(lots);
        bool banded = s.style == Style.BANDED;
        if (banded) monthLots[s.index][s.month] -= lots;
        emit Merged(id, grade, lots, long, short);

        (uint256 ofLong, uint256 ofShort) = _lock(s);
        _pay(s.quoteToken, long, long, lots * ofLong);
        if (banded) _pay(s.quoteToken, short, short, lots * ofShort);
        else _pay(s.deliverables[grade].unit, short, short, lots * LOT);
    }

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

        ISpotIndex.Window memory w = spotIndex.window(s.index, s.start, s.expiry);
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
        ISpotIndex.Window memory w = spotIndex.window(s.index, s.start, s.expiry);
        ISpotIndex.Window memory out = spotIndex.window(s.index, from, to);
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

    // ── redemption ─────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IFuturesMarket
    function redeem(uint256 position, uint256 lots, address to) external nonReentrant {
        (uint256 id, Series storage s) = _final(position);
        if (lots == 0) revert NoLots();
        _redeem(s, _shareOf(s, position - id), position, lots, msg.sender, to);
    }

    /// @inheritdoc IFuturesMarket
    function redeemFor(uint256 position, address[] calldata holders) external nonReentrant {
        (uint256 id, Series storage s) = _final(position);
        Share memory share = _shareOf(s, position - id);
        for (uint256 i; i < holders.length; ++i) {
            address holder = holders[i];
            address to = payoutAddress[holder];
            uint256 lots = balanceOf(holder, position);
            if (lots == 0 || (to == address(0) && _isContract(holder))) continue;
            _redeem(s, share, position, lots, holder, to == address(0) ? holder : to);
        }
    }

    /// @inheritdoc IFuturesMarket
    function setPayoutAddress(address to) external {
        payoutAddress[msg.sender] = to;
        emit PayoutAddressSet(msg.sender, to);
    }

    /// @inheritdoc IFuturesMarket
    function claim(address token, address to) external nonReentrant {
        uint256 amount = claimable[token][msg.sender];
        if (amount == 0) revert NothingToClaim(token, msg.sender);
        claimable[token][msg.sender] = 0;
        emit Claimed(token, msg.sender, to, amount);
        IERC20(token).safeTransfer(to, amount);
    }

    // ── views ──────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IFuturesMarket
    function series(uint256 id) external view returns (SeriesView memory v) {
        Series storage s = _listed(id);
        uint256 n = s.shorts;
        v.terms = SeriesTerms({
            index: s.index,
            start: s.start,
            expiry: s.expiry,
            referencePrice: s.referencePrice,
            low: s.low,
            high: s.high,
            quoteToken: s.quoteToken,
            style: s.style,
            units: new address[](_grades(s)),
            capLots: new uint64[](n)
        });
        v.lotsOf = new uint64[](n);
        for (uint256 g; g < v.terms.units.length; ++g) {
            v.terms.units[g] = address(s.deliverables[g].unit);
        }
        for (uint256 g; g < n; ++g) {
            v.terms.capLots[g] = s.deliverables[g].capLots;
            v.lotsOf[g] = s.deliverables[g].lots;
            v.lots += s.deliverables[g].lots;
        }
        v.phase = s.phase;
        v.price = s.price;
        v.challengeEnds = s.challengeEnds;
        v.guardianActed = s.guardianActed;
        v.impaired = s.impaired;
        (v.quotePerLot, v.shortQuotePerLot) = _lock(s);
    }

    /// @inheritdoc IFuturesMarket
    function seriesIds() external view returns (uint256[] memory) {
        return _ids;
    }

    /// @inheritdoc IFuturesMarket
    function payoff(uint256 id) external view returns (Payoff memory) {
        Series storage s = _listed(id);
        if (s.phase < Phase.SETTLED) revert WrongPhase(id, s.phase);
        return _payoff(s);
    }

    /// @inheritdoc IFuturesMarket
    function previewRedeem(uint256 position, uint256 lots)
        external
        view
        returns (uint256 quote, uint256[] memory units)
    {
        (uint256 id, uint256 side) = _split(position);
        Series storage s = _listed(id);
        if (s.phase < Phase.SETTLED) revert WrongPhase(id, s.phase);
        if (side > s.shorts) revert UnknownGrade(id, side - 1);
        Share memory share = _shareOf(s, side);
        quote = _quoteOf(share, lots);
        units = new uint256[](share.units.length);
        for (uint256 g; g < units.length; ++g) {
            units[g] = lots * share.baskets[g] / share.lots;
        }
    }

    /// @inheritdoc IFuturesMarket
    function seriesIdOf(SeriesTerms calldata t) public view returns (uint256) {
        return uint256(keccak256(abi.encode(block.chainid, address(this), t))) & ~uint256(0xff);
    }

    // ── inside ─────────────────────────────────────────────────────────────────────────────────────────────

    function _checkTerms(SeriesTerms calldata t, uint8 quoteDecimals) private view {
        uint256 n = t.units.length;
        if (t.style == Style.NONE) revert BadTerms("style");
        if (t.start % 1 days != 0 || t.start <= block.timestamp) revert BadTerms("start");
        if (t.expiry % 1 days != 0 || t.expiry <= t.start || t.expiry - t.start > LONGEST_WINDOW) {
            revert BadTerms("expiry");
        }
        if (quoteDecimals > 36) revert BadTerms("quoteToken");
        if (t.referencePrice == 0 || !_isPrice(t.referencePrice, quoteDecimals)) {
            revert BadTerms("referencePrice");
        }
        if (t.style == Style.BANDED) {
            if (n != 0) revert BadTerms("units");
            if (t.capLots.length != 1 || !_isCap(t.capLots[0])) revert BadTerms("capLots");
            if (t.low >= t.referencePrice || !_isPrice(t.low, quoteDecimals)) {
                revert BadTerms("low");
            }
            if (t.high <= t.referencePrice || !_isPrice(t.high, quoteDecimals)) {
                revert BadTerms("high");
            }
        } else {
            if (n == 0 || n > MOST_GRADES || n != t.capLots.length) revert BadTerms("units");
            if (t.low != 0) revert BadTerms("low");
            if (t.high != 0) revert BadTerms("high");
        }
        for (uint256 g; g < n; ++g) {
            IGradeRegistry.Grade memory grade = registry.grade(t.units[g]);
            if (grade.kind != Kind.REDEEMABLE || grade.closed || grade.validUntil < t.expiry) {
                revert BadTerms("units");
            }
            if (!_isCap(t.capLots[g])) revert BadTerms("capLots");
            for (uint256 h; h < g; ++h) {
                if (t.units[h] == t.units[g]) revert BadTerms("units");
            }
        }
        (uint64 spot,) = spotIndex.fresh(t.index);
        if (t.referencePrice < spot / 2 || t.referencePrice > uint256(spot) * 3 / 2) {
            revert ReferenceOffMarket(t.referencePrice, spot);
        }
    }

    function _isCap(uint64 lots) private pure returns (bool) {
        return lots != 0 && lots <= type(uint48).max;
    }

    /// @dev On the tick, and a lot of it a whole number of base units.
    function _isPrice(uint64 price, uint8 quoteDecimals) private pure returns (bool) {
        return price % TICK == 0 && Settlement.isExact(price, 10 ** quoteDecimals);
    }

    /// @dev Unlike COVERED pairs, whose lock is worth what it pays at any price, these bet on the index alone: they
    /// open only where it is known to be inside the band, and no more of them than it can bear.
    function _enterBand(Series storage s, uint64 lots) private {
        (uint64 spot,) = spotIndex.fresh(s.index);
        if (spot <= s.low || spot >= s.high) revert OutOfBand(spot, s.low, s.high);
        uint256 total = uint256(monthLots[s.index][s.month]) + lots;
        uint64 cap = monthCap[s.index];
        if (total > cap) revert MonthCapReached(s.index, s.month, total, cap);
        monthLots[s.index][s.month] = uint64(total);
    }

    function _take(IERC20 token, address from, uint256 amount) private {
        uint256 held = token.balanceOf(address(this));
        token.safeTransferFrom(from, address(this), amount);
        uint256 arrived = token.balanceOf(address(this)) - held;
        if (arrived < amount) revert QuoteShort(arrived, amount);
    }

    function _checkGrade(uint256 id, Series storage s, uint256 grade) private view {
        if (grade >= s.shorts) revert UnknownGrade(id, grade);
    }

    function _authorise(address account) private view {
        if (account != msg.sender && !isOperator(account, msg.sender)) {
            revert NotAuthorised(account, msg.sender);
        }
    }

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
            try spotIndex.window(s.index, to - span, to) returns (ISpotIndex.Window memory w) {
                if (w.coveredTime >= LEAST_COVERED) {
                    if (_isCompromised(s, to)) break;
                    return Settlement.average(w.valueTime, w.coveredTime);
                }
            } catch (bytes memory reason) {
                if (bytes4(reason) == ISpotIndex.NoCheckpoint.selector) break;
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

    /// @dev Whoever redeems may be the one who settles: nobody has to be alive but the holder.
    function _final(uint256 position) private returns (uint256 id, Series storage s) {
        uint256 side;
        (id, side) = _split(position);
        s = _listed(id);
        if (side > s.shorts) revert UnknownGrade(id, side - 1);
        if (s.phase < Phase.SETTLED) {
            settle(id);
            if (s.phase < Phase.SETTLED) revert ChallengeOpen(s.challengeEnds, block.timestamp);
        }
    }

    function _redeem(
        Series storage s,
        Share memory share,
        uint256 position,
        uint256 lots,
        address holder,
        address to
    ) private {
        uint256 quote = _quoteOf(share, lots);
        if (share.mixed) s.redeemedLong = share.redeemed += uint64(lots);
        _burn(holder, position, lots);
        emit Redeemed(position, holder, to, lots, quote);

        _pay(share.quoteToken, holder, to, quote);
        for (uint256 g; g < share.units.length; ++g) {
            _pay(share.units[g], holder, to, lots * share.baskets[g] / share.lots);
        }
    }

    /// @dev LONG takes a pro-rata basket of every grade still delivered, rounded down per grade; the dust stays.
    /// An impaired grade is unwound: its shorts get their lots back, longs the quote that stood against them.
    function _shareOf(Series storage s, uint256 side) private view returns (Share memory share) {
        Payoff memory p = _payoff(s);
        uint256 n = _grades(s);
        share.quoteToken = s.quoteToken;
        share.units = new IERC20[](n);
        share.baskets = new uint256[](n);
        share.lots = 1;
        uint256 impaired = s.impaired;
        if (side != 0) {
            share.quote = p.shortQuote;
            if (n == 0) return share;
            uint256 g = side - 1;
            bool unwound = impaired & (1 << g) != 0;
            (share.units[g], share.baskets[g]) =
            (s.deliverables[g].unit, unwound ? LOT : p.shortUnits);
            if (unwound) share.quote = 0;
            return share;
        }
        share.quote = p.longQuote;
        if (p.longUnits == 0 && impaired == 0) return share;
        if (impaired == (1 << n) - 1) {
            (share.quote,) = _lock(s);
            return share;
        }

        uint256 total;
        uint256 delivered;
        for (uint256 g; g < n; ++g) {
            Deliverable memory deliverable = s.deliverables[g];
            total += deliverable.lots;
            if (impaired & (1 << g) != 0) continue;
            delivered += deliverable.lots;
            (share.units[g], share.baskets[g]) = (deliverable.unit, p.longUnits * deliverable.lots);
        }
        if (total != 0) share.lots = total;
        if (impaired == 0) return share;
        (uint256 lock,) = _lock(s);
        share.quote = p.longQuote * delivered + lock * (total - delivered);
        (share.mixed, share.redeemed) = (true, s.redeemedLong);
    }

    /// @dev Cumulative rounding where there is any: whatever the slices, all longs together get all of it.
    function _quoteOf(Share memory share, uint256 lots) private pure returns (uint256) {
        if (!share.mixed) return lots * share.quote;
        uint256 before = share.redeemed;
        return (before + lots) * share.quote / share.lots - before * share.quote / share.lots;
    }

    function _pay(IERC20 token, address account, address to, uint256 amount) private {
        if (amount == 0 || token.trySafeTransfer(to, amount)) return;
        claimable[address(token)][account] += amount;
        emit Credited(address(token), account, amount);
    }

    function _payoff(Series storage s) private view returns (Payoff memory) {
        uint256 quoteUnit = 10 ** s.quoteDecimals;
        if (s.style == Style.BANDED) return Settlement.banded(s.price, s.low, s.high, quoteUnit);
        return Settlement.payoff(s.phase, s.price, s.referencePrice, quoteUnit);
    }

    /// @dev Quote that each side of a lot locks. A BANDED lock is what the side is paid at K.
    function _lock(Series storage s) private view returns (uint256 ofLong, uint256 ofShort) {
        uint256 quoteUnit = 10 ** s.quoteDecimals;
        if (s.style != Style.BANDED) return (Settlement.quoteOf(s.referencePrice, quoteUnit), 0);
        Payoff memory p = Settlement.banded(s.referencePrice, s.low, s.high, quoteUnit);
        return (p.longQuote, p.shortQuote);
    }

    /// @dev A BANDED series has none.
    function _grades(Series storage s) private view returns (uint256) {
        return s.style == Style.BANDED ? 0 : s.shorts;
    }

    /// @dev An account that merely delegates to code (EIP-7702) can receive like any other.
    function _isContract(address account) private view returns (bool) {
        uint256 size = account.code.length;
        return size != 0 && !(size == 23 && bytes3(account.code) == 0xef0100);
    }

    function _split(uint256 position) private pure returns (uint256 id, uint256 side) {
        return (position & ~uint256(0xff), position & 0xff);
    }

    function _listed(uint256 id) private view returns (Series storage s) {
        s = _series[id];
        if (s.phase == Phase.NONE) revert UnknownSeries(id);
    }
}
