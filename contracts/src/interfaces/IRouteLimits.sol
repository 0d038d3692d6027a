// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Ways through a gate, as seen from its own chain.
enum Direction {
    OUT,
    IN
}

/// @title IRouteLimits
/// @notice How much may cross, per route: one bucket for both directions. What arrives is taken from the budget of
/// arrivals and given to that of departures, and the reverse; with time both go back to their middle. So the limit
/// is on the difference: within any 24 hours, what arrived less what left is at most the capacity, and so is what
/// left less what arrived. At rest a third of the capacity may go either way at once; together both budgets are
/// always two thirds of it. What goes beyond waits until it fits, and is never refused or lost.
///
/// Amounts are steps: base units with the decimals of {RouteLib-decimals}. Limits are tightened at once and
/// loosened only after {LOOSENING}.
interface IRouteLimits {
    /// @notice The limit of one route, and its bucket as it was last written: enough to compute any later budget.
    /// @param capacity Most that arrives net of what leaves in 24 hours, and the reverse, in steps.
    /// @param level What may arrive, in 1 / 259,200 of a step; see {BucketLib}.
    /// @param updatedAt Unix time at which the level was this.
    /// @param pending A larger capacity that was announced, in steps; 0 when none is.
    /// @param readyAt Unix time from which it may be applied; 0 when none is.
    struct Limit {
        uint96 capacity;
        uint120 level;
        uint40 updatedAt;
        uint96 pending;
        uint40 readyAt;
    }

    /// @notice A larger capacity was announced.
    /// @param route Id of the route.
    /// @param capacity The capacity announced, in steps.
    /// @param readyAt Unix time from which it may be applied.
    event LimitAnnounced(bytes32 indexed route, uint96 capacity, uint40 readyAt);
    /// @notice Another capacity is in force.
    /// @param route Id of the route.
    /// @param capacity The capacity in force, in steps.
    event LimitChanged(bytes32 indexed route, uint96 capacity);

    /// @notice No larger capacity was announced.
    /// @param route Id of the route.
    error NoPendingLimit(bytes32 route);
    /// @notice The announced capacity may not be applied yet.
    /// @param readyAt Unix time from which it may.
    error LimitNotReady(uint40 readyAt);
    /// @notice The budget is too small: for a sender who does not want to wait, or for the least part of what waits.
    /// @param amount Steps that were to go, or the least part of them.
    /// @param budget Steps that may go now.
    error OverLimit(uint256 amount, uint256 budget);

    /// @notice Sets the capacity of a route: at once where it is not larger, else by announcing it. Either way an
    /// earlier announcement for it is gone. Curator.
    /// @param route Id of the route.
    /// @param capacity Most that shall arrive net of what leaves in 24 hours, and the reverse, in steps.
    function setLimit(bytes32 route, uint96 capacity) external;

    /// @notice Puts an announced capacity in force; anyone may, once it is ready. The bucket is as full as before;
    /// where the capacity was nothing, arrivals begin at nothing.
    /// @param route Id of the route.
    function applyLimit(bytes32 route) external;

    /// @notice What may cross right now without waiting.
    /// @param route Id of the route.
    /// @param direction Way through the gate.
    /// @return steps Whole steps, rounded down in favour of the limit.
    function budget(bytes32 route, Direction direction) external view returns (uint256 steps);

    /// @notice The capacity in force, the bucket, and the capacity announced.
    /// @param route Id of the route.
    /// @return All of it.
    function limit(bytes32 route) external view returns (Limit memory);
}
