// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { TestToken } from "../../src/devnet/TestToken.sol";
import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import { ERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @notice Keeps one percent of every transfer.
contract FeeToken is TestToken {
    constructor(uint8 decimals_) TestToken("Fee", "FEE", decimals_) { }

    function _update(address from, address to, uint256 amount) internal override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : amount / 100;
        if (fee != 0) super._update(from, address(0), fee);
        super._update(from, to, amount - fee);
    }
}

/// @notice A dollar that takes permits and whose issuer can refuse to pay an account.
contract BlocklistToken is TestToken, ERC20Permit {
    mapping(address account => bool) public isBlocked;

    error Blocked(address account);

    constructor() TestToken("Test USD", "tUSD", 6) ERC20Permit("Test USD") { }

    function setBlocked(address account, bool blocked) external {
        isBlocked[account] = blocked;
    }

    function decimals() public view override(ERC20, TestToken) returns (uint8) {
        return TestToken.decimals();
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (from != address(0) && isBlocked[to]) revert Blocked(to);
        super._update(from, to, amount);
    }
}

/// @notice Calls whoever it was told to, with whatever it was told to, in the middle of a transfer.
contract CallbackToken is TestToken {
    address private _target;
    bytes private _call;
    bool private _armed;

    constructor(uint8 decimals_) TestToken("Callback", "CALL", decimals_) { }

    function arm(address target, bytes calldata call) external {
        (_target, _call, _armed) = (target, call, true);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (!_armed) return;
        _armed = false;
        (bool ok, bytes memory reason) = _target.call(_call);
        if (ok) return;
        assembly ("memory-safe") {
            revert(add(reason, 0x20), mload(reason))
        }
    }
}
