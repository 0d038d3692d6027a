// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title CommonReport
/// @notice Reads the packed calldata of {ISpotIndexV2-submit} in place. Offsets are in bytes, with k indices:
///
///     0      5       6         10          42              42+17k
///     | slot | flags | signers | inputRoot | figure × k    | signature × s
///
///     0       8            16
///     | value | confidence | providers |    of a figure
///
/// {length} is checked once before anything behind the header is read.
library CommonReport {
    uint256 private constant HEADER = 42;
    uint256 private constant FIGURE = 17;
    uint256 private constant SIGNATURE = 64;

    function slot(bytes calldata report) internal pure returns (uint40) {
        return uint40(_load(report, 0, 40));
    }

    function flags(bytes calldata report) internal pure returns (uint8) {
        return uint8(_load(report, 5, 8));
    }

    /// @notice Mask of the set positions that signed: rising and distinct by construction.
    function signers(bytes calldata report) internal pure returns (uint256) {
        return _load(report, 6, 32);
    }

    function inputRoot(bytes calldata report) internal pure returns (bytes32) {
        return bytes32(_load(report, 10, 256));
    }

    /// @notice What the report says of one index; a value of 0 is absent.
    /// @return value 8 decimals.
    /// @return confidence Half-width around the value, 8 decimals.
    /// @return providers How many it rests on.
    function figure(bytes calldata report, uint256 index)
        internal
        pure
        returns (uint256 value, uint256 confidence, uint256 providers)
    {
        unchecked {
            uint256 word = _load(report, HEADER + FIGURE * index, 136);
            return (word >> 72, uint64(word >> 8), uint8(word));
        }
    }

    /// @notice Where the signatures begin.
    function first(uint256 indices) internal pure returns (uint256) {
        unchecked {
            return HEADER + FIGURE * indices;
        }
    }

    function length(uint256 signatures, uint256 indices) internal pure returns (uint256) {
        unchecked {
            return first(indices) + SIGNATURE * signatures;
        }
    }

    /// @notice EIP-712 hashes of the three columns: values, confidences, providers.
    function columns(bytes calldata report, uint256 indices)
        internal
        pure
        returns (bytes32 values, bytes32 confidences, bytes32 providers)
    {
        assembly ("memory-safe") {
            let size := shl(5, indices)
            let v := mload(0x40)
            let c := add(v, size)
            let p := add(c, size)
            let source := add(report.offset, HEADER)
            for { let at := 0 } lt(at, size) { at := add(at, 0x20) } {
                let word := calldataload(source)
                mstore(add(v, at), shr(192, word))
                mstore(add(c, at), and(shr(128, word), 0xffffffffffffffff))
                mstore(add(p, at), and(shr(120, word), 0xff))
                source := add(source, FIGURE)
            }
            values := keccak256(v, size)
            confidences := keccak256(c, size)
            providers := keccak256(p, size)
        }
    }

    /// @notice keccak256 of a struct of ten words.
    function hash(bytes32[10] memory words) internal pure returns (bytes32 hash_) {
        assembly ("memory-safe") {
            hash_ := keccak256(words, 0x140)
        }
    }

    /// @notice Who signed `digest` with the compact signature at `offset`; zero if nobody did.
    /// @dev A malleated twin recovers the same reporter at the same position, so it gains nothing.
    function recover(bytes calldata report, uint256 offset, bytes32 digest)
        internal
        pure
        returns (address)
    {
        bytes32 r = bytes32(_load(report, offset, 256));
        unchecked {
            uint256 vs = _load(report, offset + 32, 256);
            return
                ecrecover(
                    digest, uint8(27 + (vs >> 255)), r, bytes32(vs & (type(uint256).max >> 1))
                );
        }
    }

    function _load(bytes calldata report, uint256 offset, uint256 bits)
        private
        pure
        returns (uint256 word)
    {
        assembly ("memory-safe") {
            word := shr(sub(256, bits), calldataload(add(report.offset, offset)))
        }
    }
}
