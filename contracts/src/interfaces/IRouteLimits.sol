// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Ways through a gate, as seen from its own chain.
enum Direction {
    OUT,
    IN
}

/// @title IRouteLimits
/// @notice How much may cross at once, per route and direction: a token bucket that fills within a day. What
/// goes beyond is queued for a day, never refused and never lost. Amounts are steps: base units with the
/// decimals of {RouteLib-decimals}. Limits are tightened at once and loosened only after {LOOSENING}.
interface IRouteLimits {
    /// @notice The limit of one route and direction.
    /// @param capacity Most that crosses at once, in steps.
    /// @param pending A larger capacity that was announced, in steps; 0 when none is.
    /// @param readyAt Unix time from which it may be applied.
    struct Limit {
        uint96 capacity;
        uint96 pending;
        uint40 readyAt;
    }

    /// @notice A larger capacity was announced.
    /// @param route Id of the route.
    /// @param direction Way through the gate.
    /// @param capacity The capacity announced, in steps.
    /// @param readyAt Unix time from which it may be applied.
    event LimitAnnounced(
        bytes32 indexed route, Direction direction, uint96 capacity, uint40 readyAt
    );
    /// @notice Another capacity is in force.
    /// @param route Id of the route.
    /// @param direction Way through the gate.
    /// @param capacity The capacity in force, in steps.
    event LimitChanged(bytes32 indexed route, Direction direction, uint96 capacity);

    /// @notice No larger capacity was announced.
    /// @param route Id of the route.
    /// @param direction Way through the gate.
    error NoPendingLimit(bytes32 route, Direction direction);
    /// @notice The announced capacity may not be applied yet.
    /// @param readyAt Unix time from which it may.
    error LimitNotReady(uint40 readyAt);

    /// @notice Sets the capacity of a route: at once where it is not larger, else by announcing it. Either way an
    /// earlier announcement for it is gone. Curator.
    /// @param route Id of the route.
    /// @param direction Way through the gate.
    /// @param capacity Most that shall cross at once, in steps.
    function setLimit(bytes32 route, Direction direction, uint96 capacity) external;

    /// @notice Puts an announced capacity in force; anyone may, once it is ready. The bucket fills from there.
    /// @param route Id of the route.
    /// @param direction Way through the gate.
    function applyLimit(bytes32 route, Direction direction) external;

    /// @notice What may cross right now without being queued.
    /// @param route Id of the route.
    /// @param direction Way through the gate.
    /// @return steps Whole steps, rounded down in favour of the limit.
    function budget(bytes32 route, Direction direction) external view returns (uint256 steps);

    /// @notice The capacity in force and the one announced.
    /// @param route Id of the route.
    /// @param direction Way through the gate.
    /// @return Both capacities.
    function limit(bytes32 route, Direction direction) external view returns (Limit memory);
}
