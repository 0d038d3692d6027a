// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IAccountable } from "./IAccountable.sol";

/// @title IEquivocation
/// @notice Objective proof against a reporter: two contents signed for one slot. It needs no judge, because
/// an honest reporter signs one content per slot and epoch, and signs that one again when asked again.
///
/// A proof reaches back to the first epoch: the chain keeps every set there was. It counts for slots its
/// epoch could have recorded, so nobody who left can taint a window that came later.
interface IEquivocation is IAccountable {
    /// @notice What a reporter signed besides index set, epoch and slot, with its signature.
    /// @param flags As signed: bit 0 says that the observation is replayed history.
    /// @param values One per index, 8 decimals; 0 is absent. The signed bitmap `present` follows from them.
    /// @param methodHash Hash of the method the values were computed with.
    /// @param evidenceRoot Root of the evidence behind the values.
    /// @param r First word of the compact signature (EIP-2098).
    /// @param yParityAndS Second word of it.
    struct Statement {
        uint16 flags;
        uint64[] values;
        bytes32 methodHash;
        bytes32 evidenceRoot;
        bytes32 r;
        bytes32 yParityAndS;
    }

    /// @notice Proves that a reporter signed two contents for one slot, and jails it: from now on its signature
    /// counts no more, and no set can contain it again. Anyone may call.
    ///
    /// A reporter is jailed once. Proofs for further slots are kept, so that nobody can accuse itself of
    /// something harmless to be safe from what matters.
    /// @param reporter Who signed both.
    /// @param epoch Epoch both were signed in.
    /// @param slot Unix time both are for.
    /// @param a One content, with its signature.
    /// @param b Another content, with its signature.
    function proveEquivocation(
        address reporter,
        uint32 epoch,
        uint40 slot,
        Statement calldata a,
        Statement calldata b
    ) external;
}
