// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IEquivocation } from "../../src/interfaces/IEquivocation.sol";
import { Draft, Reports } from "./Reports.sol";

/// @title Accusations
/// @notice Statements as an accuser puts them before the contract, written from the interface's words.
library Accusations {
    /// @notice What the reporter with `key` signed at `position` of a draft whose rows are all of one content.
    function statement(Draft memory d, uint256 key, uint256 position)
        internal
        pure
        returns (IEquivocation.Statement memory s)
    {
        (s.flags, s.methodHash) = (d.flags, d.methodHash);
        s.values = d.values[0];
        s.evidenceRoot = Reports.evidence(d.slot, position);
        (s.r, s.yParityAndS) = Reports.sign(key, Reports.digest(d, position, 0));
    }

    /// @notice The other signature of the same content: (r, n - s) with the parity turned.
    function malleated(IEquivocation.Statement memory s)
        internal
        pure
        returns (IEquivocation.Statement memory twin)
    {
        uint256 n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        uint256 vs = uint256(s.yParityAndS);
        uint256 parity = vs >> 255;
        uint256 other = n - (vs & (type(uint256).max >> 1));
        twin = IEquivocation.Statement(
            s.flags, s.values, s.methodHash, s.evidenceRoot, s.r, bytes32(other)
        );
        // A large s leaves no room for the parity bit: only the twin of parity 0 can be written compactly.
        if (other >> 255 == 0) twin.yParityAndS = bytes32(other | ((1 - parity) << 255));
    }
}
