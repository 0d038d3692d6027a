// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IReportProofs } from "../../src/interfaces/IReportProofs.sol";
import { IReporterSet } from "../../src/interfaces/IReporterSet.sol";
import { ISpotIndexV2 } from "../../src/interfaces/ISpotIndexV2.sol";
import { Reports } from "./Reports.sol";

/// @notice A common report before it is signed, as plain fields, so that a test can spoil exactly one of them.
/// @param signers Mask of set positions.
struct CommonDraft {
    bytes32 domain;
    bytes32 indexSet;
    uint32 epoch;
    uint40 slot;
    uint8 flags;
    bytes32 methodHash;
    bytes32 inputRoot;
    uint32 signers;
    uint64[] values;
    uint64[] confidences;
    uint8[] providers;
}

/// @title CommonReports
/// @notice What nodes and a transmitter do, written from the interface's words rather than from the decoder.
library CommonReports {
    bytes32 private constant REPORT = keccak256(
        "Report(bytes32 indexSet,uint32 epoch,uint40 slot,uint16 flags,uint64[] values,uint64[] confidences,uint8[] providers,bytes32 methodHash,bytes32 inputRoot)"
    );
    bytes32 private constant BATCH =
        keccak256("Batch(bytes32 indexSet,uint32 epoch,uint40 slot,bytes32 root)");

    /// @notice A draft that `index` accepts, if its slot and values are acceptable.
    function draft(ISpotIndexV2 index, uint40 slot, uint32 signers, uint64[] memory values)
        internal
        view
        returns (CommonDraft memory d)
    {
        IReporterSet.ReporterConfig memory config = IReporterSet(address(index)).reporterConfig();
        (d.domain, d.indexSet) = (index.domainSeparator(), index.indexSet());
        (d.epoch, d.methodHash, d.flags) = (config.epoch, config.methodHash, index.flags());
        (d.slot, d.signers, d.values) = (slot, signers, values);
        d.inputRoot = keccak256(abi.encode("inputs", slot));
        d.confidences = new uint64[](values.length);
        d.providers = new uint8[](values.length);
        for (uint256 i; i < values.length; ++i) {
            if (values[i] != 0) (d.confidences[i], d.providers[i]) = (values[i] / 200, 4);
        }
    }

    /// @notice The packed report, signed with the keys of its set positions.
    function signed(CommonDraft memory d, uint256[] memory keys)
        internal
        pure
        returns (bytes memory report)
    {
        report = abi.encodePacked(d.slot, d.flags, d.signers, d.inputRoot);
        for (uint256 i; i < d.values.length; ++i) {
            report = abi.encodePacked(report, d.values[i], d.confidences[i], d.providers[i]);
        }
        bytes32 digest_ = digest(d);
        for (uint256 position; position < 32; ++position) {
            if ((d.signers >> position) & 1 == 0) continue;
            (bytes32 r, bytes32 vs) = Reports.sign(keys[position % keys.length], digest_);
            report = abi.encodePacked(report, r, vs);
        }
    }

    /// @notice What all of them sign.
    function digest(CommonDraft memory d) internal pure returns (bytes32) {
        bytes memory values;
        bytes memory confidences;
        bytes memory providers;
        for (uint256 i; i < d.values.length; ++i) {
            values = abi.encodePacked(values, uint256(d.values[i]));
            confidences = abi.encodePacked(confidences, uint256(d.confidences[i]));
            providers = abi.encodePacked(providers, uint256(d.providers[i]));
        }
        bytes32 structHash = keccak256(
            abi.encode(
                REPORT,
                d.indexSet,
                d.epoch,
                d.slot,
                d.flags,
                keccak256(values),
                keccak256(confidences),
                keccak256(providers),
                d.methodHash,
                d.inputRoot
            )
        );
        return keccak256(abi.encodePacked(hex"1901", d.domain, structHash));
    }

    /// @notice A report as an accuser puts it before the contract.
    function statement(CommonDraft memory d, uint256 key)
        internal
        pure
        returns (IReportProofs.SignedReport memory s)
    {
        (s.flags, s.methodHash, s.inputRoot) = (d.flags, d.methodHash, d.inputRoot);
        (s.values, s.confidences, s.providers) = (d.values, d.confidences, d.providers);
        (s.r, s.yParityAndS) = Reports.sign(key, digest(d));
    }

    /// @notice A batch of this root for the draft's slot and epoch, as an accuser puts it before the contract.
    function batch(CommonDraft memory d, bytes32 root, uint256 key)
        internal
        pure
        returns (IReportProofs.SignedBatch memory s)
    {
        bytes32 structHash = keccak256(abi.encode(BATCH, d.indexSet, d.epoch, d.slot, root));
        s.root = root;
        (s.r, s.yParityAndS) =
            Reports.sign(key, keccak256(abi.encodePacked(hex"1901", d.domain, structHash)));
    }
}
