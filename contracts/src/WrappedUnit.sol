// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IWrappedUnit } from "./interfaces/IWrappedUnit.sol";
import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { ERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {
    ReentrancyGuardTransient
} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title WrappedUnit
/// @notice See {IWrappedUnit}. {GradeRegistry} deploys one per grade; the factor is part of its code, so it
/// cannot change and costs no storage read, and no proxy stands before it. Permits are signed for the name
/// "Pargrade Unit", version "1", whatever the grade's name (see `eip712Domain`, ERC-5267): OpenZeppelin keeps
/// at most 31 bytes of it in code.
contract WrappedUnit is IWrappedUnit, ERC20Permit, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @inheritdoc IWrappedUnit
    bytes32 public immutable gradeId;
    address public immutable registry;
    IERC20 private immutable _token;
    uint8 private immutable _decimals;
    uint128 private immutable _scuPerToken;
    uint40 private immutable _validUntil;
    uint128 private immutable _depositCap;
    /// @dev Base units of a whole token, at most 10^36.
    uint256 private immutable _tokenUnit;

    /// @inheritdoc IWrappedUnit
    bool public closed;

    constructor(bytes32 gradeId_, Factor memory f, string memory name_, string memory symbol_)
        ERC20(name_, symbol_)
        ERC20Permit("Pargrade Unit")
    {
        (registry, gradeId) = (msg.sender, gradeId_);
        _token = f.token;
        _decimals = f.decimals;
        _scuPerToken = f.scuPerToken;
        _validUntil = f.validUntil;
        _depositCap = f.depositCap;
        _tokenUnit = 10 ** f.decimals;
    }

    /// @inheritdoc IWrappedUnit
    function wrap(uint256 tokens, uint256 minimum, address to)
        external
        nonReentrant
        returns (uint256 units)
    {
        if (closed) revert WrapClosed();
        if (block.timestamp >= _validUntil) revert GradeExpired(_validUntil, block.timestamp);
        uint256 supply = totalSupply();
        uint256 held = _held();
        if (held < _needed(supply)) revert ShortReserves(_toUnitsDown(held), supply);

        // Mints for what arrived, so a token that takes a fee dilutes nobody; the guard makes taking first safe.
        _token.safeTransferFrom(msg.sender, address(this), tokens);
        uint256 after_ = _held();
        uint256 arrived = after_ > held ? after_ - held : 0;
        units = _toUnitsDown(arrived);
        if (units == 0) revert NothingToMove(tokens);
        if (units < minimum) revert BelowMinimum(units, minimum);
        // The cap holds at every wrap, so the supply is never above it.
        if (units > _depositCap - supply) {
            revert DepositCapReached(Math.saturatingAdd(supply, units), _depositCap);
        }
        _mint(to, units);
        emit Wrapped(msg.sender, to, arrived, units);
    }

    /// @inheritdoc IWrappedUnit
    function unwrap(uint256 units, uint256 minimum, address to)
        external
        nonReentrant
        returns (uint256 tokens, uint256 burned)
    {
        (tokens, burned) = previewUnwrap(units);
        if (tokens == 0) revert NothingToMove(units);
        if (tokens < minimum) revert BelowMinimum(tokens, minimum);
        _burn(msg.sender, burned);
        _token.safeTransfer(to, tokens);
        emit Unwrapped(msg.sender, to, tokens, burned);
    }

    /// @inheritdoc IWrappedUnit
    function setClosed(bool closed_) external {
        if (msg.sender != registry) revert NotRegistry(msg.sender);
        closed = closed_;
        emit EntryClosed(closed_);
    }

    /// @inheritdoc IWrappedUnit
    function previewWrap(uint256 tokens) external view returns (uint256) {
        return _toUnitsDown(tokens);
    }

    /// @inheritdoc IWrappedUnit
    function isShort() external view returns (bool) {
        return _held() < _needed(totalSupply());
    }

    /// @inheritdoc IWrappedUnit
    function factor() external view returns (Factor memory) {
        return Factor(_token, _decimals, _scuPerToken, _validUntil, _depositCap);
    }

    /// @inheritdoc IWrappedUnit
    function previewUnwrap(uint256 units) public view returns (uint256 tokens, uint256 burned) {
        uint256 supply = totalSupply();
        uint256 held = _held();
        if (held < _needed(supply)) return (Math.mulDiv(units, held, supply), units);
        // More units than can exist, and so than anybody can burn: what is beyond has no price.
        if (units > type(uint128).max) units = type(uint128).max;
        unchecked {
            // At most 128 bits times 10^36. Burns ⌈tokens · factor⌉: as tokens · scuPerToken is units · one less
            // the remainder of the division, that is `units` less what the remainder is worth.
            uint256 value = units * _tokenUnit;
            tokens = value / _scuPerToken;
            burned = units - value % _scuPerToken / _tokenUnit;
        }
    }

    function _held() private view returns (uint256) {
        return _token.balanceOf(address(this));
    }

    /// @dev ⌈supply / factor⌉: ⌊held · factor⌋ >= supply says the same, but cannot be computed for a token that
    /// reports absurd holdings, and those must not stop an exit. No overflow: 128 bits times at most 10^36.
    function _needed(uint256 supply) private view returns (uint256) {
        unchecked {
            return (supply * _tokenUnit + _scuPerToken - 1) / _scuPerToken;
        }
    }

    /// @dev More than 256 bits of units are above every cap.
    function _toUnitsDown(uint256 tokens) private view returns (uint256) {
        (uint256 high, uint256 low) = Math.mul512(tokens, _scuPerToken);
        if (high == 0) return low / _tokenUnit;
        if (high >= _tokenUnit) revert DepositCapReached(type(uint256).max, _depositCap);
        return Math.mulDiv(tokens, _scuPerToken, _tokenUnit);
    }
}
