// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { WrappedUnit } from "../../src/WrappedUnit.sol";
import { IWrappedUnit } from "../../src/interfaces/IWrappedUnit.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { Test } from "forge-std/Test.sol";

/// @notice A token that says whatever balance it was told.
contract Holding {
    uint256 public balanceOfAll;

    function set(uint256 balance) external {
        balanceOfAll = balance;
    }

    function balanceOf(address) external view returns (uint256) {
        return balanceOfAll;
    }
}

/// @notice Rounding of {WrappedUnit}, of its own code with a symbolic factor, supply and holding, for tokens of
/// six decimals: `check_` functions are read by halmos. Units, holdings and factor are unknowns of 128 bits.
contract ConversionProofs is Test {
    /// @dev Where a unit keeps its total supply; see layouts/WrappedUnit.json.
    bytes32 private constant TOTAL_SUPPLY = bytes32(uint256(2));
    uint256 private constant ONE = 1e6;

    Holding private token;

    function setUp() public {
        token = new Holding();
    }

    /// Invariant 2: unwrapping pays ⌊units / factor⌋ and burns ⌈tokens · factor⌉, never more than given.
    function check_unwrap__any_units_and_factor__pays_the_floor_and_burns_the_ceiling(
        uint128 units,
        uint128 scuPerToken
    ) public {
        vm.assume(scuPerToken != 0);
        IWrappedUnit unit = _unit(scuPerToken, 0, 0);
        (uint256 tokens, uint256 burned) = unit.previewUnwrap(units);
        assert(burned <= units);
        unchecked {
            uint256 value = uint256(units) * ONE;
            uint256 paid = tokens * scuPerToken;
            assert(paid <= value && value - paid < scuPerToken);
            assert(burned * ONE >= paid && burned * ONE < paid + ONE);
        }
    }

    /// Wrapping mints ⌊tokens · factor⌋.
    function check_wrap__any_tokens_and_factor__mints_the_floor(uint128 tokens, uint128 scuPerToken)
        public
    {
        vm.assume(scuPerToken != 0);
        uint256 units = _unit(scuPerToken, 0, 0).previewWrap(tokens);
        unchecked {
            uint256 value = uint256(tokens) * scuPerToken;
            assert(units * ONE <= value && value < (units + 1) * ONE);
        }
    }

    /// Invariant 1: short is exactly when the tokens held are worth less than the units out.
    function check_isShort__any_holding__is_the_comparison_of_units(
        uint128 held,
        uint128 supply,
        uint128 scuPerToken
    ) public {
        vm.assume(scuPerToken != 0);
        bool short = _unit(scuPerToken, held, supply).isShort();
        unchecked {
            assert(short == (uint256(held) * scuPerToken < uint256(supply) * ONE));
        }
    }

    /// Invariant 1: unwrapping leaves a solvent unit solvent.
    function check_unwrap__solvent_before__solvent_after(
        uint128 units,
        uint128 supply,
        uint128 held,
        uint128 scuPerToken
    ) public {
        vm.assume(scuPerToken != 0 && units <= supply);
        IWrappedUnit unit = _unit(scuPerToken, held, supply);
        vm.assume(!unit.isShort());
        (uint256 tokens, uint256 burned) = unit.previewUnwrap(units);
        assert(tokens <= held);
        token.set(held - tokens);
        vm.store(address(unit), TOTAL_SUPPLY, bytes32(supply - burned));
        assert(!unit.isShort());
    }

    /// Invariant 1: wrapping leaves a solvent unit solvent.
    function check_wrap__solvent_before__solvent_after(
        uint128 arrived,
        uint128 supply,
        uint128 held,
        uint128 scuPerToken
    ) public {
        vm.assume(scuPerToken != 0);
        IWrappedUnit unit = _unit(scuPerToken, held, supply);
        vm.assume(!unit.isShort());
        uint256 units = unit.previewWrap(arrived);
        token.set(uint256(held) + arrived);
        vm.store(address(unit), TOTAL_SUPPLY, bytes32(supply + units));
        assert(!unit.isShort());
    }

    /// When short, everyone gets the same share of what is held, rounded down, for all units given.
    function check_unwrap__short__pays_the_share(
        uint128 units,
        uint128 supply,
        uint128 held,
        uint128 scuPerToken
    ) public {
        vm.assume(scuPerToken != 0 && units <= supply);
        IWrappedUnit unit = _unit(scuPerToken, held, supply);
        vm.assume(unit.isShort());
        (uint256 tokens, uint256 burned) = unit.previewUnwrap(units);
        assert(burned == units);
        unchecked {
            assert(tokens * supply <= uint256(units) * held);
            assert((tokens + 1) * supply > uint256(units) * held);
        }
    }

    function _unit(uint128 scuPerToken, uint256 held, uint256 supply)
        private
        returns (IWrappedUnit unit)
    {
        IWrappedUnit.Factor memory factor = IWrappedUnit.Factor(
            IERC20(address(token)), 6, scuPerToken, type(uint40).max, type(uint128).max
        );
        unit = new WrappedUnit(0, factor, "", "");
        token.set(held);
        vm.store(address(unit), TOTAL_SUPPLY, bytes32(supply));
    }
}
