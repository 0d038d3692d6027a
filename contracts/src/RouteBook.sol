// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { RouteLimits } from "./RouteLimits.sol";
import { RouteRules } from "./RouteRules.sol";
import { IRouteBook } from "./interfaces/IRouteBook.sol";
import { AmountLib } from "./libraries/Amount.sol";
import { RouteLib, RouteTerms } from "./libraries/Route.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { SafeCast } from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title RouteBook
/// @notice See {IRouteBook}. Knows what each route is and owes; moves nothing.
abstract contract RouteBook is IRouteBook, RouteLimits {
    using RouteLib for RouteTerms;

    /// @notice How long a stop by the council lasts by itself: time to seat other attesters, and not for ever where
    /// nobody is left to start again.
    uint40 public constant STOP_TIME = 30 days;
    /// @notice How long the curator's start of a stopped route is in the open.
    uint40 public constant START_DELAY = 2 days;
    /// @notice How long a guardian holds arrivals back, and how often.
    uint40 public constant DELAY = 48 hours;
    uint40 public constant DELAY_INTERVAL = 14 days;
    uint56 private constant COUNT = 1 << 40;
    /// @dev Guards of a book: no new locks; see {_holds}.
    uint8 private constant ENTRY_STOPPED = 1;
    uint8 private constant HELD = 2;

    /// @dev All of a route that sending reads and changes, in one word: what a home owes, in steps (at the remote
    /// end the supply says all there is), and the last nonce. That is number of the route u16 | count u40: unique
    /// in the gate, dense in the route, and never 0 for a route that was added.
    struct Book {
        uint96 locked;
        uint96 setAside;
        uint56 nonce;
        uint8 guards;
    }

    /// @dev Stops and delays of a route. Read only where its book says HELD, so that others pay nothing for it.
    struct Hold {
        uint40 stoppedUntil;
        uint40 delayedAt;
    }

    uint256 internal immutable _chain = block.chainid;
    /// @notice Which routes are added. A contract of its own, made by this one: only adding needs that code.
    RouteRules public immutable rules = new RouteRules();
    mapping(bytes32 route => Book) internal _books;

    // Read on slow paths and by views only.
    mapping(bytes32 route => RouteTerms) private _terms;
    bytes32[] private _routes;
    /// @inheritdoc IRouteBook
    mapping(address token => bytes32 route) public routeOf;
    mapping(bytes32 route => Hold) private _holds;

    /// @inheritdoc IRouteBook
    function addRoute(RouteTerms memory terms, uint96 capacity, address council)
        external
        restricted
        returns (bytes32 route)
    {
        route = terms.id();
        if (_books[route].nonce != 0) revert RouteExists(route);
        rules.check(terms, council);
        address token = _localToken(terms);
        if (routeOf[token] != 0) revert TokenTaken(token, routeOf[token]);

        (routeOf[token], _terms[route]) = (route, terms);
        _routes.push(route);
        _books[route].nonce = SafeCast.toUint16(_routes.length) * COUNT;
        emit RouteAdded(route, terms, capacity, council);
        _openLimit(route, capacity);
    }

    /// @inheritdoc IRouteBook
    function stopEntry(bytes32[] calldata routes_) external restricted {
        for (uint256 i; i < routes_.length; ++i) {
            _book(routes_[i]).guards |= ENTRY_STOPPED;
            emit EntryStopped(routes_[i], true);
        }
    }

    /// @inheritdoc IRouteBook
    function allowEntry(bytes32 route) external restricted {
        _requireRunning(route);
        _books[route].guards = block.timestamp < delayedUntil(route) ? HELD : 0;
        emit EntryStopped(route, false);
    }

    /// @inheritdoc IRouteBook
    function stopRoutes(bytes32[] calldata routes_) external restricted {
        for (uint256 i; i < routes_.length; ++i) {
            _book(routes_[i]).guards = ENTRY_STOPPED | HELD;
            _stopUntil(routes_[i], uint40(block.timestamp) + STOP_TIME);
        }
    }

    /// @inheritdoc IRouteBook
    function startRoute(bytes32 route) external restricted {
        uint256 until = _holds[route].stoppedUntil;
        if (block.timestamp >= until) revert RouteIsRunning(route);
        _stopUntil(route, uint40(Math.min(until, block.timestamp + START_DELAY)));
    }

    /// @inheritdoc IRouteBook
    function delayInbound(bytes32[] calldata routes_) external restricted {
        for (uint256 i; i < routes_.length; ++i) {
            bytes32 route = routes_[i];
            uint40 delayedAt = _holds[route].delayedAt;
            uint40 againFrom = delayedAt + DELAY_INTERVAL;
            if (delayedAt != 0 && block.timestamp < againFrom) revert DelayedRecently(againFrom);
            _book(route).guards |= HELD;
            _holds[route].delayedAt = uint40(block.timestamp);
            emit InboundDelayed(route, delayedUntil(route));
        }
    }

    /// @inheritdoc IRouteBook
    function routes(uint256 from, uint256 count) external view returns (bytes32[] memory page) {
        page = new bytes32[](_pageLength(_routes.length, from, count));
        for (uint256 i; i < page.length; ++i) {
            page[i] = _routes[from + i];
        }
    }

    /// @inheritdoc IRouteBook
    function routeState(bytes32 route) external view returns (RouteState memory state) {
        RouteTerms memory terms = _termsOf(route);
        state.terms = terms;
        state.isHome = _isHome(terms);
        uint256 step = _step(terms);
        state.locked = _books[route].locked * step;
        state.setAside = _books[route].setAside * step;
        state.entryStopped = _books[route].guards & ENTRY_STOPPED != 0;
        state.stoppedUntil = _holds[route].stoppedUntil;
        IERC20 token = IERC20(_localToken(terms));
        if (!state.isHome) state.minted = token.totalSupply();
        state.held = token.balanceOf(address(this));
    }

    /// @inheritdoc IRouteBook
    function lastNonce(bytes32 route) external view returns (uint64) {
        return _book(route).nonce;
    }

    /// @inheritdoc IRouteBook
    function delayedUntil(bytes32 route) public view returns (uint40) {
        if (_books[route].guards & HELD == 0) return 0;
        uint40 delayedAt = _holds[route].delayedAt;
        return delayedAt == 0 ? 0 : delayedAt + DELAY;
    }

    function _stopUntil(bytes32 route, uint40 until) private {
        _holds[route].stoppedUntil = until;
        emit RouteStopped(route, until);
    }

    function _checkRecipient(RouteTerms memory terms, address recipient) internal pure {
        if (
            recipient == address(0) || recipient == terms.homeGate || recipient == terms.homeToken
                || recipient == terms.remoteGate || recipient == terms.remoteToken
        ) revert InvalidRecipient(recipient);
    }

    function _requireRoute(bytes32 route) internal view override {
        if (_books[route].nonce == 0) revert UnknownRoute(route);
    }

    function _termsOf(bytes32 route) internal view returns (RouteTerms memory) {
        _requireRoute(route);
        return _terms[route];
    }

    function _book(bytes32 route) internal view returns (Book storage) {
        _requireRoute(route);
        return _books[route];
    }

    /// @dev Reverts while the council has the route stopped.
    function _requireRunning(bytes32 route) internal view {
        if (_book(route).guards & HELD == 0) return;
        uint40 until = _holds[route].stoppedUntil;
        if (block.timestamp < until) revert RouteIsStopped(until);
    }

    /// @dev Reverts where nothing new may be locked.
    function _requireEntry(Book storage book) internal view {
        if (book.guards & ENTRY_STOPPED != 0) revert EntryIsStopped();
    }

    function _isHome(RouteTerms memory terms) internal view returns (bool) {
        return terms.homeChain == _chain && terms.homeGate == address(this);
    }

    function _source(RouteTerms memory terms) internal view returns (uint64 chain, address gate) {
        return
            _isHome(terms)
                ? (terms.remoteChain, terms.remoteGate)
                : (terms.homeChain, terms.homeGate);
    }

    function _localToken(RouteTerms memory terms) internal view returns (address) {
        return _isHome(terms) ? terms.homeToken : terms.remoteToken;
    }

    function _localDecimals(RouteTerms memory terms) internal view returns (uint8) {
        return _isHome(terms) ? terms.homeDecimals : terms.remoteDecimals;
    }

    /// @dev Base units of the local token in one step.
    function _step(RouteTerms memory terms) internal view returns (uint256) {
        return AmountLib.step(_localDecimals(terms), terms.decimals());
    }

    function _pageLength(uint256 length, uint256 from, uint256 count)
        internal
        pure
        returns (uint256)
    {
        if (from >= length) return 0;
        return count < length - from ? count : length - from;
    }
}
