// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Leg, Order, Side, Take } from "../src/interfaces/IFuturesExchange.sol";
import { ExchangeTest } from "./support/ExchangeTest.sol";

/// @notice What each leg moves between maker, taker and market.
/// forge-config: default.fuzz.runs = 96
contract ExchangeLegsTest is ExchangeTest {
    /// @dev Everything an account, or the market, has.
    struct Held {
        int256 quote;
        int256 units;
        int256 long;
        int256 short;
    }

    uint256 private id;

    function setUp() public override {
        super.setUp();
        id = _create(1);
        _stock(id, alice, bob);
    }

    function test_mint__any_price__locks_at_K_and_moves_the_premium(
        uint64 price,
        uint64 lots,
        bool makerBuys
    ) public {
        _checkLeg(
            Leg.MINT,
            price,
            lots,
            makerBuys,
            Held(-int256(LOCK), 0, 1, 0),
            Held(0, -int256(LOT), 0, 1)
        );
    }

    function test_long__any_price__is_paid_in_full_by_the_buyer(
        uint64 price,
        uint64 lots,
        bool makerBuys
    ) public {
        _checkLeg(
            Leg.LONG,
            price,
            lots,
            makerBuys,
            Held(-int256(LOCK), 0, 1, 0),
            Held(int256(LOCK), 0, -1, 0)
        );
    }

    function test_short__any_price__delivers_units_of_its_grade_for_it(
        uint64 price,
        uint64 lots,
        bool makerBuys
    ) public {
        _checkLeg(
            Leg.SHORT,
            price,
            lots,
            makerBuys,
            Held(0, int256(LOT), 0, -1),
            Held(0, -int256(LOT), 0, 1)
        );
    }

    function test_merge__any_price__returns_the_locks_and_moves_the_premium(
        uint64 price,
        uint64 lots,
        bool makerBuys
    ) public {
        _checkLeg(
            Leg.MERGE,
            price,
            lots,
            makerBuys,
            Held(0, int256(LOT), 0, -1),
            Held(int256(LOCK), 0, -1, 0)
        );
    }

    function test_mint__premium_received__can_be_what_the_buyer_locks() public {
        // At 1/3 of K the seller pays two thirds of the buyer's lock.
        uint64 price = USD;
        _leave(alice, 10_000);
        _fill(_order(id, bob, Side.SELL, price, 1), _take(1, Leg.MINT), alice);
        assertEq(quote.balanceOf(alice), 0);
    }

    function test_merge__premium_owed__can_come_out_of_the_lock() public {
        _leave(alice, 0);
        _fill(_order(id, bob, Side.BUY, USD, 1), _take(1, Leg.MERGE), alice);
        assertEq(quote.balanceOf(alice), 10_000);
    }

    function test_short__of_another_grade__delivers_that_grade() public {
        uint256 both = _create(2);
        _giveUnits(1, alice, 10 * LOT);
        _open(both, 1, 5, bob, alice);
        _giveUnits(1, bob, 5 * LOT);
        uint256 held = units[1].balanceOf(alice);
        Order memory o = _order(both, alice, Side.BUY, K, 5);
        o.grade = 2;
        _fill(o, Take(5, Leg.SHORT, 2), bob);
        assertEq(units[1].balanceOf(alice) - held, 5 * LOT);
        assertEq(positions.balanceOf(bob, _short(both, 1)), 5);
        assertEq(positions.balanceOf(alice, _short(both, 1)), 0);
    }

    function test_fee__any_rate__is_paid_by_the_taker_on_top_rounded_down(
        uint64 price,
        uint64 lots,
        uint16 bps,
        bool makerBuys
    ) public {
        (price, lots) = (_anyTick(price), uint64(bound(lots, 1, MOST_LOTS)));
        bps = uint16(bound(bps, 0, exchange.MOST_FEE_BPS()));
        vm.prank(admin);
        exchange.setFee(bps, carol);
        Order memory o = _order(id, alice, makerBuys ? Side.BUY : Side.SELL, price, lots);
        int256 maker = int256(quote.balanceOf(alice));
        int256 taker = int256(quote.balanceOf(bob));
        bytes memory signature = _sign(o);
        vm.prank(bob);
        exchange.fill(o, signature, _take(lots, Leg.LONG), makerBuys ? 0 : type(uint64).max);
        int256 due = int256(uint256(lots)) * _value(price);
        int256 fee = due * int256(uint256(bps)) / 10_000;
        assertEq(int256(quote.balanceOf(alice)) - maker, makerBuys ? -due : due, "maker");
        assertEq(int256(quote.balanceOf(bob)) - taker, (makerBuys ? due : -due) - fee, "taker");
        assertEq(int256(quote.balanceOf(address(exchange))), fee, "fee");
        assertEq(int256(exchange.claimFees(quote)), fee, "claimed");
        assertEq(int256(quote.balanceOf(carol)), fee, "recipient");
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev What one lot does to buyer and seller at K; the premium comes on top.
    function _checkLeg(
        Leg leg,
        uint64 price,
        uint64 lots,
        bool makerBuys,
        Held memory buyer,
        Held memory seller
    ) private {
        (price, lots) = (_anyTick(price), uint64(bound(lots, 1, MOST_LOTS)));
        (address buying, address selling) = makerBuys ? (alice, bob) : (bob, alice);
        (Held memory b, Held memory s) = (_held(buying), _held(selling));
        Held memory m = _held(address(market));
        _fill(
            _order(id, alice, makerBuys ? Side.BUY : Side.SELL, price, lots), _take(lots, leg), bob
        );
        int256 n = int256(uint256(lots));
        int256 premium = n * (_value(price) - int256(LOCK));
        _assertMoved(b, _held(buying), buyer, n, -premium);
        _assertMoved(s, _held(selling), seller, n, premium);
        Held memory locked = Held(-buyer.quote - seller.quote, -buyer.units - seller.units, 0, 0);
        _assertMoved(m, _held(address(market)), locked, n, 0);
        assertEq(quote.balanceOf(address(exchange)), 0, "the exchange keeps quote");
        assertEq(units[0].balanceOf(address(exchange)), 0, "the exchange keeps units");
    }

    function _assertMoved(
        Held memory before,
        Held memory then,
        Held memory perLot,
        int256 lots,
        int256 premium
    ) private pure {
        assertEq(then.quote - before.quote, lots * perLot.quote + premium, "quote");
        assertEq(then.units - before.units, lots * perLot.units, "units");
        assertEq(then.long - before.long, lots * perLot.long, "LONG");
        assertEq(then.short - before.short, lots * perLot.short, "SHORT");
    }

    /// @dev Takes all but `rest` of an account's quote away.
    function _leave(address account, uint256 rest) private {
        uint256 surplus = quote.balanceOf(account) - rest;
        vm.prank(account);
        quote.transfer(address(0xdead), surplus);
    }

    function _held(address account) private view returns (Held memory) {
        return Held(
            int256(quote.balanceOf(account)),
            int256(units[0].balanceOf(account)),
            int256(positions.balanceOf(account, _long(id))),
            int256(positions.balanceOf(account, _short(id, 0)))
        );
    }
}
