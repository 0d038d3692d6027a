// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesExchange, Leg, Order, Side, Take } from "../src/interfaces/IFuturesExchange.sol";
import { ExchangeTest } from "./support/ExchangeTest.sol";

/// @notice An order binds for its lots, price, time, signer and counterparty, and until it is cancelled.
/// forge-config: default.fuzz.runs = 96
contract ExchangeOrdersTest is ExchangeTest {
    uint256 private id;

    function setUp() public override {
        super.setUp();
        id = _create(1);
        _stock(id, alice, bob);
    }

    // ── lots ──────────────────────────────────────────────────────────────────────────────────────────────────

    function test_lots__filled_in_any_parts__never_exceed_the_order(
        uint64 lots,
        uint64 first,
        uint64 beyond
    ) public {
        lots = uint64(bound(lots, 1, MOST_LOTS));
        first = uint64(bound(first, 1, lots));
        beyond = uint64(bound(beyond, lots - first + 1, type(uint64).max));
        Order memory o = _order(id, alice, Side.SELL, K, lots);
        _fill(o, _take(first, Leg.LONG), bob);
        assertEq(exchange.remaining(o), lots - first);
        _expectFillRefusal(
            o,
            _take(beyond, Leg.LONG),
            bob,
            abi.encodeWithSelector(
                IFuturesExchange.LotsExceeded.selector, uint256(first) + beyond, lots
            )
        );
        if (first < lots) _fill(o, _take(lots - first, Leg.LONG), bob);
        assertEq(exchange.remaining(o), 0);
        assertEq(positions.balanceOf(bob, _long(id)), MOST_LOTS * 2 + lots);
    }

    function test_lots__none__refuses() public {
        _expectFillRefusal(
            _order(id, alice, Side.SELL, K, 5),
            _take(0, Leg.LONG),
            bob,
            abi.encodeWithSelector(IFuturesExchange.NoLots.selector)
        );
    }

    // ── lanes ─────────────────────────────────────────────────────────────────────────────────────────────────

    function test_lane__gone_on_to_a_later_nonce__earlier_orders_are_over(
        uint64 lane,
        uint64 nonce,
        uint64 later
    ) public {
        nonce = uint64(bound(nonce, 0, type(uint64).max - 1));
        later = uint64(bound(later, nonce + 1, type(uint64).max));
        Order memory o = _order(id, alice, Side.SELL, K, 10);
        (o.lane, o.nonce) = (lane, nonce);
        _fill(o, _take(4, Leg.LONG), bob);
        Order memory next = _order(id, alice, Side.SELL, K, 10);
        (next.lane, next.nonce) = (lane, later);
        _fill(next, _take(10, Leg.LONG), bob);
        assertEq(exchange.remaining(o), 0);
        _expectFillRefusal(
            o,
            _take(1, Leg.LONG),
            bob,
            abi.encodeWithSelector(IFuturesExchange.NonceOver.selector, nonce, later)
        );
    }

    function test_lane__two_orders_of_one_nonce__are_alternatives() public {
        Order memory o = _order(id, alice, Side.SELL, K, 10);
        Order memory other = _order(id, alice, Side.SELL, K + 1e6, 6);
        _fill(o, _take(5, Leg.LONG), bob);
        assertEq(exchange.remaining(other), 1);
        _expectFillRefusal(
            other,
            _take(2, Leg.LONG),
            bob,
            abi.encodeWithSelector(IFuturesExchange.LotsExceeded.selector, 7, 6)
        );
    }

    function test_lane__another_lane_or_maker__is_not_touched(uint64 lane, uint64 other) public {
        vm.assume(lane != other);
        Order memory o = _order(id, alice, Side.SELL, K, 3);
        Order memory elsewhere = _order(id, alice, Side.SELL, K, 3);
        Order memory ofBob = _order(id, bob, Side.SELL, K, 3);
        (o.lane, elsewhere.lane, ofBob.lane) = (lane, other, lane);
        _fill(o, _take(3, Leg.LONG), bob);
        assertEq(exchange.remaining(elsewhere), 3);
        assertEq(exchange.remaining(ofBob), 3);
        _fill(elsewhere, _take(3, Leg.LONG), bob);
        _fill(ofBob, _take(3, Leg.LONG), alice);
    }

    // ── cancelling ────────────────────────────────────────────────────────────────────────────────────────────

    function test_cancel__any_nonce__ends_it_and_smaller_ones_and_not_the_next(
        uint64 lane,
        uint64 nonce,
        uint64 lots
    ) public {
        nonce = uint64(bound(nonce, 0, type(uint64).max - 1));
        lots = uint64(bound(lots, 1, type(uint64).max));
        Order memory o = _order(id, alice, Side.SELL, K, lots);
        (o.lane, o.nonce) = (lane, nonce);
        vm.expectEmit();
        emit IFuturesExchange.Cancelled(alice, lane, nonce);
        vm.prank(alice);
        exchange.cancel(lane, nonce);
        assertEq(exchange.remaining(o), 0);
        _expectFillRefusal(
            o,
            _take(1, Leg.LONG),
            bob,
            abi.encodeWithSelector(
                IFuturesExchange.LotsExceeded.selector, uint256(type(uint64).max) + 1, lots
            )
        );
        Order memory next = _order(id, alice, Side.SELL, K, 1);
        (next.lane, next.nonce) = (lane, nonce + 1);
        _fill(next, _take(1, Leg.LONG), bob);
    }

    function test_cancel__partly_filled__ends_the_rest() public {
        Order memory o = _order(id, alice, Side.SELL, K, 10);
        _fill(o, _take(4, Leg.LONG), bob);
        vm.prank(alice);
        exchange.cancel(0, 0);
        assertEq(exchange.remaining(o), 0);
    }

    function test_cancel__nonce_that_is_over__does_not_reopen_anything() public {
        vm.startPrank(alice);
        exchange.cancel(7, 9);
        exchange.cancel(7, 3);
        vm.stopPrank();
        (uint64 nonce, uint64 filled) = exchange.laneOf(alice, 7);
        assertEq(nonce, 9);
        assertEq(filled, type(uint64).max);
    }

    function test_cancelAll__any_epoch__ends_all_below_it(uint64 epoch, uint64 raised) public {
        raised = uint64(bound(raised, 1, type(uint64).max));
        Order memory o = _order(id, alice, Side.SELL, K, 10);
        o.epoch = epoch;
        vm.prank(alice);
        exchange.cancelAll(raised);
        if (epoch >= raised) return _fill(o, _take(1, Leg.LONG), bob);
        assertEq(exchange.remaining(o), 0);
        _expectFillRefusal(
            o,
            _take(1, Leg.LONG),
            bob,
            abi.encodeWithSelector(IFuturesExchange.EpochOver.selector, epoch, raised)
        );
    }

    function test_cancelAll__not_a_later_epoch__refuses() public {
        vm.startPrank(alice);
        exchange.cancelAll(5);
        vm.expectRevert(
            abi.encodeWithSelector(IFuturesExchange.EpochNotRising.selector, uint64(5), uint64(5))
        );
        exchange.cancelAll(5);
    }

    // ── time ──────────────────────────────────────────────────────────────────────────────────────────────────

    function test_expiry__of_the_order__is_the_second_from_which_it_is_dead(uint40 expiry) public {
        expiry = uint40(bound(expiry, block.timestamp + 1, EXPIRY - 1));
        Order memory o = _order(id, alice, Side.SELL, K, 10);
        o.expiry = expiry;
        vm.warp(expiry - 1);
        _fill(o, _take(1, Leg.LONG), bob);
        vm.warp(expiry);
        assertEq(exchange.remaining(o), 0);
        _expectFillRefusal(
            o,
            _take(1, Leg.LONG),
            bob,
            abi.encodeWithSelector(IFuturesExchange.OrderExpired.selector, expiry, block.timestamp)
        );
    }

    function test_expiry__of_the_series__ends_every_leg(uint40 late) public {
        late = uint40(bound(late, 0, 100 days));
        Order memory o = _order(id, alice, Side.SELL, K, 10);
        o.expiry = type(uint40).max;
        vm.warp(EXPIRY - 1);
        _fill(o, _take(1, Leg.LONG), bob);
        vm.warp(EXPIRY + late);
        for (uint256 leg; leg < 4; ++leg) {
            _expectFillRefusal(
                o,
                _take(1, Leg(leg)),
                bob,
                abi.encodeWithSelector(
                    IFuturesExchange.SeriesExpired.selector, id, EXPIRY, block.timestamp
                )
            );
        }
    }

    // ── price ─────────────────────────────────────────────────────────────────────────────────────────────────

    function test_price__off_the_tick_or_zero__refuses(uint64 price) public {
        if (price % 1e6 == 0) price = price % 2 == 0 ? 0 : price + 1;
        _expectFillRefusal(
            _order(id, alice, Side.SELL, price, 10),
            _take(1, Leg.LONG),
            bob,
            abi.encodeWithSelector(IFuturesExchange.BadPrice.selector, price)
        );
    }

    function test_price__taker_s_limit__is_kept_with_the_fee_in_it(
        uint64 price,
        uint64 limit,
        uint16 bps,
        bool makerBuys
    ) public {
        price = _anyTick(price);
        bps = uint16(bound(bps, 0, exchange.MOST_FEE_BPS()));
        limit = uint64(bound(limit, price - price / 400, price + price / 400));
        vm.prank(admin);
        exchange.setFee(bps, carol);
        Order memory o = _order(id, alice, makerBuys ? Side.BUY : Side.SELL, price, 1000);
        bytes memory signature = _sign(o);
        uint256 before = quote.balanceOf(bob);
        bool within = makerBuys
            ? uint256(price) * (10_000 - bps) >= uint256(limit) * 10_000
            : uint256(price) * (10_000 + bps) <= uint256(limit) * 10_000;
        if (!within) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IFuturesExchange.PriceBeyondLimit.selector, price, limit, bps
                )
            );
        }
        vm.prank(bob);
        exchange.fill(o, signature, _take(1000, Leg.LONG), limit);
        if (!within) return;
        uint256 worst = uint256(limit) * 1000 / 1e4;
        if (makerBuys) assertGe(quote.balanceOf(bob) - before, worst);
        else assertLe(before - quote.balanceOf(bob), worst + 1);
    }

    // ── parties ───────────────────────────────────────────────────────────────────────────────────────────────

    function test_signature__of_another_or_over_other_terms__refuses(uint8 changed) public {
        Order memory o = _order(id, alice, Side.SELL, K, 10);
        bytes memory signature = _sign(o);
        changed = changed % 13;
        if (changed == 0) signature = _signed(bob, exchange.orderDigest(o));
        if (changed == 1) o.side = Side.BUY;
        if (changed == 2) o.grade = 1;
        if (changed == 3) o.legs = 2;
        if (changed == 4) o.price -= 1e6;
        if (changed == 5) o.lots = 11;
        if (changed == 6) o.maker = carol;
        if (changed == 7) o.taker = bob;
        if (changed == 8) o.matcher = bob;
        if (changed == 9) o.epoch = 1;
        if (changed == 10) o.lane = 1;
        if (changed == 11) o.nonce = 1;
        if (changed == 12) o.expiry += 1;
        bytes32 digest = exchange.orderDigest(o);
        vm.expectRevert(
            abi.encodeWithSelector(IFuturesExchange.WrongSignature.selector, o.maker, digest)
        );
        vm.prank(bob);
        exchange.fill(o, signature, _take(1, Leg.LONG), o.price);
    }

    function test_signature__of_nobody_for_maker_zero__refuses() public {
        Order memory o = _order(id, address(0), Side.SELL, K, 10);
        bytes32 digest = exchange.orderDigest(o);
        vm.expectRevert(
            abi.encodeWithSelector(IFuturesExchange.WrongSignature.selector, address(0), digest)
        );
        vm.prank(bob);
        exchange.fill(o, new bytes(65), _take(1, Leg.LONG), K);
    }

    function test_signature__compact__counts_as_the_long_one() public {
        Order memory o = _order(id, alice, Side.SELL, K, 10);
        (bytes32 r, bytes32 vs) = vm.signCompact(keyOf[alice], exchange.orderDigest(o));
        vm.prank(bob);
        exchange.fill(o, abi.encodePacked(r, vs), _take(1, Leg.LONG), K);
        assertEq(exchange.remaining(o), 9);
    }

    function test_signature__chain_id_changes__counts_no_more(uint64 chainId) public {
        vm.assume(chainId != block.chainid);
        Order memory o = _order(id, alice, Side.SELL, K, 10);
        bytes memory signature = _sign(o);
        vm.chainId(chainId);
        bytes32 digest = exchange.orderDigest(o);
        vm.expectRevert(
            abi.encodeWithSelector(IFuturesExchange.WrongSignature.selector, alice, digest)
        );
        vm.prank(bob);
        exchange.fill(o, signature, _take(1, Leg.LONG), K);
    }

    function test_taker__named__is_the_only_counterparty() public {
        Order memory o = _order(id, alice, Side.SELL, K, 10);
        o.taker = bob;
        _expectFillRefusal(
            o,
            _take(1, Leg.LONG),
            carol,
            abi.encodeWithSelector(IFuturesExchange.WrongTaker.selector, carol, bob)
        );
        _fill(o, _take(1, Leg.LONG), bob);
    }

    function test_matcher__named__is_the_only_one_to_submit() public {
        Order memory o = _order(id, alice, Side.SELL, K, 10);
        o.matcher = bob;
        _expectFillRefusal(
            o,
            _take(1, Leg.LONG),
            carol,
            abi.encodeWithSelector(IFuturesExchange.WrongMatcher.selector, carol, bob)
        );
        _fill(o, _take(1, Leg.LONG), bob);
    }

    function test_legs__mask__allows_just_those(uint8 legs) public {
        Order memory o = _order(id, alice, Side.SELL, K, 10);
        o.legs = legs;
        for (uint256 leg; leg < 4; ++leg) {
            if (legs & (1 << leg) != 0) {
                _fill(o, _take(1, Leg(leg)), bob);
            } else {
                _expectFillRefusal(
                    o,
                    _take(1, Leg(leg)),
                    bob,
                    abi.encodeWithSelector(IFuturesExchange.LegNotAllowed.selector, Leg(leg), legs)
                );
            }
        }
    }

    function test_grade__named_or_missing__refuses_another() public {
        uint256 both = _create(2);
        Order memory o = _order(both, alice, Side.SELL, K, 10);
        o.grade = 2;
        _expectFillRefusal(
            o,
            Take(1, Leg.MINT, 1),
            bob,
            abi.encodeWithSelector(IFuturesExchange.GradeNotAllowed.selector, 1, 2)
        );
        o.grade = 0;
        _expectFillRefusal(
            o,
            Take(1, Leg.MINT, 0),
            bob,
            abi.encodeWithSelector(IFuturesExchange.GradeNotAllowed.selector, 0, 0)
        );
    }

    // ── roles ─────────────────────────────────────────────────────────────────────────────────────────────────

    function test_stopEntry__stops_fills__never_cancelling() public {
        Order memory o = _order(id, alice, Side.SELL, K, 10);
        vm.prank(guardian);
        exchange.stopEntry();
        vm.prank(admin);
        governance.setTargetClosed(address(exchange), true);
        _expectFillRefusal(
            o,
            _take(1, Leg.LONG),
            bob,
            abi.encodeWithSelector(IFuturesExchange.EntryIsStopped.selector)
        );
        vm.startPrank(alice);
        exchange.cancel(3, 0);
        exchange.cancelAll(1);
        vm.stopPrank();
        assertEq(exchange.epochOf(alice), 1);
        o.epoch = 1;
        vm.prank(admin);
        governance.setTargetClosed(address(exchange), false);
        vm.prank(curator);
        exchange.allowEntry();
        _fill(o, _take(1, Leg.LONG), bob);
    }

    function test_roles__anyone_else__is_refused(address caller) public {
        vm.assume(caller != admin && caller != guardian && caller != curator);
        vm.startPrank(caller);
        _expectUnauthorized(caller);
        exchange.stopEntry();
        _expectUnauthorized(caller);
        exchange.allowEntry();
        _expectUnauthorized(caller);
        exchange.setFee(1, caller);
    }

    function test_setFee__a_fifth_of_a_percent__is_the_most() public {
        vm.startPrank(admin);
        exchange.setFee(20, carol);
        vm.expectRevert(abi.encodeWithSelector(IFuturesExchange.BadFee.selector, 21, carol));
        exchange.setFee(21, carol);
    }

    function test_setFee__beyond_the_cap_or_to_nobody__refuses(uint16 bps) public {
        bps = uint16(bound(bps, exchange.MOST_FEE_BPS() + 1, type(uint16).max));
        vm.startPrank(admin);
        vm.expectRevert(abi.encodeWithSelector(IFuturesExchange.BadFee.selector, bps, carol));
        exchange.setFee(bps, carol);
        vm.expectRevert(abi.encodeWithSelector(IFuturesExchange.BadFee.selector, 1, address(0)));
        exchange.setFee(1, address(0));
    }
}
