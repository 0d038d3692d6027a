// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IAccountable
/// @notice What is proven against reporters who signed two contents for one slot, whatever they signed.
interface IAccountable {
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

    /// @notice Whether enough reporters were proven for slots of a window to have made its values: more
    /// distinct ones than may lie in the epochs proven, the least of these figures if they differ.
    ///
    /// Kept per reporter and UTC day as first and last slot proven: exact when a midnight lies in (from, to],
    /// and never too strict. Reads one word while too few are jailed, else one or more per day of the window.
    /// @param from Unix time of the first slot that counts.
    /// @param to Unix time of the last slot that counts.
    /// @return True when the window has no price.
    function isCompromised(uint40 from, uint40 to) external view returns (bool);
}
