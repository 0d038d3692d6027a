// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesLens } from "./interfaces/IFuturesLens.sol";
import { IFuturesMarket, Payoff, Phase, Style } from "./interfaces/IFuturesMarket.sol";
import { IGradeRegistry } from "./interfaces/IGradeRegistry.sol";
import { ISpotIndexReader } from "./interfaces/ISpotIndexReader.sol";
import { Settlement } from "./libraries/Settlement.sol";
import { IERC6909 } from "@openzeppelin/contracts/interfaces/IERC6909.sol";
import { IERC20Metadata } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

/// @title FuturesLens
/// @notice See {IFuturesLens}.
contract FuturesLens is IFuturesLens {
    IFuturesMarket public immutable market;
    IGradeRegistry public immutable registry;
    ISpotIndexReader public immutable spotIndex;

    constructor(IFuturesMarket market_, IGradeRegistry registry_, ISpotIndexReader spotIndex_) {
        market = market_;
        registry = registry_;
        spotIndex = spotIndex_;
    }

    /// @inheritdoc IFuturesLens
    function holdings(address account, uint256 from, uint256 count)
        external
        view
        returns (Holding[] memory page, uint256 total)
    {
        uint256[] memory ids = market.seriesIds();
        total = ids.length;
        uint256 left = from < total ? total - from : 0;
        page = new Holding[](count < left ? count : left);
        for (uint256 i; i < page.length; ++i) {
            page[i] = _holding(account, ids[from + i]);
        }
    }

    /// @inheritdoc IFuturesLens
    function claimables(address account, address[] calldata tokens)
        external
        view
        returns (uint256[] memory amounts)
    {
        amounts = new uint256[](tokens.length);
        for (uint256 i; i < tokens.length; ++i) {
            amounts[i] = market.claimable(tokens[i], account);
        }
    }

    /// @inheritdoc IFuturesLens
    function basketOf(uint256 series)
        external
        view
        returns (uint256 quote, uint256[] memory units)
    {
        IFuturesMarket.SeriesView memory s = market.series(series);
        if (s.phase >= Phase.SETTLED) return market.previewRedeem(series, 1);

        Payoff memory p = _expected(s);
        uint256 n = s.terms.units.length;
        units = new uint256[](n);
        if (n == 0) return (p.longQuote, units);
        if (s.lots == 0) return (0, units);
        uint256 pool;
        for (uint256 g; g < n; ++g) {
            uint40 since = registry.grade(s.terms.units[g]).impairedAt;
            bool unwound = since != 0 && since < s.terms.expiry;
            pool += s.lotsOf[g] * (unwound ? s.quotePerLot : p.longQuote);
            if (!unwound) units[g] = p.longUnits * s.lotsOf[g] / s.lots;
        }
        quote = pool / s.lots;
    }

    /// @inheritdoc IFuturesLens
    function cheapest(uint256 series, uint256[] calldata prices)
        external
        view
        returns (uint256 grade, uint64 lots)
    {
        IFuturesMarket.SeriesView memory s = market.series(series);
        uint256 n = s.terms.units.length;
        if (prices.length != n) revert WrongPriceCount(prices.length, n);
        for (uint256 g; g < n; ++g) {
            uint64 room = s.terms.capLots[g] - s.lotsOf[g];
            if (room == 0 || registry.grade(s.terms.units[g]).closed) continue;
            if (lots == 0 || prices[g] < prices[grade]) (grade, lots) = (g, room);
        }
        if (lots == 0) revert NoGradeOpen(series);
    }

    function _holding(address account, uint256 id) private view returns (Holding memory h) {
        h.id = id;
        h.series = market.series(id);
        uint256 sides = h.series.lotsOf.length + 1;
        h.held = new uint256[](sides);
        h.quote = new uint256[](sides);
        h.units = new uint256[][](sides);
        for (uint256 side; side < sides; ++side) {
            h.held[side] = IERC6909(address(market)).balanceOf(account, id + side);
            h.units[side] = new uint256[](h.series.terms.units.length);
            if (h.held[side] == 0 || h.series.phase < Phase.SETTLED) continue;
            (h.quote[side], h.units[side]) = market.previewRedeem(id + side, h.held[side]);
        }
    }

    function _expected(IFuturesMarket.SeriesView memory s) private view returns (Payoff memory) {
        bool proposed = s.phase == Phase.PROPOSED;
        uint256 quoteUnit = 10 ** uint256(IERC20Metadata(address(s.terms.quoteToken)).decimals());
        if (s.terms.style == Style.BANDED) {
            uint64 price = s.price;
            if (!proposed) (price,) = spotIndex.fresh(s.terms.index);
            return Settlement.banded(price, s.terms.low, s.terms.high, quoteUnit);
        }
        Phase outcome = proposed ? Phase.SETTLED : Phase.DELIVERED;
        return Settlement.payoff(outcome, s.price, s.terms.referencePrice, quoteUnit);
    }
}
