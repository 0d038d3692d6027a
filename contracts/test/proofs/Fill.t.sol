// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Leg, Side } from "../../src/interfaces/IFuturesExchange.sol";
import { Lane, Orders } from "../../src/libraries/Orders.sol";
import { Test } from "forge-std/Test.sol";

/// @notice Properties of a fill's arithmetic, for halmos: `check_` functions over all inputs within the bounds
/// they assume. forge does not run them.
contract FillProofs is Test {
    uint256 private constant UNIT = 1e6;
    uint64 private constant MOST_FEE_BPS = 20;

    /// @dev A fill adds exactly its lots, never beyond the order's, and never lowers a nonce.
    function check_spend__adds_the_lots_and_stays_within_the_order(
        uint64 nonce,
        uint64 filled,
        uint64 at,
        uint64 most,
        uint64 lots
    ) public view {
        try this.spend(Lane(nonce, filled), at, most, lots) returns (Lane memory spent) {
            assert(spent.nonce == at && at >= nonce);
            assert(spent.filled <= most && lots != 0);
            assert(uint256(spent.filled) == (at == nonce ? uint256(filled) : 0) + lots);
        } catch {
            assert(
                lots == 0 || at < nonce
                    || (at == nonce ? uint256(filled) : 0) + lots > uint256(most)
            );
        }
    }

    /// @dev Nothing fills an order whose nonce was cancelled, nor one before it.
    function check_spend__cancelled__is_refused(
        uint64 nonce,
        uint64 at,
        uint64 most,
        uint64 lots
    ) public view {
        vm.assume(at <= nonce);
        try this.spend(Lane(nonce, Orders.CANCELLED), at, most, lots) returns (Lane memory) {
            assert(false);
        } catch { }
    }

    /// @dev The buyer of every leg pays Q(F) less the lock that comes with it: opening costs Q(F) in all. Prices are
    /// whole base units, so stated in them.
    function check_payment__long_is_the_premium_and_the_lock(
        uint32 perLot,
        uint32 lockPerLot,
        uint16 lots
    ) public pure {
        unchecked {
            uint64 price = uint64(perLot) * 1e4;
            uint64 referencePrice = uint64(lockPerLot) * 1e4;
            int256 lock = int256(uint256(lockPerLot) * lots);
            int256 full = Orders.payment(Leg.LONG, price, referencePrice, lots, UNIT);
            assert(full == int256(uint256(perLot) * lots));
            assert(full - Orders.payment(Leg.MINT, price, referencePrice, lots, UNIT) == lock);
            assert(full - Orders.payment(Leg.SHORT, price, referencePrice, lots, UNIT) == lock);
            assert(full - Orders.payment(Leg.MERGE, price, referencePrice, lots, UNIT) == lock);
        }
    }

    /// @dev Slicing a fill changes nothing.
    function check_payment__two_slices__pay_what_one_does(
        uint16 perLot,
        uint16 lockPerLot,
        uint8 first,
        uint8 second
    ) public pure {
        unchecked {
            uint64 price = uint64(perLot) * 1e4;
            uint64 lock = uint64(lockPerLot) * 1e4;
            uint64 both = uint64(first) + second;
            int256 whole = Orders.payment(Leg.MINT, price, lock, both, UNIT);
            int256 one = Orders.payment(Leg.MINT, price, lock, first, UNIT);
            int256 other = Orders.payment(Leg.MINT, price, lock, second, UNIT);
            assert(one + other == whole);
        }
    }

    /// @dev What a taker within its limit pays or gets, fee included, is no worse than the limit itself.
    function check_isWithin__all_in__is_no_worse_than_the_limit(
        uint16 perLot,
        uint32 limit,
        uint8 lots,
        uint8 feeBps
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

    function spend(
        Lane calldata lane,
        uint64 nonce,
        uint64 most,
        uint64 lots
    ) external pure returns (Lane memory) {
        return Orders.spend(lane, nonce, most, lots);
    }
}
