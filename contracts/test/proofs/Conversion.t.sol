// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Test } from "forge-std/Test.sol";

/// @notice Rounding of {WrappedUnit} for every amount and factor: the formulas as they stand there, on plain
/// numbers. That the contract computes these is what its unit tests and the shared vectors say.
contract ConversionProofs is Test {
    uint256 private constant MOST_ONE = 1e36;

    /// Invariant 2: unwrapping pays ⌊units / factor⌋ and burns ⌈tokens · factor⌉, never more than given.
    function check_unwrap__any_units_and_factor__pays_the_floor_and_burns_the_ceiling(
        uint128 units,
        uint128 scuPerToken,
        uint256 one
    ) public pure {
        vm.assume(scuPerToken != 0 && one != 0 && one <= MOST_ONE);
        (uint256 tokens, uint256 burned) = _unwrap(units, scuPerToken, one);
        assert(burned <= units);
        assert(tokens * scuPerToken <= uint256(units) * one);
        assert(burned * one >= tokens * scuPerToken);
        if (burned != 0) assert((burned - 1) * one < tokens * scuPerToken);
    }

    /// Invariant 1: wrapping and unwrapping leave a solvent grade solvent.
    function check_unwrap__solvent_before__solvent_after(
        uint128 units,
        uint128 supply,
        uint128 held,
        uint128 scuPerToken,
        uint256 one
    ) public pure {
        vm.assume(scuPerToken != 0 && one != 0 && one <= MOST_ONE && units <= supply);
        vm.assume(held >= _needed(supply, scuPerToken, one));
        (uint256 tokens, uint256 burned) = _unwrap(units, scuPerToken, one);
        assert(tokens <= held);
        assert(held - tokens >= _needed(supply - burned, scuPerToken, one));
    }

    function check_wrap__solvent_before__solvent_after(
        uint128 arrived,
        uint128 supply,
        uint128 held,
        uint64 scuPerToken,
        uint256 one
    ) public pure {
        vm.assume(scuPerToken != 0 && one != 0 && one <= MOST_ONE);
        vm.assume(held >= _needed(supply, scuPerToken, one));
        uint256 units = uint256(arrived) * scuPerToken / one;
        vm.assume(supply + units <= type(uint128).max);
        assert(uint256(held) + arrived >= _needed(supply + units, scuPerToken, one));
    }

    /// The comparison of tokens says what ⌊held · factor⌋ >= supply says, without its overflow.
    function check_needed__any_holding__is_the_comparison_of_units(
        uint128 held,
        uint128 supply,
        uint128 scuPerToken,
        uint256 one
    ) public pure {
        vm.assume(scuPerToken != 0 && one != 0 && one <= MOST_ONE);
        bool backs = uint256(held) * scuPerToken / one >= supply;
        assert((held >= _needed(supply, scuPerToken, one)) == backs);
    }

    function _unwrap(
        uint256 units,
        uint256 scuPerToken,
        uint256 one
    ) private pure returns (uint256 tokens, uint256 burned) {
        uint256 value = units * one;
        tokens = value / scuPerToken;
        burned = units - value % scuPerToken / one;
    }

    function _needed(
        uint256 supply,
        uint256 scuPerToken,
        uint256 one
    ) private pure returns (uint256) {
        return (supply * one + scuPerToken - 1) / scuPerToken;
    }
}
