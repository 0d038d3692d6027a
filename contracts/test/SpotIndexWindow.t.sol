// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IReportIntake } from "../src/interfaces/IReportIntake.sol";
import { ISpotIndex } from "../src/interfaces/ISpotIndex.sol";
import { ISpotIndexReader } from "../src/interfaces/ISpotIndexReader.sol";
import { LoneReporter } from "./support/LoneReporter.sol";
import { Reports } from "./support/Reports.sol";
import { Seen, WindowModel } from "./support/WindowModel.sol";

/// @notice Time averages between midnights, against a model that knows every round and no accumulator.
contract SpotIndexWindowTest is LoneReporter {
    uint40 private constant HOLD = 1 hours + 5 minutes;
    uint256 private constant ROUNDS = 16;

    mapping(uint256 index => Seen[]) private _seen;

    // ── against the model ─────────────────────────────────────────────────────────────────────────────────────

    function test_window__any_rounds_and_gaps__equals_the_model(
        uint256[ROUNDS] memory seeds,
        uint256 rest
    ) public {
        for (uint256 i; i < ROUNDS; ++i) {
            _wait(seeds[i]);
            _recordSeen(seeds[i], 7);
        }
        skip(bound(rest, 0, 3 days));
        _compareAllWindows(1);
    }

    function test_window__indices_absent_now_and_then__equals_the_model(
        uint256[ROUNDS] memory seeds,
        uint256 rest
    ) public {
        _recordSeen(seeds[0], 7);
        for (uint256 i = 1; i < ROUNDS; ++i) {
            _wait(seeds[i]);
            _recordSeen(seeds[i], bound(uint256(keccak256(abi.encode(seeds[i]))), 1, 7));
        }
        skip(bound(rest, 0, 3 days));
        _compareAllWindows(INDICES);
    }

    function test_window__index_younger_than_its_start__refuses(uint256[2] memory seeds) public {
        _recordSeen(seeds[0], 1);
        skip(1 days);
        _recordSeen(seeds[1], 7);
        uint40 start = _midnight();
        vm.warp(start + 2 days);
        vm.expectRevert(abi.encodeWithSelector(ISpotIndexReader.NoCheckpoint.selector, start));
        index.window(1, start, start + 1 days);
        index.window(0, start, start + 1 days);
    }

    function test_window__rounds_that_come_later__never_change_it(uint256[8] memory seeds) public {
        for (uint256 i; i < 7; ++i) {
            _wait(seeds[i]);
            _recordSeen(seeds[i], 7);
        }
        uint40 end = _midnight() + 1 days;
        vm.warp(end + 15 minutes);
        uint40 start = _firstMidnight() > end - 4 days ? _firstMidnight() : end - 4 days;
        ISpotIndex.Window memory before = index.window(0, start, end);
        _wait(seeds[7]);
        _recordSeen(seeds[7], 7);
        _assertSame(index.window(0, start, end), before);
    }

    function test_window__of_neighbours__add_up(uint256[ROUNDS] memory seeds, uint256 middle)
        public
    {
        for (uint256 i; i < ROUNDS; ++i) {
            _wait(seeds[i]);
            _recordSeen(seeds[i], 7);
        }
        (uint40 start, uint40 end) = (_firstMidnight(), _midnight());
        if (end < start) return;
        uint40 split = start + 1 days * uint40(bound(middle, 0, (end - start) / 1 days));
        ISpotIndex.Window memory a = index.window(0, start, split);
        ISpotIndex.Window memory b = index.window(0, split, end);
        ISpotIndex.Window memory w = index.window(0, start, end);
        assertEq(a.valueTime + b.valueTime, w.valueTime);
        assertEq(a.coveredTime + b.coveredTime, w.coveredTime);
        assertLe(w.coveredTime, end - start);
    }

    // ── midnights at, over and skipped ────────────────────────────────────────────────────────────────────────

    function test_window__round_exactly_at_both_midnights__holds_what_lies_between() public {
        _recordAt(GENESIS + 1 days, 2 * USD);
        _recordAt(GENESIS + 1 days + 30 minutes, 4 * USD);
        _recordAt(GENESIS + 2 days, 9 * USD);
        ISpotIndex.Window memory w = index.window(0, GENESIS + 2 days, GENESIS + 2 days);
        assertEq(w.coveredTime, 0);
        vm.expectRevert(
            abi.encodeWithSelector(ISpotIndexReader.NoCheckpoint.selector, GENESIS + 1 days)
        );
        index.window(0, GENESIS + 1 days, GENESIS + 2 days);
    }

    function test_window__value_held_over_midnight__is_split_there() public {
        _recordAt(GENESIS + 1 days - 30 minutes, 2 * USD);
        _recordAt(GENESIS + 1 days + 30 minutes, 4 * USD);
        vm.warp(GENESIS + 2 days + 15 minutes);
        ISpotIndex.Window memory w = index.window(0, GENESIS + 1 days, GENESIS + 2 days);
        assertEq(w.coveredTime, 30 minutes + HOLD);
        assertEq(w.valueTime, uint256(2 * USD) * 30 minutes + uint256(4 * USD) * HOLD);
        assertFalse(w.longGap);
    }

    function test_window__silence_over_several_midnights__each_gets_its_checkpoint() public {
        _recordAt(GENESIS + 1 days - 30 minutes, 2 * USD);
        _recordAt(GENESIS + 5 days + 1 hours, 4 * USD);
        for (uint40 day = 1; day < 5; ++day) {
            ISpotIndex.Window memory w =
                index.window(0, GENESIS + day * 1 days, GENESIS + (day + 1) * 1 days);
            assertEq(w.coveredTime, day == 1 ? HOLD - 30 minutes : 0);
            assertFalse(w.longGap, "a day is not longer than 24 h");
        }
        assertTrue(index.window(0, GENESIS + 1 days, GENESIS + 3 days).longGap);
        assertTrue(index.window(0, GENESIS + 2 days, GENESIS + 4 days).longGap);
    }

    // ── errors and finality ───────────────────────────────────────────────────────────────────────────────────

    function test_window__edge_off_midnight__refuses(uint40 offset) public {
        offset = uint40(bound(offset, 1, 1 days - 1));
        _recordAt(GENESIS + 1 days - 60, USD);
        vm.warp(GENESIS + 4 days);
        bytes memory reason = abi.encodeWithSelector(
            ISpotIndexReader.NotMidnight.selector, GENESIS + 1 days + offset
        );
        vm.expectRevert(reason);
        index.window(0, GENESIS + 1 days + offset, GENESIS + 3 days);
        vm.expectRevert(reason);
        index.window(0, GENESIS + 1 days, GENESIS + 1 days + offset);
    }

    function test_window__before_the_first_round__refuses(uint40 day) public {
        day = uint40(bound(day, 0, 10));
        _recordAt(GENESIS + 10 days, USD);
        vm.warp(GENESIS + 11 days + 15 minutes);
        vm.expectRevert(
            abi.encodeWithSelector(ISpotIndexReader.NoCheckpoint.selector, GENESIS + day * 1 days)
        );
        index.window(0, GENESIS + day * 1 days, GENESIS + 11 days);
    }

    function test_window__no_round_ever__refuses() public {
        vm.warp(GENESIS + 3 days);
        vm.expectRevert(
            abi.encodeWithSelector(ISpotIndexReader.NoCheckpoint.selector, GENESIS + 1 days)
        );
        index.window(0, GENESIS + 1 days, GENESIS + 2 days);
    }

    function test_window__end_not_final__refuses(uint40 early) public {
        _recordAt(GENESIS + 1 days - 60, USD);
        uint40 end = GENESIS + 2 days;
        vm.warp(end + 15 minutes - bound(early, 1, 1 days));
        assertFalse(index.isFinal(end));
        vm.expectRevert(abi.encodeWithSelector(ISpotIndexReader.NotFinal.selector, end));
        index.window(0, GENESIS + 1 days, end);
        vm.warp(end + 15 minutes);
        index.window(0, GENESIS + 1 days, end);
    }

    function test_isFinal__once_true__no_slot_before_it_is_taken(
        uint40 behind,
        uint40 wait,
        bool byRound
    ) public {
        _recordAt(GENESIS + 1 days, USD);
        uint40 time = GENESIS + 2 days;
        if (byRound) _recordAt(time, USD);
        else vm.warp(time + 15 minutes + bound(wait, 0, 1 days));
        assertTrue(index.isFinal(time));
        uint40 slot = time - 60 * uint40(bound(behind, 1, 1000));
        uint64[][] memory values = Reports.unanimous(Reports.filled(USD, INDICES), 1);
        bytes memory report = Reports.signed(Reports.draft(index, slot, 1, values), keys);
        vm.expectPartialRevert(
            byRound ? ISpotIndex.SlotTooSoon.selector : IReportIntake.SlotTooOld.selector
        );
        if (byRound) vm.warp(slot + 15 minutes);
        index.submit(report);
    }

    function test_views__unknown_index__refuse(uint256 unknown) public {
        unknown = bound(unknown, INDICES, type(uint256).max);
        bytes memory reason =
            abi.encodeWithSelector(ISpotIndexReader.UnknownIndex.selector, unknown);
        vm.expectRevert(reason);
        index.window(unknown, GENESIS, GENESIS);
        vm.expectRevert(reason);
        index.latest(unknown);
        vm.expectRevert(reason);
        index.fresh(unknown);
        vm.expectRevert(reason);
        index.status(unknown);
        vm.expectRevert(reason);
        index.roundAt(unknown, 1);
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev From the least interval to four days, with the edges of hold and of a long gap made likely.
    function _wait(uint256 seed) private {
        uint256 kind = (seed >> 8) % 5;
        if (kind == 0) skip(bound(seed >> 16, 5 minutes, 1 hours));
        if (kind == 1) skip(bound(seed >> 16, HOLD - 2 minutes, HOLD + 2 minutes));
        if (kind == 2) skip(bound(seed >> 16, 2 hours, 23 hours));
        if (kind == 3) {
            skip(bound(seed >> 16, 1 days + HOLD - 2 minutes, 1 days + HOLD + 2 minutes));
        }
        if (kind == 4) skip(bound(seed >> 16, 1 days, 4 days));
        // Slots round down to the grid.
        skip(60);
    }

    function _recordSeen(uint256 seed, uint256 present) private {
        uint64[] memory values = new uint64[](INDICES);
        for (uint256 i; i < INDICES; ++i) {
            if ((present >> i) & 1 == 0) continue;
            values[i] = uint64(uint256(keccak256(abi.encode(seed, i)))) | 1;
            _seen[i].push(Seen(_slot(), values[i]));
        }
        _record(values);
    }

    function _compareAllWindows(uint256 indices) private view {
        (uint40 first, uint40 last) = (_firstMidnight(), _midnight());
        if (!index.isFinal(last)) last -= 1 days;
        // Lengths of one to sixteen days, so that a gap straddles either edge, both or none.
        for (uint256 i; i < indices; ++i) {
            Seen[] memory rounds = _seen[i];
            for (uint40 start = first; start < last; start += 1 days) {
                for (uint40 end = start + 1 days; end <= last; end += end - start) {
                    _assertSame(
                        index.window(i, start, end), WindowModel.window(rounds, HOLD, start, end)
                    );
                }
            }
        }
    }

    function _assertSame(ISpotIndex.Window memory actual, ISpotIndex.Window memory expected)
        private
        pure
    {
        assertEq(actual.valueTime, expected.valueTime, "value time");
        assertEq(actual.coveredTime, expected.coveredTime, "covered time");
        assertEq(actual.longGap, expected.longGap, "long gap");
    }

    /// @dev The first midnight after the first round of all.
    function _firstMidnight() private view returns (uint40) {
        return (_seen[0][0].slot / 1 days + 1) * 1 days;
    }

    /// @dev The last midnight that has struck.
    function _midnight() private view returns (uint40) {
        return uint40(block.timestamp - block.timestamp % 1 days);
    }
}
