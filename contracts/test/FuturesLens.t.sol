// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesLens } from "../src/interfaces/IFuturesLens.sol";
import { Phase, SeriesTerms } from "../src/interfaces/IFuturesMarket.sol";
import { MarketTest } from "./support/MarketTest.sol";

/// @notice What the lens says is what the market does.
contract FuturesLensTest is MarketTest {
    IFuturesLens private _lens;

    function setUp() public override {
        super.setUp();
        _lens = IFuturesLens(_deploy("FuturesLens", abi.encode(market, registry, index)));
    }

    // ── holdings ──────────────────────────────────────────────────────────────────────────────────────────────

    function test_holdings__any_page_size__tells_every_series_once_and_in_order(uint256 size)
        public
    {
        size = bound(size, 1, 8);
        uint256[] memory ids = _fiveSeries();
        uint256 seen_;
        while (true) {
            (IFuturesLens.Holding[] memory page, uint256 total) = _lens.holdings(alice, seen_, size);
            assertEq(total, 5);
            for (uint256 i; i < page.length; ++i) {
                assertEq(page[i].id, ids[seen_]);
                assertEq(page[i].held[0], positions.balanceOf(alice, ids[seen_]));
                ++seen_;
            }
            if (seen_ == total) break;
            assertEq(page.length, size);
        }
        (IFuturesLens.Holding[] memory beyond,) = _lens.holdings(alice, seen_, size);
        assertEq(beyond.length, 0);
    }

    function test_holdings__final_series__say_what_redeeming_pays(uint64 price) public {
        uint256 covered = _create(2);
        uint256 banded = _create(_bandedTerms());
        _open(covered, 0, 30, alice, alice);
        _open(covered, 1, 70, alice, bob);
        _open(banded, 0, 50, alice, alice);
        (IFuturesLens.Holding[] memory open,) = _lens.holdings(alice, 0, 2);
        assertEq(open[0].quote[0] + open[0].units[0][0] + open[1].quote[0], 0, "not final yet");

        _settle(covered, _anyPrice(price));
        market.propose(banded);
        skip(24 hours);
        market.finalise(banded);
        (IFuturesLens.Holding[] memory page,) = _lens.holdings(alice, 0, 2);
        assertEq(page[0].held.length, 3);
        assertEq(page[1].held.length, 2);
        for (uint256 i; i < 2; ++i) {
            for (uint256 side; side < page[i].held.length; ++side) {
                _checkRedeems(page[i], side);
            }
        }
    }

    function test_claimables__credited__are_told_in_the_order_asked() public {
        uint256 id = _create(_bandedTerms());
        _open(id, 0, 50, alice, bob);
        _settle(id, K);
        quote.setBlocked(alice, true);
        vm.prank(alice);
        market.redeem(id, 50, alice);
        address[] memory asked = new address[](2);
        (asked[0], asked[1]) = (address(units[0]), address(quote));
        uint256[] memory amounts = _lens.claimables(alice, asked);
        assertEq(amounts[0], 0);
        assertEq(amounts[1], 50 * LONG_LOCK);
    }

    // ── baskets ───────────────────────────────────────────────────────────────────────────────────────────────

    function test_basketOf__open__is_what_delivery_pays() public {
        uint256 id = _create(2);
        (uint256 due, uint256[] memory basket) = _lens.basketOf(id);
        assertEq(due + basket[0] + basket[1], 0, "no pairs");
        _open(id, 0, 25, alice, bob);
        _open(id, 1, 75, alice, bob);
        (due, basket) = _lens.basketOf(id);
        vm.warp(EXPIRY + 14 days);
        market.propose(id);
        _checkBasket(id, due, basket);
        assertEq(basket[0], LOT / 4);
    }

    function test_basketOf__grade_flagged__counts_as_unwound() public {
        uint256 id = _create(2);
        _open(id, 0, 25, alice, bob);
        _open(id, 1, 75, alice, bob);
        _shrink(0, tokens[0].balanceOf(address(units[0])));
        _impairNow(0);
        (uint256 due, uint256[] memory basket) = _lens.basketOf(id);
        vm.warp(EXPIRY + 14 days);
        market.propose(id);
        _checkBasket(id, due, basket);
        assertEq(due, LOCK / 4);
        assertEq(basket[0], 0);
    }

    function test_basketOf__proposed__is_what_finalising_pays(uint64 price, bool banded) public {
        uint256 id = banded ? _create(_bandedTerms()) : _create(2);
        _open(id, 0, 30, alice, bob);
        if (!banded) _open(id, 1, 70, alice, bob);
        _propose(id, _anyPrice(price));
        (uint256 due, uint256[] memory basket) = _lens.basketOf(id);
        skip(24 hours);
        market.finalise(id);
        _checkBasket(id, due, basket);
    }

    function test_basketOf__open_and_banded__is_the_payoff_at_the_fresh_value(uint64 spot) public {
        uint256 id = _create(_bandedTerms());
        skip(10 minutes);
        spot = uint64(bound(spot, LOW, HIGH));
        _see(spot);
        (uint256 due, uint256[] memory basket) = _lens.basketOf(id);
        assertEq(due, spot / 1e4 - LOW / 1e4);
        assertEq(basket.length, 0);
    }

    // ── cheapest ──────────────────────────────────────────────────────────────────────────────────────────────

    function test_cheapest__any_prices__no_open_grade_is_cheaper(
        uint256[3] memory prices,
        uint256 closed,
        uint256 full
    ) public {
        SeriesTerms memory t = _terms(3);
        for (uint256 g; g < 3; ++g) {
            t.capLots[g] = 10;
        }
        uint256 id = _create(t);
        (closed, full) = (bound(closed, 0, 3), bound(full, 0, 3));
        if (full < 3) _open(id, full, 10, alice, bob);
        if (closed < 3) {
            vm.prank(guardian);
            registry.close(address(units[closed]));
        }
        uint256[] memory asked = new uint256[](3);
        for (uint256 g; g < 3; ++g) {
            asked[g] = prices[g];
        }
        (uint256 grade, uint64 lots) = _lens.cheapest(id, asked);
        assertEq(lots, 10);
        assertTrue(grade != closed && grade != full);
        for (uint256 g; g < 3; ++g) {
            if (g != closed && g != full) assertLe(prices[grade], prices[g]);
        }
    }

    function test_cheapest__equal_prices__is_the_first_that_takes_lots() public {
        uint256 id = _create(3);
        uint256[] memory asked = new uint256[](3);
        (asked[0], asked[1], asked[2]) = (7, 5, 5);
        (uint256 grade,) = _lens.cheapest(id, asked);
        assertEq(grade, 1);
        vm.prank(guardian);
        registry.close(address(units[1]));
        (grade,) = _lens.cheapest(id, asked);
        assertEq(grade, 2);
    }

    function test_cheapest__no_grade_takes_lots__says_so() public {
        uint256 id = _create(1);
        vm.prank(guardian);
        registry.close(address(units[0]));
        vm.expectRevert(abi.encodeWithSelector(IFuturesLens.NoGradeOpen.selector, id));
        _lens.cheapest(id, new uint256[](1));
        uint256 banded = _create(_bandedTerms());
        vm.expectRevert(abi.encodeWithSelector(IFuturesLens.NoGradeOpen.selector, banded));
        _lens.cheapest(banded, new uint256[](0));
    }

    function test_cheapest__not_one_price_per_grade__refuses() public {
        uint256 id = _create(2);
        vm.expectRevert(abi.encodeWithSelector(IFuturesLens.WrongPriceCount.selector, 1, 2));
        _lens.cheapest(id, new uint256[](1));
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    function _fiveSeries() private returns (uint256[] memory ids) {
        ids = new uint256[](5);
        for (uint40 i; i < 5; ++i) {
            SeriesTerms memory t = i % 2 == 0 ? _terms(1) : _bandedTerms();
            t.expiry = EXPIRY + i * 1 days;
            ids[i] = _create(t);
            _open(ids[i], 0, 10 + uint64(i), alice, bob);
        }
    }

    function _checkBasket(uint256 id, uint256 due, uint256[] memory basket) private view {
        assertGe(uint8(_phase(id)), uint8(Phase.SETTLED));
        (uint256 paid, uint256[] memory inUnits) = market.previewRedeem(id, 1);
        assertEq(due, paid);
        assertEq(abi.encode(basket), abi.encode(inUnits));
        (uint256 expected, uint256[] memory expectedUnits) = _lens.basketOf(id);
        assertEq(expected, paid);
        assertEq(abi.encode(expectedUnits), abi.encode(inUnits));
    }

    function _checkRedeems(IFuturesLens.Holding memory h, uint256 side) private {
        if (h.held[side] == 0) {
            assertEq(h.quote[side], 0);
            return;
        }
        uint256 before = quote.balanceOf(carol);
        uint256[2] memory held = [units[0].balanceOf(carol), units[1].balanceOf(carol)];
        vm.prank(alice);
        market.redeem(h.id + side, h.held[side], carol);
        assertEq(quote.balanceOf(carol) - before, h.quote[side]);
        for (uint256 g; g < h.units[side].length; ++g) {
            assertEq(units[g].balanceOf(carol) - held[g], h.units[side][g]);
        }
    }
}
