// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { RoundWord, RoundWordLib } from "../../src/libraries/RoundWord.sol";
import { Test } from "forge-std/Test.sol";

/// @notice What holds of a round of the second index for every word: `check_` functions are read by halmos.
contract CommonRoundProofs is Test {
    uint32 private constant CENTURY = 100 * 365 days;

    /// All of a word, in pieces: a solver need not find out that pieces of one unknown are each other's.
    struct Fields {
        uint56 value;
        uint32 slot;
        uint96 valueTime;
        uint32 coveredTime;
        uint40 rest;
    }

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

    /// The sums in the word, which are paid for in every round, are those that checkpoints are made of: here the time
    /// that a value covers, below the value itself, while it holds and after.
    function check_since__any_two_rounds__covers_the_time_that_carry_does(
        Fields calldata last,
        uint56 value,
        uint32 slot,
        uint32 hold
    ) public pure {
        RoundWord before = _last(last, value, slot, hold);
        (, uint32 coveredTime,) = before.carry(slot, hold);
        assert(_first(value, slot).since(before, hold).coveredTime() == coveredTime);
    }

    function check_since__a_round_within_the_hold__adds_the_value_that_carry_does(
        Fields calldata last,
        uint56 value,
        uint32 slot,
        uint32 hold
    ) public pure {
        RoundWord before = _last(last, value, slot, hold);
        vm.assume(slot - last.slot < hold);
        (uint96 valueTime,,) = before.carry(slot, hold);
        assert(_first(value, slot).since(before, hold).valueTime() == valueTime);
    }

    function check_since__a_round_beyond_the_hold__adds_the_value_that_carry_does(
        Fields calldata last,
        uint56 value,
        uint32 slot,
        uint32 hold
    ) public pure {
        RoundWord before = _last(last, value, slot, hold);
        vm.assume(slot - last.slot >= hold);
        (uint96 valueTime,,) = before.carry(slot, hold);
        assert(_first(value, slot).since(before, hold).valueTime() == valueTime);
    }

    /// No sum reaches what stands beside it in the word.
    function check_since__any_two_rounds__leaves_the_round_itself(
        Fields calldata last,
        uint56 value,
        uint32 slot,
        uint32 hold
    ) public pure {
        RoundWord before = _last(last, value, slot, hold);
        RoundWord sum = _first(value, slot).since(before, hold);
        assert(sum.value() == value);
        assert(sum.slot() == slot);
        assert(sum.signers() == 5);
    }

    function check_since__any_two_rounds__counts_a_gap_of_more_than_a_day(
        Fields calldata last,
        uint56 value,
        uint32 slot,
        uint32 hold
    ) public pure {
        RoundWord before = _last(last, value, slot, hold);
        RoundWord sum = _first(value, slot).since(before, hold);
        (,, uint40 uncovered) = before.carry(slot, hold);
        unchecked {
            assert(sum.gaps() == uint8(before.gaps() + (uncovered > 24 hours ? 1 : 0)));
        }
    }

    /// Invariant 13: both never fall, and no more time is covered than passes.
    function check_since__any_two_rounds__never_fall_and_cover_at_most_what_passed(
        Fields calldata last,
        uint56 value,
        uint32 slot,
        uint32 hold
    ) public pure {
        RoundWord before = _last(last, value, slot, hold);
        RoundWord sum = _first(value, slot).since(before, hold);
        assert(sum.valueTime() >= before.valueTime());
        assert(sum.coveredTime() >= before.coveredTime());
        assert(sum.coveredTime() - before.coveredTime() <= slot - before.slot());
        assert(sum.coveredTime() - before.coveredTime() <= hold);
    }

    /// A round that another one may follow.
    function _last(Fields calldata last, uint256 value, uint256 slot, uint256 hold)
        private
        pure
        returns (RoundWord before)
    {
        before = RoundWord.wrap(
            (uint256(last.value) << 200) | (uint256(last.slot) << 168)
                | (uint256(last.valueTime) << 72) | (uint256(last.coveredTime) << 40) | last.rest
        );
        vm.assume(value != 0 && slot >= before.slot());
        vm.assume(before.valueTime() <= uint96(type(uint56).max) * CENTURY / 2);
        vm.assume(before.coveredTime() <= CENTURY / 2);
        // {LimitsLib.problem} refuses limits that hold longer.
        vm.assume(hold <= 1 days);
    }

    /// What {RoundWordLib.pack} makes of a value signed by five: see the first property.
    function _first(uint256 value, uint256 slot) private pure returns (RoundWord) {
        return RoundWord.wrap((value << 200) | (slot << 168) | (5 << 8));
    }
}
