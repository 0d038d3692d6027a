// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { ERC20Wrapper } from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Wrapper.sol";
import { ERC4626 } from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";

/// @notice OpenZeppelin's wrapper as it is, with a name.
contract Wrapper is ERC20Wrapper {
    constructor(
        IERC20 token
    ) ERC20("Wrapped", "W") ERC20Wrapper(token) { }
}

/// @notice OpenZeppelin's vault as it is, with a name.
contract Vault is ERC4626 {
    constructor(
        IERC20 token
    ) ERC20("Vault", "V") ERC4626(token) { }
}
