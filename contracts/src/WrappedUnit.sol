// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IWrappedUnit } from "./interfaces/IWrappedUnit.sol";
import {
    ERC20PermitUpgradeable
} from "@openzeppelin/contracts-upgradeable/token/ERC20/extensions/ERC20PermitUpgradeable.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {
    ReentrancyGuardTransient
} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title WrappedUnit
/// @notice See {IWrappedUnit}. Deployed as a clone per grade by {GradeRegistry}; the factor lives in the
/// clone's code, so it cannot change and costs no storage read.
contract WrappedUnit is IWrappedUnit, ERC20PermitUpgradeable, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @inheritdoc IWrappedUnit
    bytes32 public gradeId;
    address public immutable registry;
    /// @inheritdoc IWrappedUnit
    bool public closed;

    constructor(
        address registry_
    ) {
        registry = registry_;
        _disableInitializers();
    }

    function initialize(
        bytes32 gradeId_,
        string calldata name_,
        string calldata symbol_
    ) external initializer {
        if (msg.sender != registry) revert NotRegistry(msg.sender);
        __ERC20_init(name_, symbol_);
        __ERC20Permit_init(name_);
        gradeId = gradeId_;
    }

    /// @inheritdoc IWrappedUnit
    function wrap(
        uint256 tokens,
        uint256 minimum,
        address to
    ) external nonReentrant returns (uint256 units) {
        Factor memory f = factor();
        if (closed) revert WrapClosed();
        if (block.timestamp >= f.validUntil) revert GradeExpired(f.validUntil, block.timestamp);
        uint256 supply = totalSupply();
        uint256 held = f.token.balanceOf(address(this));
        if (held < _needed(supply, f)) revert ShortReserves(_toUnitsDown(held, f), supply);

        // Mints for what arrived, so a token that takes a fee dilutes nobody; the guard makes taking first safe.
        f.token.safeTransferFrom(msg.sender, address(this), tokens);
        uint256 arrived = f.token.balanceOf(address(this)) - held;
        units = _toUnitsDown(arrived, f);
        if (units == 0) revert NothingToMove(tokens);
        if (units < minimum) revert BelowMinimum(units, minimum);
        // The cap holds at every wrap, so the supply is never above it.
        if (units > f.depositCap - supply) {
            revert DepositCapReached(Math.saturatingAdd(supply, units), f.depositCap);
        }
        _mint(to, units);
        emit Wrapped(msg.sender, to, arrived, units);
    }

    /// @inheritdoc IWrappedUnit
    function unwrap(
        uint256 units,
        uint256 minimum,
        address to
    ) external nonReentrant returns (uint256 tokens, uint256 burned) {
        Factor memory f = factor();
        (tokens, burned) = _exit(units, f);
        if (tokens == 0) revert NothingToMove(units);
        if (tokens < minimum) revert BelowMinimum(tokens, minimum);
        _burn(msg.sender, burned);
        f.token.safeTransfer(to, tokens);
        emit Unwrapped(msg.sender, to, tokens, burned);
    }

    /// @inheritdoc IWrappedUnit
    function setClosed(
        bool closed_
    ) external {
        if (msg.sender != registry) revert NotRegistry(msg.sender);
        closed = closed_;
        emit EntryClosed(closed_);
    }

    /// @inheritdoc IWrappedUnit
    function previewWrap(
        uint256 tokens
    ) external view returns (uint256) {
        return _toUnitsDown(tokens, factor());
    }

    /// @inheritdoc IWrappedUnit
    function previewUnwrap(
        uint256 units
    ) external view returns (uint256 tokens, uint256 burned) {
        return _exit(units, factor());
    }

    /// @inheritdoc IWrappedUnit
    function isShort() external view returns (bool) {
        Factor memory f = factor();
        return f.token.balanceOf(address(this)) < _needed(totalSupply(), f);
    }

    /// @inheritdoc IWrappedUnit
    function factor() public view returns (Factor memory f) {
        // The registry encoded it behind the 45 bytes of a clone, word for word as it lies in memory: copying
        // it whole saves asking for its length and checking what cannot be wrong.
        assembly ("memory-safe") {
            extcodecopy(address(), f, 0x2d, 0xa0)
        }
    }

    function _exit(
        uint256 units,
        Factor memory f
    ) private view returns (uint256 tokens, uint256 burned) {
        uint256 supply = totalSupply();
        uint256 held = f.token.balanceOf(address(this));
        if (held >= _needed(supply, f)) {
            uint256 one = 10 ** f.decimals;
            tokens = Math.mulDiv(units, one, f.scuPerToken);
            burned = Math.mulDiv(tokens, f.scuPerToken, one, Math.Rounding.Ceil);
        } else {
            tokens = Math.mulDiv(units, held, supply);
            burned = units;
        }
    }

    /// @dev ⌈supply / factor⌉: ⌊held · factor⌋ >= supply says the same, but cannot be computed for a token that
    /// reports absurd holdings, and those must not stop an exit. No overflow: 128 bits times at most 10^36.
    function _needed(
        uint256 supply,
        Factor memory f
    ) private pure returns (uint256) {
        unchecked {
            return Math.ceilDiv(supply * 10 ** f.decimals, f.scuPerToken);
        }
    }

    /// @dev More than 256 bits of units are above every cap.
    function _toUnitsDown(
        uint256 tokens,
        Factor memory f
    ) private pure returns (uint256) {
        uint256 one = 10 ** f.decimals;
        (uint256 high, uint256 low) = Math.mul512(tokens, f.scuPerToken);
        if (high == 0) return low / one;
        if (high >= one) revert DepositCapReached(type(uint256).max, f.depositCap);
        return Math.mulDiv(tokens, f.scuPerToken, one);
    }
}
