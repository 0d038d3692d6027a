// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ISpotIndex } from "../../src/interfaces/ISpotIndex.sol";

/// @notice An index in front of another, of whose slots a test says which enough reporters are proven to have signed
/// twice. Everything else is answered by the other.
contract ProvenIndex {
    ISpotIndex private immutable _index;
    uint40[] private _slots;

    constructor(ISpotIndex index) {
        _index = index;
    }

    function prove(uint40 slot) external {
        _slots.push(slot);
    }

    function isCompromised(uint40 from, uint40 to) external view returns (bool) {
        for (uint256 i; i < _slots.length; ++i) {
            if (_slots[i] >= from && _slots[i] <= to) return true;
        }
        return false;
    }

    fallback(bytes calldata call) external returns (bytes memory) {
        (bool ok, bytes memory returned) = address(_index).staticcall(call);
        if (ok) return returned;
        assembly ("memory-safe") {
            revert(add(returned, 0x20), mload(returned))
        }
    }
}
