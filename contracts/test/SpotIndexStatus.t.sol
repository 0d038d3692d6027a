// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IReportIntake } from "../src/interfaces/IReportIntake.sol";
import { ISpotIndex } from "../src/interfaces/ISpotIndex.sol";
import { ISpotIndexReader, State, Timing } from "../src/interfaces/ISpotIndexReader.sol";
import { LoneReporter } from "./support/LoneReporter.sol";

/// @notice What an index says of itself, the ring of recent rounds, and which timings are refused.
contract SpotIndexStatusTest is LoneReporter {
    uint256 private constant RING = 256;

    function test_status__says_all_a_reader_needs(uint64 value) public {
        vm.assume(value != 0);
        _record(value);
        ISpotIndex.Status memory s = index.status(1);
        assertEq(s.name, "A100");
        assertEq(s.latest.value, value);
        assertEq(s.epoch, 1);
        assertEq(s.quorum, 1);
        assertEq(s.wideQuorum, 1);
        assertEq(s.reporters, 1);
        assertEq(s.methodHash, METHOD);
        assertEq(s.indexSet, keccak256(abi.encode(_indexNames())));
        assertEq(abi.encode(s.timing), abi.encode(_timing()));
        assertEq(abi.encode(index.indexNames()), abi.encode(_indexNames()));
    }

    function test_latest__first_round__carries_no_time_yet() public {
        _record(2 * USD);
        ISpotIndex.RoundView memory r = index.latest(1);
        assertEq(r.value, 2 * USD);
        assertEq(r.slot, _slot());
        assertEq(r.valueTime, 0);
        assertEq(r.coveredTime, 0);
        assertEq(r.signers, 1);
        skip(5 minutes);
        _record(USD);
        assertEq(index.latest(1).valueTime, uint256(2 * USD) * 5 minutes);
        assertEq(index.latest(1).coveredTime, 5 minutes);
    }

    function test_state__thin_with_the_quorum_live_beyond_it_halted_when_stale(uint256 wait)
        public
    {
        _record(USD);
        assertEq(uint8(index.status(0).state), uint8(State.THIN));
        skip(65 minutes);
        assertEq(uint8(index.status(0).state), uint8(State.THIN));
        skip(bound(wait, 1, 1000 days));
        assertEq(uint8(index.status(0).state), uint8(State.HALTED));

        index = _newIndex(_timing(), _indexNames());
        reporterSet = _reporterSetOf(index);
        assertEq(uint8(index.status(0).state), uint8(State.HALTED));
        _setReporters(7, QUORUM);
        _push(USD);
        assertEq(uint8(index.status(0).state), uint8(State.LIVE));
    }

    function test_fresh__within_heartbeat_and_grace__is_the_latest_value(uint256 wait) public {
        _record(2 * USD);
        uint40 slot = _slot();
        skip(bound(wait, 0, 65 minutes));
        (uint64 value, uint40 freshSlot) = index.fresh(0);
        assertEq(value, 2 * USD);
        assertEq(freshSlot, slot);
    }

    function test_fresh__after_that_or_before_any_round__is_an_error(uint256 wait) public {
        vm.expectRevert(
            abi.encodeWithSelector(
                ISpotIndexReader.StaleIndex.selector, 0, 0, block.timestamp - 65 minutes
            )
        );
        index.fresh(0);
        _record(2 * USD);
        uint40 slot = _slot();
        skip(bound(wait, 65 minutes + 1, 1000 days));
        vm.expectRevert(
            abi.encodeWithSelector(
                ISpotIndexReader.StaleIndex.selector, 0, slot, block.timestamp - 65 minutes
            )
        );
        index.fresh(0);
    }

    // ── ring ──────────────────────────────────────────────────────────────────────────────────────────────────

    function test_roundAt__ring_has_turned__only_the_last_256_are_there() public {
        uint256 count = 3 * RING;
        uint40 first = _slot();
        for (uint64 i = 1; i <= count; ++i) {
            _record(i);
            skip(5 minutes);
        }
        assertEq(index.rounds(), count);
        for (uint256 id = count - RING + 1; id <= count; ++id) {
            assertEq(index.roundAt(0, id).value, id);
            assertEq(index.roundAt(0, id).slot, first + (id - 1) * 5 minutes);
        }
        _expectEvicted(0);
        _expectEvicted(1);
        _expectEvicted(count - RING);
        _expectEvicted(count + 1);
        // 288 rounds a day: the first midnight is long gone from the ring, not from the checkpoints.
        ISpotIndex.Window memory w = index.window(2, GENESIS + 1 days, GENESIS + 2 days);
        assertEq(w.coveredTime, 1 days);
        assertEq(w.valueTime, uint256(289 + 576) * 288 / 2 * 5 minutes);
    }

    function test_roundAt__index_left_out__carries_its_last_round() public {
        _record(USD);
        ISpotIndex.RoundView memory before = index.latest(1);
        skip(10 minutes);
        uint64[] memory values = new uint64[](INDICES);
        values[0] = 2 * USD;
        _record(values);
        assertEq(abi.encode(index.roundAt(1, 2)), abi.encode(before));
        assertEq(index.roundAt(0, 2).value, 2 * USD);
    }

    // ── construction ──────────────────────────────────────────────────────────────────────────────────────────

    function test_construction__timing_that_cannot_work__names_the_field() public {
        for (uint256 i; i < 9; ++i) {
            Timing memory t = _timing();
            string memory field = "grid";
            if (i == 0) t.grid = 0;
            if (i == 1) t.grid = 7;
            if (i == 2) (field, t.minInterval) = ("minInterval", t.grid - 1);
            if (i == 3) (field, t.heartbeat) = ("heartbeat", t.minInterval - 1);
            if (i == 4) (field, t.maxAge) = ("maxAge", t.grid - 1);
            if (i == 5) (field, t.maxAge) = ("maxAge", 1 days + 1);
            if (i == 6) (field, t.bandBps) = ("bandBps", 0);
            if (i == 7) (field, t.bandBps) = ("bandBps", 10_001);
            if (i == 8) (field, t.grace) = ("grace", 23 hours + 1);
            _expectRefusal(
                t, _indexNames(), abi.encodeWithSelector(ISpotIndex.BadTiming.selector, field)
            );
        }
    }

    function test_construction__no_index_or_more_than_sixteen__refuses() public {
        bytes memory reason = abi.encodeWithSelector(IReportIntake.NoIndices.selector);
        _expectRefusal(_timing(), new string[](0), reason);
        _expectRefusal(_timing(), new string[](17), reason);
        assertEq(_newIndex(_timing(), new string[](16)).indexNames().length, 16);
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    function _expectEvicted(uint256 id) private {
        vm.expectRevert(abi.encodeWithSelector(ISpotIndexReader.RoundEvicted.selector, id));
        index.roundAt(0, id);
    }

    function _expectRefusal(Timing memory t, string[] memory names, bytes memory reason) private {
        (address made, bytes memory returned) =
            _create("SpotIndex", abi.encode(governance, t, names));
        assertEq(made, address(0), "created all the same");
        assertEq(returned, reason);
    }
}
