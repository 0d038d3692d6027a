// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title IWrappedUnit
/// @notice One grade's tokens, wrapped: 1.0 unit (18 decimals) is 1 SCU of that grade.
///
/// Rounding always favours the holders who stay: wrapping credits ⌊arrived · factor⌋ units, unwrapping
/// pays ⌊units / factor⌋ tokens and burns ⌈tokens · factor⌉ units, never more than it was given.
/// If the underlying shrank by itself (a rebase, a claw-back), wrapping stops and unwrapping pays the
/// pro-rata share, so nobody is better off for running first. Surplus and donations are never paid out.
/// Unwrapping has no role, no pause and no proxy.
interface IWrappedUnit is IERC20 {
    /// @notice The frozen part of a grade that wrapping needs.
    /// @param token The underlying compute token.
    /// @param decimals Decimals of `token`, as frozen in the grade's terms.
    /// @param scuPerToken SCU per whole token, 18 decimals.
    /// @param validUntil Unix time from which wrapping stops; unwrapping never does.
    /// @param depositCap Most units that may exist, 18 decimals.
    struct Factor {
        IERC20 token;
        uint8 decimals;
        uint128 scuPerToken;
        uint40 validUntil;
        uint128 depositCap;
    }

    /// @param tokens Base units of the underlying that arrived.
    /// @param units Units minted.
    event Wrapped(address indexed sender, address indexed to, uint256 tokens, uint256 units);
    /// @param tokens Base units of the underlying paid.
    /// @param units Units burned.
    event Unwrapped(address indexed sender, address indexed to, uint256 tokens, uint256 units);
    event EntryClosed(bool closed);

    /// @notice Wrapping is closed for this grade; unwrapping is not.
    error WrapClosed();
    error GradeExpired(uint40 validUntil, uint256 timestamp);
    /// @notice The underlying shrank below the units it backs; only exits remain.
    error ShortReserves(uint256 backed, uint256 supply);
    error DepositCapReached(uint256 supply, uint256 depositCap);
    /// @notice The amount is too small to become one base unit on the other side.
    error NothingToMove(uint256 amount);
    error BelowMinimum(uint256 amount, uint256 minimum);
    error NotRegistry(address caller);

    /// @notice Takes `tokens` base units of the underlying and mints units for what arrived.
    /// @param minimum Least units acceptable.
    /// @param to Receives the units.
    /// @return units ⌊arrived · scuPerToken / 10^decimals⌋
    function wrap(uint256 tokens, uint256 minimum, address to) external returns (uint256 units);

    /// @notice Gives up to `units` units back for underlying tokens.
    /// @param minimum Least tokens acceptable: protects against exiting short by surprise.
    /// @return tokens Base units paid.
    /// @return burned Units burned, at most `units`.
    function unwrap(uint256 units, uint256 minimum, address to)
        external
        returns (uint256 tokens, uint256 burned);

    /// @notice What `unwrap(units)` would pay and burn now.
    function previewUnwrap(uint256 units) external view returns (uint256 tokens, uint256 burned);

    /// @notice Units that `tokens` base units become if all of them arrive.
    function previewWrap(uint256 tokens) external view returns (uint256 units);

    /// @notice True when the underlying held backs fewer units than exist.
    function isShort() external view returns (bool);

    /// @notice True when wrapping is closed.
    function closed() external view returns (bool);

    /// @notice The frozen conversion factor and its limits.
    function factor() external view returns (Factor memory);

    /// @notice The hash of the grade's terms.
    function gradeId() external view returns (bytes32);

    /// @notice Opens or closes wrapping; only the registry that listed the grade.
    function setClosed(bool closed) external;
}
