// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { RouteTerms } from "../libraries/Route.sol";

/// @title IRouteBook
/// @notice The routes of a gate: their terms, what the gate owes on each, and who stops them. Each token has one
/// route per gate, so what a gate holds of a token stands behind that route alone.
///
/// Guardians stop entry at home and hold arrivals back for 48 hours; councils stop a whole route for 30 days. The
/// curator lets entry go on at once, and a route two days later.
interface IRouteBook {
    /// @notice What a gate owes on a route, in base units of the local token.
    /// @param terms Terms of the route.
    /// @param isHome Whether this is the end that locks.
    /// @param locked Locked for what exists at the other end; always 0 at the remote end.
    /// @param setAside Owed to senders in the queue and to claims, not counted as locked; 0 at the remote end.
    /// @param minted Supply of the representation; 0 at home.
    /// @param held Balance of the gate, with what was donated.
    /// @param entryStopped Sending from here is stopped; counts at home only.
    /// @param stoppedUntil Unix time until which nothing crosses, either way; in the past when it does.
    struct RouteState {
        RouteTerms terms;
        bool isHome;
        uint256 locked;
        uint256 setAside;
        uint256 minted;
        uint256 held;
        bool entryStopped;
        uint40 stoppedUntil;
    }

    /// @notice A route was added.
    /// @param route Id of the route.
    /// @param terms Its terms.
    /// @param capacity Its limit, in steps; see {IRouteLimits}.
    /// @param council Who can stop it at once.
    event RouteAdded(
        bytes32 indexed route, RouteTerms terms, uint96 capacity, address indexed council
    );
    /// @notice Sending from home was stopped or allowed again.
    /// @param route Id of the route.
    /// @param stopped Whether it is stopped now.
    event EntryStopped(bytes32 indexed route, bool stopped);
    /// @notice Nothing crosses on a route until a time, and entry is stopped; earlier than before where the curator
    /// starts it again.
    /// @param route Id of the route.
    /// @param until Unix time from which transfers go on.
    event RouteStopped(bytes32 indexed route, uint40 until);

    /// @notice Arrivals of a route are held back.
    /// @param route Id of the route.
    /// @param until Unix time from which they go on.
    event InboundDelayed(bytes32 indexed route, uint40 until);

    /// @notice Neither end of the route is this gate on this chain.
    error NotThisGate();
    /// @notice Both ends of the route are on one chain.
    /// @param chain Id of that chain.
    error SameChain(uint64 chain);
    /// @notice A route of these terms was added before.
    /// @param route Id of the route.
    error RouteExists(bytes32 route);
    /// @notice No route of this id was added.
    /// @param route The id.
    error UnknownRoute(bytes32 route);
    /// @notice The token has another route on this gate already.
    /// @param token The local token.
    /// @param route Id of its route.
    error TokenTaken(address token, bytes32 route);
    /// @notice An end of a route needs a gate and a token.
    /// @param gate The gate given.
    /// @param token The token given.
    error InvalidEnd(address gate, address token);
    /// @notice The decimals are more than {MOST_DECIMALS}, or not those of the token.
    /// @param stated Decimals in the terms.
    /// @param found Decimals of the local token, or the most there may be.
    error UnsupportedDecimals(uint8 stated, uint8 found);
    /// @notice The remote token does not obey this gate by ERC-7802.
    /// @param token The token.
    error NotRepresentation(address token);
    /// @notice The council named for a route could not stop it at once.
    /// @param council The address given.
    /// @param selector A function it has to be allowed, without a delay.
    error CouncilCannotStop(address council, bytes4 selector);
    /// @notice The council named for a route could do more than stop it.
    /// @param council The address given.
    /// @param selector A function it must not be allowed, after no delay.
    error CouncilCanStart(address council, bytes4 selector);
    /// @notice New entries are stopped; exits are not.
    error EntryIsStopped();
    /// @notice The council stopped the route; only {IBridgeGate-cancel} and {IBridgeGate-claim} go on.
    /// @param until Unix time from which transfers go on.
    error RouteIsStopped(uint40 until);
    /// @notice The route is not stopped.
    /// @param route Id of the route.
    error RouteIsRunning(bytes32 route);
    /// @notice Arrivals of the route were held back within the last 14 days.
    /// @param againFrom Unix time from which they may be again.
    error DelayedRecently(uint40 againFrom);
    /// @notice The recipient is nobody, or a token or a gate of the route.
    /// @param recipient The address given.
    error InvalidRecipient(address recipient);

    /// @notice Adds a route; its terms never change and it is never removed. Its bucket starts at rest. Refused
    /// unless `council` may stop it and revoke attesters at once, and may not start, loosen or seat anything. Curator.
    /// @param terms Terms of the route; this gate is one of its ends.
    /// @param capacity Its limit, in steps; see {IRouteLimits}.
    /// @param council Who can stop the route at once.
    /// @return route Id of the route: the hash of its terms.
    function addRoute(RouteTerms calldata terms, uint96 capacity, address council)
        external
        returns (bytes32 route);

    /// @notice Stops sending from home on some routes. Burning towards home goes on. Guardian.
    /// @param routes Ids of the routes.
    function stopEntry(bytes32[] calldata routes) external;

    /// @notice Allows sending from home again; not before a stop by the council is over. Curator.
    /// @param route Id of the route.
    function allowEntry(bytes32 route) external;

    /// @notice Stops all that crosses on some routes, either way and at this end, at once and for 30 days; again
    /// from now where they are stopped. Entry stays stopped after it. Only {IBridgeGate-cancel} and
    /// {IBridgeGate-claim} go on. Council.
    /// @param routes Ids of the routes.
    function stopRoutes(bytes32[] calldata routes) external;

    /// @notice Ends a stop by the council two days from now, where it would last longer; the council may stop
    /// again. Curator.
    /// @param route Id of the route.
    function startRoute(bytes32 route) external;

    /// @notice Holds arrivals of some routes back for 48 hours, each at most once per 14 days; ends by itself. What
    /// is delivered meanwhile waits. Guardian.
    /// @param routes Ids of the routes.
    function delayInbound(bytes32[] calldata routes) external;

    /// @notice The route of a local token.
    /// @param token The token.
    /// @return route Id of the route; 0 if it has none.
    function routeOf(address token) external view returns (bytes32 route);

    /// @notice The routes of the gate.
    /// @param from Number of the first route, from 0.
    /// @param count Most routes to return.
    /// @return page Ids, in order of addition.
    function routes(uint256 from, uint256 count) external view returns (bytes32[] memory page);

    /// @notice Terms and books of a route.
    /// @param route Id of the route.
    /// @return What the gate owes on it, and holds.
    function routeState(bytes32 route) external view returns (RouteState memory);

    /// @notice Until when arrivals of a route are held back.
    /// @param route Id of the route.
    /// @return Unix time; in the past when they are not.
    function delayedUntil(bytes32 route) external view returns (uint40);

    /// @notice The nonce of the last transfer that left on a route: its number in the gate, from 1, times 2^40,
    /// plus the count of its transfers. So a nonce is unique among all of the gate's.
    /// @param route Id of the route.
    /// @return Its last nonce.
    function lastNonce(bytes32 route) external view returns (uint64);
}
