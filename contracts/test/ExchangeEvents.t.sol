// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Fill,
    IFuturesExchange,
    Leg,
    Order,
    Roll,
    Side
} from "../src/interfaces/IFuturesExchange.sol";
import { Orders } from "../src/libraries/Orders.sol";
import { ExchangeTest } from "./support/ExchangeTest.sol";

/// @notice Order books and tapes are kept from what the exchange tells, so each event is held to its every field.
contract ExchangeEventsTest is ExchangeTest {
    uint64 private constant PRICE = K + 7e6;

    uint256 private id;
    uint256 private far;

    function setUp() public override {
        super.setUp();
        (id, far) = _nearAndFar();
    }

    function test_fill__of_a_signed_order__is_told_with_leg_grade_price_and_fee() public {
        vm.prank(admin);
        exchange.setFee(20, stranger);
        Order memory o = _order(id, alice, Side.SELL, PRICE, 9);
        bytes memory signature = _sign(o);
        bytes32 hash = Orders.hash(o);
        uint256 fee = 5 * uint256(_value(PRICE)) * 20 / 10_000;
        vm.expectEmit(address(exchange));
        emit IFuturesExchange.Filled(hash, alice, carol, id, Leg.MINT, 1, PRICE, 5, fee);
        vm.prank(carol);
        exchange.fill(o, signature, _take(5, Leg.MINT), PRICE + 10e6);
    }

    function test_match__taker_and_every_maker__are_told() public {
        Fill[] memory fills = new Fill[](2);
        Order[2] memory makers;
        for (uint64 i; i < 2; ++i) {
            makers[i] = _order(id, i == 0 ? alice : bob, Side.SELL, PRICE + i * 1e6, 4 + i);
            fills[i] = Fill(makers[i], _sign(makers[i]), _take(4 + i, Leg.LONG));
        }
        Order memory taker = _order(id, carol, Side.BUY, PRICE + 1e6, 20);
        bytes memory signature = _sign(taker);
        vm.expectEmit(address(exchange));
        emit IFuturesExchange.Taken(Orders.hash(taker), carol, 9);
        for (uint64 i; i < 2; ++i) {
            vm.expectEmit(address(exchange));
            emit IFuturesExchange.Filled(
                Orders.hash(makers[i]),
                makers[i].maker,
                carol,
                id,
                Leg.LONG,
                0,
                PRICE + i * 1e6,
                4 + i,
                0
            );
        }
        exchange.matchOrders(taker, signature, fills);
    }

    function test_roll__of_long__is_told_once_and_with_both_halves() public {
        Roll memory r;
        r.near = _order(id, alice, Side.SELL, PRICE, 10);
        r.far = _order(far, alice, Side.BUY, PRICE, 10);
        bytes memory signature = _signed(alice, exchange.rollDigest(r));
        Order memory buyer = _order(id, carol, Side.BUY, PRICE, 6);
        Order memory seller = _order(far, bob, Side.SELL, PRICE, 6);
        vm.expectEmit(address(exchange));
        emit IFuturesExchange.Taken(Orders.hash(r), alice, 6);
        vm.expectEmit(address(exchange));
        emit IFuturesExchange.Filled(Orders.hash(buyer), carol, alice, id, Leg.LONG, 0, PRICE, 6, 0);
        vm.expectEmit(address(exchange));
        emit IFuturesExchange.Filled(Orders.hash(seller), bob, alice, far, Leg.MINT, 1, PRICE, 6, 0);
        exchange.roll(
            r, signature, _fills(buyer, _take(6, Leg.LONG)), _fills(seller, _take(6, Leg.MINT))
        );
    }

    function test_cancelAll__is_told_with_its_epoch() public {
        vm.expectEmit(address(exchange));
        emit IFuturesExchange.AllCancelled(alice, 3);
        vm.prank(alice);
        exchange.cancelAll(3);
    }

    function test_entry_and_fee__as_they_change__are_told() public {
        vm.expectEmit(address(exchange));
        emit IFuturesExchange.EntryStopped(true);
        vm.prank(guardian);
        exchange.stopEntry();
        vm.expectEmit(address(exchange));
        emit IFuturesExchange.EntryStopped(false);
        vm.prank(curator);
        exchange.allowEntry();
        vm.expectEmit(address(exchange));
        emit IFuturesExchange.FeeSet(7, carol);
        vm.prank(admin);
        exchange.setFee(7, carol);
    }
}
