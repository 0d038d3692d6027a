// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Both ends of a way between chains. Tokens are locked at home and represented at the remote end. The
/// id is the hash of all of it and the same on both chains, so two gates that disagree about any term cannot
/// exchange a single transfer. Decimals are those of the tokens when the route was added.
struct RouteTerms {
    uint64 homeChain;
    address homeGate;
    address homeToken;
    uint8 homeDecimals;
    uint64 remoteChain;
    address remoteGate;
    address remoteToken;
    uint8 remoteDecimals;
}

/// @title RouteLib
/// @notice What follows from the terms of a route. Senders bring the terms and storage holds only what changes:
/// hashing eight words costs less than one cold read.
library RouteLib {
    function id(RouteTerms memory terms) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(terms, 0x100)
        }
    }

    /// @notice Decimals of amounts that cross: the fewer of both tokens'.
    function decimals(RouteTerms memory terms) internal pure returns (uint8) {
        return terms.homeDecimals < terms.remoteDecimals ? terms.homeDecimals : terms.remoteDecimals;
    }
}
