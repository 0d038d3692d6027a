// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AccountableSet } from "./AccountableSet.sol";
import { IReportProofs } from "./interfaces/IReportProofs.sol";

/// @title ReportProofs
/// @notice See {IReportProofs}. A base of {SpotIndexV2}: it knows what a report and a batch of this contract are.
abstract contract ReportProofs is IReportProofs, AccountableSet {
    bytes32 internal constant REPORT_TYPEHASH = keccak256(
        "Report(bytes32 indexSet,uint32 epoch,uint40 slot,uint16 flags,uint64[] values,uint64[] confidences,uint8[] providers,bytes32 methodHash,bytes32 inputRoot)"
    );
    bytes32 internal constant BATCH_TYPEHASH =
        keccak256("Batch(bytes32 indexSet,uint32 epoch,uint40 slot,bytes32 root)");

    constructor(address authority, uint32 maxAge) AccountableSet(authority, "2", maxAge) { }

    /// @inheritdoc IReportProofs
    function proveDoubleReport(
        address reporter,
        uint32 epoch,
        uint40 slot,
        SignedReport calldata a,
        SignedReport calldata b
    ) external {
        bytes32 indexSet_ = _indexSetAt(epoch);
        Signed memory x = Signed(_reportDigest(indexSet_, epoch, slot, a), a.r, a.yParityAndS);
        Signed memory y = Signed(_reportDigest(indexSet_, epoch, slot, b), b.r, b.yParityAndS);
        _prove(reporter, epoch, slot, x, y);
    }

    /// @inheritdoc IReportProofs
    function proveDoubleBatch(
        address reporter,
        uint32 epoch,
        uint40 slot,
        SignedBatch calldata a,
        SignedBatch calldata b
    ) external {
        bytes32 indexSet_ = _indexSetAt(epoch);
        Signed memory x = Signed(_batchDigest(indexSet_, epoch, slot, a.root), a.r, a.yParityAndS);
        Signed memory y = Signed(_batchDigest(indexSet_, epoch, slot, b.root), b.r, b.yParityAndS);
        _prove(reporter, epoch, slot, x, y);
    }

    /// @dev What reports of a set are of.
    function _indexSetOf(bytes memory set) internal pure virtual returns (bytes32);

    function _indexSetAt(uint32 epoch) private view returns (bytes32) {
        (uint256 since,) = _tenureOf(epoch);
        if (since == 0) revert UnknownEpoch(epoch);
        return _indexSetOf(_setOf(epoch));
    }

    /// @dev The digest that {SpotIndexV2-submit} recomputes from a report, by the book.
    function _reportDigest(bytes32 indexSet_, uint32 epoch, uint40 slot, SignedReport calldata s)
        private
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    REPORT_TYPEHASH,
                    indexSet_,
                    epoch,
                    slot,
                    s.flags,
                    keccak256(abi.encodePacked(s.values)),
                    keccak256(abi.encodePacked(s.confidences)),
                    keccak256(abi.encodePacked(s.providers)),
                    s.methodHash,
                    s.inputRoot
                )
            )
        );
    }

    function _batchDigest(bytes32 indexSet_, uint32 epoch, uint40 slot, bytes32 root)
        private
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(keccak256(abi.encode(BATCH_TYPEHASH, indexSet_, epoch, slot, root)));
    }
}
