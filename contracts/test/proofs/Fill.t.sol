// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Leg, Side } from "../../src/interfaces/IFuturesExchange.sol";
import { Lane, Orders } from "../../src/libraries/Orders.sol";
import { Test } from "forge-std/Test.sol";

/// @notice L, K and H of a series.
struct Band {
    uint64 low;
    uint64 referencePrice;
    uint64 high;
}

/// @notice Properties of a fill's arithmetic, for halmos: `check_` functions over all inputs within the bounds
/// they assume. forge does not run them.
contract FillProofs is Test {
    uint256 private constant UNIT = 1e6;
    uint64 private constant MOST_FEE_BPS = 20;

    /// @dev A fill adds exactly its lots, never beyond the order's, and never lowers a nonce.
    function check_spend__adds_the_lots_and_stays_within_the_order(
        uint64 nonce,
        uint64 filled,
        uint64 spentNonce,
        uint64 most,
        uint64 lots
    ) public view {
        try this.spend(Lane(nonce, filled), spentNonce, most, lots) returns (Lane memory spent) {
            assert(spent.nonce == spentNonce && spentNonce >= nonce);
            assert(spent.filled <= most && lots != 0);
            assert(uint256(spent.filled) == (spentNonce == nonce ? uint256(filled) : 0) + lots);
        } catch {
            assert(
                lots == 0 || spentNonce < nonce
                    || (spentNonce == nonce ? uint256(filled) : 0) + lots > uint256(most)
            );
        }
    }

    /// @dev Nothing fills an order whose nonce was cancelled, nor one before it.
    function check_spend__cancelled__is_refused(
        uint64 nonce,
        uint64 spentNonce,
        uint64 most,
        uint64 lots
    ) public view {
        vm.assume(spentNonce <= nonce);
        try this.spend(Lane(nonce, Orders.CANCELLED), spentNonce, most, lots) returns (
            Lane memory
        ) {
            assert(false);
        } catch { }
    }

    /// @dev The buyer of every leg pays Q(F) less the lock that comes with it: opening costs Q(F) in all. Prices are
    /// whole base units, so stated in them. COVERED is the band from zero to K.
    function check_payment__long_is_the_premium_and_the_lock(
        uint48 perLot,
        uint48 lowPerLot,
        uint48 lockPerLot,
        uint48 highPerLot,
        uint48 lots
    ) public pure {
        unchecked {
            Band memory band = Band(_price(lowPerLot), _price(lockPerLot), _price(highPerLot));
            int256 full = int256(uint256(perLot) * lots);
            assert(full - _pay(Leg.LONG, perLot, band, lots) == int256(uint256(lowPerLot) * lots));
            assert(full - _pay(Leg.MINT, perLot, band, lots) == int256(uint256(lockPerLot) * lots));
            assert(full - _pay(Leg.SHORT, perLot, band, lots) == int256(uint256(highPerLot) * lots));
            assert(full - _pay(Leg.MERGE, perLot, band, lots) == int256(uint256(lockPerLot) * lots));
        }
    }

    /// @dev Slicing a fill changes nothing.
    function check_payment__two_slices__pay_what_one_does(
        uint48 perLot,
        uint48 lockPerLot,
        uint48 first,
        uint48 second
    ) public pure {
        unchecked {
            Band memory band = Band(0, _price(lockPerLot), _price(lockPerLot));
            int256 whole = _pay(Leg.MINT, perLot, band, uint64(first) + second);
            int256 part = _pay(Leg.MINT, perLot, band, first);
            int256 other = _pay(Leg.MINT, perLot, band, second);
            assert(part + other == whole);
        }
    }

    /// @dev What a taker within its limit pays or gets, fee included, is no worse than the limit itself.
    function check_isWithin__all_in__is_no_worse_than_the_limit(
        uint48 perLot,
        uint64 limit,
        uint48 lots,
        uint16 feeBps
    ) public pure {
        vm.assume(feeBps <= MOST_FEE_BPS);
        unchecked {
            uint64 price = uint64(perLot) * 1e4;
            uint256 value = uint256(perLot) * lots;
            uint256 fee = Orders.fee(price, lots, feeBps, UNIT);
            uint256 worst = uint256(limit) * lots;
            if (Orders.isWithin(Side.BUY, price, limit, feeBps)) {
                assert((value + fee) * 1e4 <= worst);
            }
            if (Orders.isWithin(Side.SELL, price, limit, feeBps)) {
                assert((value - fee) * 1e4 >= worst);
            }
        }
    }

    function spend(Lane calldata lane, uint64 nonce, uint64 most, uint64 lots)
        external
        pure
        returns (Lane memory)
    {
        return Orders.spend(lane, nonce, most, lots);
    }

    function _pay(Leg leg, uint48 perLot, Band memory band, uint64 lots)
        private
        pure
        returns (int256)
    {
        return Orders.payment(
            leg, _price(perLot), band.low, band.referencePrice, band.high, lots, UNIT
        );
    }

    /// @dev The price, 10^18 to one, at which a lot is so many base units.
    function _price(uint48 perLot) private pure returns (uint64) {
        unchecked {
            return uint64(perLot) * 1e4;
        }
    }
}
