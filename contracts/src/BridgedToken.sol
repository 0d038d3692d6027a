// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IBridgedToken } from "./interfaces/IBridgedToken.sol";
import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import { ERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {
    ERC20Bridgeable
} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC20Bridgeable.sol";

/// @title BridgedToken
/// @notice See {IBridgedToken}.
contract BridgedToken is IBridgedToken, ERC20Bridgeable, ERC20Permit {
    /// @inheritdoc IBridgedToken
    address public immutable gate;
    uint8 private immutable _decimals;

    constructor(address gate_, string memory name_, string memory symbol_, uint8 decimals_)
        ERC20(name_, symbol_)
        ERC20Permit(name_)
    {
        (gate, _decimals) = (gate_, decimals_);
    }

    /// @inheritdoc ERC20
    function decimals() public view override returns (uint8) {
        return _decimals;
    }

    function _checkTokenBridge(address caller) internal view override {
        if (caller != gate) revert NotGate(caller);
    }
}
