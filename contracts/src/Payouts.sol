// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket } from "./interfaces/IFuturesMarket.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {
    ReentrancyGuardTransient
} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Payouts
/// @notice The part of {IFuturesMarket} that pays: where to, and what waits because a token refused it.
abstract contract Payouts is IFuturesMarket, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    mapping(address holder => address to) public payoutAddress;
    /// @inheritdoc IFuturesMarket
    mapping(address token => mapping(address account => uint256)) public claimable;

    /// @inheritdoc IFuturesMarket
    function setPayoutAddress(address to) external {
        payoutAddress[msg.sender] = to;
        emit PayoutAddressSet(msg.sender, to);
    }

    /// @inheritdoc IFuturesMarket
    function claim(address token, address to) external {
        claimPart(token, type(uint256).max, to);
    }

    /// @inheritdoc IFuturesMarket
    function claimPart(address token, uint256 most, address to) public nonReentrant {
        uint256 credit = claimable[token][msg.sender];
        uint256 amount = Math.min(most, credit);
        if (amount == 0) revert NothingToClaim(token, msg.sender);
        claimable[token][msg.sender] = credit - amount;
        emit Claimed(token, msg.sender, to, amount);
        IERC20(token).safeTransfer(to, amount);
    }

    function _pay(IERC20 token, address account, address to, uint256 amount) internal {
        if (amount == 0 || token.trySafeTransfer(to, amount)) return;
        claimable[address(token)][account] += amount;
        emit Credited(address(token), account, amount);
    }
}
