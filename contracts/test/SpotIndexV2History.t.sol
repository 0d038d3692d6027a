// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IReporterSet } from "../src/interfaces/IReporterSet.sol";
import { ISpotIndexReader } from "../src/interfaces/ISpotIndexReader.sol";
import { Limits } from "../src/libraries/Limits.sol";
import { IndexV2Test } from "./support/IndexV2Test.sol";
import { Seen, WindowModel } from "./support/WindowModel.sol";

/// @notice What stays readable: rounds of ten days, checkpoints for good, and windows against a model that knows every
/// round and no accumulator.
contract SpotIndexV2HistoryTest is IndexV2Test {
    uint256 private constant ROUNDS = 16;
    /// @dev Ten days of rounds an hour apart, and one.
    uint256 private constant RING = 241;

    mapping(uint256 index => Seen[]) private _seen;

    function test_roundAt__ten_days_at_the_fastest_pace__every_round_is_readable() public {
        Limits[] memory limits = _limits();
        (limits[0].minInterval, limits[1].minInterval) = (1 hours, 1 hours);
        index = _newIndex(0, _names(), limits);
        vm.prank(admin);
        IReporterSet(address(index)).setReporters(QUORUM, METHOD, _reporters(0, 7));
        uint40 first = _slot();
        for (uint256 n; n < RING + 40; ++n) {
            _submitTwo(USD + uint64(n));
            skip(1 hours);
        }
        assertEq(index.roundsOf(0), RING + 40);
        for (uint256 id = 41; id <= RING + 40; id += 7) {
            ISpotIndexReader.RoundView memory r = index.roundAt(0, id);
            assertEq(r.value, USD + id - 1);
            assertEq(r.slot, first + (id - 1) * 1 hours);
        }
        assertEq(index.roundAt(0, RING + 40).value, USD + RING + 39);
        for (uint256 id = 1; id <= 40; id += 13) {
            vm.expectRevert(abi.encodeWithSelector(ISpotIndexReader.RoundEvicted.selector, id));
            index.roundAt(0, id);
        }
        // The oldest that is kept is more than ten days old.
        assertGe(block.timestamp - index.roundAt(0, 41).slot, 10 days);
    }

    function test_roundAt__not_yet_or_never__refuses(uint256 id) public {
        _push(USD);
        vm.assume(id != 1);
        vm.expectRevert(abi.encodeWithSelector(ISpotIndexReader.RoundEvicted.selector, id));
        index.roundAt(0, id);
        vm.expectRevert(abi.encodeWithSelector(ISpotIndexReader.RoundEvicted.selector, id));
        index.quality(0, id);
    }

    function test_lastSlot__is_the_greatest_of_all_indices() public {
        assertEq(index.lastSlot(), 0);
        _push(USD);
        skip(10 minutes);
        _submitTwo(USD);
        assertEq(index.lastSlot(), _slot());
        assertEq(index.latest(2).slot, _slot() - 10 minutes);
    }

    // ── windows ───────────────────────────────────────────────────────────────────────────────────────────────

    function test_window__any_rounds_and_gaps_of_each_index__equals_the_model(
        uint256[ROUNDS] memory seeds,
        uint256 rest
    ) public {
        for (uint256 n; n < ROUNDS; ++n) {
            uint64[] memory values = new uint64[](INDICES);
            for (uint256 i; i < INDICES; ++i) {
                uint256 noise = uint256(keccak256(abi.encode(seeds[n], i)));
                if (n == 0 || noise % 3 != 0) values[i] = uint64(1 + (noise >> 8) % 1e15);
            }
            if (values[0] | values[1] | values[2] != 0) _remember(values);
            skip(1 hours + 60 * (seeds[n] % (seeds[n] % 5 == 0 ? 3600 : 300)));
        }
        skip(bound(rest, 3 minutes, 3 days));
        uint40 last = uint40((block.timestamp - 3 minutes) / 1 days * 1 days);
        for (uint256 i; i < INDICES; ++i) {
            uint40 hold = i == 2 ? 6 hours + 10 minutes : 1 hours + 5 minutes;
            for (uint40 start = _firstMidnight(i); start < last; start += 1 days) {
                for (uint40 end = start + 1 days; end <= last; end += 1 days) {
                    _compare(i, hold, start, end);
                }
            }
        }
    }

    function test_window__a_hundred_days_later__is_the_same() public {
        uint40 start = uint40(block.timestamp);
        for (uint256 n; n < 48; ++n) {
            _push(USD * uint64(1 + n % 5));
            skip(1 hours);
        }
        skip(3 minutes);
        bytes32 before = keccak256(abi.encode(index.window(0, start + 1 days, start + 2 days)));
        for (uint256 day; day < 110; ++day) {
            skip(1 days);
            _push(USD);
        }
        assertEq(keccak256(abi.encode(index.window(0, start + 1 days, start + 2 days))), before);
        index.window(0, start + 1 days, start + 101 days);
    }

    function test_window__off_midnight_not_final_or_before_the_first_round__refuses() public {
        vm.warp(GENESIS + 1 days + 1 hours);
        _push(USD);
        uint40 midnight = GENESIS + 2 days;
        vm.expectRevert(
            abi.encodeWithSelector(ISpotIndexReader.NoCheckpoint.selector, GENESIS + 1 days)
        );
        index.window(0, GENESIS + 1 days, midnight);
        vm.warp(midnight + 3 minutes - 1);
        vm.expectRevert(abi.encodeWithSelector(ISpotIndexReader.NotFinal.selector, midnight));
        index.window(0, midnight, midnight + 1 days);
        vm.expectRevert(
            abi.encodeWithSelector(ISpotIndexReader.NotMidnight.selector, midnight + 60)
        );
        index.window(0, midnight + 60, midnight + 1 days);
    }

    /// A slot before a final time could only be of a report that nobody may bring any more.
    function test_isFinal__once_true__no_slot_before_it_is_taken(uint40 age) public {
        uint40 time = GENESIS + 2 days;
        age = uint40(bound(age, 0, 10 minutes));
        vm.warp(time - 60);
        bytes memory report = _signed(_draft(USD));
        vm.warp(time + age);
        bool isFinal = index.isFinal(time);
        assertEq(isFinal, age >= 3 minutes);
        (bool isTaken,) = address(index).call(abi.encodeCall(index.submit, (report)));
        if (isFinal) assertFalse(isTaken);
    }

    function _remember(uint64[] memory values) private {
        uint256 updated = _submit(_draft(values));
        for (uint256 i; i < INDICES; ++i) {
            assertEq((updated >> i) & 1, values[i] == 0 ? 0 : 1);
            if (values[i] != 0) _seen[i].push(Seen(_slot(), values[i]));
        }
    }

    function _compare(uint256 i, uint40 hold, uint40 start, uint40 end) private view {
        ISpotIndexReader.Window memory w = index.window(i, start, end);
        ISpotIndexReader.Window memory model = WindowModel.window(_seen[i], hold, start, end);
        assertEq(w.valueTime, model.valueTime, "value time");
        assertEq(w.coveredTime, model.coveredTime, "covered time");
        assertEq(w.longGap, model.longGap, "long gap");
    }

    function _firstMidnight(uint256 i) private view returns (uint40) {
        return (_seen[i][0].slot / 1 days + 1) * 1 days;
    }

    function _submitTwo(uint64 value) private {
        _submit(_draft(_of(value, value, 0)));
    }
}
