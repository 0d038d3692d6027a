// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ISpotIndex } from "../src/interfaces/ISpotIndex.sol";
import { Base } from "./Base.t.sol";
import { Draft, Reports } from "./support/Reports.sol";

/// @notice Which value a quorum makes: median, absences, liars, speed limit.
contract SpotIndexMedianTest is Base {
    uint64 private constant LAST = 3 * USD;

    /// @dev One unanimous round an hour ago.
    function setUp() public override {
        super.setUp();
        vm.warp(GENESIS + 1 days);
        _push(LAST);
        skip(1 hours);
    }

    // ── median ────────────────────────────────────────────────────────────────────────────────────────────────

    function test_median__any_values_of_a_wide_quorum__is_the_lower_one(
        uint64[3][7] memory values,
        bool all
    ) public {
        Draft memory d = _draftOf(values, all ? 7 : 6);
        for (uint256 j; j < d.values.length; ++j) {
            for (uint256 i; i < INDICES; ++i) {
                if (d.values[j][i] == 0) d.values[j][i] = 1;
            }
        }
        index.submit(Reports.signed(d, keys));
        for (uint256 i; i < INDICES; ++i) {
            assertEq(index.latest(i).value, Reports.median(Reports.column(d, i)));
            assertEq(index.latest(i).signers, d.values.length);
        }
    }

    function test_median__any_other_rank__refuses(uint64[3][7] memory values, uint256 i, uint8 rank)
        public
    {
        Draft memory d = _draftOf(values, 7);
        i = bound(i, 0, INDICES - 1);
        for (uint256 j; j < 7; ++j) {
            for (uint256 k; k < INDICES; ++k) {
                if (d.values[j][k] == 0) d.values[j][k] = 1;
            }
        }
        uint64 median = Reports.median(Reports.column(d, i));
        vm.assume(rank >= 7 || d.values[rank][i] != median);
        uint8[] memory ranks = Reports.ranks(d);
        ranks[i] = rank;
        bytes memory report = Reports.signed(d, keys, ranks);
        vm.expectRevert(abi.encodeWithSelector(ISpotIndex.NotTheMedian.selector, i, rank));
        index.submit(report);
    }

    function test_median__rank_of_an_absent_value__refuses() public {
        Draft memory d = _draft(LAST);
        d.values[2] = Reports.filled(0, INDICES);
        uint8[] memory ranks = Reports.ranks(d);
        ranks[1] = 2;
        bytes memory report = Reports.signed(d, keys, ranks);
        vm.expectRevert(abi.encodeWithSelector(ISpotIndex.NotTheMedian.selector, 1, 2));
        index.submit(report);
    }

    function test_median__up_to_two_liars_of_five__lies_within_the_honest(
        uint64[5] memory values,
        uint8 firstLiar,
        uint8 secondLiar
    ) public {
        (firstLiar, secondLiar) = (firstLiar % 5, secondLiar % 5);
        Draft memory d = _draft(LAST);
        d.signers = 0x1f;
        d.values = new uint64[][](5);
        (uint64 low, uint64 high) = (type(uint64).max, 0);
        for (uint256 j; j < 5; ++j) {
            bool lies = j == firstLiar || j == secondLiar;
            uint64 v = lies ? values[j] : uint64(bound(values[j], LAST * 8 / 10, LAST * 12 / 10));
            d.values[j] = Reports.filled(v == 0 ? 1 : v, INDICES);
            if (lies) continue;
            (low, high) = (v < low ? v : low, v > high ? v : high);
        }
        index.submit(Reports.signed(d, keys));
        assertGe(index.latest(0).value, low);
        assertLe(index.latest(0).value, high);
    }

    // ── absences ──────────────────────────────────────────────────────────────────────────────────────────────

    function test_absence__any_pattern__updates_the_indices_that_have_a_quorum(
        uint8[3] memory present,
        uint64[3] memory next
    ) public {
        Draft memory d = _draft(LAST);
        uint256 expected;
        for (uint256 i; i < INDICES; ++i) {
            // What the last of seven adds stays within the limit.
            next[i] = uint64(bound(next[i], LAST * 8 / 10, LAST * 12 / 10 - 6));
            uint256 observed;
            for (uint256 j; j < 7; ++j) {
                if (i == 0) d.values[j] = new uint64[](INDICES);
                if ((present[i] >> j) & 1 == 0) continue;
                d.values[j][i] = next[i] + uint64(j);
                ++observed;
            }
            if (observed >= QUORUM) expected |= 1 << i;
        }
        bytes memory report = Reports.signed(d, keys);
        if (expected == 0) {
            vm.expectRevert(ISpotIndex.NothingToRecord.selector);
            index.submit(report);
            return;
        }
        assertEq(index.submit(report), expected);
        for (uint256 i; i < INDICES; ++i) {
            bool updated = (expected >> i) & 1 == 1;
            uint64 median = Reports.median(Reports.column(d, i));
            assertEq(index.latest(i).value, updated ? median : LAST);
            assertEq(index.latest(i).slot, updated ? d.slot : d.slot - 1 hours);
        }
    }

    // ── speed limit ───────────────────────────────────────────────────────────────────────────────────────────

    function test_speed__within_the_limit__a_plain_quorum_is_enough(uint64 value, uint40 minutes_)
        public
    {
        uint40 elapsed = 60 * uint40(bound(minutes_, 5, 300));
        vm.warp(GENESIS + 1 days + elapsed);
        uint64 most = LAST * elapsed / 5 hours;
        value = uint64(bound(value, most >= LAST ? 1 : LAST - most, LAST + most));
        index.submit(Reports.signed(_plain(value), keys));
        assertEq(index.latest(2).value, value);
    }

    function test_speed__beyond_the_limit__a_plain_quorum_is_refused(
        uint64 value,
        uint40 minutes_,
        bool up
    ) public {
        uint40 elapsed = 60 * uint40(bound(minutes_, 5, up ? 300 : 299));
        vm.warp(GENESIS + 1 days + elapsed);
        uint64 most = LAST * elapsed / 5 hours;
        value = up
            ? uint64(bound(value, LAST + most + 1, type(uint64).max))
            : uint64(bound(value, 1, LAST - most - 1));
        bytes memory report = Reports.signed(_plain(value), keys);
        vm.expectRevert(
            abi.encodeWithSelector(ISpotIndex.TooFast.selector, 0, LAST, value, QUORUM, WIDE)
        );
        index.submit(report);
    }

    function test_speed__any_move__a_wide_quorum_is_enough(uint64 value) public {
        vm.assume(value != 0);
        Draft memory d = _draft(value);
        d.signers = 0x3f;
        d.values = Reports.unanimous(d.values[0], WIDE);
        index.submit(Reports.signed(d, keys));
        assertEq(index.latest(0).value, value);
    }

    function test_speed__first_round_of_an_index__needs_the_wide_quorum(uint64 value) public {
        vm.assume(value != 0);
        index = _newIndex(_timing(), _indexNames());
        reporterSet = _reporterSetOf(index);
        _setReporters(7, QUORUM);
        bytes memory report = Reports.signed(_plain(value), keys);
        vm.expectRevert(
            abi.encodeWithSelector(ISpotIndex.TooFast.selector, 0, 0, value, QUORUM, WIDE)
        );
        index.submit(report);
    }

    function test_speed__counts_observations_of_the_index_not_signatures(uint64 value) public {
        value = uint64(bound(value, 2 * LAST, type(uint64).max));
        Draft memory d = _draft(LAST);
        for (uint256 j; j < QUORUM; ++j) {
            d.values[j] = Reports.filled(LAST, INDICES);
            d.values[j][1] = value;
        }
        for (uint256 j = QUORUM; j < 7; ++j) {
            d.values[j] = Reports.filled(LAST, INDICES);
            d.values[j][1] = 0;
        }
        bytes memory report = Reports.signed(d, keys);
        vm.expectRevert(
            abi.encodeWithSelector(ISpotIndex.TooFast.selector, 1, LAST, value, QUORUM, WIDE)
        );
        index.submit(report);
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    function _draftOf(uint64[3][7] memory values, uint256 signers)
        private
        view
        returns (Draft memory d)
    {
        d = _draft(LAST);
        d.signers = uint32((1 << signers) - 1);
        d.values = new uint64[][](signers);
        for (uint256 j; j < signers; ++j) {
            d.values[j] = new uint64[](INDICES);
            for (uint256 i; i < INDICES; ++i) {
                d.values[j][i] = values[j][i];
            }
        }
    }

    /// @dev Five of seven.
    function _plain(uint64 value) private view returns (Draft memory d) {
        d = _draft(value);
        d.signers = 0x1f;
        d.values = Reports.unanimous(d.values[0], QUORUM);
    }
}
