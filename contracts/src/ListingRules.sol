// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket, SeriesTerms, Style } from "./interfaces/IFuturesMarket.sol";
import { IGradeRegistry, Kind } from "./interfaces/IGradeRegistry.sol";
import { ISpotIndexReader } from "./interfaces/ISpotIndexReader.sol";
import { Settlement } from "./libraries/Settlement.sol";

/// @dev Kinds of SHORT in a series; slots are kept for as many.
uint256 constant MOST_GRADES = 8;

/// @title ListingRules
/// @notice Which terms a {FuturesMarket} lists. Each market makes its own; it has no state and no say elsewhere.
contract ListingRules {
    uint64 public constant TICK = 1e6;
    uint40 public constant LONGEST_WINDOW = 100 days;

    IGradeRegistry public immutable registry;
    ISpotIndexReader public immutable spotIndex;

    constructor(IGradeRegistry registry_, ISpotIndexReader spotIndex_) {
        (registry, spotIndex) = (registry_, spotIndex_);
    }

    /// @notice Whether terms may be listed; reverts as {IFuturesMarket-create} does where not.
    function check(SeriesTerms calldata t, uint8 quoteDecimals) external view {
        uint256 n = t.units.length;
        if (t.style == Style.NONE) revert IFuturesMarket.BadTerms("style");
        if (t.start % 1 days != 0 || t.start <= block.timestamp) {
            revert IFuturesMarket.BadTerms("start");
        }
        if (t.expiry % 1 days != 0 || t.expiry <= t.start || t.expiry - t.start > LONGEST_WINDOW) {
            revert IFuturesMarket.BadTerms("expiry");
        }
        if (quoteDecimals > 36) revert IFuturesMarket.BadTerms("quoteToken");
        if (t.referencePrice == 0 || !_isPrice(t.referencePrice, quoteDecimals)) {
            revert IFuturesMarket.BadTerms("referencePrice");
        }
        if (t.style == Style.BANDED) {
            if (n != 0) revert IFuturesMarket.BadTerms("units");
            if (t.capLots.length != 1 || !_isCap(t.capLots[0])) {
                revert IFuturesMarket.BadTerms("capLots");
            }
            if (t.low >= t.referencePrice || !_isPrice(t.low, quoteDecimals)) {
                revert IFuturesMarket.BadTerms("low");
            }
            if (t.high <= t.referencePrice || !_isPrice(t.high, quoteDecimals)) {
                revert IFuturesMarket.BadTerms("high");
            }
        } else {
            if (n == 0 || n > MOST_GRADES || n != t.capLots.length) {
                revert IFuturesMarket.BadTerms("units");
            }
            if (t.low != 0) revert IFuturesMarket.BadTerms("low");
            if (t.high != 0) revert IFuturesMarket.BadTerms("high");
        }
        for (uint256 g; g < n; ++g) {
            IGradeRegistry.Grade memory grade = registry.grade(t.units[g]);
            if (grade.kind != Kind.REDEEMABLE || grade.closed || grade.validUntil < t.expiry) {
                revert IFuturesMarket.BadTerms("units");
            }
            if (!_isCap(t.capLots[g])) revert IFuturesMarket.BadTerms("capLots");
            for (uint256 h; h < g; ++h) {
                if (t.units[h] == t.units[g]) revert IFuturesMarket.BadTerms("units");
            }
        }
        (uint64 spot,) = spotIndex.fresh(t.index);
        if (t.referencePrice < spot / 2 || t.referencePrice > uint256(spot) * 3 / 2) {
            revert IFuturesMarket.ReferenceOffMarket(t.referencePrice, spot);
        }
    }

    function _isCap(uint64 lots) private pure returns (bool) {
        return lots != 0 && lots <= type(uint48).max;
    }

    /// @dev On the tick, and a lot of it a whole number of base units.
    function _isPrice(uint64 price, uint8 quoteDecimals) private pure returns (bool) {
        return price % TICK == 0 && Settlement.isExact(price, 10 ** quoteDecimals);
    }
}
