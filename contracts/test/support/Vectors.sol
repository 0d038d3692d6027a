// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Vm } from "forge-std/Vm.sol";

/// @title Vectors
/// @notice Columns of the files that the Python twins are held to as well.
library Vectors {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @notice The text of a vector file.
    function file(string memory name) internal view returns (string memory) {
        return vm.readFile(string.concat("../tests/vectors/", name, ".json"));
    }

    /// @notice One field of all rows of a group.
    function column(string memory json, string memory group, string memory field)
        internal
        pure
        returns (uint256[] memory)
    {
        return vm.parseJsonUintArray(json, string.concat(".", group, ".", field));
    }
}
