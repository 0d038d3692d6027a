// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IReporterSet } from "../../src/interfaces/IReporterSet.sol";
import { ISpotIndex } from "../../src/interfaces/ISpotIndex.sol";
import { Seen, WindowModel } from "../support/WindowModel.sol";
import { IndexActions } from "./IndexActions.sol";

/// @notice Invariants of the spot index.
contract IndexInvariants is IndexActions {
    function invariant_index() public view {
        _check04__value_lies_within_the_honest_and_slots_rise_on_the_grid();
        _check13__accumulators_are_the_sums_of_what_was_held();
        if (steps % 4 == 0) _check13__windows_are_those_of_the_model_within_its_values();
        _check17__nobody_jailed_is_in_the_set();
        _check17__only_sound_reports_of_this_epoch_were_recorded();
    }

    function _check04__value_lies_within_the_honest_and_slots_rise_on_the_grid() private view {
        for (uint256 i; i < INDICES; ++i) {
            ISpotIndex.RoundView memory r = index.latest(i);
            uint256 n = seen[i].length;
            assertEq(r.value, seen[i][n - 1].value);
            assertGe(r.value, known[i].low, "4: below the honest");
            assertLe(r.value, known[i].high, "4: above the honest");
            assertGe(r.signers, QUORUM, "4: quorum");
            assertEq(r.slot % 60, 0, "4: grid");
            assertLe(r.slot, block.timestamp, "4: future");
            if (n > 1) assertGe(r.slot, seen[i][n - 2].slot + 5 minutes, "4: interval");
        }
    }

    function _check13__accumulators_are_the_sums_of_what_was_held() private view {
        for (uint256 i; i < INDICES; ++i) {
            ISpotIndex.RoundView memory r = index.latest(i);
            assertEq(r.valueTime, known[i].valueTime, "13: value time");
            assertEq(r.coveredTime, known[i].coveredTime, "13: covered time");
            assertLe(r.coveredTime, r.slot - seen[i][0].slot, "13: more covered than passed");
        }
    }

    function _check13__windows_are_those_of_the_model_within_its_values() private view {
        uint256 seed = uint256(keccak256(abi.encode(accepted, block.timestamp)));
        (uint256 i, uint40 start, uint40 end) = _anyWindow(seed);
        if (end <= start) return;
        Seen[] memory rounds = seen[i];
        ISpotIndex.Window memory w = index.window(i, start, end);
        ISpotIndex.Window memory model = WindowModel.window(rounds, HOLD, start, end);
        assertEq(w.valueTime, model.valueTime, "13: value time");
        assertEq(w.coveredTime, model.coveredTime, "13: covered time");
        assertEq(w.longGap, model.longGap, "13: long gap");
        (uint64 low, uint64 high) = _range(rounds, start, end);
        assertGe(w.valueTime, uint256(low) * w.coveredTime, "13: below its rounds");
        assertLe(w.valueTime, uint256(high) * w.coveredTime, "13: above its rounds");
    }

    function _check17__only_sound_reports_of_this_epoch_were_recorded() private view {
        assertEq(index.rounds(), accepted, "17: more rounds than sound reports");
        IReporterSet.ReporterConfig memory config = reporterSet.reporterConfig();
        assertEq(config.epoch, epoch);
        assertEq(config.reporters, seats);
    }

    function _check17__nobody_jailed_is_in_the_set() private view {
        for (uint256 j; j < jailed.length; ++j) {
            assertTrue(reporterSet.isJailed(jailed[j]), "17: let go");
            for (uint256 i; i < seats.length; ++i) {
                assertTrue(seats[i] != jailed[j], "17: jailed and seated");
                assertFalse(reporterSet.isJailed(seats[i]), "17: jailed without a proof");
            }
        }
    }

    /// @dev Least and greatest value of the rounds in the window or entering it.
    function _range(Seen[] memory rounds, uint40 start, uint40 end)
        private
        pure
        returns (uint64 low, uint64 high)
    {
        low = type(uint64).max;
        for (uint256 j; j < rounds.length; ++j) {
            if (rounds[j].slot + HOLD <= start || rounds[j].slot >= end) continue;
            if (rounds[j].value < low) low = rounds[j].value;
            if (rounds[j].value > high) high = rounds[j].value;
        }
        if (high == 0) low = 0;
    }
}
