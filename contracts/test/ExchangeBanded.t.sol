// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesExchange, Leg, Order, Side, Take } from "../src/interfaces/IFuturesExchange.sol";
import { SeriesTerms } from "../src/interfaces/IFuturesMarket.sol";
import { ExchangeTest } from "./support/ExchangeTest.sol";

/// @notice What each leg moves in a BANDED series, whose SHORT locks quote instead of units.
/// forge-config: default.fuzz.runs = 96
contract ExchangeBandedTest is ExchangeTest {
    struct Held {
        int256 quote;
        int256 long;
        int256 short;
    }

    uint256 private id;

    function setUp() public override {
        super.setUp();
        vm.prank(admin);
        market.setMonthCap(0, type(uint64).max);
        id = _create(_bandedTerms());
        _stock(id, alice, bob);
    }

    function test_mint__any_price_inside__costs_each_side_what_it_can_lose(
        uint64 price,
        uint64 lots,
        bool makerBuys
    ) public {
        price = uint64(bound(price, LOW / 1e6 + 1, HIGH / 1e6 - 1)) * 1e6;
        int256 ofLong = _value(price) - _value(LOW);
        int256 ofShort = _value(HIGH) - _value(price);
        assertGt(ofLong, 0);
        assertGt(ofShort, 0);
        _checkLeg(Leg.MINT, price, lots, makerBuys, Held(-ofLong, 1, 0), Held(-ofShort, 0, 1));
    }

    function test_long__any_price__costs_what_it_is_worth_above_L(
        uint64 price,
        uint64 lots,
        bool makerBuys
    ) public {
        price = _anyTick(price);
        int256 due = _value(price) - _value(LOW);
        _checkLeg(Leg.LONG, price, lots, makerBuys, Held(-due, 1, 0), Held(due, -1, 0));
    }

    function test_short__any_price__goes_with_what_it_is_worth_below_H(
        uint64 price,
        uint64 lots,
        bool makerBuys
    ) public {
        price = _anyTick(price);
        int256 due = _value(HIGH) - _value(price);
        _checkLeg(Leg.SHORT, price, lots, makerBuys, Held(due, 0, -1), Held(-due, 0, 1));
    }

    function test_merge__any_price__divides_what_the_pair_locked(
        uint64 price,
        uint64 lots,
        bool makerBuys
    ) public {
        price = _anyTick(price);
        int256 ofLong = _value(price) - _value(LOW);
        int256 ofShort = _value(HIGH) - _value(price);
        _checkLeg(Leg.MERGE, price, lots, makerBuys, Held(ofShort, 0, -1), Held(ofLong, -1, 0));
    }

    function test_mint__price_at_or_beyond_an_edge__refuses(uint64 price) public {
        price = _anyTick(price);
        if (price > LOW && price < HIGH) price = price % 2e6 == 0 ? LOW : HIGH;
        _expectFillRefusal(
            _order(id, alice, Side.BUY, price, 1),
            _take(1, Leg.MINT),
            bob,
            abi.encodeWithSelector(IFuturesExchange.PriceOutOfBand.selector, price, LOW, HIGH)
        );
    }

    function test_grade__other_than_the_only_short__refuses(uint8 grade) public {
        grade = uint8(bound(grade, 2, 255));
        Order memory o = _order(id, alice, Side.BUY, K, 1);
        bytes memory signature = _sign(o);
        vm.expectRevert();
        vm.prank(bob);
        exchange.fill(o, signature, Take(1, Leg.MINT, grade), K);
    }

    function test_decimals__learned_from_a_band_far_narrower_than_K__price_a_lot_exactly() public {
        SeriesTerms memory t = _bandedTerms();
        (t.low, t.high) = (K - 1e6, K + 1e6);
        uint256 narrow = _create(t);
        _fund(carol);
        int256 held = int256(quote.balanceOf(carol));
        _fill(_order(narrow, bob, Side.SELL, K, 3), _take(3, Leg.MINT), carol);
        assertEq(int256(quote.balanceOf(carol)) - held, -3 * (_value(K) - _value(K - 1e6)));
        assertEq(positions.balanceOf(carol, narrow), 3);
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev What one lot does to buyer and seller; what is left of it is what the market locks or returns.
    function _checkLeg(
        Leg leg,
        uint64 price,
        uint64 lots,
        bool makerBuys,
        Held memory buyer,
        Held memory seller
    ) private {
        lots = uint64(bound(lots, 1, MOST_LOTS));
        (address buying, address selling) = makerBuys ? (alice, bob) : (bob, alice);
        (Held memory b, Held memory s) = (_held(buying), _held(selling));
        Held memory m = _held(address(market));
        _fill(
            _order(id, alice, makerBuys ? Side.BUY : Side.SELL, price, lots), _take(lots, leg), bob
        );
        int256 n = int256(uint256(lots));
        _assertMoved(b, _held(buying), buyer, n);
        _assertMoved(s, _held(selling), seller, n);
        _assertMoved(m, _held(address(market)), Held(-buyer.quote - seller.quote, 0, 0), n);
        assertEq(quote.balanceOf(address(exchange)), 0, "the exchange keeps quote");
        int256 pair = _value(HIGH) - _value(LOW);
        uint256 lots_ = market.series(id).lots;
        assertEq(_held(address(market)).quote, int256(lots_) * pair, "the lock of every pair");
    }

    function _assertMoved(Held memory before, Held memory then, Held memory perLot, int256 lots)
        private
        pure
    {
        assertEq(then.quote - before.quote, lots * perLot.quote, "quote");
        assertEq(then.long - before.long, lots * perLot.long, "LONG");
        assertEq(then.short - before.short, lots * perLot.short, "SHORT");
    }

    function _held(address account) private view returns (Held memory) {
        return Held(
            int256(quote.balanceOf(account)),
            int256(positions.balanceOf(account, _long(id))),
            int256(positions.balanceOf(account, _short(id, 0)))
        );
    }
}
