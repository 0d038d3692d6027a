// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AccountableSet } from "./AccountableSet.sol";
import { IEquivocation } from "./interfaces/IEquivocation.sol";

/// @title Equivocation
/// @notice See {IEquivocation}. A base of {SpotIndex}: it knows what an observation of this contract is.
abstract contract Equivocation is IEquivocation, AccountableSet {
    bytes32 public constant OBSERVATION_TYPEHASH = keccak256(
        "Observation(bytes32 indexSet,uint32 epoch,uint40 slot,uint16 flags,uint64[] values,uint256 present,bytes32 methodHash,bytes32 evidenceRoot)"
    );

    bytes32 internal immutable _indexSet;

    constructor(address authority, bytes32 indexSet_, uint32 maxAge)
        AccountableSet(authority, "1", maxAge)
    {
        _indexSet = indexSet_;
    }

    /// @inheritdoc IEquivocation
    function proveEquivocation(
        address reporter,
        uint32 epoch,
        uint40 slot,
        Statement calldata a,
        Statement calldata b
    ) external {
        Signed memory x = Signed(_digest(epoch, slot, a), a.r, a.yParityAndS);
        Signed memory y = Signed(_digest(epoch, slot, b), b.r, b.yParityAndS);
        _prove(reporter, epoch, slot, x, y);
    }

    /// @dev The digest that {SpotIndex-submit} recomputes from a report, by the book.
    function _digest(uint32 epoch, uint40 slot, Statement calldata s)
        private
        view
        returns (bytes32)
    {
        uint256 present;
        for (uint256 i; i < s.values.length; ++i) {
            if (s.values[i] != 0) present |= 1 << i;
        }
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    OBSERVATION_TYPEHASH,
                    _indexSet,
                    epoch,
                    slot,
                    s.flags,
                    keccak256(abi.encodePacked(s.values)),
                    present,
                    s.methodHash,
                    s.evidenceRoot
                )
            )
        );
    }
}
