// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IReportIntake
/// @notice Why a submission is refused as a whole, whatever it carries.
interface IReportIntake {
    /// @notice There must be an index, and no more than {MOST_INDICES}.
    error NoIndices();
    /// @notice There is no reporter set yet.
    error NotConfigured();
    /// @notice The report is not as long as its signers and the indices make it.
    /// @param length Bytes given.
    /// @param expected Bytes that belong to this number of signers.
    error BadReportLength(uint256 length, uint256 expected);
    /// @notice Fewer than the quorum signed.
    /// @param given Signatures given.
    /// @param quorum Signatures needed.
    error TooFewSignatures(uint256 given, uint256 quorum);
    /// @notice The mask of signers names a position beyond the set.
    /// @param position The position.
    /// @param reporters Size of the set.
    error UnknownPosition(uint256 position, uint256 reporters);
    /// @notice The signature at this set position is not that reporter's, for this slot, epoch and content.
    /// @param position The position.
    /// @param recovered Who signed; zero if nobody did.
    /// @param expected The reporter at it.
    error WrongSigner(uint256 position, address recovered, address expected);
    /// @notice The slot is no multiple of the grid.
    /// @param slot The slot given, Unix time.
    /// @param grid Seconds between possible slots.
    error OffGrid(uint40 slot, uint32 grid);
    /// @notice The slot is still to come.
    /// @param slot The slot given, Unix time.
    /// @param timestamp Time of the block.
    error SlotInFuture(uint40 slot, uint256 timestamp);
    /// @notice The slot is older than a submission may be.
    /// @param slot The slot given, Unix time.
    /// @param oldest Unix time of the oldest slot that is accepted now.
    error SlotTooOld(uint40 slot, uint256 oldest);
}
