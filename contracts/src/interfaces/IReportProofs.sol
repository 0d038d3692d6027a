// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IAccountable } from "./IAccountable.sol";

/// @title IReportProofs
/// @notice Objective proofs against a node of the common report: two reports, or two batches, signed for one slot and
/// epoch. They need no judge, because an honest node signs one of each, and signs that one again when asked again.
///
/// A proof reaches back to the first epoch: the chain keeps every set there was. It counts for slots its epoch could
/// have recorded, so nobody who left can taint a window that came later.
interface IReportProofs is IAccountable {
    /// @notice What a report says besides index set, epoch and slot, with one signature.
    /// @param flags As signed: bit 0 says that the values are of replayed history.
    /// @param values One per index, 8 decimals; 0 is absent.
    /// @param confidences Half-widths around the values, 8 decimals.
    /// @param providers How many providers each value rests on.
    /// @param methodHash Hash of the method the values were computed with.
    /// @param inputRoot Root of the input set they were computed from.
    /// @param r First word of the compact signature (EIP-2098).
    /// @param yParityAndS Second word of it.
    struct SignedReport {
        uint16 flags;
        uint64[] values;
        uint64[] confidences;
        uint8[] providers;
        bytes32 methodHash;
        bytes32 inputRoot;
        bytes32 r;
        bytes32 yParityAndS;
    }

    /// @notice What names a batch besides index set, epoch and slot, with its signature.
    /// @param root Of the batch.
    /// @param r First word of the compact signature (EIP-2098).
    /// @param yParityAndS Second word of it.
    struct SignedBatch {
        bytes32 root;
        bytes32 r;
        bytes32 yParityAndS;
    }

    /// @notice Proves that a reporter signed two reports for one slot, and jails it: from now on its signature counts
    /// no more, and no set can contain it again. Anyone may call.
    ///
    /// A reporter is jailed once. Proofs for further slots are kept, so that nobody can accuse itself of something
    /// harmless to be safe from what matters.
    /// @param reporter Who signed both.
    /// @param epoch Epoch both were signed in.
    /// @param slot Unix time both are for.
    /// @param a One report, with its signature.
    /// @param b Another report, with its signature.
    function proveDoubleReport(
        address reporter,
        uint32 epoch,
        uint40 slot,
        SignedReport calldata a,
        SignedReport calldata b
    ) external;

    /// @notice As {proveDoubleReport}, for two batches: whoever shows different tables to different nodes decides what
    /// their input sets are.
    /// @param reporter Who signed both.
    /// @param epoch Epoch both were signed in.
    /// @param slot Unix time both are for.
    /// @param a One batch, with its signature.
    /// @param b Another batch, with its signature.
    function proveDoubleBatch(
        address reporter,
        uint32 epoch,
        uint40 slot,
        SignedBatch calldata a,
        SignedBatch calldata b
    ) external;
}
