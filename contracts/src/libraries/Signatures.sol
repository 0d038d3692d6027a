// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC1271 } from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import { ECDSA } from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title Signatures
/// @notice Whether an account signed a digest: ECDSA of 65 bytes, compact of 64 (EIP-2098), or ERC-1271.
library Signatures {
    /// @notice Gas that an ERC-1271 contract may use to look at a signature.
    uint256 internal constant MOST_GAS = 150_000;

    /// @notice Whether the signature over the digest is the account's.
    /// @dev ECDSA first: an account that delegates to code (EIP-7702) signs like any other, and costs no call.
    function isOf(address account, bytes32 digest, bytes calldata signature)
        internal
        view
        returns (bool)
    {
        address signer;
        if (signature.length == 64) {
            (signer,,) = ECDSA.tryRecover(digest, bytes32(signature[:32]), bytes32(signature[32:]));
        } else {
            (signer,,) = ECDSA.tryRecoverCalldata(digest, signature);
        }
        if (signer != address(0) && signer == account) return true;
        return _agrees(account, digest, signature);
    }

    /// @dev ERC-1271 with little gas and room for one word: who signs may burn no more of the caller's gas.
    function _agrees(address account, bytes32 digest, bytes calldata signature)
        private
        view
        returns (bool agreed)
    {
        bytes memory question = abi.encodeCall(IERC1271.isValidSignature, (digest, signature));
        uint256 gas_ = MOST_GAS;
        bytes32 yes = IERC1271.isValidSignature.selector;
        assembly ("memory-safe") {
            agreed := staticcall(gas_, account, add(question, 0x20), mload(question), 0, 0x20)
            agreed := and(agreed, and(gt(returndatasize(), 0x1f), eq(mload(0), yes)))
        }
    }
}
