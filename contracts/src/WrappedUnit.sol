// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IWrappedUnit } from "./interfaces/IWrappedUnit.sol";
import {
    ERC20PermitUpgradeable
} from "@openzeppelin/contracts-upgradeable/token/ERC20/extensions/ERC20PermitUpgradeable.sol";
import { Clones } from "@openzeppelin/contracts/proxy/Clones.sol";
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
        uint256 backed = _toUnitsDown(held, f);
        if (backed < supply) revert ShortReserves(backed, supply);

        // Mints for what arrived, so a token that takes a fee dilutes nobody; the guard makes taking first safe.
        f.token.safeTransferFrom(msg.sender, address(this), tokens);
        uint256 arrived = f.token.balanceOf(address(this)) - held;
        units = _toUnitsDown(arrived, f);
        if (units == 0) revert NothingToMove(tokens);
        if (units < minimum) revert BelowMinimum(units, minimum);
        if (supply + units > f.depositCap) revert DepositCapReached(supply + units, f.depositCap);
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
        return _toUnitsDown(f.token.balanceOf(address(this)), f) < totalSupply();
    }

    /// @inheritdoc IWrappedUnit
    function factor() public view returns (Factor memory) {
        return abi.decode(Clones.fetchCloneArgs(address(this)), (Factor));
    }

    function _exit(
        uint256 units,
        Factor memory f
    ) private view returns (uint256 tokens, uint256 burned) {
        uint256 supply = totalSupply();
        uint256 held = f.token.balanceOf(address(this));
        if (_toUnitsDown(held, f) >= supply) {
            tokens = Math.mulDiv(units, 10 ** f.decimals, f.scuPerToken);
            burned = Math.mulDiv(tokens, f.scuPerToken, 10 ** f.decimals, Math.Rounding.Ceil);
        } else {
            tokens = Math.mulDiv(units, held, supply);
            burned = units;
        }
    }

    function _toUnitsDown(
        uint256 tokens,
        Factor memory f
    ) private pure returns (uint256) {
        return Math.mulDiv(tokens, f.scuPerToken, 10 ** f.decimals);
    }
}
