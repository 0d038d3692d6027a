// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Amount } from "./Amount.sol";

/// @notice What one gate tells the other. The route names both ends; the signing domain says which of them is
/// the destination, so a transfer attested for one end means nothing at the other.
/// @param nonce Of the source gate, unique over all its routes; see {IBridgeGate-lastNonce}.
struct Transfer {
    bytes32 route;
    uint64 nonce;
    address sender;
    address recipient;
    Amount amount;
}

/// @notice What makes a transfer believed.
/// @param epoch Of the attester set.
/// @param signers Mask of the set positions that signed: rising and distinct by construction.
/// @param signatures One compact signature (EIP-2098) of 64 bytes per signer, in order of position.
struct Attestation {
    uint32 epoch;
    uint32 signers;
    bytes signatures;
}

/// @title Message
/// @notice Hashing of transfers (EIP-712) and recovery of those who attest them.
library Message {
    bytes32 internal constant TYPEHASH = keccak256(
        "Transfer(bytes32 route,uint64 nonce,address sender,address recipient,uint104 amount,uint32 epoch)"
    );
    uint256 internal constant SIGNATURE = 64;

    /// @notice EIP-712 hash of a transfer as attested in an epoch.
    function hash(Transfer memory transfer, uint32 epoch) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                TYPEHASH,
                transfer.route,
                transfer.nonce,
                transfer.sender,
                transfer.recipient,
                transfer.amount,
                epoch
            )
        );
    }

    /// @notice Who signed `digest` with compact signature number `i`; zero if nobody did.
    /// @dev A malleated twin recovers the same attester at the same position, so it gains nothing.
    function recover(bytes calldata signatures, uint256 i, bytes32 digest)
        internal
        pure
        returns (address)
    {
        bytes32 r;
        uint256 vs;
        assembly ("memory-safe") {
            let offset := add(signatures.offset, shl(6, i))
            r := calldataload(offset)
            vs := calldataload(add(offset, 0x20))
        }
        unchecked {
            return
                ecrecover(
                    digest, uint8(27 + (vs >> 255)), r, bytes32(vs & (type(uint256).max >> 1))
                );
        }
    }
}
