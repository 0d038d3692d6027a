// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Amount } from "../libraries/Amount.sol";
import { Attestation, Transfer } from "../libraries/Message.sol";
import { RouteTerms } from "../libraries/Route.sol";

/// @notice Where a transfer that leaves or arrives stands. Leaving: QUEUED → CANCELLED | DONE. Arriving: NONE →
/// QUEUED → DONE, or NONE → DONE. No state is ever left for an earlier one.
enum Passage {
    NONE,
    QUEUED,
    CANCELLED,
    DONE
}

/// @title IBridgeGate
/// @notice One end of the ways between chains. At home tokens are locked and released; at the remote end they
/// are minted and burned ({IBridgedToken}). Amounts in calls are base units of the local token unless they are
/// of type Amount.
///
/// A transfer leaves by {send}: within the route's budget at once, else after a day in a queue from which its
/// sender can take it back. It has a nonce, and attesters something to sign, only once it has left. It arrives
/// by {deliver}, once per (source chain, source gate, nonce) whatever was signed: within the budget at once, else
/// after a day in a queue. Whoever cannot be paid is credited and claims to another address.
///
/// Each token has one route per gate: what a gate holds of a token stands behind that route alone. Locked tokens
/// that shrink by themselves stop {send} and pay everyone the same pro-rata share; a surplus is never paid out.
/// Only {send} and {complete} at home can be stopped; cancel, claim, burning, delivery and execution cannot.
interface IBridgeGate {
    /// @notice A transfer beyond the budget, waiting to leave or having waited.
    struct Outbound {
        bytes32 route;
        address sender;
        address recipient;
        Amount amount;
        uint40 releaseAt;
        Passage passage;
    }

    /// @notice A transfer that arrived and could not go through at once.
    /// @param epoch Of the attesters on whose word it is queued; once revoked it has to be attested again.
    struct Inbound {
        Transfer transfer;
        uint32 epoch;
        uint40 releaseAt;
        Passage passage;
    }

    /// @notice What a gate owes on a route, in base units of the local token.
    /// @param isHome Whether this is the end that locks.
    /// @param locked Locked for what exists at the other end; always 0 at the remote end.
    /// @param setAside Of senders in the queue and of claims, not counted as locked; 0 at the remote end.
    /// @param minted Supply of the representation; 0 at home.
    /// @param held Balance of the gate, with what was donated.
    /// @param entryStopped Sending from here is stopped; counts at home only.
    struct RouteState {
        RouteTerms terms;
        bool isHome;
        uint256 locked;
        uint256 setAside;
        uint256 minted;
        uint256 held;
        bool entryStopped;
    }

    event RouteAdded(
        bytes32 indexed route, RouteTerms terms, uint96 capacityOut, uint96 capacityIn
    );
    /// @notice A transfer left. This is what attesters sign, once it is final.
    event Sent(
        bytes32 indexed route,
        uint64 indexed nonce,
        address indexed sender,
        address recipient,
        Amount amount
    );
    event OutboundQueued(
        uint256 indexed id,
        bytes32 indexed route,
        address indexed sender,
        address recipient,
        Amount amount,
        uint40 releaseAt
    );
    event OutboundCancelled(uint256 indexed id);
    /// @notice A queued transfer left, with this nonce; {Sent} says the rest.
    event OutboundCompleted(uint256 indexed id, uint64 indexed nonce);
    /// @notice A transfer arrived and was queued; the same nonce again after its epoch was revoked.
    event InboundQueued(
        uint256 indexed id,
        bytes32 indexed route,
        uint64 indexed nonce,
        address recipient,
        Amount amount,
        uint32 epoch,
        uint40 releaseAt
    );
    /// @notice A transfer that arrived went through: paid, minted or credited.
    event Executed(
        bytes32 indexed route, uint64 indexed nonce, address indexed recipient, Amount amount
    );
    event Credited(bytes32 indexed route, address indexed account, Amount amount);
    /// @param paid Base units; less than the amount where the token shrank.
    event Claimed(
        bytes32 indexed route,
        address indexed account,
        address indexed to,
        Amount amount,
        uint256 paid
    );
    event EntryStopped(bytes32 indexed route, bool stopped);
    event InboundDelayed(uint40 until);

    error NotThisGate();
    error SameChain(uint64 chain);
    error RouteExists(bytes32 route);
    error UnknownRoute(bytes32 route);
    /// @notice The token has another route on this gate already.
    error TokenTaken(address token, bytes32 route);
    error InvalidEnd(address gate, address token);
    error UnsupportedDecimals(uint8 stated, uint8 found);
    error NotRepresentation(address token);
    /// @notice The signed transfer is of another route than the terms given.
    error RouteMismatch(bytes32 signed, bytes32 given);
    /// @notice This chain has forked away from the one the gate was made on.
    error WrongChain(uint256 chain);
    error EntryIsStopped();
    /// @notice Nobody, a token or a gate of the route.
    error InvalidRecipient(address recipient);
    /// @notice Less than one step, or nothing left to pay.
    error NothingToMove(uint256 amount);
    error BelowMinimum(uint256 amount, uint256 minimum);
    /// @notice The budget is too small, and the sender did not want to wait.
    error OverLimit(uint256 amount, uint256 budget);
    /// @notice The tokens held shrank below what is owed; only exits remain.
    error LessThanOwed(uint256 held, uint256 owed);
    /// @notice More would be released than is locked for the other end.
    error RouteShort(uint256 locked, uint256 amount);
    error WrongPassage(Passage found);
    error NotSender(address caller, address sender);
    error NotReleased(uint40 releaseAt);
    error AlreadyDelivered(uint64 sourceChain, address sourceGate, uint64 nonce);
    error DelayedRecently(uint40 againFrom);

    /// @notice Adds a route; its terms never change and it is never removed. Buckets start full.
    /// @param capacityOut Most that leaves at once, in steps; see {IRouteLimits}.
    /// @param capacityIn Most that arrives at once, in steps.
    function addRoute(RouteTerms calldata terms, uint96 capacityOut, uint96 capacityIn)
        external
        returns (bytes32 route);

    /// @notice Sends up to `amount` to `recipient` at the other end. Takes whole steps only: what the other end
    /// cannot represent stays with the sender. Credits what arrived, where the token takes a fee.
    /// @param minimum Least base units to be sent.
    /// @param mayQueue Whether to wait for a day when the budget is too small, rather than revert.
    /// @return sent Whether it left; else it is queued.
    /// @return number The nonce if it left, else the id in the queue.
    function send(
        RouteTerms calldata terms,
        uint256 amount,
        uint256 minimum,
        address recipient,
        bool mayQueue
    ) external returns (bool sent, uint256 number);

    /// @notice Takes a queued transfer back, any time before it left; only its sender. Pays it in full, or the
    /// pro-rata share where the token shrank; credits the sender where paying fails.
    function cancel(uint256 id) external;

    /// @notice Lets a queued transfer leave once it waited long enough; anyone.
    function complete(uint256 id) external returns (uint64 nonce);

    /// @notice Brings in an attested transfer; anyone. Queues it when the budget is too small or execution is
    /// delayed. The nonce is used up either way, and free again only for a transfer that is still queued on the
    /// word of a revoked epoch: that one is replaced by what a valid epoch attests.
    /// @return id In the queue; 0 when it went through.
    function deliver(
        RouteTerms calldata terms,
        Transfer calldata transfer,
        Attestation calldata attestation
    ) external returns (uint256 id);

    /// @notice Puts a queued arrival through, once it waited long enough; anyone.
    function execute(uint256 id) external;

    /// @notice Pays the caller what it was credited, to any address.
    /// @return paid Base units; the pro-rata share where the token shrank.
    function claim(bytes32 route, address to) external returns (uint256 paid);

    /// @notice Stops sending from home on these routes. Burning towards home goes on.
    function stopEntry(bytes32[] calldata routes) external;

    /// @notice Allows sending again.
    function allowEntry(bytes32 route) external;

    /// @notice Holds every execution back for 48 hours, at most once per 14 days; ends by itself.
    function delayInbound() external;

    /// @notice What {send} would take of `amount` if all of it arrived, and whether it would be queued.
    function previewSend(bytes32 route, uint256 amount)
        external
        view
        returns (uint256 taken, bool queued);

    /// @notice The route of a local token; 0 if it has none.
    function routeOf(address token) external view returns (bytes32 route);

    /// @notice Routes in order of addition, at most `count` from number `from`.
    function routes(uint256 from, uint256 count) external view returns (bytes32[] memory page);

    /// @notice Terms and books of a route.
    function routeState(bytes32 route) external view returns (RouteState memory);

    /// @notice What an account can claim on a route, in base units, before any pro-rata cut.
    function claimable(bytes32 route, address account) external view returns (uint256);

    /// @notice Transfers that ever waited to leave, at most `count` from id `from`; ids begin at 1.
    function outboundQueue(uint256 from, uint256 count)
        external
        view
        returns (Outbound[] memory page);

    /// @notice Transfers that ever waited after arriving, at most `count` from id `from`; ids begin at 1.
    /// `releaseAt` includes the present delay.
    function inboundQueue(uint256 from, uint256 count) external view returns (Inbound[] memory page);

    /// @notice Where an arrival stands, and its id if it was ever queued.
    function arrival(uint64 sourceChain, address sourceGate, uint64 nonce)
        external
        view
        returns (Passage passage, uint256 id);

    /// @notice Unix time until which executions are held back; in the past when none are.
    function delayedUntil() external view returns (uint40);

    /// @notice The nonce of the last transfer that left on a route: its number in the gate, from 1, times 2^40,
    /// plus the count of its transfers. So a nonce is unique among all of the gate's.
    function lastNonce(bytes32 route) external view returns (uint64);

    /// @notice What attesters sign for a transfer to this gate.
    function digest(Transfer calldata transfer, uint32 epoch) external view returns (bytes32);
}
