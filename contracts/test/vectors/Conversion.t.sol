// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { TestToken } from "../../src/devnet/TestToken.sol";
import { GradeTerms } from "../../src/interfaces/IGradeRegistry.sol";
import { IWrappedUnit } from "../../src/interfaces/IWrappedUnit.sol";
import { Base } from "../Base.t.sol";
import { Grades } from "../support/Grades.sol";
import { Vectors } from "../support/Vectors.sol";

/// @notice tests/vectors/conversion.json on real units.
contract ConversionVectorsTest is Base {
    using Vectors for string;

    /// @dev Where OpenZeppelin's upgradeable ERC-20 keeps its total supply (ERC-7201 "openzeppelin.storage.ERC20").
    /// @dev Where OpenZeppelin's ERC20 keeps it; the layout of WrappedUnit is in contracts/layouts.
    bytes32 private constant TOTAL_SUPPLY = bytes32(uint256(2));

    mapping(bytes32 key => IWrappedUnit) private _units;

    function test_wrap_vectors__real_units__agree() public {
        string memory json = Vectors.file("conversion");
        uint256[] memory decimals = json.column("wrap", "decimals");
        uint256[] memory factors = json.column("wrap", "scuPerToken");
        uint256[] memory arrived = json.column("wrap", "arrived");
        uint256[] memory expected = json.column("wrap", "units");
        assertGt(expected.length, 100);
        for (uint256 i; i < expected.length; ++i) {
            IWrappedUnit unit = _unit(decimals[i], factors[i]);
            assertEq(unit.previewWrap(arrived[i]), expected[i]);
        }
    }

    function test_unwrap_vectors__real_units__agree() public {
        string memory json = Vectors.file("conversion");
        uint256[] memory decimals = json.column("unwrap", "decimals");
        uint256[] memory factors = json.column("unwrap", "scuPerToken");
        uint256[] memory amounts = json.column("unwrap", "units");
        uint256[] memory balances = json.column("unwrap", "balance");
        uint256[] memory supplies = json.column("unwrap", "supply");
        uint256[] memory short = json.column("unwrap", "short");
        uint256[] memory paid = json.column("unwrap", "tokens");
        uint256[] memory burned = json.column("unwrap", "burned");
        assertGt(paid.length, 100);
        for (uint256 i; i < paid.length; ++i) {
            IWrappedUnit unit = _unit(decimals[i], factors[i]);
            _setReserves(unit, balances[i], supplies[i]);
            (uint256 actualPaid, uint256 actualBurned) = unit.previewUnwrap(amounts[i]);
            assertEq(actualPaid, paid[i]);
            assertEq(actualBurned, burned[i]);
            assertEq(unit.isShort(), short[i] == 1);
        }
    }

    function _unit(uint256 decimals, uint256 factor) private returns (IWrappedUnit unit) {
        bytes32 key = keccak256(abi.encode(decimals, factor));
        unit = _units[key];
        if (address(unit) != address(0)) return unit;
        address token = address(new TestToken("Vector", "VEC", uint8(decimals)));
        GradeTerms memory t = Grades.gpuHour(token, uint8(decimals), GENESIS + 1 days);
        t.scuPerToken = uint128(factor);
        vm.prank(curator);
        unit = IWrappedUnit(registry.list(t, "Vector", "VEC"));
        _units[key] = unit;
    }

    function _setReserves(IWrappedUnit unit, uint256 balance, uint256 supply) private {
        TestToken token = TestToken(address(unit.factor().token));
        uint256 held = token.balanceOf(address(unit));
        vm.prank(address(unit));
        token.transfer(address(0xdead), held);
        token.mint(address(unit), balance);
        vm.store(address(unit), TOTAL_SUPPLY, bytes32(supply));
        assertEq(unit.totalSupply(), supply);
    }
}
