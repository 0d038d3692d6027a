// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Payoff, Phase } from "../interfaces/IFuturesMarket.sol";

/// @dev One lot: 0.01 SCU, in the 18 decimals of a unit.
uint256 constant LOT = 1e16;

/// @title Settlement
/// @notice The arithmetic of settlement, free of storage: what tests, proofs and the Python twin compare.
library Settlement {
    /// @notice S is a multiple of $0.0001, 8 decimals.
    uint256 internal constant STEP = 1e4;
    /// @notice 8 decimals of a price and 2 of a lot.
    uint256 private constant PRICE_AND_LOT = 1e10;

    /// @notice Value of one lot at `price` in base units of a quote token, rounded down.
    /// @param quoteUnit 10^decimals of the quote token.
    function quoteOf(uint256 price, uint256 quoteUnit) internal pure returns (uint256) {
        return price * quoteUnit / PRICE_AND_LOT;
    }

    /// @notice True when one lot at `price` is a whole number of base units.
    function isExact(uint256 price, uint256 quoteUnit) internal pure returns (bool) {
        return price * quoteUnit % PRICE_AND_LOT == 0;
    }

    /// @notice The time average, rounded half to even to $0.0001: favours neither side.
    /// @param valueTime 8 decimals · seconds.
    /// @param coveredTime Seconds, not zero.
    function average(uint256 valueTime, uint256 coveredTime) internal pure returns (uint64) {
        uint256 step = coveredTime * STEP;
        uint256 steps = valueTime / step;
        uint256 rest = 2 * (valueTime % step);
        if (rest > step || (rest == step && steps % 2 == 1)) ++steps;
        return uint64(steps * STEP);
    }

    /// @notice NET: LONG is worth S and SHORT is worth K, in quote up to K and in units beyond it. The unit part of
    /// SHORT is rounded down, so what S > K leaves over goes to LONG. DELIVERED: LONG takes the lot, SHORT takes K.
    function payoff(Phase phase, uint256 price, uint256 referencePrice, uint256 quoteUnit)
        internal
        pure
        returns (Payoff memory p)
    {
        uint256 lock = quoteOf(referencePrice, quoteUnit);
        if (phase == Phase.DELIVERED) return Payoff(0, lock, LOT, 0);
        p.longQuote = quoteOf(price < referencePrice ? price : referencePrice, quoteUnit);
        p.shortQuote = lock - p.longQuote;
        p.shortUnits = price > referencePrice ? LOT * referencePrice / price : LOT;
        p.longUnits = LOT - p.shortUnits;
    }

    /// @notice BANDED: LONG gets the value of S above L, SHORT that of H above S, with S taken into [L, H]. Both are
    /// differences of the same three roundings, so that they sum to Q(H) - Q(L).
    function banded(uint256 price, uint256 low, uint256 high, uint256 quoteUnit)
        internal
        pure
        returns (Payoff memory p)
    {
        uint256 within = price < low ? low : price > high ? high : price;
        uint256 value = quoteOf(within, quoteUnit);
        p.longQuote = value - quoteOf(low, quoteUnit);
        p.shortQuote = quoteOf(high, quoteUnit) - value;
    }
}
