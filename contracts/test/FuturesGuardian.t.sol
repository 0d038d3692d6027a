// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket, Phase, SeriesTerms } from "../src/interfaces/IFuturesMarket.sol";
import { ISpotIndex } from "../src/interfaces/ISpotIndex.sol";
import { ISpotIndexReader } from "../src/interfaces/ISpotIndexReader.sol";
import { Settlement } from "../src/libraries/Settlement.sol";
import { MarketTest } from "./support/MarketTest.sol";
import { WindowModel } from "./support/WindowModel.sol";

/// @notice What the guardian may do between proposal and finality: exclude or reject, once.
contract FuturesGuardianTest is MarketTest {
    uint40 private constant DAYS = 20;

    uint256 private _id;
    uint40 private _start;
    uint40 private _end;

    /// @dev A series of twenty days, proposed at K.
    function setUp() public override {
        super.setUp();
        uint64[] memory values = new uint64[](DAYS + 1);
        for (uint256 i; i <= DAYS; ++i) {
            values[i] = K;
        }
        _proposeFrom(values);
    }

    // ── exclude ───────────────────────────────────────────────────────────────────────────────────────────────

    function test_exclude__up_to_a_tenth__price_is_the_average_of_the_rest(
        uint64[11] memory seeds,
        uint40 day
    ) public {
        uint64[] memory values = new uint64[](11);
        for (uint256 i; i < 11; ++i) {
            values[i] = uint64(bound(seeds[i], 1, 1e12));
        }
        _see(K);
        _proposeFrom(values);
        uint40 from = _start + uint40(bound(day, 0, 9)) * 1 days;
        uint40 to = from + 1 days;
        ISpotIndex.Window memory w = WindowModel.window(seen, HOLD, _start, _end);
        ISpotIndex.Window memory out = WindowModel.window(seen, HOLD, from, to);
        uint64 price =
            Settlement.average(w.valueTime - out.valueTime, w.coveredTime - out.coveredTime);
        skip(1 hours);
        vm.expectEmit();
        emit IFuturesMarket.Excluded(_id, from, to, price, uint40(block.timestamp) + 24 hours);
        vm.prank(guardian);
        market.exclude(_id, from, to);
        assertEq(market.series(_id).price, price);
        assertEq(market.series(_id).challengeEnds, block.timestamp + 24 hours);
        assertTrue(market.series(_id).guardianActed);
        _assertPhase(_id, Phase.PROPOSED);
    }

    function test_exclude__any_interval__only_one_to_two_days_within_the_window_of_twenty(
        uint40 from,
        uint40 to
    ) public {
        from = _start - 2 days + uint40(bound(from, 0, DAYS + 4)) * 1 days;
        to = _start - 2 days + uint40(bound(to, 0, DAYS + 4)) * 1 days;
        bool fits = from >= _start && to <= _end && to > from && to - from <= 2 days;
        if (!fits) {
            vm.expectRevert(abi.encodeWithSelector(IFuturesMarket.BadInterval.selector, from, to));
        }
        vm.prank(guardian);
        market.exclude(_id, from, to);
        assertEq(market.series(_id).guardianActed, fits);
    }

    function test_exclude__edges_off_midnight__refuse(uint40 offset) public {
        offset = uint40(bound(offset, 1, 1 days - 1));
        vm.expectRevert(
            abi.encodeWithSelector(ISpotIndexReader.NotMidnight.selector, _start + offset)
        );
        vm.prank(guardian);
        market.exclude(_id, _start + offset, _start + 2 days);
    }

    function test_exclude__leaving_too_little__refuses() public {
        // A little more than a quarter of the ten days is covered, and less without one of them.
        uint64[] memory values = new uint64[](11);
        for (uint256 i; i < 3; ++i) {
            values[i] = K;
        }
        _see(K);
        _createLasting(10);
        _play(values);
        vm.warp(_end + 7 days);
        market.propose(_id);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFuturesMarket.CoverageTooLow.selector, 2 days - 1 hours, 2.5 days, false
            )
        );
        vm.prank(guardian);
        market.exclude(_id, _start, _start + 1 days);
    }

    // ── reject ────────────────────────────────────────────────────────────────────────────────────────────────

    function test_reject__any_proposed_price__delivers_at_once(uint64 price) public {
        price = _anyPrice(price);
        uint64[] memory values = new uint64[](2);
        (values[0], values[1]) = (price, price);
        _see(K);
        _proposeFrom(values);
        assertEq(market.series(_id).price, price);
        vm.expectEmit();
        emit IFuturesMarket.Rejected(_id, price);
        vm.expectEmit();
        emit IFuturesMarket.Settled(_id, Phase.DELIVERED, 0, 0);
        vm.prank(guardian);
        market.reject(_id);
        _assertPhase(_id, Phase.DELIVERED);
        assertEq(market.series(_id).price, 0);
        assertEq(market.payoff(_id).longUnits, LOT);
        assertEq(market.payoff(_id).shortQuote, LOCK);
    }

    // ── once, and in time ─────────────────────────────────────────────────────────────────────────────────────

    function test_guardian__second_act__refuses(bool excludeAgain) public {
        vm.startPrank(guardian);
        market.exclude(_id, _start, _start + 1 days);
        vm.expectRevert(abi.encodeWithSelector(IFuturesMarket.GuardianActed.selector, _id));
        if (excludeAgain) market.exclude(_id, _start, _start + 1 days);
        else market.reject(_id);
    }

    function test_guardian__challenge_over__refuses(uint256 late) public {
        uint40 ends = market.series(_id).challengeEnds;
        vm.warp(ends + bound(late, 0, 1000 days));
        _expectBoth(
            abi.encodeWithSelector(IFuturesMarket.ChallengeOver.selector, ends, block.timestamp)
        );
    }

    function test_guardian__nothing_proposed__refuses() public {
        _see(K);
        _createLasting(DAYS);
        _expectBoth(abi.encodeWithSelector(IFuturesMarket.WrongPhase.selector, _id, Phase.OPEN));
    }

    function test_guardian__already_final__refuses() public {
        skip(24 hours);
        market.finalise(_id);
        _expectBoth(abi.encodeWithSelector(IFuturesMarket.WrongPhase.selector, _id, Phase.SETTLED));
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    function _expectBoth(bytes memory reason) private {
        vm.startPrank(guardian);
        vm.expectRevert(reason);
        market.exclude(_id, _start, _start + 1 days);
        vm.expectRevert(reason);
        market.reject(_id);
        vm.stopPrank();
    }

    /// @dev Lists a series that starts at the second midnight from now.
    function _createLasting(uint40 days_) private {
        _start = (uint40(block.timestamp) / 1 days + 2) * 1 days;
        _end = _start + days_ * 1 days;
        SeriesTerms memory t = _terms(1);
        (t.start, t.expiry) = (_start, _end);
        _id = _create(t);
    }

    /// @dev A round a day from an hour before the window; 0 for none.
    function _play(uint64[] memory values) private {
        for (uint40 day; day < values.length; ++day) {
            if (values[day] == 0) continue;
            vm.warp(_start + day * 1 days - 1 hours);
            _see(values[day]);
        }
    }

    /// @dev A new series with one day less than there are values, played and proposed.
    function _proposeFrom(uint64[] memory values) private {
        _createLasting(uint40(values.length) - 1);
        _play(values);
        vm.warp(_end + 15 minutes);
        market.propose(_id);
    }
}
