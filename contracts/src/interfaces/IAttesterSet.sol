// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IAttesterSet
/// @notice Who attests transfers that arrive, by epoch. A renewed set gets the next epoch; the one before goes
/// on counting for {GRACE}, so that what was attested while it was seated still lands. A revoked epoch counts
/// for nothing from that instant: what it attested has to be attested again. Epoch 0 never counts.
interface IAttesterSet {
    /// @param epoch 0 where there is none.
    /// @param threshold Signatures that make an attestation.
    /// @param validUntil Unix time from which it no longer counts; 2^40-1 while it is the current one.
    /// @param attesters By set position.
    struct AttesterConfig {
        uint32 epoch;
        uint8 threshold;
        uint40 validUntil;
        bool revoked;
        address[] attesters;
    }

    event AttestersChanged(uint32 indexed epoch, uint8 threshold, address[] attesters);
    event EpochRevoked(uint32 indexed epoch);

    error TooManyAttesters(uint256 attesters, uint256 most);
    /// @notice A threshold is at least two and more than half of the set.
    error ThresholdOutOfRange(uint256 threshold, uint256 attesters);
    error InvalidAttester(address attester, uint256 position);
    error UnknownEpoch(uint32 epoch);
    error EpochOver(uint32 epoch, uint40 validUntil);
    error RevokedEpoch(uint32 epoch);
    error TooFewAttestations(uint256 signatures, uint256 threshold);
    error SignaturesLength(uint256 length, uint256 expected);
    error UnknownAttester(uint256 position, uint256 attesters);
    error WrongAttester(uint256 position, address expected, address recovered);

    /// @notice Seats a new set in the next epoch; the present one, unless revoked, counts for {GRACE} more.
    function setAttesters(uint8 threshold, address[] calldata attesters) external;

    /// @notice Ends an epoch at once and for ever, also for transfers that are queued on its word.
    function revokeEpoch(uint32 epoch) external;

    /// @notice The set of an epoch. Reverts with UnknownEpoch where there was none.
    function attesterConfig(uint32 epoch) external view returns (AttesterConfig memory);

    /// @notice The latest epoch; 0 before the first set.
    function attesterEpoch() external view returns (uint32);
}
