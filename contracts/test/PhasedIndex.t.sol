// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IndexFeed } from "../src/IndexFeed.sol";
import { Phase, SeriesTerms } from "../src/interfaces/IFuturesMarket.sol";
import { IPhasedIndex } from "../src/interfaces/IPhasedIndex.sol";
import { IReporterSet } from "../src/interfaces/IReporterSet.sol";
import { ISpotIndex } from "../src/interfaces/ISpotIndex.sol";
import { ISpotIndexReader } from "../src/interfaces/ISpotIndexReader.sol";
import { ISpotIndexV2 } from "../src/interfaces/ISpotIndexV2.sol";
import { Limits } from "../src/libraries/Limits.sol";
import { Settlement } from "../src/libraries/Settlement.sol";
import { CommonDraft, CommonReports } from "./support/CommonReports.sol";
import { MarketTest } from "./support/MarketTest.sol";
import { Reports } from "./support/Reports.sol";
import { Seen, WindowModel } from "./support/WindowModel.sol";
import { IAccessManaged } from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

/// @notice Version 1 runs, is followed by version 2 at a midnight inside a series' window, and neither the market nor
/// the feed is touched.
contract PhasedIndexTest is MarketTest {
    uint40 private constant TURN = START + 1 days;
    uint40 private constant END = START + 3 days;

    IPhasedIndex private _front;
    ISpotIndexV2 private _next;
    IndexFeed private _feed;

    function setUp() public override {
        super.setUp();
        _next = _newIndexV2(_indexNames(), 0);
        _feed = IndexFeed(_deploy("IndexFeed", abi.encode(_front, 0)));
    }

    /// @dev What the market reads.
    function _settlingIndex() internal override returns (ISpotIndex) {
        _front = IPhasedIndex(_deploy("PhasedIndex", abi.encode(governance, index)));
        return ISpotIndex(address(_front));
    }

    // ── the drill ─────────────────────────────────────────────────────────────────────────────────────────────

    function test_follow__inside_a_series__it_settles_on_the_rounds_of_both(uint64[6] memory prices)
        public
    {
        for (uint256 i; i < 6; ++i) {
            prices[i] = uint64(bound(prices[i], 2 * USD, 4 * USD));
        }
        uint256 id = _series();
        _seeAt(START - 1 hours, prices[0], false);
        _seeAt(START + 20 hours, prices[1], false);
        _reportAt(START + 22 hours, prices[2]);
        _follow();
        uint256 last = _feed.latestRound();
        // From the turn on the other answers, with what it held by then.
        _seeAt(TURN + 1 hours, prices[0], true);
        assertEq(_feed.latestAnswer(), int256(uint256(prices[2])));
        (uint64 value,) = _front.fresh(0);
        assertEq(value, prices[2]);
        _reportAt(TURN + 21 hours, prices[3]);
        _reportAt(TURN + 44 hours, prices[4]);
        assertEq(_feed.latestRound(), (uint256(2) << 64) | 3);
        assertEq(_feed.getAnswer(last), int256(uint256(prices[1])));
        assertEq(_feed.getTimestamp(last), START + 20 hours);
        _reportAt(END + 1 hours, prices[5]);

        ISpotIndexReader.Window memory w = _front.window(0, START, END);
        Seen[] memory rounds = new Seen[](6);
        rounds[0] = Seen(START - 1 hours, prices[0]);
        rounds[1] = Seen(START + 20 hours, prices[1]);
        rounds[2] = Seen(TURN, prices[2]);
        rounds[3] = Seen(TURN + 21 hours, prices[3]);
        rounds[4] = Seen(TURN + 44 hours, prices[4]);
        rounds[5] = Seen(END + 1 hours, prices[5]);
        ISpotIndexReader.Window memory model = WindowModel.window(rounds, HOLD, START, END);
        // The second phase's value at the turn is two hours old.
        assertEq(w.valueTime, model.valueTime);
        assertEq(w.coveredTime, model.coveredTime);
        assertFalse(w.longGap);

        market.propose(id);
        assertEq(market.series(id).price, Settlement.average(w.valueTime, w.coveredTime));
        skip(24 hours);
        market.finalise(id);
        _assertPhase(id, Phase.SETTLED);
    }

    function test_window__of_days_before_the_turn__stays_as_it_was() public {
        _seeAt(START - 1 hours, 3 * USD, false);
        _seeAt(START + 22 hours, 4 * USD, false);
        _seeAt(START + 23 hours, 3 * USD, false);
        _reportAt(START + 23 hours, 3 * USD);
        _follow();
        vm.warp(TURN + 15 minutes);
        ISpotIndexReader.Window memory before = index.window(0, START, TURN);
        skip(20 days);
        ISpotIndexReader.Window memory later = _front.window(0, START, TURN);
        assertEq(abi.encode(later), abi.encode(before));
    }

    function test_window__long_gap_over_the_turn__is_seen_though_no_phase_has_it() public {
        _seeAt(START - 12 hours, 3 * USD, false);
        _reportAt(START - 12 hours, 3 * USD);
        _follow();
        // Held until START + 12 hours: 12 hours of the first day, and 13 of the second, are uncovered.
        _reportAt(TURN + 13 hours, 3 * USD);
        _reportAt(END, 3 * USD);
        vm.warp(END + 15 minutes);
        assertFalse(_front.window(0, START, TURN).longGap);
        assertFalse(_front.window(0, TURN, END).longGap);
        assertTrue(_front.window(0, START, END).longGap);
    }

    function test_window__twenty_hours_before_a_turn_that_the_next_covers__are_no_long_gap()
        public
    {
        // Held until START + 4 hours: version 1 alone knows of nothing in the 44 hours after that.
        _seeAt(START - 20 hours, 3 * USD, false);
        _reportAt(START + 22 hours, 3 * USD);
        _follow();
        _reportAt(TURN + 12 hours, 3 * USD);
        _reportAt(END, 3 * USD);
        vm.warp(END + 15 minutes);
        assertFalse(_front.window(0, START, END).longGap);
    }

    function test_isFinal__around_the_turn__asks_both() public {
        _seeAt(START + 23 hours, 3 * USD, false);
        _reportAt(START + 23 hours, 3 * USD);
        _follow();
        vm.warp(TURN + 3 minutes);
        // Version 2 takes no older slot, version 1 does for 15 minutes.
        assertTrue(_next.isFinal(TURN));
        assertFalse(_front.isFinal(TURN));
        vm.warp(TURN + 15 minutes);
        assertTrue(_front.isFinal(TURN));
    }

    function test_isCompromised__each_phase_for_its_own_slots() public {
        _seeAt(START + 23 hours, 3 * USD, false);
        _reportAt(START + 23 hours, 3 * USD);
        CommonDraft memory early = CommonReports.draft(_next, _slot(), 1, Reports.filled(USD, 3));
        _follow();
        vm.warp(TURN + 2 hours);
        CommonDraft memory late = CommonReports.draft(_next, _slot(), 1, Reports.filled(USD, 3));
        _prove(early);
        assertTrue(_next.isCompromised(START, END));
        assertFalse(_front.isCompromised(START, END), "slots of before its phase");
        _prove(late);
        assertTrue(_front.isCompromised(START, END));
        assertFalse(_front.isCompromised(START, TURN - 1));
    }

    // ── who may follow ────────────────────────────────────────────────────────────────────────────────────────

    function test_follow__not_the_admin__refuses(address caller) public {
        vm.assume(caller != admin);
        bytes memory reason =
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller);
        vm.startPrank(caller);
        vm.expectRevert(reason);
        _front.follow(_next, TURN);
        vm.expectRevert(reason);
        _front.withdraw();
    }

    function test_follow__accepted__says_which_phase_begins_and_when() public {
        _reportAt(START + 1 hours, 3 * USD);
        vm.expectEmit();
        emit IPhasedIndex.Followed(2, _next, TURN);
        _follow();
    }

    function test_roundsOf__none_and_one__are_nothing_and_the_first_of_the_phase() public {
        IPhasedIndex front = IPhasedIndex(_deploy("PhasedIndex", abi.encode(governance, _next)));
        assertEq(front.roundsOf(0), 0);
        _reportAt(START, USD);
        assertEq(front.roundsOf(0), (1 << 64) | 1);
        assertEq(front.roundAt(0, (1 << 64) | 1).value, USD);
    }

    function test_follow__no_midnight_to_come_within_thirty_days__refuses(uint40 from) public {
        _reportAt(uint40(block.timestamp), 3 * USD);
        bool isGood =
            from % 1 days == 0 && from > block.timestamp && from <= block.timestamp + 30 days;
        vm.assume(!isGood);
        vm.expectRevert(abi.encodeWithSelector(IPhasedIndex.BadStart.selector, from));
        vm.prank(admin);
        _front.follow(_next, from);
    }

    function test_follow__one_without_a_fresh_value__refuses() public {
        vm.expectPartialRevert(ISpotIndexReader.StaleIndex.selector);
        vm.prank(admin);
        _front.follow(_next, TURN);
    }

    function test_follow__other_names_or_other_history__refuses() public {
        string[] memory names = _indexNames();
        names[1] = "H200";
        ISpotIndexV2 other = _newIndexV2(names, 0);
        _report(other, 3 * USD);
        vm.expectRevert(abi.encodeWithSelector(IPhasedIndex.OtherNames.selector, 1));
        vm.prank(admin);
        _front.follow(other, TURN);
        other = _newIndexV2(_indexNames(), 1);
        _report(other, 3 * USD);
        vm.expectRevert(abi.encodeWithSelector(IPhasedIndex.OtherHistory.selector, 0));
        vm.prank(admin);
        _front.follow(other, TURN);
    }

    function test_follow__while_one_is_pending__refuses_until_it_is_withdrawn() public {
        _reportAt(START + 1 hours, 3 * USD);
        _follow();
        vm.startPrank(admin);
        vm.expectRevert(abi.encodeWithSelector(IPhasedIndex.PhasePending.selector, 2));
        _front.follow(_next, TURN);
        assertEq(_front.phases().length, 2);
        _front.withdraw();
        assertEq(_front.phases().length, 1);
        vm.expectRevert(IPhasedIndex.NothingPending.selector);
        _front.withdraw();
        vm.warp(TURN + 1);
        assertEq(_front.phaseNow(), 1);
    }

    function test_withdraw__phase_that_has_begun__refuses() public {
        _reportAt(START + 1 hours, 3 * USD);
        _follow();
        vm.warp(TURN);
        assertEq(_front.phaseNow(), 2);
        vm.expectRevert(IPhasedIndex.NothingPending.selector);
        vm.prank(admin);
        _front.withdraw();
    }

    function test_roundAt__phase_that_is_not_there__refuses(uint256 id) public {
        vm.assume(id >> 64 != 1);
        vm.expectRevert(abi.encodeWithSelector(ISpotIndexReader.RoundEvicted.selector, id));
        _front.roundAt(0, id);
    }

    function _series() private returns (uint256 id) {
        vm.warp(START - 1 days);
        _see(K);
        SeriesTerms memory t = _terms(1);
        t.expiry = END;
        id = _create(t);
        _open(id, 0, 100, alice, bob);
    }

    function _follow() private {
        vm.prank(admin);
        _front.follow(_next, TURN);
    }

    function _prove(CommonDraft memory d) private {
        uint256 key = keys[0];
        _next.proveDoubleBatch(
            vm.addr(key),
            d.epoch,
            d.slot,
            CommonReports.batch(d, "a", key),
            CommonReports.batch(d, "b", key)
        );
    }

    /// @dev A round of version 1; `isUnheard` when nobody reads it any more.
    function _seeAt(uint40 slot, uint64 value, bool isUnheard) private {
        vm.warp(slot);
        _record(value);
        if (!isUnheard) assertEq(_front.latest(0).value, value);
    }

    function _reportAt(uint40 slot, uint64 value) private {
        vm.warp(slot);
        _report(_next, value);
    }

    function _report(ISpotIndexV2 of_, uint64 value) private {
        CommonDraft memory d = CommonReports.draft(of_, _slot(), 1, Reports.filled(value, INDICES));
        of_.submit(CommonReports.signed(d, keys));
    }

    /// @dev Of the lone reporter, whom any move is allowed.
    function _newIndexV2(string[] memory names, uint8 flags) private returns (ISpotIndexV2 made) {
        Limits[] memory limits = new Limits[](INDICES);
        for (uint256 i; i < INDICES; ++i) {
            limits[i] = Limits(23 hours, 1 hours, 5 minutes, 25, 2000, 0);
        }
        made = ISpotIndexV2(
            _deploy("SpotIndexV2", abi.encode(governance, uint32(60), flags, names, limits))
        );
        vm.prank(admin);
        IReporterSet(address(made)).setReporters(1, METHOD, _reporters(0, 1));
    }
}
