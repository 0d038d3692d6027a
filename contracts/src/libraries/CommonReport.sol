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

    /// @notice What the report says of one index, in one word; see {value}, {confidence}, {providers}.
    function figure(bytes calldata report, uint256 index) internal pure returns (uint256) {
        unchecked {
            return _load(report, HEADER + FIGURE * index, 136);
        }
    }

    /// @notice 8 decimals; 0 is absent.
    function value(uint256 figure_) internal pure returns (uint256) {
        return figure_ >> 72;
    }

    /// @notice Half-width around the value, 8 decimals.
    function confidence(uint256 figure_) internal pure returns (uint256) {
        return uint64(figure_ >> 8);
    }

    /// @notice How many the value rests on.
    function providers(uint256 figure_) internal pure returns (uint256) {
        return uint8(figure_);
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

    /// @notice EIP-712 digest of the report, which all sign.
    /// @param known Domain separator, type hash, index set, epoch and method hash, in this order.
    /// @dev The struct is laid out behind the three columns, in memory that nobody has been given.
    function digest(bytes calldata report, uint256 indices, bytes32[5] memory known)
        internal
        pure
        returns (bytes32 digest_)
    {
        assembly ("memory-safe") {
            let size := shl(5, indices)
            let v := mload(0x40)
            let c := add(v, size)
            let p := add(c, size)
            let words := add(p, size)
            let source := add(report.offset, HEADER)
            for { let i := 0 } lt(i, size) { i := add(i, 0x20) } {
                let word := calldataload(source)
                mstore(add(v, i), shr(192, word))
                mstore(add(c, i), and(shr(128, word), 0xffffffffffffffff))
                mstore(add(p, i), and(shr(120, word), 0xff))
                source := add(source, FIGURE)
            }
            let head := calldataload(report.offset)
            mstore(words, mload(add(known, 0x20)))
            mstore(add(words, 0x20), mload(add(known, 0x40)))
            mstore(add(words, 0x40), mload(add(known, 0x60)))
            mstore(add(words, 0x60), shr(216, head))
            mstore(add(words, 0x80), and(shr(208, head), 0xff))
            mstore(add(words, 0xa0), keccak256(v, size))
            mstore(add(words, 0xc0), keccak256(c, size))
            mstore(add(words, 0xe0), keccak256(p, size))
            mstore(add(words, 0x100), mload(add(known, 0x80)))
            mstore(add(words, 0x120), calldataload(add(report.offset, 10)))
            let hash := keccak256(words, 0x140)
            mstore(words, hex"1901")
            mstore(add(words, 0x02), mload(known))
            mstore(add(words, 0x22), hash)
            digest_ := keccak256(words, 0x42)
        }
    }

    /// @notice The first of the positions in `mask` at which another than the reporter signed, and who did; all of
    /// them signed where it is 256. Zero signed what is no signature.
    /// @param offset Where the signatures begin.
    /// @param reporters Where in memory the addresses begin, 20 bytes each: one for every position in `mask`.
    /// @dev A malleated twin recovers the same reporter at the same position, so it gains nothing. The precompile
    /// returns nothing for what is no signature, and the word that waits for it stays zero.
    function findWrong(
        bytes calldata report,
        uint256 offset,
        uint256 mask,
        bytes32 digest_,
        uint256 reporters
    ) internal view returns (uint256 position, address recovered) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            let source := add(report.offset, offset)
            mstore(free, digest_)
            for { } mask { } {
                if and(mask, 1) {
                    let vs := calldataload(add(source, 0x20))
                    mstore(add(free, 0x20), add(27, shr(255, vs)))
                    mstore(add(free, 0x40), calldataload(source))
                    mstore(add(free, 0x60), shr(1, shl(1, vs)))
                    mstore(0, 0)
                    pop(staticcall(gas(), 1, free, 0x80, 0, 0x20))
                    recovered := mload(0)
                    if xor(recovered, shr(96, mload(reporters))) { break }
                    source := add(source, SIGNATURE)
                }
                mask := shr(1, mask)
                position := add(position, 1)
                reporters := add(reporters, 20)
            }
            if iszero(mask) { position := 256 }
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
