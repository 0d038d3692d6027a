// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Report
/// @notice Reads the packed calldata of {ISpotIndex-submit} in place. Offsets are in bytes:
///
///     0      5       6        10      10+k
///     | slot | flags | signers | ranks | observation | observation | …
///
///     0   32            64             96       96+8k
///     | r | yParityAndS | evidenceRoot | values |
///
/// with k indices. {length} is checked once before anything behind the header is read.
library Report {
    uint256 private constant HEADER = 10;

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

    function rank(bytes calldata report, uint256 index) internal pure returns (uint256) {
        return _load(report, HEADER + index, 8);
    }

    /// @notice Number of set bits of a 32-bit mask.
    function count(uint256 mask) internal pure returns (uint256 bits) {
        unchecked {
            mask -= (mask >> 1) & 0x55555555;
            mask = (mask & 0x33333333) + ((mask >> 2) & 0x33333333);
            mask = (mask + (mask >> 4)) & 0x0f0f0f0f;
            return ((mask * 0x01010101) >> 24) & 0xff;
        }
    }

    function first(uint256 indices) internal pure returns (uint256) {
        unchecked {
            return HEADER + indices;
        }
    }

    function stride(uint256 indices) internal pure returns (uint256) {
        unchecked {
            return 96 + 8 * indices;
        }
    }

    function length(uint256 observations, uint256 indices) internal pure returns (uint256) {
        return first(indices) + observations * stride(indices);
    }

    function evidenceRoot(bytes calldata report, uint256 offset) internal pure returns (bytes32) {
        return bytes32(_load(report, offset + 64, 256));
    }

    /// @notice The value (8 decimals) that observation number `observation` gives `index`; 0 is absent.
    function value(bytes calldata report, uint256 indices, uint256 observation, uint256 index)
        internal
        pure
        returns (uint256)
    {
        unchecked {
            return
                _load(report, first(indices) + observation * stride(indices) + 96 + 8 * index, 64);
        }
    }

    /// @notice How the values that observations give `index` compare with `candidate`, absent ones left out.
    /// `below` and `equal` mean nothing for the candidate 0, which is absent itself.
    /// @dev Three values on the stack: a struct in memory would cost every index of every round.
    function tally(
        bytes calldata report,
        uint256 indices,
        uint256 index,
        uint256 observations,
        uint256 candidate
    ) internal pure returns (uint256 below, uint256 equal, uint256 present) {
        uint256 start = first(indices);
        uint256 step = stride(indices);
        assembly ("memory-safe") {
            let from := add(report.offset, add(start, add(96, shl(3, index))))
            let end := add(from, mul(observations, step))
            let absent := 0
            for { } lt(from, end) { from := add(from, step) } {
                let v := shr(192, calldataload(from))
                below := add(below, lt(v, candidate))
                equal := add(equal, eq(v, candidate))
                absent := add(absent, iszero(v))
            }
            below := sub(below, absent)
            present := sub(observations, absent)
        }
    }

    /// @notice EIP-712 hash of the observation's `uint64[] values`, and the mask of those that are present.
    /// @param buffer Scratch of one word per index.
    function values(bytes calldata report, uint256 offset, uint256[] memory buffer)
        internal
        pure
        returns (bytes32 hash_, bytes32 present)
    {
        assembly ("memory-safe") {
            let k := mload(buffer)
            let words := add(buffer, 0x20)
            let source := add(add(report.offset, offset), 96)
            for { let i := 0 } lt(i, k) { i := add(i, 1) } {
                let v := shr(192, calldataload(add(source, shl(3, i))))
                mstore(add(words, shl(5, i)), v)
                present := or(present, shl(i, gt(v, 0)))
            }
            hash_ := keccak256(words, shl(5, k))
        }
    }

    function hash(bytes32[9] memory words) internal pure returns (bytes32 hash_) {
        assembly ("memory-safe") {
            hash_ := keccak256(words, 0x120)
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
        uint256 vs = _load(report, offset + 32, 256);
        unchecked {
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
