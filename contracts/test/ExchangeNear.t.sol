// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Fill, IFuturesExchange, Leg, Order, Side } from "../src/interfaces/IFuturesExchange.sol";
import { SeriesTerms } from "../src/interfaces/IFuturesMarket.sol";
import { ISpotIndexReader } from "../src/interfaces/ISpotIndexReader.sol";
import { ExchangeTest } from "./support/ExchangeTest.sol";

/// @notice Orders that fill only near the index their series settles on.
/// forge-config: default.fuzz.runs = 96
contract ExchangeNearTest is ExchangeTest {
    uint256 private id;

    function setUp() public override {
        super.setUp();
        id = _create(1);
        _stock(id, alice, bob);
        _fund(carol);
    }

    function test_near__any_price_index_and_per_cent__fills_just_within(
        uint64 price,
        uint64 spot,
        uint8 percent
    ) public {
        percent = uint8(bound(percent, 1, 15));
        spot = uint64(bound(spot, 5 * USD / 2, 7 * USD / 2));
        // Around both edges as often as anywhere.
        uint256 edge = uint256(spot) * (price % 2 == 0 ? 100 + percent : 100 - percent) / 100;
        price = uint64(edge / 1e6 + price % 3) * 1e6;
        skip(1 hours);
        _see(spot);
        Order memory o = _nearOrder(alice, Side.SELL, price, percent);
        uint256 distance = price > spot ? price - spot : spot - price;
        if (distance * 100 <= uint256(spot) * percent) return _fill(o, _take(3, Leg.LONG), bob);
        _expectFillRefusal(o, _take(3, Leg.LONG), bob, _offIndex(price, spot, percent));
        // The same order without the flag, and with a wider one, is filled.
        o.legs = ANY_LEG;
        _fill(o, _take(3, Leg.LONG), bob);
    }

    function test_near__index_moves_away__the_order_rests_until_it_is_back() public {
        Order memory o = _nearOrder(alice, Side.SELL, K, 5);
        _fill(o, _take(1, Leg.LONG), bob);
        skip(1 hours);
        _see(K * 11 / 10);
        _expectFillRefusal(o, _take(1, Leg.LONG), bob, _offIndex(K, K * 11 / 10, 5));
        skip(1 hours);
        _see(K);
        _fill(o, _take(1, Leg.LONG), bob);
        assertEq(exchange.remaining(o), 98);
    }

    function test_near__index_is_stale__refuses_those_orders_alone() public {
        vm.warp(seen[seen.length - 1].slot + HOLD + 1);
        Order memory o = _nearOrder(alice, Side.SELL, K, 15);
        bytes memory signature = _sign(o);
        vm.expectPartialRevert(ISpotIndexReader.StaleIndex.selector);
        vm.prank(bob);
        exchange.fill(o, signature, _take(1, Leg.LONG), K);
        o.legs = ANY_LEG;
        _fill(o, _take(1, Leg.LONG), bob);
    }

    function test_near__of_a_taker__passes_over_makers_too_far() public {
        Fill[] memory fills = new Fill[](2);
        for (uint64 i; i < 2; ++i) {
            Order memory o = _order(id, alice, Side.SELL, i == 0 ? K : K * 9 / 10, 4);
            o.lane = i;
            fills[i] = Fill(o, _sign(o), _take(4, Leg.LONG));
        }
        Order memory taker = _nearOrder(carol, Side.BUY, K, 5);
        bytes memory signature = _sign(taker);
        vm.expectRevert(_offIndex(K * 9 / 10, K, 5));
        exchange.matchOrders(taker, signature, fills);
        (uint64 lots, bytes[] memory reasons) = exchange.matchAvailable(taker, signature, fills, 4);
        assertEq(lots, 4);
        assertEq(reasons[0].length, 0);
        assertEq(reasons[1], _offIndex(K * 9 / 10, K, 5));
    }

    function test_near__series_of_another_index__is_measured_by_its_own() public {
        skip(1 hours);
        uint64[] memory values = new uint64[](INDICES);
        (values[0], values[1]) = (K, 2 * K);
        _record(values);
        SeriesTerms memory t = _terms(1);
        (t.index, t.referencePrice) = (1, 2 * K);
        uint256 other = _create(t);
        _stock(other, alice, bob);
        Order memory o = _order(other, alice, Side.SELL, 2 * K, 9);
        o.legs = ANY_LEG | 2 << 4;
        _fill(o, _take(3, Leg.LONG), bob);
        o.price = K;
        _expectFillRefusal(o, _take(3, Leg.LONG), bob, _offIndex(K, 2 * K, 2));
    }

    function test_near__flag__is_signed_and_changes_no_leg() public {
        Order memory o = _nearOrder(alice, Side.SELL, K, 5);
        bytes memory signature = _sign(o);
        o.legs = ANY_LEG;
        vm.expectPartialRevert(IFuturesExchange.WrongSignature.selector);
        vm.prank(bob);
        exchange.fill(o, signature, _take(1, Leg.LONG), K);
        o.legs = uint8(1 << uint8(Leg.LONG)) | 0xf0;
        _expectFillRefusal(
            o,
            _take(1, Leg.MINT),
            bob,
            abi.encodeWithSelector(IFuturesExchange.LegNotAllowed.selector, Leg.MINT, o.legs)
        );
        _fill(o, _take(1, Leg.LONG), bob);
    }

    function _nearOrder(address maker, Side side, uint64 price, uint8 percent)
        private
        view
        returns (Order memory o)
    {
        o = _order(id, maker, side, price, 100);
        o.legs = ANY_LEG | percent << 4;
    }

    function _offIndex(uint64 price, uint64 spot, uint8 percent)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(IFuturesExchange.PriceOffIndex.selector, price, spot, percent);
    }
}
