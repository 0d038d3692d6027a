// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IEquivocation
/// @notice Objective proof against a reporter: two contents signed for one slot. It needs no judge, because
/// an honest reporter signs one content per slot and epoch, and signs that one again when asked again.
///
/// A proof reaches back to the first epoch: the chain keeps every set there was. It counts for slots its
/// epoch could have recorded, so nobody who left can taint a window that came later.
interface IEquivocation {
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

    /// @notice A reporter is proven to have signed two contents for one slot.
    /// @param reporter Who signed both.
    /// @param slot Unix time both are for.
    /// @param epoch Epoch both were signed in.
    /// @param digestA EIP-712 digest of the first content.
    /// @param digestB EIP-712 digest of the second.
    event EquivocationProven(
        address indexed reporter,
        uint40 indexed slot,
        uint32 epoch,
        bytes32 digestA,
        bytes32 digestB
    );

    /// @notice There was never a set of this epoch.
    /// @param epoch The epoch given.
    error UnknownEpoch(uint32 epoch);
    /// @notice No submission of this epoch could have carried this slot.
    /// @param slot The slot given, Unix time.
    /// @param earliest First slot the epoch could have recorded.
    /// @param latest Last slot it could have recorded.
    error SlotOutsideEpoch(uint40 slot, uint256 earliest, uint256 latest);
    /// @notice The accused was not in the set of this epoch.
    /// @param reporter Who is accused.
    /// @param epoch The epoch given.
    error NotInSet(address reporter, uint32 epoch);
    /// @notice Both signatures are of one content, which a reporter may sign as often as it likes.
    /// @param digest EIP-712 digest of that content.
    error SameContent(bytes32 digest);
    /// @notice A signature is not of the accused.
    /// @param reporter Who is accused.
    /// @param recovered Who signed; zero if nobody did.
    error NotSignedBy(address reporter, address recovered);
    /// @notice This slot adds nothing to what is proven against this reporter for this day.
    /// @param reporter Who is accused.
    /// @param slot The slot given, Unix time.
    error AlreadyProven(address reporter, uint40 slot);

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

    /// @notice Whether enough reporters were proven for slots of a window to have formed a median: at least ⌈q/2⌉
    /// distinct ones, with q the quorum of the epochs proven, the least if they differ.
    ///
    /// Kept per reporter and UTC day as first and last slot proven: exact when a midnight lies in (from, to],
    /// and never too strict. Reads one word while too few are jailed, else one or more per day of the window.
    /// @param from Unix time of the first slot that counts.
    /// @param to Unix time of the last slot that counts.
    /// @return True when the window has no price.
    function isCompromised(uint40 from, uint40 to) external view returns (bool);
}
