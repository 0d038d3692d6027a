// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Round, RoundLib } from "../../src/libraries/Round.sol";
import { Test } from "forge-std/Test.sol";

/// @notice What holds of the accumulators for every round, not for many: `check_` functions are read by halmos.
contract AccumulatorProofs is Test {
    uint40 private constant HOLD = 1 hours + 5 minutes;
    uint32 private constant CENTURY = 100 * 365 days;

    /// Invariant 13: both never fall, and no more time is covered than passes.
    function check_carry__any_round__is_monotone_and_covers_at_most_what_passed(
        uint64 value,
        uint40 slot,
        uint96 valueTime,
        uint32 coveredTime,
        uint40 later
    ) public pure {
        vm.assume(value != 0);
        vm.assume(slot != 0 && later >= slot && later < type(uint40).max);
        vm.assume(valueTime <= uint96(type(uint64).max) * CENTURY / 2);
        vm.assume(coveredTime <= CENTURY / 2);
        Round r = RoundLib.pack(value, slot, valueTime, coveredTime, 5, 0, 0);
        (uint96 vt, uint32 ct, uint40 uncovered) = r.carry(later, HOLD);
        assert(vt >= valueTime);
        assert(ct >= coveredTime);
        assert(ct - coveredTime <= later - slot);
        assert(uint40(ct - coveredTime) + uncovered == later - slot);
    }

    /// The average over what a single round covers is its value: nothing is interpolated. A value of 64 bits held
    /// for at most 3,900 seconds needs 76, so the product in 96 bits is the product.
    function check_carry__any_round__adds_its_value_for_the_time_covered(
        uint64 value,
        uint40 slot,
        uint40 later
    ) public pure {
        vm.assume(value != 0 && slot != 0 && later >= slot);
        Round r = RoundLib.pack(value, slot, 0, 0, 5, 0, 0);
        (uint96 vt, uint32 ct,) = r.carry(later, HOLD);
        assert(ct <= HOLD);
        unchecked {
            assert(vt == uint96(value) * uint96(ct));
        }
    }

    function check_pack__any_fields__are_read_back(
        uint64 value,
        uint40 slot,
        uint96 valueTime,
        uint32 coveredTime,
        uint8 signers,
        uint8 gaps,
        uint8 flags
    ) public pure {
        Round r = RoundLib.pack(value, slot, valueTime, coveredTime, signers, gaps, flags);
        assert(r.value() == value && r.slot() == slot);
        assert(r.valueTime() == valueTime && r.coveredTime() == coveredTime);
        assert(r.signers() == signers && r.gaps() == gaps && r.flags() == flags);
    }
}
