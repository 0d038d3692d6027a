// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IAttesterSet
/// @notice Who attests transfers that arrive, by epoch. A new set gets the next epoch; the set before it counts
/// for {GRACE} longer, so that a transfer it attested still arrives. A revoked epoch counts for nothing from that
/// instant: what it attested has to be attested again. Epoch 0 never counts.
interface IAttesterSet {
    /// @notice The set of one epoch.
    /// @param epoch Number of the epoch; 0 where there is none.
    /// @param threshold Signatures that make an attestation.
    /// @param validUntil Unix time from which the set no longer counts; 2^40-1 while it is the current one.
    /// @param revoked Whether the epoch was revoked.
    /// @param attesters Addresses, by set position.
    struct AttesterConfig {
        uint32 epoch;
        uint8 threshold;
        uint40 validUntil;
        bool revoked;
        address[] attesters;
    }

    /// @notice A new set is in force.
    /// @param epoch Epoch of the new set.
    /// @param threshold Signatures that make an attestation.
    /// @param attesters Addresses, by set position.
    event AttestersChanged(uint32 indexed epoch, uint8 threshold, address[] attesters);
    /// @notice An epoch was revoked and counts for nothing any more.
    /// @param epoch The revoked epoch.
    event EpochRevoked(uint32 indexed epoch);

    /// @notice The set is larger than the mask of signers has bits.
    /// @param attesters Size of the set.
    /// @param most Largest size allowed.
    error TooManyAttesters(uint256 attesters, uint256 most);
    /// @notice A threshold must be at least two, more than half of the set and no more than all of it.
    /// @param threshold The threshold given.
    /// @param attesters Size of the set.
    error ThresholdOutOfRange(uint256 threshold, uint256 attesters);
    /// @notice The address is zero, or stands in the set already.
    /// @param attester The address.
    /// @param position Its set position.
    error InvalidAttester(address attester, uint256 position);
    /// @notice There was never a set of this epoch.
    /// @param epoch The epoch asked for.
    error UnknownEpoch(uint32 epoch);
    /// @notice A later set replaced this one more than {GRACE} ago.
    /// @param epoch Epoch of the attestation.
    /// @param validUntil Unix time from which it no longer counted.
    error EpochOver(uint32 epoch, uint40 validUntil);
    /// @notice The epoch was revoked.
    /// @param epoch Epoch of the attestation.
    error RevokedEpoch(uint32 epoch);
    /// @notice The attestation has fewer signatures than the threshold.
    /// @param signatures Signatures given.
    /// @param threshold Signatures needed.
    error TooFewAttestations(uint256 signatures, uint256 threshold);
    /// @notice The signatures are not 64 bytes for each signer.
    /// @param length Bytes given.
    /// @param expected Bytes that belong to this number of signers.
    error SignaturesLength(uint256 length, uint256 expected);
    /// @notice The mask of signers names a position beyond the set.
    /// @param position The position.
    /// @param attesters Size of the set.
    error UnknownAttester(uint256 position, uint256 attesters);
    /// @notice The signature at this set position is not that attester's.
    /// @param position The position.
    /// @param expected The attester at it.
    /// @param recovered Who signed; zero if nobody did.
    error WrongAttester(uint256 position, address expected, address recovered);

    /// @notice Puts a new set in force, in the next epoch. The present one, unless revoked, counts for {GRACE} more.
    /// Admin.
    /// @param threshold Signatures that make an attestation: at least two and more than half of the set.
    /// @param attesters The new set: distinct addresses, at most {MOST_ATTESTERS}.
    function setAttesters(uint8 threshold, address[] calldata attesters) external;

    /// @notice Ends an epoch at once and for ever, also for what still waits of transfers it attested. Council.
    /// @param epoch The epoch to revoke.
    function revokeEpoch(uint32 epoch) external;

    /// @notice The set of an epoch. Reverts with {UnknownEpoch} where there was none.
    /// @param epoch The epoch asked for.
    /// @return Its set, and whether and until when it counts.
    function attesterConfig(uint32 epoch) external view returns (AttesterConfig memory);

    /// @notice The latest epoch.
    /// @return Number of the epoch; 0 before the first set.
    function attesterEpoch() external view returns (uint32);
}
