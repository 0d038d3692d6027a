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

    /// @notice Tokens were wrapped.
    /// @param sender Who gave the tokens.
    /// @param to Who got the units.
    /// @param tokens Base units of the underlying that arrived.
    /// @param units Units minted, 18 decimals.
    event Wrapped(address indexed sender, address indexed to, uint256 tokens, uint256 units);
    /// @notice Units were unwrapped.
    /// @param sender Who gave the units.
    /// @param to Who got the tokens.
    /// @param tokens Base units of the underlying paid.
    /// @param units Units burned, 18 decimals.
    event Unwrapped(address indexed sender, address indexed to, uint256 tokens, uint256 units);
    /// @notice Wrapping was closed or opened.
    /// @param closed Whether it is closed now.
    event EntryClosed(bool closed);

    /// @notice Wrapping is closed for this grade; unwrapping is not.
    error WrapClosed();
    /// @notice The factor is too old to wrap by.
    /// @param validUntil Unix time from which wrapping stopped.
    /// @param timestamp Time of the block.
    error GradeExpired(uint40 validUntil, uint256 timestamp);
    /// @notice The underlying shrank below the units it backs; only exits remain.
    /// @param backed Units that the underlying held still backs, 18 decimals.
    /// @param supply Units that exist.
    error ShortReserves(uint256 backed, uint256 supply);
    /// @notice More units would exist than the grade's terms allow.
    /// @param supply Units that would exist, 18 decimals.
    /// @param depositCap Most that may.
    error DepositCapReached(uint256 supply, uint256 depositCap);
    /// @notice Nothing would move: the amount is too small, or nothing is left to pay.
    /// @param amount The amount given: base units of the underlying, or units.
    error NothingToMove(uint256 amount);
    /// @notice Less would come out than the caller accepts.
    /// @param amount What it would get: units, or base units of the underlying.
    /// @param minimum Least it accepts.
    error BelowMinimum(uint256 amount, uint256 minimum);
    /// @notice Only the registry that listed the grade opens and closes wrapping.
    /// @param caller Who tried.
    error NotRegistry(address caller);

    /// @notice Takes underlying tokens from the caller and mints units for what arrived.
    /// @param tokens Base units of the underlying to take.
    /// @param minimum Least units acceptable, 18 decimals.
    /// @param to Receives the units.
    /// @return units ⌊arrived · scuPerToken / 10^decimals⌋: the fraction favours those who hold units.
    function wrap(uint256 tokens, uint256 minimum, address to) external returns (uint256 units);

    /// @notice Gives units of the caller back for underlying tokens.
    /// @param units Most units to burn, 18 decimals.
    /// @param minimum Least base units acceptable: protects against exiting short by surprise.
    /// @param to Receives the tokens.
    /// @return tokens Base units paid, rounded down in favour of those who hold units.
    /// @return burned Units burned, rounded up likewise, at most `units`.
    function unwrap(uint256 units, uint256 minimum, address to)
        external
        returns (uint256 tokens, uint256 burned);

    /// @notice What {unwrap} would pay and burn now.
    /// @param units Most units to burn, 18 decimals.
    /// @return tokens Base units it would pay.
    /// @return burned Units it would burn.
    function previewUnwrap(uint256 units) external view returns (uint256 tokens, uint256 burned);

    /// @notice What {wrap} would mint if all of the tokens arrive.
    /// @param tokens Base units of the underlying.
    /// @return units Units it would mint, 18 decimals, rounded down.
    function previewWrap(uint256 tokens) external view returns (uint256 units);

    /// @notice Whether the underlying held backs fewer units than exist.
    /// @return True while only exits remain.
    function isShort() external view returns (bool);

    /// @notice Whether wrapping is closed.
    /// @return True while it is.
    function closed() external view returns (bool);

    /// @notice The frozen conversion factor and its limits.
    /// @return As in the terms of the grade.
    function factor() external view returns (Factor memory);

    /// @notice Which grade this is the unit of.
    /// @return Hash of the grade's terms.
    function gradeId() external view returns (bytes32);

    /// @notice Opens or closes wrapping; only the registry that listed the grade.
    /// @param closed Whether it shall be closed.
    function setClosed(bool closed) external;
}
