// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ListingRules, MOST_GRADES } from "./ListingRules.sol";
import { IFuturesMarket, Payoff, Phase, SeriesTerms, Style } from "./interfaces/IFuturesMarket.sol";
import { IGradeRegistry } from "./interfaces/IGradeRegistry.sol";
import { ISpotIndexReader } from "./interfaces/ISpotIndexReader.sol";
import { Month } from "./libraries/Month.sol";
import { Settlement } from "./libraries/Settlement.sol";
import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IERC20Metadata } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

/// @title SeriesBook
/// @notice The part of {IFuturesMarket} that lists series and knows their terms.
abstract contract SeriesBook is IFuturesMarket, AccessManaged {
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

    IGradeRegistry public immutable registry;
    /// @inheritdoc IFuturesMarket
    ISpotIndexReader public immutable spotIndex;
    /// @notice What is listed. A contract of its own, made by this one: only listing needs that code.
    ListingRules public immutable rules;

    /// @notice New pairs are stopped.
    bool public entryStopped;
    mapping(uint256 id => Series) internal _series;
    uint256[] private _ids;
    /// @inheritdoc IFuturesMarket
    mapping(uint256 index => uint64) public monthCap;
    /// @inheritdoc IFuturesMarket
    mapping(uint256 index => mapping(uint256 month => uint64)) public monthLots;

    constructor(address authority, IGradeRegistry registry_, ISpotIndexReader spotIndex_)
        AccessManaged(authority)
    {
        (registry, spotIndex) = (registry_, spotIndex_);
        rules = new ListingRules(registry_, spotIndex_);
    }

    // ── listing ────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IFuturesMarket
    function create(SeriesTerms calldata t) external restricted returns (uint256 id) {
        id = seriesIdOf(t);
        Series storage s = _series[id];
        if (s.phase != Phase.NONE) revert SeriesExists(id);
        uint8 quoteDecimals = IERC20Metadata(address(t.quoteToken)).decimals();
        rules.check(t, quoteDecimals);

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
    function seriesIdOf(SeriesTerms calldata t) public view returns (uint256) {
        return uint256(keccak256(abi.encode(block.chainid, address(this), t))) & ~uint256(0xff);
    }

    // ── inside ─────────────────────────────────────────────────────────────────────────────────────────────

    function _payoff(Series storage s) internal view returns (Payoff memory) {
        uint256 quoteUnit = 10 ** s.quoteDecimals;
        if (s.style == Style.BANDED) return Settlement.banded(s.price, s.low, s.high, quoteUnit);
        return Settlement.payoff(s.phase, s.price, s.referencePrice, quoteUnit);
    }

    /// @dev Quote that each side of a lot locks. A BANDED lock is what the side is paid at K.
    function _lock(Series storage s) internal view returns (uint256 ofLong, uint256 ofShort) {
        uint256 quoteUnit = 10 ** s.quoteDecimals;
        if (s.style != Style.BANDED) return (Settlement.quoteOf(s.referencePrice, quoteUnit), 0);
        Payoff memory p = Settlement.banded(s.referencePrice, s.low, s.high, quoteUnit);
        return (p.longQuote, p.shortQuote);
    }

    /// @dev A BANDED series has none.
    function _grades(Series storage s) internal view returns (uint256) {
        return s.style == Style.BANDED ? 0 : s.shorts;
    }

    function _listed(uint256 id) internal view returns (Series storage s) {
        s = _series[id];
        if (s.phase == Phase.NONE) revert UnknownSeries(id);
    }
}
