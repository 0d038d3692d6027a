// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket, Payoff, Phase, SeriesTerms, Style } from "./interfaces/IFuturesMarket.sol";
import { IGradeRegistry, Kind } from "./interfaces/IGradeRegistry.sol";
import { ISpotIndex } from "./interfaces/ISpotIndex.sol";
import { IWrappedUnit } from "./interfaces/IWrappedUnit.sol";
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

    /// @dev Two words before the grades, so that opening and redeeming read little.
    struct Series {
        uint40 start;
        uint40 expiry;
        uint64 referencePrice;
        uint40 challengeEnds;
        uint16 index;
        uint8 grades;
        Style style;
        Phase phase;
        bool guardianActed;
        uint8 impaired;
        // second word
        IERC20 quoteToken;
        uint64 price;
        uint8 quoteDecimals;
        // four to a word
        uint64[MOST_GRADES] lots;
        Leg[MOST_GRADES] legs;
        /// LONG lots redeemed, kept only where some but not all grades are impaired.
        uint64 redeemedLong;
    }

    struct Leg {
        IERC20 unit;
        uint64 capLots;
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

    constructor(
        address authority,
        IGradeRegistry registry_,
        ISpotIndex spotIndex_
    ) AccessManaged(authority) {
        (registry, spotIndex) = (registry_, spotIndex_);
    }

    // ── listing ────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IFuturesMarket
    function create(
        SeriesTerms calldata t
    ) external restricted returns (uint256 id) {
        id = seriesIdOf(t);
        Series storage s = _series[id];
        if (s.phase != Phase.NONE) revert SeriesExists(id);
        uint8 quoteDecimals = IERC20Metadata(address(t.quoteToken)).decimals();
        _checkTerms(t, quoteDecimals);

        (s.start, s.expiry, s.referencePrice, s.index) =
        (t.start, t.expiry, t.referencePrice, t.index);
        (s.style, s.phase, s.grades) = (t.style, Phase.OPEN, uint8(t.units.length));
        (s.quoteToken, s.quoteDecimals) = (t.quoteToken, quoteDecimals);
        for (uint256 g; g < t.units.length; ++g) {
            s.legs[g] = Leg(IERC20(t.units[g]), t.capLots[g]);
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

    // ── pairs ──────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IFuturesMarket
    function open(
        uint256 id,
        uint256 grade,
        uint64 lots,
        address long,
        address short
    ) external nonReentrant {
        Series storage s = _listed(id);
        if (lots == 0) revert NoLots();
        if (s.phase != Phase.OPEN) revert WrongPhase(id, s.phase);
        if (entryStopped) revert EntryIsStopped();
        _checkGrade(id, s, grade);
        // With several grades a late mint of the worst one would dilute those who are long already.
        uint40 deadline = s.grades == 1 ? s.expiry : s.start;
        if (block.timestamp >= deadline) revert MintingOver(deadline, block.timestamp);
        Leg storage leg = s.legs[grade];
        if (IWrappedUnit(address(leg.unit)).closed()) revert GradeClosed(address(leg.unit));
        uint256 total = uint256(s.lots[grade]) + lots;
        if (total > leg.capLots) revert CapReached(grade, total, leg.capLots);
        _authorise(long);
        _authorise(short);

        s.lots[grade] = uint64(total);
        _mint(long, id, lots);
        _mint(short, id + 1 + grade, lots);
        emit Opened(id, grade, lots, long, short);

        uint256 quote = lots * _lock(s);
        uint256 held = s.quoteToken.balanceOf(address(this));
        s.quoteToken.safeTransferFrom(long, address(this), quote);
        uint256 arrived = s.quoteToken.balanceOf(address(this)) - held;
        if (arrived < quote) revert QuoteShort(arrived, quote);
        leg.unit.safeTransferFrom(short, address(this), lots * LOT);
    }

    /// @inheritdoc IFuturesMarket
    function merge(
        uint256 id,
        uint256 grade,
        uint64 lots,
        address long,
        address short
    ) external nonReentrant {
        Series storage s = _listed(id);
        if (lots == 0) revert NoLots();
        if (s.phase > Phase.PROPOSED) revert WrongPhase(id, s.phase);
        _checkGrade(id, s, grade);
        _authorise(long);
        _authorise(short);

        _burn(long, id, lots);
        _burn(short, id + 1 + grade, lots);
        s.lots[grade] -= lots;
        emit Merged(id, grade, lots, long, short);

        _pay(s.quoteToken, long, long, lots * _lock(s));
        _pay(s.legs[grade].unit, short, short, lots * LOT);
    }

    // ── settlement ─────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IFuturesMarket
    function propose(
        uint256 id
    ) public {
        Series storage s = _listed(id);
        if (s.phase != Phase.OPEN) revert WrongPhase(id, s.phase);
        if (block.timestamp < s.expiry) revert NotReady(id, s.expiry);
        if (s.style == Style.DELIVERY || block.timestamp >= uint256(s.expiry) + DELIVERY_RUNG) {
            return _conclude(id, s, Phase.DELIVERED);
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
    function finalise(
        uint256 id
    ) public {
        Series storage s = _listed(id);
        if (s.phase != Phase.PROPOSED) revert WrongPhase(id, s.phase);
        if (block.timestamp < s.challengeEnds) {
            revert ChallengeOpen(s.challengeEnds, block.timestamp);
        }
        _conclude(id, s, Phase.SETTLED);
    }

    /// @inheritdoc IFuturesMarket
    function settle(
        uint256 id
    ) public {
        if (_listed(id).phase == Phase.OPEN) propose(id);
        else finalise(id);
    }

    /// @inheritdoc IFuturesMarket
    function exclude(
        uint256 id,
        uint40 from,
        uint40 to
    ) external restricted {
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
    function reject(
        uint256 id
    ) external restricted {
        Series storage s = _guardianActs(id);
        emit Rejected(id, s.price);
        s.price = 0;
        _conclude(id, s, Phase.DELIVERED);
    }

    // ── redemption ─────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IFuturesMarket
    function redeem(
        uint256 position,
        uint256 lots,
        address to
    ) external nonReentrant {
        (uint256 id, Series storage s) = _final(position);
        if (lots == 0) revert NoLots();
        _redeem(id, s, position, lots, msg.sender, to);
    }

    /// @inheritdoc IFuturesMarket
    function redeemFor(
        uint256 position,
        address[] calldata holders
    ) external nonReentrant {
        (uint256 id, Series storage s) = _final(position);
        for (uint256 i; i < holders.length; ++i) {
            address holder = holders[i];
            address to = payoutAddress[holder];
            uint256 lots = balanceOf(holder, position);
            if (lots == 0 || (to == address(0) && _isContract(holder))) continue;
            _redeem(id, s, position, lots, holder, to == address(0) ? holder : to);
        }
    }

    /// @inheritdoc IFuturesMarket
    function setPayoutAddress(
        address to
    ) external {
        payoutAddress[msg.sender] = to;
        emit PayoutAddressSet(msg.sender, to);
    }

    /// @inheritdoc IFuturesMarket
    function claim(
        address token,
        address to
    ) external nonReentrant {
        uint256 amount = claimable[token][msg.sender];
        if (amount == 0) revert NothingToClaim(token, msg.sender);
        claimable[token][msg.sender] = 0;
        emit Claimed(token, msg.sender, to, amount);
        IERC20(token).safeTransfer(to, amount);
    }

    // ── views ──────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IFuturesMarket
    function series(
        uint256 id
    ) external view returns (SeriesView memory v) {
        Series storage s = _listed(id);
        uint256 n = s.grades;
        v.terms = SeriesTerms(
            s.index,
            s.start,
            s.expiry,
            s.referencePrice,
            s.quoteToken,
            s.style,
            new address[](n),
            new uint64[](n)
        );
        v.lotsOf = new uint64[](n);
        for (uint256 g; g < n; ++g) {
            v.terms.units[g] = address(s.legs[g].unit);
            v.terms.capLots[g] = s.legs[g].capLots;
            v.lotsOf[g] = s.lots[g];
            v.lots += s.lots[g];
        }
        (v.phase, v.price, v.challengeEnds) = (s.phase, s.price, s.challengeEnds);
        (v.guardianActed, v.impaired, v.quotePerLot) = (s.guardianActed, s.impaired, _lock(s));
    }

    /// @inheritdoc IFuturesMarket
    function seriesIds() external view returns (uint256[] memory) {
        return _ids;
    }

    /// @inheritdoc IFuturesMarket
    function payoff(
        uint256 id
    ) external view returns (Payoff memory) {
        Series storage s = _listed(id);
        if (s.phase < Phase.SETTLED) revert WrongPhase(id, s.phase);
        return _payoff(s);
    }

    /// @inheritdoc IFuturesMarket
    function previewRedeem(
        uint256 position,
        uint256 lots
    ) external view returns (uint256 quote, uint256[] memory units) {
        (uint256 id, uint256 side) = _split(position);
        Series storage s = _listed(id);
        if (s.phase < Phase.SETTLED) revert WrongPhase(id, s.phase);
        if (side > s.grades) revert UnknownGrade(id, side - 1);
        (quote, units) = _entitlement(s, side, lots);
    }

    /// @inheritdoc IFuturesMarket
    function seriesIdOf(
        SeriesTerms calldata t
    ) public view returns (uint256) {
        return uint256(keccak256(abi.encode(block.chainid, address(this), t))) & ~uint256(0xff);
    }

    // ── inside ─────────────────────────────────────────────────────────────────────────────────────────────

    function _checkTerms(
        SeriesTerms calldata t,
        uint8 quoteDecimals
    ) private view {
        uint256 n = t.units.length;
        if (t.style == Style.NONE) revert BadTerms("style");
        if (t.start % 1 days != 0 || t.start <= block.timestamp) revert BadTerms("start");
        if (t.expiry % 1 days != 0 || t.expiry <= t.start || t.expiry - t.start > LONGEST_WINDOW) {
            revert BadTerms("expiry");
        }
        if (n == 0 || n > MOST_GRADES || n != t.capLots.length) revert BadTerms("units");
        if (quoteDecimals > 36) revert BadTerms("quoteToken");
        if (
            t.referencePrice == 0 || t.referencePrice % TICK != 0
                || !Settlement.isExact(t.referencePrice, 10 ** quoteDecimals)
        ) revert BadTerms("referencePrice");
        for (uint256 g; g < n; ++g) {
            IGradeRegistry.Grade memory grade = registry.grade(t.units[g]);
            if (grade.kind != Kind.REDEEMABLE || grade.closed || grade.validUntil < t.expiry) {
                revert BadTerms("units");
            }
            if (t.capLots[g] == 0) revert BadTerms("capLots");
            for (uint256 h; h < g; ++h) {
                if (t.units[h] == t.units[g]) revert BadTerms("units");
            }
        }
        (uint64 spot,) = spotIndex.fresh(t.index);
        if (t.referencePrice < spot / 2 || t.referencePrice > uint256(spot) * 3 / 2) {
            revert ReferenceOffMarket(t.referencePrice, spot);
        }
    }

    function _checkGrade(
        uint256 id,
        Series storage s,
        uint256 grade
    ) private view {
        if (grade >= s.grades) revert UnknownGrade(id, grade);
    }

    function _authorise(
        address account
    ) private view {
        if (account != msg.sender && !isOperator(account, msg.sender)) {
            revert NotAuthorised(account, msg.sender);
        }
    }

    function _checkCoverage(
        uint256 covered,
        uint256 required,
        bool longGap
    ) private pure {
        if (covered == 0 || covered < required || longGap) {
            revert CoverageTooLow(covered, required, longGap);
        }
    }

    function _fix(
        Series storage s,
        uint256 valueTime,
        uint256 coveredTime
    ) private {
        s.price = Settlement.average(valueTime, coveredTime);
        s.challengeEnds = uint40(block.timestamp) + CHALLENGE;
    }

    function _guardianActs(
        uint256 id
    ) private returns (Series storage s) {
        s = _listed(id);
        if (s.phase != Phase.PROPOSED) revert WrongPhase(id, s.phase);
        if (block.timestamp >= s.challengeEnds) {
            revert ChallengeOver(s.challengeEnds, block.timestamp);
        }
        if (s.guardianActed) revert GuardianActed(id);
        s.guardianActed = true;
    }

    /// @dev From here on pairs are frozen, so redemption needs no counters.
    function _conclude(
        uint256 id,
        Series storage s,
        Phase phase
    ) private {
        uint8 impaired;
        for (uint256 g; g < s.grades; ++g) {
            uint40 at = registry.grade(address(s.legs[g].unit)).impairedAt;
            if (at != 0 && at < s.expiry) impaired |= uint8(1 << g);
        }
        (s.phase, s.impaired) = (phase, impaired);
        emit Settled(id, phase, s.price, impaired);
    }

    /// @dev Whoever redeems may be the one who settles: nobody has to be alive but the holder.
    function _final(
        uint256 position
    ) private returns (uint256 id, Series storage s) {
        uint256 side;
        (id, side) = _split(position);
        s = _listed(id);
        if (side > s.grades) revert UnknownGrade(id, side - 1);
        if (s.phase < Phase.SETTLED) {
            settle(id);
            if (s.phase < Phase.SETTLED) revert ChallengeOpen(s.challengeEnds, block.timestamp);
        }
    }

    function _redeem(
        uint256 id,
        Series storage s,
        uint256 position,
        uint256 lots,
        address holder,
        address to
    ) private {
        uint256 side = position - id;
        (uint256 quote, uint256[] memory units) = _entitlement(s, side, lots);
        if (side == 0 && _isMixed(s)) s.redeemedLong += uint64(lots);
        _burn(holder, position, lots);
        emit Redeemed(position, holder, to, lots, quote);

        _pay(s.quoteToken, holder, to, quote);
        for (uint256 g; g < units.length; ++g) {
            _pay(s.legs[g].unit, holder, to, units[g]);
        }
    }

    /// @dev LONG takes a pro-rata basket of every grade still delivered, rounded down per grade; the dust stays.
    /// An impaired grade is unwound: its shorts get their lots back, longs the quote that stood against them.
    function _entitlement(
        Series storage s,
        uint256 side,
        uint256 lots
    ) private view returns (uint256 quote, uint256[] memory units) {
        Payoff memory p = _payoff(s);
        units = new uint256[](s.grades);
        uint256 impaired = s.impaired;
        if (side != 0) {
            uint256 g = side - 1;
            bool unwound = impaired & (1 << g) != 0;
            units[g] = lots * (unwound ? LOT : p.shortUnits);
            return (unwound ? 0 : lots * p.shortQuote, units);
        }
        if (p.longUnits == 0 && impaired == 0) return (lots * p.longQuote, units);

        uint256 total = _totalLots(s);
        if (total == 0) return (0, units);
        uint256 delivered = total;
        for (uint256 g; g < units.length; ++g) {
            uint256 lotsOf = s.lots[g];
            if (impaired & (1 << g) != 0) delivered -= lotsOf;
            else units[g] = lots * p.longUnits * lotsOf / total;
        }
        uint256 pool = p.longQuote * delivered + _lock(s) * (total - delivered);
        // Cumulative rounding: whatever the slices, all longs together get the pool, to the base unit.
        uint256 before = s.redeemedLong;
        quote = (before + lots) * pool / total - before * pool / total;
    }

    function _pay(
        IERC20 token,
        address account,
        address to,
        uint256 amount
    ) private {
        if (amount == 0 || token.trySafeTransfer(to, amount)) return;
        claimable[address(token)][account] += amount;
        emit Credited(address(token), account, amount);
    }

    function _payoff(
        Series storage s
    ) private view returns (Payoff memory) {
        return Settlement.payoff(s.phase, s.price, s.referencePrice, 10 ** s.quoteDecimals);
    }

    function _lock(
        Series storage s
    ) private view returns (uint256) {
        return Settlement.quoteOf(s.referencePrice, 10 ** s.quoteDecimals);
    }

    function _totalLots(
        Series storage s
    ) private view returns (uint256 total) {
        for (uint256 g; g < s.grades; ++g) {
            total += s.lots[g];
        }
    }

    function _isMixed(
        Series storage s
    ) private view returns (bool) {
        return s.impaired != 0 && s.impaired != (1 << s.grades) - 1;
    }

    /// @dev An account that merely delegates to code (EIP-7702) can receive like any other.
    function _isContract(
        address account
    ) private view returns (bool) {
        bytes memory code = account.code;
        return code.length != 0 && !(code.length == 23 && bytes3(code) == 0xef0100);
    }

    function _split(
        uint256 position
    ) private pure returns (uint256 id, uint256 side) {
        return (position & ~uint256(0xff), position & 0xff);
    }

    function _listed(
        uint256 id
    ) private view returns (Series storage s) {
        s = _series[id];
        if (s.phase == Phase.NONE) revert UnknownSeries(id);
    }
}
