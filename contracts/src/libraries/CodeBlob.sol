// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title CodeBlob
/// @notice Keeps bytes as the code of a contract that does nothing: reading them back costs one cold account
/// access instead of one cold storage read per word, which is what makes a reporter set cheap to check.
library CodeBlob {
    error BlobNotWritten();

    /// @notice Stores `data` and returns where. The code starts with STOP, so that nobody can execute it.
    function write(bytes memory data) internal returns (address blob) {
        // PUSH2 size | DUP1 | PUSH1 10 | RETURNDATASIZE | CODECOPY | RETURNDATASIZE | RETURN, then STOP and the data.
        bytes memory creation =
            abi.encodePacked(hex"61", uint16(data.length + 1), hex"80600a3d393df3", hex"00", data);
        assembly ("memory-safe") {
            blob := create(0, add(creation, 0x20), mload(creation))
        }
        if (blob == address(0)) revert BlobNotWritten();
    }

    /// @notice The bytes stored at `blob`.
    function read(address blob) internal view returns (bytes memory data) {
        assembly ("memory-safe") {
            let size := sub(extcodesize(blob), 1)
            data := mload(0x40)
            mstore(data, size)
            mstore(0x40, and(add(add(data, size), 0x3f), not(0x1f)))
            extcodecopy(blob, add(data, 0x20), 1, size)
        }
    }
}
