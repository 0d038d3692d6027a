// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Test } from "forge-std/Test.sol";

/// @notice Deploys the code that ships: the committed artifacts of the compiler's via-IR pipeline, not forge's own
/// build of the same sources. With PARGRADE_TEST_BUILT set it is forge's build, for changes that are planted in
/// the sources.
abstract contract Shipped is Test {
    /// @dev Deploys a contract by its name; fails with the constructor's own reason.
    function _deploy(string memory name, bytes memory args) internal returns (address made) {
        bytes memory reason;
        (made, reason) = _create(name, args);
        if (made == address(0)) {
            assembly ("memory-safe") {
                revert(add(reason, 0x20), mload(reason))
            }
        }
    }

    /// @dev The contract, or zero and what its constructor failed with: {expectRevert} cannot say of an opcode that
    /// it did not fail.
    function _create(string memory name, bytes memory args)
        internal
        returns (address made, bytes memory reason)
    {
        bytes memory creation = bytes.concat(vm.getCode(_artifact(name)), args);
        assembly ("memory-safe") {
            made := create(0, add(creation, 0x20), mload(creation))
            reason := mload(0x40)
            mstore(reason, returndatasize())
            returndatacopy(add(reason, 0x20), 0, returndatasize())
            mstore(0x40, and(add(add(reason, returndatasize()), 0x3f), not(0x1f)))
        }
    }

    /// @dev The artifact of a contract, as {Vm-getCode} takes it.
    function _artifact(string memory name) private view returns (string memory) {
        if (vm.envOr("PARGRADE_TEST_BUILT", false)) return string.concat(name, ".sol");
        return string.concat("../pargrade/artifacts/", name, ".json");
    }
}
