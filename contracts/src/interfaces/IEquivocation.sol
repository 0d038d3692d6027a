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
    /// @param flags As signed.
    /// @param values 8 decimals, one per index; 0 is absent. The signed bitmap `present` follows from them.
    /// @param r Of the signature.
    /// @param yParityAndS Of the signature (EIP-2098).
    struct Statement {
        uint16 flags;
        uint64[] values;
        bytes32 methodHash;
        bytes32 evidenceRoot;
        bytes32 r;
        bytes32 yParityAndS;
    }

    /// @notice `reporter` signed both digests for `slot` in `epoch`.
    event EquivocationProven(
        address indexed reporter,
        uint40 indexed slot,
        uint32 epoch,
        bytes32 digestA,
        bytes32 digestB
    );

    error UnknownEpoch(uint32 epoch);
    /// @notice No submission of this epoch could have carried this slot.
    error SlotOutsideEpoch(uint40 slot, uint256 earliest, uint256 latest);
    error NotInSet(address reporter, uint32 epoch);
    /// @notice One content, signed twice: what a reporter may do as often as it likes.
    error SameContent(bytes32 digest);
    error NotSignedBy(address reporter, address recovered);
    /// @notice This slot adds nothing to what is proven against this reporter for this day.
    error AlreadyProven(address reporter, uint40 slot);

    /// @notice Proves that `reporter`, of the set of `epoch`, signed two contents for `slot`, and jails it:
    /// from now on its signature counts no more, and no set can contain it again. Anyone may call.
    ///
    /// A reporter is jailed once. Proofs for further slots are kept, so that nobody can accuse itself of
    /// something harmless to be safe from what matters.
    function proveEquivocation(
        address reporter,
        uint32 epoch,
        uint40 slot,
        Statement calldata a,
        Statement calldata b
    ) external;

    /// @notice True when at least ⌈q/2⌉ distinct reporters were proven for slots in [from, to]: as many as
    /// could have formed a median. q is that of the epochs proven, the least if they differ.
    ///
    /// Kept per reporter and UTC day as first and last slot proven: exact when a midnight lies in (from, to],
    /// and never too strict. Reads one word while too few are jailed, else one or more per day of the window.
    function isCompromised(uint40 from, uint40 to) external view returns (bool);
}
