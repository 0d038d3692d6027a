// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Payoff, Phase, SeriesTerms, Style } from "../src/interfaces/IFuturesMarket.sol";
import { MarketTest } from "./support/MarketTest.sol";

/// @notice Grades flagged before expiry are unwound: units back to their shorts, their quote to the longs.
contract FuturesImpairmentTest is MarketTest {
    uint64 private constant LOTS = 1000;

    // ── when it counts ────────────────────────────────────────────────────────────────────────────────────────

    function test_impaired__reserves_short_before_expiry__is_unwound(uint256 when) public {
        uint256 id = _opened(3);
        vm.warp(bound(when, block.timestamp, EXPIRY - 1));
        _impair(1);
        _deliver(id);
        assertEq(market.series(id).impaired, 2);
    }

    function test_impaired__at_or_after_expiry__is_delivered(uint256 when) public {
        uint256 id = _opened(3);
        vm.warp(bound(when, EXPIRY, EXPIRY + 13 days));
        _impair(1);
        _deliver(id);
        assertEq(market.series(id).impaired, 0);
    }

    function test_impaired__short_at_the_first_look_alone__is_delivered(uint256 when) public {
        uint256 id = _opened(3);
        _shrink(1, tokens[1].balanceOf(address(units[1])) / 2);
        vm.warp(bound(when, EXPIRY - 24 hours, EXPIRY - 1));
        registry.impair(address(units[1]));
        skip(24 hours);
        registry.impair(address(units[1]));
        _deliver(id);
        assertEq(market.series(id).impaired, 0);
    }

    function test_announced__counts_if_the_notice_ends_before_expiry(uint256 when) public {
        uint256 id = _opened(3);
        vm.warp(bound(when, block.timestamp, EXPIRY));
        vm.prank(curator);
        registry.announceImpairment(address(units[0]));
        bool before = block.timestamp + 48 hours < EXPIRY;
        _deliver(id);
        assertEq(market.series(id).impaired, before ? 1 : 0);
    }

    function test_announced__and_withdrawn__does_not_count() public {
        uint256 id = _opened(3);
        vm.startPrank(curator);
        registry.announceImpairment(address(units[0]));
        skip(47 hours);
        registry.withdrawImpairment(address(units[0]));
        vm.stopPrank();
        _deliver(id);
        assertEq(market.series(id).impaired, 0);
    }

    // ── what it pays ──────────────────────────────────────────────────────────────────────────────────────────

    function test_mixed__any_price_lots_and_slicing__divides_all_quote_to_the_base_unit(
        uint64 price,
        uint64[3] memory lots,
        uint8 mask,
        uint64[6] memory cuts
    ) public {
        uint256 id = _create(3);
        uint256 total;
        for (uint256 g; g < 3; ++g) {
            lots[g] = uint64(bound(lots[g], 1, 1e6));
            _open(id, g, lots[g], alice, bob);
            total += lots[g];
        }
        mask = uint8(bound(mask, 1, 7));
        for (uint256 g; g < 3; ++g) {
            if ((mask >> g) & 1 == 1) _impair(g);
        }
        _settle(id, _anyPrice(price));
        Payoff memory p = market.payoff(id);
        _divide(id, cuts);

        uint256 due;
        for (uint256 g; g < 3; ++g) {
            bool unwound = (mask >> g) & 1 == 1;
            due += lots[g] * (unwound ? LOCK : p.longQuote);
            uint256 before = units[g].balanceOf(bob);
            vm.prank(bob);
            market.redeem(_short(id, g), lots[g], bob);
            assertEq(units[g].balanceOf(bob) - before, lots[g] * (unwound ? LOT : p.shortUnits));
            // Alice and Carol redeemed in at most seven slices.
            assertLe(units[g].balanceOf(address(market)), unwound ? 0 : 7);
        }
        assertEq(quote.balanceOf(alice) + quote.balanceOf(carol), due);
        assertEq(quote.balanceOf(bob), total * LOCK - due);
        assertEq(quote.balanceOf(address(market)), 0);
    }

    function test_all_impaired__gives_everyone_back_what_they_locked(uint64 price, uint64 lots)
        public
    {
        uint256 id = _opened(3);
        for (uint256 g; g < 3; ++g) {
            _impair(g);
        }
        _settle(id, _anyPrice(price));
        assertEq(market.series(id).impaired, 7);
        lots = uint64(bound(lots, 1, 3 * LOTS));
        vm.prank(alice);
        market.redeem(_long(id), lots, alice);
        assertEq(quote.balanceOf(alice), lots * LOCK);
        uint256 before = units[2].balanceOf(bob);
        vm.prank(bob);
        market.redeem(_short(id, 2), LOTS, bob);
        assertEq(quote.balanceOf(bob), 0);
        assertEq(units[2].balanceOf(bob) - before, LOTS * LOT);
    }

    function test_delivery_style__impaired_grade__is_paid_in_quote() public {
        SeriesTerms memory t = _terms(2);
        t.style = Style.DELIVERY;
        uint256 id = _create(t);
        _open(id, 0, LOTS, alice, bob);
        _open(id, 1, LOTS, alice, bob);
        _impair(0);
        vm.warp(EXPIRY);
        vm.prank(alice);
        market.redeem(_long(id), 2 * LOTS, alice);
        assertEq(quote.balanceOf(alice), LOTS * LOCK);
        assertEq(units[0].balanceOf(alice), 0);
        assertEq(units[1].balanceOf(alice), LOTS * LOT);
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    function _opened(uint256 grades) private returns (uint256 id) {
        id = _create(grades);
        for (uint256 g; g < grades; ++g) {
            _open(id, g, LOTS, alice, bob);
        }
    }

    function _impair(uint256 g) private {
        _shrink(g, tokens[g].balanceOf(address(units[g])) / 2);
        _impairNow(g);
    }

    function _deliver(uint256 id) private {
        vm.warp(EXPIRY + 14 days);
        market.settle(id);
        _assertPhase(id, Phase.DELIVERED);
    }

    /// @dev Alice gives Carol a part; the two redeem all LONG in slices, in turns.
    function _divide(uint256 id, uint64[6] memory cuts) private {
        uint256 held = positions.balanceOf(alice, _long(id));
        vm.prank(alice);
        positions.transfer(carol, _long(id), bound(cuts[5], 0, held));
        for (uint256 i; i < 7; ++i) {
            address holder = i % 2 == 0 ? alice : carol;
            uint256 left = positions.balanceOf(holder, _long(id));
            if (left == 0) continue;
            vm.prank(holder);
            market.redeem(_long(id), i < 5 ? bound(cuts[i], 1, left) : left, holder);
        }
    }
}
