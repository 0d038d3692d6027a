// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IReporterSet } from "../../src/interfaces/IReporterSet.sol";
import { ISpotIndex } from "../../src/interfaces/ISpotIndex.sol";

/// @notice A round before it is signed, as plain fields, so that a test can spoil exactly one of them.
/// @param signers Mask of set positions.
/// @param values One row of values per signer, by rising position; 0 is absent.
struct Draft {
    bytes32 domain;
    bytes32 indexSet;
    uint32 epoch;
    uint40 slot;
    uint8 flags;
    bytes32 methodHash;
    uint32 signers;
    uint64[][] values;
}

/// @title Reports
/// @notice What reporters and a submitter do, written from the interface's words rather than from the decoder:
/// EIP-712 by the book, medians by sorting.
library Reports {
    /// @dev Order of secp256k1, and the abscissa of its generator, whose ordinate is even.
    uint256 private constant N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    uint256 private constant GX =
        0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798;

    bytes32 private constant TYPEHASH = keccak256(
        "Observation(bytes32 indexSet,uint32 epoch,uint40 slot,uint16 flags,uint64[] values,uint256 present,bytes32 methodHash,bytes32 evidenceRoot)"
    );

    /// @notice A draft that `index` accepts, if its slot and values are acceptable.
    function draft(ISpotIndex index, uint40 slot, uint32 signers, uint64[][] memory values)
        internal
        view
        returns (Draft memory d)
    {
        IReporterSet.ReporterConfig memory config = IReporterSet(address(index)).reporterConfig();
        d.domain = index.domainSeparator();
        d.indexSet = index.indexSet();
        (d.epoch, d.methodHash) = (config.epoch, config.methodHash);
        (d.slot, d.signers, d.values) = (slot, signers, values);
    }

    /// @notice The packed report, each observation signed with the key of its set position.
    function signed(Draft memory d, uint256[] memory keys) internal pure returns (bytes memory) {
        return signed(d, keys, ranks(d));
    }

    /// @notice As {signed}, with ranks that need not point at the medians.
    function signed(Draft memory d, uint256[] memory keys, uint8[] memory ranks_)
        internal
        pure
        returns (bytes memory report)
    {
        report = abi.encodePacked(d.slot, d.flags, d.signers);
        for (uint256 i; i < ranks_.length; ++i) {
            report = abi.encodePacked(report, ranks_[i]);
        }
        uint256 row;
        for (uint256 position; position < 32; ++position) {
            if ((d.signers >> position) & 1 == 0) continue;
            uint256 key = keys[position % keys.length];
            (bytes32 r, bytes32 vs) = sign(key, digest(d, position, row));
            report = abi.encodePacked(report, r, vs, evidence(d.slot, position));
            for (uint256 i; i < d.values[row].length; ++i) {
                report = abi.encodePacked(report, d.values[row][i]);
            }
            ++row;
        }
    }

    /// @notice An EIP-2098 signature with the nonce 1: as valid as any, gives the key away, and costs two
    /// modular operations where the cheat code costs half a millisecond.
    function sign(uint256 key, bytes32 digest_) internal pure returns (bytes32 r, bytes32 vs) {
        uint256 s = addmod(uint256(digest_), mulmod(GX, key, N), N);
        bool odd = s > N / 2;
        return (bytes32(GX), bytes32(odd ? (N - s) | (1 << 255) : s));
    }

    /// @notice What the reporter at `position` signs for row `row`.
    function digest(Draft memory d, uint256 position, uint256 row) internal pure returns (bytes32) {
        uint256 present;
        bytes memory values;
        for (uint256 i; i < d.values[row].length; ++i) {
            if (d.values[row][i] != 0) present |= 1 << i;
            values = abi.encodePacked(values, uint256(d.values[row][i]));
        }
        bytes32 structHash = keccak256(
            abi.encode(
                TYPEHASH,
                d.indexSet,
                d.epoch,
                d.slot,
                d.flags,
                keccak256(values),
                present,
                d.methodHash,
                evidence(d.slot, position)
            )
        );
        return keccak256(abi.encodePacked(hex"1901", d.domain, structHash));
    }

    /// @notice Every reporter has its own evidence.
    function evidence(uint40 slot, uint256 position) internal pure returns (bytes32) {
        return keccak256(abi.encode(slot, position));
    }

    /// @notice The row that holds the lower median of each index; 0 where nobody has a value.
    function ranks(Draft memory d) internal pure returns (uint8[] memory ranks_) {
        ranks_ = new uint8[](d.values[0].length);
        for (uint256 i; i < ranks_.length; ++i) {
            uint64 median_ = median(column(d, i));
            for (uint8 row; row < d.values.length; ++row) {
                if (d.values[row][i] == median_) ranks_[i] = row;
            }
        }
    }

    /// @notice The values that observations give index `i`, absent ones left out.
    function column(Draft memory d, uint256 i) internal pure returns (uint64[] memory values) {
        values = new uint64[](d.values.length);
        uint256 n;
        for (uint256 row; row < d.values.length; ++row) {
            if (d.values[row][i] != 0) values[n++] = d.values[row][i];
        }
        assembly ("memory-safe") {
            mstore(values, n)
        }
    }

    /// @notice Lower median, by insertion sort; 0 of nothing.
    function median(uint64[] memory values) internal pure returns (uint64) {
        for (uint256 i = 1; i < values.length; ++i) {
            for (uint256 j = i; j > 0 && values[j] < values[j - 1]; --j) {
                (values[j], values[j - 1]) = (values[j - 1], values[j]);
            }
        }
        return values.length == 0 ? 0 : values[(values.length - 1) / 2];
    }

    /// @notice `rows` observations that all say `observed`.
    function unanimous(uint64[] memory observed, uint256 rows)
        internal
        pure
        returns (uint64[][] memory values)
    {
        values = new uint64[][](rows);
        for (uint256 j; j < rows; ++j) {
            values[j] = observed;
        }
    }

    /// @notice The same value for every index.
    function filled(uint64 value, uint256 indices) internal pure returns (uint64[] memory values) {
        values = new uint64[](indices);
        for (uint256 i; i < indices; ++i) {
            values[i] = value;
        }
    }
}
