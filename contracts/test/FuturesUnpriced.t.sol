// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket, Phase, SeriesTerms } from "../src/interfaces/IFuturesMarket.sol";
import { ISpotIndex } from "../src/interfaces/ISpotIndex.sol";
import { ISpotIndexReader } from "../src/interfaces/ISpotIndexReader.sol";
import { Settlement } from "../src/libraries/Settlement.sol";
import { MarketTest } from "./support/MarketTest.sol";
import { ProvenIndex } from "./support/ProvenIndex.sol";
import { WindowModel } from "./support/WindowModel.sol";

/// @notice What becomes of a series without a price: windows of proven liars, and the last rung of BANDED series.
contract FuturesUnpricedTest is MarketTest {
    ProvenIndex private _proven;

    function _settlingIndex() internal override returns (ISpotIndex) {
        _proven = new ProvenIndex(index);
        return ISpotIndex(address(_proven));
    }

    // ── equivocation ──────────────────────────────────────────────────────────────────────────────────────────

    function test_propose__net_window_compromised__delivers(uint40 slot) public {
        uint256 id = _create(1);
        _open(id, 0, 10, alice, bob);
        _proven.prove(uint40(bound(slot, START, EXPIRY)));
        _cover(K, EXPIRY - 1 hours);
        vm.warp(EXPIRY + 15 minutes);
        market.propose(id);
        _assertPhase(id, Phase.DELIVERED);
        assertEq(market.series(id).price, 0);
    }

    function test_propose__proofs_outside_the_window__change_nothing(uint40 before, uint40 later)
        public
    {
        uint256 id = _create(1);
        _proven.prove(uint40(bound(before, GENESIS, START - 1)));
        _proven.prove(uint40(bound(later, EXPIRY + 1, EXPIRY + 1000 days)));
        _settle(id, K);
        _assertPhase(id, Phase.SETTLED);
    }

    function test_finalise__net_compromised_during_the_challenge__delivers() public {
        uint256 id = _create(1);
        _open(id, 0, 10, alice, bob);
        _propose(id, 4 * USD);
        _proven.prove(START);
        skip(24 hours);
        vm.expectEmit();
        emit IFuturesMarket.Settled(id, Phase.DELIVERED, 0, 0);
        market.finalise(id);
        vm.prank(alice);
        market.redeem(_long(id), 10, carol);
        assertEq(units[0].balanceOf(carol), 10 * LOT);
        assertEq(quote.balanceOf(carol), 0);
    }

    function test_finalise__banded_compromised_during_the_challenge__settles_at_the_reference()
        public
    {
        uint256 id = _create(_bandedTerms());
        _open(id, 0, 10, alice, bob);
        _propose(id, 4 * USD);
        _proven.prove(EXPIRY);
        skip(24 hours);
        market.finalise(id);
        _checkGivenBack(id);
    }

    function test_propose__banded_window_compromised__settles_at_the_reference() public {
        uint256 id = _create(_bandedTerms());
        _open(id, 0, 10, alice, bob);
        _proven.prove(START);
        vm.warp(EXPIRY);
        market.propose(id);
        _checkGivenBack(id);
    }

    function test_final__proof_that_comes_later__changes_nothing() public {
        uint256 id = _create(1);
        _settle(id, 4 * USD);
        _proven.prove(START);
        assertEq(market.series(id).price, 4 * USD);
        _assertPhase(id, Phase.SETTLED);
    }

    // ── the last rung of BANDED series ────────────────────────────────────────────────────────────────────────

    function test_last_rung__a_day_of_the_window_covered__is_its_average(uint64[3] memory values)
        public
    {
        uint256 id = _tenDays();
        for (uint256 i; i < 3; ++i) {
            vm.warp(START + i * 30 hours);
            _see(uint64(bound(values[i], 1, 1e12)));
        }
        _expectLast(id, START, START + 10 days);
    }

    function test_last_rung__a_minute_less_than_a_day_covered__looks_before_the_window(
        uint64 value,
        uint64 before
    ) public {
        SeriesTerms memory t = _bandedTerms();
        (t.start, t.expiry) = (START + 3 days, START + 5 days);
        uint256 id = _create(t);
        vm.warp(t.start - 1 days);
        _see(uint64(bound(before, 1, 1e12)));
        // One step of the grid too late to be seen for a whole day of the window.
        vm.warp(t.expiry - 1 days + 60);
        _see(uint64(bound(value, 1, 1e12)));
        ISpotIndex.Window memory w = WindowModel.window(seen, HOLD, t.start, t.expiry);
        assertEq(w.coveredTime, 1 days - 60);
        _expectLast(id, t.start - 2 days, t.start);
    }

    function test_last_rung__a_second_less_than_a_day_covered__is_not_enough() public {
        uint256 id = _tenDays();
        _open(id, 0, 10, alice, bob);
        vm.warp(START + 24 days);
        // The grid of this index has no such second; that of another one may.
        vm.mockCall(
            address(index),
            abi.encodeWithSelector(ISpotIndexReader.window.selector),
            abi.encode(ISpotIndexReader.Window(uint96(2 * K) * (1 days - 1), 1 days - 1, false))
        );
        market.propose(id);
        _checkGivenBack(id);
    }

    function test_last_rung__nothing_covered_but_long_before__takes_the_last_span_that_is() public {
        // A window of two days, weeks after the last round.
        SeriesTerms memory t = _bandedTerms();
        (t.start, t.expiry) = (START + 20 days, START + 22 days);
        _seeDaily(2);
        uint256 id = _create(t);
        _open(id, 0, 10, alice, bob);
        vm.warp(t.expiry + 14 days);
        market.propose(id);
        uint40 to = _lastSpanBefore(t.start, 2 days);
        ISpotIndex.Window memory w = WindowModel.window(seen, HOLD, to - 2 days, to);
        assertEq(market.series(id).price, Settlement.average(w.valueTime, w.coveredTime));
        _assertPhase(id, Phase.SETTLED);
    }

    function test_last_rung__no_day_covered_within_thirty_before__settles_at_the_reference()
        public
    {
        SeriesTerms memory t = _bandedTerms();
        (t.start, t.expiry) = (START + 60 days, START + 61 days);
        _seeDaily(2);
        uint256 id = _create(t);
        _open(id, 0, 10, alice, bob);
        vm.warp(t.expiry + 14 days);
        market.propose(id);
        _checkGivenBack(id);
    }

    function test_last_rung__a_span_ending_thirty_days_before__is_the_last_that_decides() public {
        _seeDaily(2);
        uint40 to = _lastSpanBefore(START + 10 days, 1 days);
        ISpotIndex.Window memory w = WindowModel.window(seen, HOLD, to - 1 days, to);
        for (uint40 back = 30; back <= 31; ++back) {
            SeriesTerms memory t = _bandedTerms();
            (t.start, t.expiry) = (to + back * 1 days, to + (back + 1) * 1 days);
            uint256 id = _create(t);
            uint256 snapshot = vm.snapshotState();
            vm.warp(t.expiry + 14 days);
            market.propose(id);
            uint64 expected =
                back == 30 ? Settlement.average(w.valueTime, w.coveredTime) : t.referencePrice;
            assertEq(market.series(id).price, expected);
            vm.revertToState(snapshot);
        }
    }

    function test_last_rung__index_began_too_late_to_have_a_span__settles_at_the_reference()
        public
    {
        uint256 id = _tenDays();
        _open(id, 0, 10, alice, bob);
        vm.warp(START + 24 days);
        market.propose(id);
        // One day was covered before the window, and no span of ten days begins after the first round.
        _checkGivenBack(id);
    }

    function test_last_rung__span_that_would_decide_is_compromised__settles_at_the_reference()
        public
    {
        SeriesTerms memory t = _bandedTerms();
        (t.start, t.expiry) = (START + 20 days, START + 21 days);
        _seeDaily(3);
        uint256 id = _create(t);
        _open(id, 0, 10, alice, bob);
        _proven.prove(_lastSpanBefore(t.start, 1 days));
        vm.warp(t.expiry + 14 days);
        market.propose(id);
        _checkGivenBack(id);
    }

    function test_last_rung__whoever_and_whenever__gets_the_same_price(
        uint40 wait,
        address proposer,
        uint64 later
    ) public {
        uint256 id = _tenDays();
        _cover(4 * USD, START + 3 days);
        vm.warp(START + 24 days);
        uint256 snapshot = vm.snapshotState();
        market.propose(id);
        uint64 price = market.series(id).price;
        vm.revertToState(snapshot);
        skip(bound(wait, 1, 1000 days));
        _see(uint64(bound(later, 1, 1e12)));
        vm.prank(proposer);
        market.propose(id);
        assertEq(market.series(id).price, price);
    }

    /// @dev A call that is starved of gas must not pass for an index without history.
    function test_last_rung__any_gas__settles_at_the_one_price_or_not_at_all(uint256 gas_) public {
        uint256 id = _tenDays();
        _cover(4 * USD, START + 3 days);
        vm.warp(START + 24 days);
        (bool ok,) = address(market).call{ gas: bound(gas_, 20_000, 300_000) }(
            abi.encodeCall(market.propose, (id))
        );
        if (!ok) return _assertPhase(id, Phase.OPEN);
        ISpotIndex.Window memory w = WindowModel.window(seen, HOLD, START, START + 10 days);
        assertEq(market.series(id).price, Settlement.average(w.valueTime, w.coveredTime));
    }

    function test_last_rung__one_transaction_of_a_stranger__settles_and_pays() public {
        uint256 id = _tenDays();
        _open(id, 0, 10, alice, bob);
        vm.warp(START + 24 days);
        address[] memory page = new address[](1);
        page[0] = alice;
        vm.prank(stranger);
        market.redeemFor(_long(id), page);
        assertEq(quote.balanceOf(alice), 10 * LONG_LOCK);
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    function _tenDays() private returns (uint256) {
        SeriesTerms memory t = _bandedTerms();
        t.expiry = START + 10 days;
        return _create(t);
    }

    /// @dev `count` rounds of different values, a day apart, so that whole days are covered.
    function _seeDaily(uint256 count) private {
        for (uint256 i; i < count; ++i) {
            skip(24 hours);
            _see(4 * USD + uint64(i) * USD / 10);
        }
    }

    function _lastSpanBefore(uint40 start, uint40 span) private view returns (uint40 to) {
        to = start;
        while (WindowModel.window(seen, HOLD, to - span, to).coveredTime < 1 days) to -= 1 days;
    }

    function _expectLast(uint256 id, uint40 from, uint40 to) private {
        ISpotIndex.Window memory w = WindowModel.window(seen, HOLD, from, to);
        vm.warp(START + 24 days);
        uint64 price = Settlement.average(w.valueTime, w.coveredTime);
        vm.expectEmit();
        emit IFuturesMarket.Settled(id, Phase.SETTLED, price, 0);
        market.propose(id);
        assertEq(market.series(id).price, price);
    }

    /// @dev Settled at K, where both sides get what they locked.
    function _checkGivenBack(uint256 id) private {
        _assertPhase(id, Phase.SETTLED);
        assertEq(market.series(id).price, K);
        vm.prank(alice);
        market.redeem(_long(id), 10, alice);
        vm.prank(bob);
        market.redeem(_short(id, 0), 10, bob);
        assertEq(quote.balanceOf(alice), 10 * LONG_LOCK);
        assertEq(quote.balanceOf(bob), 10 * SHORT_LOCK);
    }
}
