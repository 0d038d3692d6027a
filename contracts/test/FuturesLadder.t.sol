// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket, Phase, SeriesTerms, Style } from "../src/interfaces/IFuturesMarket.sol";
import { ISpotIndex } from "../src/interfaces/ISpotIndex.sol";
import { Settlement } from "../src/libraries/Settlement.sol";
import { MarketTest } from "./support/MarketTest.sol";
import { WindowModel } from "./support/WindowModel.sol";

/// @notice Proposing and finalising: every rung, every boundary second, whoever asks.
contract FuturesLadderTest is MarketTest {
    uint40 private constant DAYS = 10;
    uint40 private constant END = START + DAYS * 1 days;
    uint40 private constant LATE = END + 7 days;
    uint40 private constant BETWEEN = END + 12 days;
    uint40 private constant DELIVERY = END + 14 days;

    uint256 private _id;

    function setUp() public override {
        super.setUp();
        _id = _create(_tenDays());
        _open(_id, 0, 100, alice, bob);
    }

    // ── the price ─────────────────────────────────────────────────────────────────────────────────────────────

    function test_propose__any_rounds__price_is_the_average_of_the_model(uint64[12] memory values)
        public
    {
        _play(values, type(uint256).max >> 245);
        vm.warp(END + 15 minutes);
        ISpotIndex.Window memory w = WindowModel.window(seen, HOLD, START, END);
        uint64 price = Settlement.average(w.valueTime, w.coveredTime);
        vm.expectEmit();
        emit IFuturesMarket.Proposed(_id, price, w.coveredTime, uint40(block.timestamp) + 24 hours);
        vm.prank(stranger);
        market.propose(_id);
        IFuturesMarket.SeriesView memory s = market.series(_id);
        assertEq(uint8(s.phase), uint8(Phase.PROPOSED));
        assertEq(s.price, price);
        assertEq(s.challengeEnds, block.timestamp + 24 hours);
        assertFalse(s.guardianActed);
    }

    function test_propose__whoever_and_whenever_in_the_rung__gets_the_same_price(
        uint64[12] memory values,
        uint64 later,
        uint256 wait,
        address proposer
    ) public {
        _play(values, type(uint256).max >> 245);
        vm.warp(END + 15 minutes);
        uint256 snapshot = vm.snapshotState();
        market.propose(_id);
        uint64 price = market.series(_id).price;
        vm.revertToState(snapshot);

        vm.warp(END + 1 hours);
        _see(uint64(bound(later, 1, 1e12)));
        vm.warp(bound(wait, block.timestamp, LATE - 1));
        vm.prank(proposer);
        market.propose(_id);
        assertEq(market.series(_id).price, price);
    }

    function test_price__once_final__never_changes(uint64 price, uint64 later) public {
        price = _anyPrice(price);
        _id = _create(1);
        _settle(_id, price);
        _see(uint64(bound(later, 1, 1e12)));
        skip(1 days);
        bytes memory reason =
            abi.encodeWithSelector(IFuturesMarket.WrongPhase.selector, _id, Phase.SETTLED);
        vm.expectRevert(reason);
        market.propose(_id);
        vm.expectRevert(reason);
        market.finalise(_id);
        vm.expectRevert(reason);
        market.settle(_id);
        assertEq(market.series(_id).price, price);
    }

    // ── the rungs ─────────────────────────────────────────────────────────────────────────────────────────────

    /// @param days_ Which days of the window have a round, bit by bit.
    function test_propose__any_coverage_at_any_time__follows_the_ladder(uint256 days_, uint256 when)
        public
    {
        uint64[12] memory values;
        for (uint256 i; i < 12; ++i) {
            values[i] = K;
        }
        _play(values, days_);
        when = bound(when, START, DELIVERY + 1 days);
        if (block.timestamp > when) when = block.timestamp;
        vm.warp(when);
        ISpotIndex.Window memory w = WindowModel.window(seen, HOLD, START, END);
        (Phase expected, bytes memory reason) = _rung(when, w);
        if (reason.length != 0) vm.expectRevert(reason);
        market.propose(_id);
        _assertPhase(_id, expected);
    }

    function test_propose__before_expiry_or_before_it_is_final__is_not_ready(uint256 early) public {
        bytes memory reason = abi.encodeWithSelector(IFuturesMarket.NotReady.selector, _id, END);
        vm.warp(END - bound(early, 1, 10 days));
        vm.expectRevert(reason);
        market.propose(_id);
        vm.warp(END + bound(early, 0, 15 minutes - 1));
        vm.expectRevert(reason);
        market.propose(_id);
    }

    function test_propose__round_at_expiry__makes_it_ready_at_once() public {
        vm.warp(START - 1 hours);
        _see(K);
        _cover(K, END - 2 hours);
        vm.warp(END);
        _see(2 * K);
        market.propose(_id);
        assertEq(market.series(_id).price, K);
    }

    /// One day without a round: nine of ten covered, and no gap of more than 24 hours.
    function test_propose__first_rung__nine_tenths_and_a_gap_of_a_day_are_just_enough() public {
        _playButOneDay(0, 0);
        vm.warp(END + 15 minutes);
        market.propose(_id);
        _assertPhase(_id, Phase.PROPOSED);
    }

    function test_propose__first_rung__a_minute_less_coverage_is_too_low(uint256 day) public {
        day = bound(day, 7, 9);
        _playButOneDay(day, 60);
        _expectLow(9 days - 60, false);
    }

    function test_propose__first_rung__a_minute_longer_gap_is_too_long() public {
        _playButOneDay(6, 60);
        _expectLow(9 days - 60, true);
    }

    function test_propose__between_the_rungs__waits_for_delivery() public {
        vm.warp(START - 1 hours);
        _see(K);
        _cover(K, END);
        vm.warp(BETWEEN);
        bytes memory reason = abi.encodeWithSelector(
            IFuturesMarket.BetweenRungs.selector, DELIVERY, block.timestamp
        );
        vm.expectRevert(reason);
        market.propose(_id);
        vm.warp(BETWEEN - 1);
        market.propose(_id);
        _assertPhase(_id, Phase.PROPOSED);
    }

    function test_propose__two_weeks_after_expiry__delivers_without_any_index(
        uint256 late,
        bool covered
    ) public {
        if (covered) _cover(K, END);
        vm.warp(DELIVERY + bound(late, 0, 1000 days));
        vm.expectEmit();
        emit IFuturesMarket.Settled(_id, Phase.DELIVERED, 0, 0);
        market.propose(_id);
        _assertPhase(_id, Phase.DELIVERED);
    }

    function test_propose__second_on_which_delivery_begins__delivers() public {
        vm.warp(DELIVERY - 1);
        vm.expectPartialRevert(IFuturesMarket.BetweenRungs.selector);
        market.propose(_id);
        vm.warp(DELIVERY);
        market.propose(_id);
        _assertPhase(_id, Phase.DELIVERED);
    }

    function test_propose__delivery_style__needs_no_price(uint256 late) public {
        SeriesTerms memory t = _tenDays();
        t.style = Style.DELIVERY;
        uint256 id = _create(t);
        vm.warp(END - 1);
        vm.expectRevert(abi.encodeWithSelector(IFuturesMarket.NotReady.selector, id, END));
        market.propose(id);
        vm.warp(END + bound(late, 0, 1000 days));
        market.propose(id);
        _assertPhase(id, Phase.DELIVERED);
    }

    // ── finalise and settle ───────────────────────────────────────────────────────────────────────────────────

    function test_finalise__from_the_end_of_the_challenge_on__is_anyone_s(
        uint256 wait,
        address caller
    ) public {
        _id = _create(1);
        _propose(_id, K);
        uint40 ends = market.series(_id).challengeEnds;
        vm.warp(ends - bound(wait, 1, 24 hours));
        vm.expectRevert(
            abi.encodeWithSelector(IFuturesMarket.ChallengeOpen.selector, ends, block.timestamp)
        );
        market.finalise(_id);
        vm.warp(ends + bound(wait, 0, 1000 days));
        vm.expectEmit();
        emit IFuturesMarket.Settled(_id, Phase.SETTLED, K, 0);
        vm.prank(caller);
        market.finalise(_id);
        _assertPhase(_id, Phase.SETTLED);
    }

    function test_finalise__nothing_proposed__refuses() public {
        vm.expectRevert(abi.encodeWithSelector(IFuturesMarket.WrongPhase.selector, _id, Phase.OPEN));
        market.finalise(_id);
    }

    function test_settle__proposes_first_and_finalises_next() public {
        vm.warp(START - 1 hours);
        _see(K);
        _cover(K, END);
        vm.warp(END + 1 hours);
        market.settle(_id);
        _assertPhase(_id, Phase.PROPOSED);
        skip(24 hours);
        market.settle(_id);
        _assertPhase(_id, Phase.SETTLED);
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    function _tenDays() private view returns (SeriesTerms memory t) {
        t = _terms(1);
        t.expiry = END;
    }

    /// @dev One round a day from the day before the window, an hour before midnight, on the days named.
    function _play(uint64[12] memory values, uint256 days_) private {
        for (uint40 day; day < DAYS + 2; ++day) {
            if ((days_ >> day) & 1 == 0) continue;
            vm.warp(START + day * 1 days - 1 hours);
            _see(uint64(bound(values[day], 1, 1e12)));
        }
    }

    /// @dev A round at each midnight of the window but the fifth; the one of `day` is `late`.
    function _playButOneDay(uint256 day, uint40 late) private {
        for (uint40 d; d < DAYS; ++d) {
            if (d == 5) continue;
            vm.warp(START + d * 1 days + (d == day ? late : 0));
            _see(K);
        }
    }

    function _expectLow(uint256 covered, bool longGap) private {
        vm.warp(END + 15 minutes);
        vm.expectRevert(_low(covered, 9 days, longGap));
        market.propose(_id);
    }

    /// @dev The ladder as the documents have it.
    function _rung(uint256 when, ISpotIndex.Window memory w)
        private
        view
        returns (Phase phase, bytes memory reason)
    {
        bool passed = seen[seen.length - 1].slot >= END || when >= END + 15 minutes;
        if (when < END || !passed) {
            reason = abi.encodeWithSelector(IFuturesMarket.NotReady.selector, _id, END);
        } else if (when < LATE) {
            if (w.coveredTime < 9 days || w.longGap) {
                reason = _low(w.coveredTime, 9 days, w.longGap);
            }
        } else if (when < BETWEEN) {
            if (w.coveredTime < 2.5 days) reason = _low(w.coveredTime, 2.5 days, false);
        } else if (when < DELIVERY) {
            reason = abi.encodeWithSelector(IFuturesMarket.BetweenRungs.selector, DELIVERY, when);
        } else {
            return (Phase.DELIVERED, "");
        }
        phase = reason.length == 0 ? Phase.PROPOSED : Phase.OPEN;
    }

    function _low(uint256 covered, uint256 required, bool longGap)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(
            IFuturesMarket.CoverageTooLow.selector, covered, required, longGap
        );
    }
}
