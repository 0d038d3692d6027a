// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IAttesterSet } from "./interfaces/IAttesterSet.sol";
import { CodeBlob } from "./libraries/CodeBlob.sol";
import { Attestation, Message } from "./libraries/Message.sol";
import { Report } from "./libraries/Report.sol";
import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

/// @title AttesterSet
/// @notice See {IAttesterSet}. Sets are kept as code (see {CodeBlob}): threshold u8 | attester b20 × size.
abstract contract AttesterSet is IAttesterSet, AccessManaged {
    /// @notice Signers are a 32-bit mask.
    uint256 public constant MOST_ATTESTERS = 32;
    /// @notice How long an epoch outlives its successor's coming: longer than any finality, short enough that
    /// keys handed over a week ago sign nothing.
    uint40 public constant GRACE = 3 days;

    struct Epoch {
        address blob;
        uint40 validUntil;
        bool revoked;
    }

    /// @inheritdoc IAttesterSet
    uint32 public attesterEpoch;
    mapping(uint32 epoch => Epoch) private _epochs;

    constructor(address authority) AccessManaged(authority) { }

    /// @inheritdoc IAttesterSet
    function setAttesters(uint8 threshold, address[] calldata attesters) external restricted {
        uint256 n = attesters.length;
        if (n > MOST_ATTESTERS) revert TooManyAttesters(n, MOST_ATTESTERS);
        if (threshold < 2 || threshold > n || 2 * uint256(threshold) <= n) {
            revert ThresholdOutOfRange(threshold, n);
        }
        bytes memory set = abi.encodePacked(threshold);
        for (uint256 i; i < n; ++i) {
            if (attesters[i] == address(0)) revert InvalidAttester(attesters[i], i);
            for (uint256 j; j < i; ++j) {
                if (attesters[j] == attesters[i]) revert InvalidAttester(attesters[i], i);
            }
            set = abi.encodePacked(set, attesters[i]);
        }
        if (attesterEpoch != 0) {
            _epochs[attesterEpoch].validUntil = uint40(block.timestamp) + GRACE;
        }
        uint32 epoch = ++attesterEpoch;
        _epochs[epoch] = Epoch(CodeBlob.write(set), type(uint40).max, false);
        emit AttestersChanged(epoch, threshold, attesters);
    }

    /// @inheritdoc IAttesterSet
    function revokeEpoch(uint32 epoch) external restricted {
        if (_epochs[epoch].blob == address(0)) revert UnknownEpoch(epoch);
        _epochs[epoch].revoked = true;
        emit EpochRevoked(epoch);
    }

    /// @inheritdoc IAttesterSet
    function attesterConfig(uint32 epoch) external view returns (AttesterConfig memory config) {
        Epoch memory e = _epochs[epoch];
        if (e.blob == address(0)) revert UnknownEpoch(epoch);
        bytes memory set = CodeBlob.read(e.blob);
        address[] memory attesters = new address[](_size(set));
        for (uint256 i; i < attesters.length; ++i) {
            attesters[i] = _attester(set, i);
        }
        return AttesterConfig(epoch, uint8(set[0]), e.validUntil, e.revoked, attesters);
    }

    /// @dev Reverts unless a threshold of the epoch's set, and nobody else, signed `digest`.
    function _checkAttestation(bytes32 digest, Attestation calldata attestation) internal view {
        Epoch memory e = _epochs[attestation.epoch];
        if (e.blob == address(0)) revert UnknownEpoch(attestation.epoch);
        if (e.revoked) revert RevokedEpoch(attestation.epoch);
        if (block.timestamp >= e.validUntil) revert EpochOver(attestation.epoch, e.validUntil);

        bytes memory set = CodeBlob.read(e.blob);
        uint256 count = Report.count(attestation.signers);
        if (count < uint8(set[0])) revert TooFewAttestations(count, uint8(set[0]));
        uint256 length = attestation.signatures.length;
        if (length != count * Message.SIGNATURE) {
            revert SignaturesLength(length, count * Message.SIGNATURE);
        }
        _checkSigners(set, attestation.signers, attestation.signatures, digest);
    }

    function _isRevoked(uint32 epoch) internal view returns (bool) {
        return _epochs[epoch].revoked;
    }

    function _checkSigners(
        bytes memory set,
        uint256 signers,
        bytes calldata signatures,
        bytes32 digest
    ) private pure {
        uint256 size = _size(set);
        uint256 i;
        for (uint256 position; signers != 0; ++position) {
            if (signers & 1 != 0) {
                if (position >= size) revert UnknownAttester(position, size);
                address found = Message.recover(signatures, i++, digest);
                address expected = _attester(set, position);
                if (found != expected) revert WrongAttester(position, expected, found);
            }
            signers >>= 1;
        }
    }

    function _size(bytes memory set) private pure returns (uint256) {
        return (set.length - 1) / 20;
    }

    /// @dev `position` must be below {_size}; beyond it the bytes are not an address of the set.
    function _attester(bytes memory set, uint256 position) private pure returns (address attester) {
        assembly ("memory-safe") {
            attester := shr(96, mload(add(add(set, 0x21), mul(position, 20))))
        }
    }
}
