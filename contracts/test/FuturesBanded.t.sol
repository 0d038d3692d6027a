// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket, Payoff, Phase, SeriesTerms } from "../src/interfaces/IFuturesMarket.sol";
import { ISpotIndexReader } from "../src/interfaces/ISpotIndexReader.sol";
import { MarketTest } from "./support/MarketTest.sol";
import { FeeToken } from "./support/Tokens.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice BANDED series: listing, caps, pairs, payoff.
contract FuturesBandedTest is MarketTest {
    /// @dev That of the default window.
    uint256 private _month;
    uint256 private _id;

    function setUp() public override {
        super.setUp();
        _id = _create(_bandedTerms());
        _month = _monthOf(EXPIRY - 1);
    }

    // ── listing ───────────────────────────────────────────────────────────────────────────────────────────────

    function test_create__any_band_around_the_reference__is_read_back_unchanged(
        uint64 low,
        uint64 high,
        uint64 cap
    ) public {
        SeriesTerms memory t = _bandedTerms();
        t.low = uint64(bound(low, 0, K / 1e6 - 1)) * 1e6;
        t.high = uint64(bound(high, K / 1e6 + 1, type(uint64).max / 1e6)) * 1e6;
        t.capLots[0] = uint64(bound(cap, 1, type(uint48).max));
        vm.assume(t.low != LOW || t.high != HIGH || t.capLots[0] != 1e9);
        IFuturesMarket.SeriesView memory s = market.series(_create(t));
        assertEq(abi.encode(s.terms), abi.encode(t));
        assertEq(s.lotsOf.length, 1);
        assertEq(s.quotePerLot + s.shortQuotePerLot, t.high / 1e4 - t.low / 1e4);
        assertEq(s.quotePerLot, K / 1e4 - t.low / 1e4);
    }

    function test_create__band_that_does_not_hold_the_reference_inside__refuses() public {
        SeriesTerms memory t = _bandedTerms();
        t.low = K;
        _expectBad(t, "low");
        (t.low, t.high) = (LOW, K);
        _expectBad(t, "high");
        (t.low, t.high) = (LOW + 1, HIGH);
        _expectBad(t, "low");
        (t.low, t.high) = (LOW, HIGH + 1);
        _expectBad(t, "high");
    }

    function test_create__grades_of_a_banded_or_a_band_of_a_covered_series__refuse() public {
        SeriesTerms memory t = _bandedTerms();
        t.units = new address[](1);
        t.units[0] = address(units[0]);
        _expectBad(t, "units");
        t = _terms(1);
        t.low = LOW;
        _expectBad(t, "low");
        (t.low, t.high) = (0, HIGH);
        _expectBad(t, "high");
    }

    function test_create__any_number_of_caps_but_one__refuses() public {
        SeriesTerms memory t = _bandedTerms();
        t.capLots = new uint64[](2);
        (t.capLots[0], t.capLots[1]) = (1, 1);
        _expectBad(t, "capLots");
        t.capLots = new uint64[](1);
        _expectBad(t, "capLots");
        t.capLots = new uint64[](0);
        _expectBad(t, "capLots");
    }

    // ── pairs ─────────────────────────────────────────────────────────────────────────────────────────────────

    function test_open__any_lots__lock_what_each_side_can_lose(uint64 lots) public {
        lots = _anyLots(lots);
        quote.mint(alice, lots * LONG_LOCK);
        quote.mint(bob, lots * SHORT_LOCK);
        vm.expectEmit();
        emit IFuturesMarket.Opened(_id, 0, lots, alice, bob);
        vm.prank(matcher);
        market.open(_id, 0, lots, alice, bob);
        assertEq(positions.balanceOf(alice, _long(_id)), lots);
        assertEq(positions.balanceOf(bob, _short(_id, 0)), lots);
        assertEq(quote.balanceOf(alice) + quote.balanceOf(bob), 0);
        assertEq(quote.balanceOf(address(market)), lots * (LONG_LOCK + SHORT_LOCK));
        assertEq(market.monthLots(0, _month), lots);
    }

    function test_merge__any_part__gives_both_what_they_locked(uint64 lots, uint64 part) public {
        lots = _anyLots(lots);
        part = uint64(bound(part, 1, lots));
        _open(_id, 0, lots, alice, bob);
        vm.prank(matcher);
        market.merge(_id, 0, part, alice, bob);
        assertEq(quote.balanceOf(alice), part * LONG_LOCK);
        assertEq(quote.balanceOf(bob), part * SHORT_LOCK);
        assertEq(market.series(_id).lots, lots - part);
        assertEq(market.monthLots(0, _month), lots - part);
    }

    function test_open__index_at_or_beyond_an_edge__refuses_and_merging_goes_on(uint64 spot)
        public
    {
        _open(_id, 0, 10, alice, bob);
        spot = uint64(bound(spot, 1, 20 * USD));
        if (spot > LOW && spot < HIGH) spot = spot % 2 == 0 ? LOW : HIGH;
        skip(10 minutes);
        _see(spot);
        bytes memory reason =
            abi.encodeWithSelector(IFuturesMarket.OutOfBand.selector, spot, LOW, HIGH);
        _expectNotOpened(_id, 1, reason);
        vm.prank(matcher);
        market.merge(_id, 0, 10, alice, bob);
    }

    function test_open__index_on_an_edge__refuses_and_a_step_inside_is_allowed() public {
        uint64[2] memory edges = [LOW, HIGH];
        uint64[2] memory inside = [LOW + 1, HIGH - 1];
        for (uint256 i; i < 2; ++i) {
            skip(10 minutes);
            _see(edges[i]);
            _expectNotOpened(
                _id,
                1,
                abi.encodeWithSelector(IFuturesMarket.OutOfBand.selector, edges[i], LOW, HIGH)
            );
            skip(10 minutes);
            _see(inside[i]);
            _open(_id, 0, 1, alice, bob);
        }
    }

    function test_open__stale_index__refuses_and_merging_goes_on() public {
        _open(_id, 0, 10, alice, bob);
        skip(HOLD + 1);
        vm.expectPartialRevert(ISpotIndexReader.StaleIndex.selector);
        vm.prank(matcher);
        market.open(_id, 0, 1, alice, bob);
        vm.prank(matcher);
        market.merge(_id, 0, 10, alice, bob);
    }

    function test_open__until_the_second_before_expiry() public {
        vm.warp(EXPIRY - 1);
        _see(K);
        _open(_id, 0, 1, alice, bob);
        vm.warp(EXPIRY);
        _expectNotOpened(
            _id, 1, abi.encodeWithSelector(IFuturesMarket.MintingOver.selector, EXPIRY, EXPIRY)
        );
    }

    function test_open__second_kind_of_short__does_not_exist() public {
        vm.expectRevert(abi.encodeWithSelector(IFuturesMarket.UnknownGrade.selector, _id, 1));
        vm.prank(matcher);
        market.open(_id, 1, 1, alice, bob);
    }

    function test_open__quote_token_takes_a_fee__refuses() public {
        FeeToken fee = new FeeToken(6);
        SeriesTerms memory t = _bandedTerms();
        t.quoteToken = IERC20(address(fee));
        uint256 id = _create(t);
        fee.mint(alice, 1e9);
        vm.prank(alice);
        fee.approve(address(market), 1e9);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFuturesMarket.QuoteShort.selector, LONG_LOCK * 99 / 100, LONG_LOCK
            )
        );
        vm.prank(alice);
        market.open(id, 0, 1, alice, alice);
    }

    // ── caps ──────────────────────────────────────────────────────────────────────────────────────────────────

    function test_cap__of_the_series__is_the_last_lot() public {
        _open(_id, 0, 1e9, alice, bob);
        bytes memory reason =
            abi.encodeWithSelector(IFuturesMarket.CapReached.selector, 0, 1e9 + 1, 1e9);
        _expectNotOpened(_id, 1, reason);
    }

    function test_month_cap__over_all_series_of_the_month__is_the_last_lot() public {
        SeriesTerms memory t = _bandedTerms();
        (t.capLots[0], t.expiry) = (type(uint48).max, EXPIRY + 1 days);
        uint256 other = _create(t);
        _open(_id, 0, 1e9, alice, bob);
        _open(other, 0, 1e9, alice, bob);
        bytes memory reason = abi.encodeWithSelector(
            IFuturesMarket.MonthCapReached.selector, 0, _month, MONTH_CAP + 1, MONTH_CAP
        );
        _expectNotOpened(other, 1, reason);
        vm.prank(matcher);
        market.merge(_id, 0, 1, alice, bob);
        _open(other, 0, 1, alice, bob);
    }

    function test_month_cap__another_month_or_index__counts_apart() public {
        SeriesTerms memory t = _bandedTerms();
        (t.start, t.expiry) = (START + 31 days, EXPIRY + 31 days);
        uint256 next = _create(t);
        t = _bandedTerms();
        t.index = 1;
        uint256 other = _create(t);
        _open(_id, 0, 7, alice, bob);
        _open(next, 0, 5, alice, bob);
        assertEq(market.monthLots(0, _month), 7);
        assertEq(market.monthLots(0, _month + 1), 5);
        bytes memory reason =
            abi.encodeWithSelector(IFuturesMarket.MonthCapReached.selector, 1, _month, 1, 0);
        _expectNotOpened(other, 1, reason);
    }

    function test_month_cap__lowered__stops_entry_and_closes_nothing() public {
        _open(_id, 0, 100, alice, bob);
        vm.expectEmit();
        emit IFuturesMarket.MonthCapSet(0, 10);
        vm.prank(admin);
        market.setMonthCap(0, 10);
        bytes memory reason =
            abi.encodeWithSelector(IFuturesMarket.MonthCapReached.selector, 0, _month, 101, 10);
        _expectNotOpened(_id, 1, reason);
        assertEq(market.series(_id).lots, 100);
        vm.prank(matcher);
        market.merge(_id, 0, 100, alice, bob);
    }

    function test_month_cap__anyone_but_the_admin__may_not_set_it(address caller) public {
        vm.assume(caller != admin);
        _expectUnauthorized(caller);
        vm.prank(caller);
        market.setMonthCap(0, 1);
    }

    function test_month__expiry_at_midnight_of_the_first__is_the_month_before() public {
        SeriesTerms memory t = _bandedTerms();
        // 2025-12-01, 00:00 UTC.
        (t.start, t.expiry) = (20_422 days, 20_423 days);
        uint256 id = _create(t);
        _open(id, 0, 3, alice, bob);
        uint256 november = (2025 - 1970) * 12 + 10;
        assertEq(market.monthLots(0, november), 3);
        assertEq(market.monthLots(0, november + 1), 0);
    }

    function test_month__any_window__is_that_of_its_last_day(uint40 daysAhead, uint40 length)
        public
    {
        SeriesTerms memory t = _bandedTerms();
        t.start = GENESIS + uint40(bound(daysAhead, 4, 40_000)) * 1 days;
        t.expiry = t.start + uint40(bound(length, 1, 100)) * 1 days;
        uint256 id = _create(t);
        _open(id, 0, 3, alice, bob);
        assertEq(market.monthLots(0, _monthOf(t.expiry - 1)), 3);
    }

    // ── payoff ────────────────────────────────────────────────────────────────────────────────────────────────

    function test_redeem__any_price_and_slicing__divides_the_lock_to_the_base_unit(
        uint64 price,
        uint64 lots,
        uint64 cut
    ) public {
        price = _anyPrice(price);
        lots = uint64(bound(lots, 2, 1e9));
        cut = uint64(bound(cut, 1, lots - 1));
        _open(_id, 0, lots, alice, bob);
        _settle(_id, price);
        uint64 within = price < LOW ? LOW : price > HIGH ? HIGH : price;
        Payoff memory p = market.payoff(_id);
        assertEq(p.longQuote, (within - LOW) / 1e4);
        assertEq(p.shortQuote, (HIGH - within) / 1e4);
        assertEq(p.longUnits + p.shortUnits, 0);

        (uint256 due, uint256[] memory dueUnits) = market.previewRedeem(_long(_id), cut);
        assertEq(due, cut * p.longQuote);
        assertEq(dueUnits.length, 0);
        vm.startPrank(alice);
        market.redeem(_long(_id), cut, alice);
        market.redeem(_long(_id), lots - cut, alice);
        vm.stopPrank();
        address[] memory page = new address[](1);
        page[0] = bob;
        market.redeemFor(_short(_id, 0), page);
        assertEq(quote.balanceOf(alice), lots * p.longQuote);
        assertEq(quote.balanceOf(bob), lots * p.shortQuote);
        assertEq(quote.balanceOf(address(market)), 0);
    }

    // ── guardian ──────────────────────────────────────────────────────────────────────────────────────────────

    function test_reject__nothing_could_be_delivered__refuses() public {
        _propose(_id, K);
        vm.expectRevert(abi.encodeWithSelector(IFuturesMarket.NoDelivery.selector, _id));
        vm.prank(guardian);
        market.reject(_id);
        assertFalse(market.series(_id).guardianActed);
    }

    function test_exclude__a_tenth__is_allowed() public {
        SeriesTerms memory t = _bandedTerms();
        t.expiry = START + 10 days;
        uint256 id = _create(t);
        vm.warp(START - 1 hours);
        _see(K);
        _cover(K, START + 8 days);
        _cover(4 * USD, START + 10 days);
        vm.warp(START + 10 days + 15 minutes);
        market.propose(id);
        assertGt(market.series(id).price, K);
        vm.prank(guardian);
        market.exclude(id, START + 9 days, START + 10 days);
        assertLt(market.series(id).price, K + USD / 10);
        _assertPhase(id, Phase.PROPOSED);
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    function _expectBad(SeriesTerms memory t, string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(IFuturesMarket.BadTerms.selector, field));
        vm.prank(curator);
        market.create(t);
    }

    function _expectNotOpened(uint256 id, uint64 lots, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(matcher);
        market.open(id, 0, lots, alice, bob);
    }

    function _anyLots(uint64 seed) private pure returns (uint64) {
        return uint64(bound(seed, 1, 1e9));
    }

    /// @dev Months from January 1970, by walking through them.
    function _monthOf(uint256 time) private pure returns (uint256 month) {
        uint8[12] memory lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        uint256 left = time / 1 days;
        while (true) {
            uint256 year = 1970 + month / 12;
            bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            uint256 length = lengths[month % 12] + (month % 12 == 1 && leap ? 1 : 0);
            if (left < length) return month;
            (left, month) = (left - length, month + 1);
        }
    }
}
