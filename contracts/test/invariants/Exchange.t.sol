// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Order } from "../../src/interfaces/IFuturesExchange.sol";
import { ExchangeActions } from "./ExchangeActions.sol";

/// @notice Invariants of the exchange, after every action.
contract ExchangeInvariants is ExchangeActions {
    /// forge-config: default.invariant.runs = 16
    /// forge-config: quick.invariant.runs = 8
    function invariant_exchange() public {
        _check08__orders_fill_for_what_was_signed();
        _check08__everybody_has_what_its_trades_left();
        _check08__the_exchange_keeps_nothing_but_fees();
        if (steps % 20 == 0) _check10__every_maker_can_cancel();
    }

    /// The chain's account of an order is the model's, and none was filled beyond its lots.
    function _check08__orders_fill_for_what_was_signed() private view {
        uint256 last = made.length;
        for (uint256 i = last < 4 ? 0 : last - 4; i < last; ++i) {
            _checkOrder(i);
        }
        if (last != 0) _checkOrder(steps * 31 % last);
    }

    function _checkOrder(uint256 i) private view {
        Order memory o = made[i].order;
        assertLe(made[i].filled, o.lots, "8: more than its lots");
        assertEq(exchange.remaining(o), _left(o), "8: lots left");
    }

    /// Quote only moves between the parties and the market, at the prices signed; so does LONG.
    function _check08__everybody_has_what_its_trades_left() private view {
        uint256 locked;
        for (uint256 i; i < 4; ++i) {
            address trader = traders[i];
            assertEq(int256(quote.balanceOf(trader)), quoteOf[trader], "8: quote of a trader");
            for (uint256 s; s < SERIES; ++s) {
                int256 long = int256(positions.balanceOf(trader, seriesOf[s]));
                assertEq(long, longOf[seriesOf[s]][trader], "8: LONG of a trader");
                int256 short = int256(positions.balanceOf(trader, seriesOf[s] + 1));
                assertEq(short, shortOf[seriesOf[s]][trader], "8: SHORT of a trader");
            }
        }
        for (uint256 s; s < SERIES; ++s) {
            uint256 lots = market.series(seriesOf[s]).lots;
            uint256 longs;
            for (uint256 i; i < 4; ++i) {
                longs += positions.balanceOf(traders[i], seriesOf[s]);
            }
            assertEq(longs, lots, "8: LONG and lots");
            locked += lots * (s == IN_BAND ? LONG_LOCK + SHORT_LOCK : LOCK);
        }
        assertEq(quote.balanceOf(address(market)), locked, "8: quote locked");
        uint256 unclaimed = quote.balanceOf(address(exchange));
        assertEq(int256(quote.balanceOf(stranger) + unclaimed), fees, "8: fees");
        assertEq(int256(unclaimed), fees - claimed, "8: fees that wait");
    }

    function _check08__the_exchange_keeps_nothing_but_fees() private view {
        assertEq(units[0].balanceOf(address(exchange)), 0, "8: units are kept");
        for (uint256 s; s < SERIES; ++s) {
            assertEq(positions.balanceOf(address(exchange), seriesOf[s]), 0, "8: LONG is kept");
            assertEq(positions.balanceOf(address(exchange), seriesOf[s] + 1), 0, "8: SHORT is kept");
        }
    }

    /// Whatever the roles have done, each maker ends its last order alone, and all of them at once.
    function _check10__every_maker_can_cancel() private {
        vm.prank(guardian);
        exchange.stopEntry();
        vm.prank(admin);
        governance.setTargetClosed(address(exchange), true);
        if (made.length != 0) {
            Order memory o = made[made.length - 1].order;
            vm.startPrank(o.maker);
            exchange.cancel(o.lane, o.nonce);
            assertEq(exchange.remaining(o), 0, "10: not cancelled");
            vm.stopPrank();
        }
        for (uint256 i; i < 4; ++i) {
            vm.prank(traders[i]);
            exchange.cancelAll(epochs[traders[i]] + 1);
        }
    }
}
