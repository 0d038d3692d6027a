// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Fill,
    IFuturesExchange,
    Leg,
    Order,
    Roll,
    Side,
    Take
} from "../src/interfaces/IFuturesExchange.sol";
import { ExchangeTest } from "./support/ExchangeTest.sol";

/// @notice One taker against many makers, and rolls from a near series to a far one.
/// forge-config: default.fuzz.runs = 96
contract ExchangeMatchTest is ExchangeTest {
    uint256 private id;
    uint256 private far;

    function setUp() public override {
        super.setUp();
        (id, far) = _nearAndFar();
    }

    // ── match ─────────────────────────────────────────────────────────────────────────────────────────────────

    function test_match__makers_of_three_legs__fills_each_at_its_price(
        uint64[3] memory lots,
        uint64[3] memory prices,
        bool takerBuys
    ) public {
        Leg[3] memory legs = takerBuys
            ? [Leg.MINT, Leg.LONG, Leg.MINT]
            : [Leg.MINT, Leg.SHORT, Leg.MINT];
        Fill[] memory fills = new Fill[](3);
        (uint64 total, int256 due) = (0, 0);
        uint64 worst = takerBuys ? 0 : type(uint64).max;
        for (uint256 i; i < 3; ++i) {
            (lots[i], prices[i]) = (uint64(bound(lots[i], 1, 1e5)), _anyTick(prices[i]));
            Order memory o = _order(
                id, i == 1 ? alice : bob, takerBuys ? Side.SELL : Side.BUY, prices[i], lots[i]
            );
            o.lane = uint64(i);
            fills[i] = Fill(o, _sign(o), _take(lots[i], legs[i]));
            total += lots[i];
            due += int256(uint256(lots[i])) * (_value(prices[i]) - int256(LOCK));
            worst = takerBuys == (prices[i] > worst) ? prices[i] : worst;
        }
        Order memory taker = _order(id, carol, takerBuys ? Side.BUY : Side.SELL, worst, total + 7);
        int256 held = int256(quote.balanceOf(carol));
        bytes memory signature = _sign(taker);
        vm.prank(stranger);
        exchange.matchOrders(taker, signature, fills);

        assertEq(exchange.remaining(taker), 7);
        assertEq(positions.balanceOf(carol, takerBuys ? _long(id) : _short(id, 0)), total);
        // The taker pays the makers' prices, though its own is worse: improvement is the taker's.
        int256 locked = takerBuys ? int256(uint256(total) * LOCK) : int256(0);
        assertEq(held - int256(quote.balanceOf(carol)), (takerBuys ? due : -due) + locked);
    }

    function test_match__one_maker_beyond_the_limit__nothing_happens() public {
        Fill[] memory fills = new Fill[](2);
        for (uint64 i; i < 2; ++i) {
            Order memory o = _order(id, bob, Side.SELL, K + i * 1e6, 5);
            o.lane = i;
            fills[i] = Fill(o, _sign(o), _take(5, Leg.LONG));
        }
        Order memory taker = _order(id, carol, Side.BUY, K, 10);
        _expectMatchRefusal(
            taker,
            fills,
            abi.encodeWithSelector(
                IFuturesExchange.PriceBeyondLimit.selector, K + 1e6, K, uint16(0)
            )
        );
        assertEq(exchange.remaining(taker), 10);
        assertEq(exchange.remaining(fills[0].order), 5);
    }

    function test_match__more_than_the_taker_s_lots__refuses() public {
        Fill[] memory fills = _fills(_order(id, bob, Side.SELL, K, 50), _take(11, Leg.LONG));
        _expectMatchRefusal(
            _order(id, carol, Side.BUY, K, 10),
            fills,
            abi.encodeWithSelector(IFuturesExchange.LotsExceeded.selector, 11, 10)
        );
    }

    function test_match__more_than_a_maker_s_lots_over_two_fills__refuses() public {
        Order memory o = _order(id, bob, Side.SELL, K, 10);
        Fill[] memory fills = new Fill[](2);
        (fills[0], fills[1]) =
        (Fill(o, _sign(o), _take(6, Leg.LONG)), Fill(o, _sign(o), _take(5, Leg.LONG)));
        _expectMatchRefusal(
            _order(id, carol, Side.BUY, K, 100),
            fills,
            abi.encodeWithSelector(IFuturesExchange.LotsExceeded.selector, 11, 10)
        );
    }

    function test_match__same_side_or_another_series__refuses() public {
        bytes memory reason = abi.encodeWithSelector(IFuturesExchange.NotOpposite.selector);
        Order memory taker = _order(id, carol, Side.BUY, K, 10);
        Fill[] memory fills = _fills(_order(id, bob, Side.BUY, K, 10), _take(1, Leg.MINT));
        _expectMatchRefusal(taker, fills, reason);
        fills = _fills(_order(far, bob, Side.SELL, K, 10), _take(1, Leg.MINT));
        _expectMatchRefusal(taker, fills, reason);
    }

    function test_match__taker_names_leg_grade_counterparty_or_matcher__is_kept() public {
        Fill[] memory fills = _fills(_order(id, bob, Side.SELL, K, 10), _take(1, Leg.MINT));
        Order memory taker = _order(id, carol, Side.BUY, K, 10);
        taker.legs = uint8(1 << uint8(Leg.LONG));
        _expectMatchRefusal(
            taker,
            fills,
            abi.encodeWithSelector(IFuturesExchange.LegNotAllowed.selector, Leg.MINT, taker.legs)
        );
        taker.legs = ANY_LEG;
        taker.grade = 2;
        _expectMatchRefusal(
            taker, fills, abi.encodeWithSelector(IFuturesExchange.GradeNotAllowed.selector, 1, 2)
        );
        taker.grade = 0;
        taker.taker = alice;
        _expectMatchRefusal(
            taker, fills, abi.encodeWithSelector(IFuturesExchange.WrongTaker.selector, bob, alice)
        );
        taker.taker = address(0);
        taker.matcher = alice;
        _expectMatchRefusal(
            taker,
            fills,
            abi.encodeWithSelector(IFuturesExchange.WrongMatcher.selector, stranger, alice)
        );
    }

    function test_match__unsigned_taker_or_no_fills__refuses() public {
        Order memory taker = _order(id, carol, Side.BUY, K, 10);
        Fill[] memory fills = _fills(_order(id, bob, Side.SELL, K, 10), _take(1, Leg.LONG));
        bytes32 digest = exchange.orderDigest(taker);
        bytes memory signature = _signed(bob, digest);
        vm.expectRevert(
            abi.encodeWithSelector(IFuturesExchange.WrongSignature.selector, carol, digest)
        );
        exchange.matchOrders(taker, signature, fills);
        _expectMatchRefusal(
            taker, new Fill[](0), abi.encodeWithSelector(IFuturesExchange.NoLots.selector)
        );
    }

    // ── rolls ─────────────────────────────────────────────────────────────────────────────────────────────────

    function test_roll__long_near_to_far__moves_both_or_neither(
        uint64 lots,
        uint64 near,
        uint64 then
    ) public {
        lots = uint64(bound(lots, 1, MOST_LOTS));
        (near, then) = (_anyTick(near), _anyTick(then));
        Roll memory r = _roll(lots, near, then);
        int256 held = int256(quote.balanceOf(alice));
        bytes memory signature = _signed(alice, exchange.rollDigest(r));
        Fill[] memory closing =
            _fills(_order(id, carol, Side.BUY, near, lots), _take(lots, Leg.LONG));
        Fill[] memory opening =
            _fills(_order(far, bob, Side.SELL, then, lots), _take(lots, Leg.MINT));
        exchange.roll(r, signature, closing, opening);
        assertEq(positions.balanceOf(alice, _long(id)), MOST_LOTS * 2 - lots);
        assertEq(positions.balanceOf(alice, _long(far)), MOST_LOTS * 2 + lots);
        assertEq(
            int256(quote.balanceOf(alice)) - held,
            int256(uint256(lots)) * (_value(near) - _value(then))
        );
        assertEq(exchange.remaining(r.near), 0);
        assertEq(exchange.remaining(r.far), 0);
    }

    function test_roll__far_half_cannot_be_had__near_half_stays() public {
        Roll memory r = _roll(10, K, K);
        bytes memory signature = _signed(alice, exchange.rollDigest(r));
        Fill[] memory closing = _fills(_order(id, carol, Side.BUY, K, 10), _take(10, Leg.LONG));
        Fill[] memory opening =
            _fills(_order(far, bob, Side.SELL, K + 1e6, 10), _take(10, Leg.MINT));
        vm.expectRevert(
            abi.encodeWithSelector(
                IFuturesExchange.PriceBeyondLimit.selector, K + 1e6, K, uint16(0)
            )
        );
        exchange.roll(r, signature, closing, opening);
        assertEq(positions.balanceOf(alice, _long(id)), MOST_LOTS * 2);
        assertEq(exchange.remaining(r.near), 10);
    }

    function test_roll__uneven_lots__refuses(uint64 near, uint64 then) public {
        (near, then) = (uint64(bound(near, 1, 10)), uint64(bound(then, 1, 10)));
        vm.assume(near != then);
        Roll memory r = _roll(10, K, K);
        bytes memory signature = _signed(alice, exchange.rollDigest(r));
        Fill[] memory closing = _fills(_order(id, carol, Side.BUY, K, 10), _take(near, Leg.LONG));
        Fill[] memory opening = _fills(_order(far, bob, Side.SELL, K, 10), _take(then, Leg.MINT));
        bytes memory reason = abi.encodeWithSelector(IFuturesExchange.BadRoll.selector);
        vm.expectRevert(reason);
        exchange.roll(r, signature, closing, opening);
        vm.expectRevert(reason);
        vm.prank(carol);
        exchange.fillRoll(r, signature, closing[0].take, opening[0].take, K, K);
    }

    function test_roll__halves_that_do_not_belong_together__refuses(uint8 changed) public {
        changed = changed % 6;
        Roll memory r = _roll(10, K, K);
        if (changed == 0) r.far.maker = bob;
        if (changed == 1) r.far.side = Side.SELL;
        if (changed == 2) r.far.lots = 11;
        if (changed == 3) r.far.lane = 1;
        if (changed == 4) r.far.nonce = 1;
        if (changed == 5) r.far.epoch = 1;
        bytes memory signature = _signed(alice, exchange.rollDigest(r));
        vm.expectRevert(abi.encodeWithSelector(IFuturesExchange.BadRoll.selector));
        vm.prank(carol);
        exchange.fillRoll(r, signature, _take(1, Leg.LONG), _take(1, Leg.MINT), K, K);
    }

    function test_roll__signature_of_a_half__fills_nothing_and_the_other_way_round() public {
        Roll memory r = _roll(10, K, K);
        bytes memory ofPair = _signed(alice, exchange.rollDigest(r));
        bytes memory ofHalf = _sign(r.near);
        bytes32 half = exchange.orderDigest(r.near);
        bytes32 pair = exchange.rollDigest(r);
        vm.expectRevert(
            abi.encodeWithSelector(IFuturesExchange.WrongSignature.selector, alice, half)
        );
        vm.prank(carol);
        exchange.fill(r.near, ofPair, _take(1, Leg.LONG), K);
        vm.expectRevert(
            abi.encodeWithSelector(IFuturesExchange.WrongSignature.selector, alice, pair)
        );
        vm.prank(carol);
        exchange.fillRoll(r, ofHalf, _take(1, Leg.LONG), _take(1, Leg.MINT), K, K);
    }

    function test_fillRoll__in_parts__takes_equal_lots_of_both_at_its_prices(uint64 first) public {
        first = uint64(bound(first, 1, 9));
        Roll memory r = _roll(10, K - 1e6, K + 1e6);
        bytes memory signature = _signed(alice, exchange.rollDigest(r));
        uint256 held = quote.balanceOf(alice);
        for (uint64 i; i < 2; ++i) {
            uint64 lots = i == 0 ? first : 10 - first;
            vm.prank(carol);
            exchange.fillRoll(
                r, signature, _take(lots, Leg.LONG), _take(lots, Leg.MINT), K - 1e6, K + 1e6
            );
        }
        assertEq(held - quote.balanceOf(alice), 10 * 2 * 100);
        assertEq(positions.balanceOf(carol, _long(id)), 10);
        assertEq(positions.balanceOf(carol, _short(far, 0)), 10);
        vm.expectRevert(abi.encodeWithSelector(IFuturesExchange.LotsExceeded.selector, 11, 10));
        vm.prank(carol);
        exchange.fillRoll(r, signature, _take(1, Leg.LONG), _take(1, Leg.MINT), K - 1e6, K + 1e6);
    }

    function test_roll__far_half_over_or_for_another_matcher__refuses() public {
        Roll memory r = _roll(10, K, K);
        r.far.expiry = uint40(block.timestamp);
        bytes memory signature = _signed(alice, exchange.rollDigest(r));
        vm.expectRevert(
            abi.encodeWithSelector(
                IFuturesExchange.OrderExpired.selector, block.timestamp, block.timestamp
            )
        );
        vm.prank(carol);
        exchange.fillRoll(r, signature, _take(1, Leg.LONG), _take(1, Leg.MINT), K, K);
        r = _roll(10, K, K);
        r.far.matcher = bob;
        signature = _signed(alice, exchange.rollDigest(r));
        vm.expectRevert(abi.encodeWithSelector(IFuturesExchange.WrongMatcher.selector, carol, bob));
        vm.prank(carol);
        exchange.fillRoll(r, signature, _take(1, Leg.LONG), _take(1, Leg.MINT), K, K);
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Alice sells LONG of the near series at `near` or better and buys the far one at `then` or better.
    function _roll(uint64 lots, uint64 near, uint64 then) private view returns (Roll memory r) {
        r.near = _order(id, alice, Side.SELL, near, lots);
        r.far = _order(far, alice, Side.BUY, then, lots);
    }

    function _expectMatchRefusal(Order memory taker, Fill[] memory fills, bytes memory reason)
        private
    {
        bytes memory signature = _sign(taker);
        vm.expectRevert(reason);
        vm.prank(stranger);
        exchange.matchOrders(taker, signature, fills);
    }
}
