// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { RoundWord, RoundWordLib } from "../../src/libraries/RoundWord.sol";
import { Test } from "forge-std/Test.sol";

/// @notice What holds of a round of the second index for every word: `check_` functions are read by halmos.
contract CommonRoundProofs is Test {
    uint32 private constant CENTURY = 100 * 365 days;

    /// A figure whose confidence is zero: its basis points are then zero, without a division of unknowns.
    function check_pack__any_fields__are_read_back(
        uint56 value,
        uint32 slot,
        uint8 providers,
        uint8 signers
    ) public pure {
        vm.assume(value != 0);
        RoundWord r = RoundWordLib.pack(slot, (uint256(value) << 72) | providers, signers);
        assert(r.value() == value && r.slot() == slot);
        assert(r.providers() == providers && r.signers() == signers);
        assert(r.confidenceBps() == 0 && r.gaps() == 0);
        assert(r.valueTime() == 0 && r.coveredTime() == 0);
    }

    /// The sum in the word, which is paid for in every round, is the one that checkpoints are made of.
    function check_since__any_two_rounds__accumulates_what_carry_does(
        uint256 last,
        uint56 value,
        uint32 slot,
        uint32 hold
    ) public pure {
        RoundWord before = RoundWord.wrap(last);
        vm.assume(value != 0 && slot >= before.slot());
        vm.assume(before.valueTime() <= uint96(type(uint56).max) * CENTURY / 2);
        vm.assume(before.coveredTime() <= CENTURY / 2);
        // {LimitsLib.problem} refuses limits that hold longer.
        vm.assume(hold <= 1 days);
        RoundWord sum = _first(value, slot).since(before, hold);
        (uint96 valueTime, uint32 coveredTime, uint40 uncovered) = before.carry(slot, hold);
        assert(sum.valueTime() == valueTime && sum.coveredTime() == coveredTime);
        assert(sum.value() == value && sum.slot() == slot && sum.signers() == 5);
        unchecked {
            assert(sum.gaps() == uint8(before.gaps() + (uncovered > 24 hours ? 1 : 0)));
        }
    }

    /// Invariant 13: both never fall, and no more time is covered than passes.
    function check_since__any_two_rounds__never_fall_and_cover_at_most_what_passed(
        uint256 last,
        uint56 value,
        uint32 slot,
        uint32 hold
    ) public pure {
        RoundWord before = RoundWord.wrap(last);
        vm.assume(value != 0 && slot >= before.slot());
        vm.assume(before.valueTime() <= uint96(type(uint56).max) * CENTURY / 2);
        vm.assume(before.coveredTime() <= CENTURY / 2);
        // {LimitsLib.problem} refuses limits that hold longer.
        vm.assume(hold <= 1 days);
        RoundWord sum = _first(value, slot).since(before, hold);
        assert(sum.valueTime() >= before.valueTime());
        assert(sum.coveredTime() >= before.coveredTime());
        assert(sum.coveredTime() - before.coveredTime() <= slot - before.slot());
        assert(sum.coveredTime() - before.coveredTime() <= hold);
    }

    /// What {RoundWordLib.pack} makes of a value signed by five: see the first property.
    function _first(uint256 value, uint256 slot) private pure returns (RoundWord) {
        return RoundWord.wrap((value << 200) | (slot << 168) | (5 << 8));
    }
}
