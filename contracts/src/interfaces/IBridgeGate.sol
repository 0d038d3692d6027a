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
    /// @param route Id of the route.
    /// @param sender Who sends, and can take it back while it waits.
    /// @param recipient Who is to get it at the other end.
    /// @param amount Steps, with the decimals of the route.
    /// @param releaseAt Unix time from which it may leave.
    /// @param passage Where it stands.
    struct Outbound {
        bytes32 route;
        address sender;
        address recipient;
        Amount amount;
        uint40 releaseAt;
        Passage passage;
    }

    /// @notice A transfer that arrived and could not go through at once.
    /// @param transfer The transfer as attested.
    /// @param epoch Epoch of the attesters it is queued on; once revoked it has to be attested again.
    /// @param releaseAt Unix time from which it may go through.
    /// @param passage Where it stands.
    struct Inbound {
        Transfer transfer;
        uint32 epoch;
        uint40 releaseAt;
        Passage passage;
    }

    /// @notice What a gate owes on a route, in base units of the local token.
    /// @param terms Terms of the route.
    /// @param isHome Whether this is the end that locks.
    /// @param locked Locked for what exists at the other end; always 0 at the remote end.
    /// @param setAside Owed to senders in the queue and to claims, not counted as locked; 0 at the remote end.
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

    /// @notice A route was added.
    /// @param route Id of the route.
    /// @param terms Its terms.
    /// @param capacityOut Most that leaves at once, in steps.
    /// @param capacityIn Most that arrives at once, in steps.
    event RouteAdded(
        bytes32 indexed route, RouteTerms terms, uint96 capacityOut, uint96 capacityIn
    );
    /// @notice A transfer left. This is what attesters sign, once it is final.
    /// @param route Id of the route.
    /// @param nonce Number of the transfer, unique among all of the gate's.
    /// @param sender Who sent it.
    /// @param recipient Who is to get it at the other end.
    /// @param amount Steps, with the decimals of the route.
    event Sent(
        bytes32 indexed route,
        uint64 indexed nonce,
        address indexed sender,
        address recipient,
        Amount amount
    );
    /// @notice A transfer waits to leave: it was beyond the budget.
    /// @param id Its number in the queue, from 1.
    /// @param route Id of the route.
    /// @param sender Who sends it.
    /// @param recipient Who is to get it at the other end.
    /// @param amount Steps, with the decimals of the route.
    /// @param releaseAt Unix time from which it may leave.
    event OutboundQueued(
        uint256 indexed id,
        bytes32 indexed route,
        address indexed sender,
        address recipient,
        Amount amount,
        uint40 releaseAt
    );
    /// @notice A queued transfer was taken back by its sender.
    /// @param id Its number in the queue.
    event OutboundCancelled(uint256 indexed id);
    /// @notice A queued transfer left; {Sent} holds the rest.
    /// @param id Its number in the queue.
    /// @param nonce The nonce it left with.
    event OutboundCompleted(uint256 indexed id, uint64 indexed nonce);
    /// @notice A transfer arrived and was queued; the same nonce again after its epoch was revoked.
    /// @param id Its number in the queue, from 1.
    /// @param route Id of the route.
    /// @param nonce Nonce at the gate it left.
    /// @param recipient Who is to get it.
    /// @param amount Steps, with the decimals of the route.
    /// @param epoch Epoch of the attesters.
    /// @param releaseAt Unix time from which it may go through.
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
    /// @param route Id of the route.
    /// @param nonce Nonce at the gate it left.
    /// @param recipient Who got it.
    /// @param amount Steps, with the decimals of the route.
    event Executed(
        bytes32 indexed route, uint64 indexed nonce, address indexed recipient, Amount amount
    );
    /// @notice A payment failed and waits for its owner to {claim} it.
    /// @param route Id of the route.
    /// @param account Who may claim it.
    /// @param amount Steps, with the decimals of the route.
    event Credited(bytes32 indexed route, address indexed account, Amount amount);
    /// @notice A payment that had failed was claimed.
    /// @param route Id of the route.
    /// @param account Whose it was.
    /// @param to Who was paid.
    /// @param amount What was credited: steps, with the decimals of the route.
    /// @param paid Base units; less than the amount where the token shrank.
    event Claimed(
        bytes32 indexed route,
        address indexed account,
        address indexed to,
        Amount amount,
        uint256 paid
    );
    /// @notice Sending from home was stopped or allowed again.
    /// @param route Id of the route.
    /// @param stopped Whether it is stopped now.
    event EntryStopped(bytes32 indexed route, bool stopped);
    /// @notice Executions are held back.
    /// @param until Unix time from which they go on.
    event InboundDelayed(uint40 until);

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
    /// @notice The signed transfer is of another route than the terms given.
    /// @param signed Id of the route in the transfer.
    /// @param given Id of the terms given.
    error RouteMismatch(bytes32 signed, bytes32 given);
    /// @notice This chain has forked away from the one the gate was made on.
    /// @param chain Id of this chain.
    error WrongChain(uint256 chain);
    /// @notice New entries are stopped; exits are not.
    error EntryIsStopped();
    /// @notice The recipient is nobody, or a token or a gate of the route.
    /// @param recipient The address given.
    error InvalidRecipient(address recipient);
    /// @notice Nothing would move: the amount is too small, or nothing is left to pay.
    /// @param amount Base units to be sent, or steps to be claimed.
    error NothingToMove(uint256 amount);
    /// @notice Less would come out than the caller accepts.
    /// @param amount Base units that would be sent.
    /// @param minimum Least it accepts.
    error BelowMinimum(uint256 amount, uint256 minimum);
    /// @notice The budget is too small, and the sender did not want to wait.
    /// @param amount Steps to be sent.
    /// @param budget Steps that may leave now.
    error OverLimit(uint256 amount, uint256 budget);
    /// @notice The tokens held shrank below what is owed; only exits remain.
    /// @param held Base units held.
    /// @param owed Base units owed.
    error LessThanOwed(uint256 held, uint256 owed);
    /// @notice More would be released than is locked for the other end.
    /// @param locked Steps locked.
    /// @param amount Steps that arrived.
    error RouteShort(uint256 locked, uint256 amount);
    /// @notice The transfer does not wait in the queue.
    /// @param found Where it stands.
    error WrongPassage(Passage found);
    /// @notice Only the sender takes a transfer back.
    /// @param caller Who tried.
    /// @param sender Whose transfer it is.
    error NotSender(address caller, address sender);
    /// @notice The transfer has not waited long enough.
    /// @param releaseAt Unix time from which it may go on.
    error NotReleased(uint40 releaseAt);
    /// @notice A transfer of this nonce arrived before.
    /// @param sourceChain Id of the chain it left.
    /// @param sourceGate The gate it left.
    /// @param nonce Its nonce there.
    error AlreadyDelivered(uint64 sourceChain, address sourceGate, uint64 nonce);
    /// @notice Executions were held back within the last 14 days.
    /// @param againFrom Unix time from which they may be again.
    error DelayedRecently(uint40 againFrom);

    /// @notice Adds a route; its terms never change and it is never removed. Buckets start full. Curator.
    /// @param terms Terms of the route; this gate is one of its ends.
    /// @param capacityOut Most that leaves at once, in steps; see {IRouteLimits}.
    /// @param capacityIn Most that arrives at once, in steps.
    /// @return route Id of the route: the hash of its terms.
    function addRoute(RouteTerms calldata terms, uint96 capacityOut, uint96 capacityIn)
        external
        returns (bytes32 route);

    /// @notice Sends tokens of the caller to the other end. Takes whole steps only: what the other end cannot
    /// represent stays with the sender. Where the token takes a fee, sends what arrived.
    /// @param terms Terms of the route.
    /// @param amount Most base units to take.
    /// @param minimum Least base units to be sent.
    /// @param recipient Who is to get them at the other end.
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
    /// @param id Its number in the queue.
    function cancel(uint256 id) external;

    /// @notice Lets a queued transfer leave once it waited long enough; anyone.
    /// @param id Its number in the queue.
    /// @return nonce The nonce it leaves with.
    function complete(uint256 id) external returns (uint64 nonce);

    /// @notice Brings in an attested transfer; anyone. Queues it when the budget is too small or execution is
    /// delayed. The nonce is used up either way, and free again only for a transfer that is still queued when the
    /// epoch that attested it is revoked: that one is replaced by what a valid epoch attests.
    /// @param terms Terms of the route.
    /// @param transfer The transfer, as it left.
    /// @param attestation Signatures over it; see {digest}.
    /// @return id Its number in the queue; 0 when it went through.
    function deliver(
        RouteTerms calldata terms,
        Transfer calldata transfer,
        Attestation calldata attestation
    ) external returns (uint256 id);

    /// @notice Puts a queued arrival through, once it waited long enough; anyone.
    /// @param id Its number in the queue.
    function execute(uint256 id) external;

    /// @notice Pays the caller what it was credited, to any address.
    /// @param route Id of the route.
    /// @param to Who is paid.
    /// @return paid Base units; the pro-rata share where the token shrank.
    function claim(bytes32 route, address to) external returns (uint256 paid);

    /// @notice Stops sending from home on some routes. Burning towards home goes on. Guardian.
    /// @param routes Ids of the routes.
    function stopEntry(bytes32[] calldata routes) external;

    /// @notice Allows sending from home again. Curator.
    /// @param route Id of the route.
    function allowEntry(bytes32 route) external;

    /// @notice Holds every execution back for 48 hours, at most once per 14 days; ends by itself. Guardian.
    function delayInbound() external;

    /// @notice What {send} would do now if all that it takes arrived.
    /// @param route Id of the route.
    /// @param amount Most base units to take.
    /// @return taken Base units it would take, rounded down to whole steps.
    /// @return queued Whether they would wait in the queue.
    function previewSend(bytes32 route, uint256 amount)
        external
        view
        returns (uint256 taken, bool queued);

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

    /// @notice What an account can {claim} on a route.
    /// @param route Id of the route.
    /// @param account Whose it is.
    /// @return Base units, before any pro-rata cut.
    function claimable(bytes32 route, address account) external view returns (uint256);

    /// @notice Transfers that ever waited to leave.
    /// @param from Id of the first, from 1.
    /// @param count Most transfers to return.
    /// @return page Transfers, in order of id.
    function outboundQueue(uint256 from, uint256 count)
        external
        view
        returns (Outbound[] memory page);

    /// @notice Transfers that ever waited after arriving.
    /// @param from Id of the first, from 1.
    /// @param count Most transfers to return.
    /// @return page Transfers, in order of id; `releaseAt` includes the present delay.
    function inboundQueue(uint256 from, uint256 count) external view returns (Inbound[] memory page);

    /// @notice Where an arrival stands.
    /// @param sourceChain Id of the chain it left.
    /// @param sourceGate The gate it left.
    /// @param nonce Its nonce there.
    /// @return passage Where it stands; NONE before it is delivered.
    /// @return id Its number in the queue; 0 if it was never queued.
    function arrival(uint64 sourceChain, address sourceGate, uint64 nonce)
        external
        view
        returns (Passage passage, uint256 id);

    /// @notice Until when executions are held back.
    /// @return Unix time; in the past when none are.
    function delayedUntil() external view returns (uint40);

    /// @notice The nonce of the last transfer that left on a route: its number in the gate, from 1, times 2^40,
    /// plus the count of its transfers. So a nonce is unique among all of the gate's.
    /// @param route Id of the route.
    /// @return Its last nonce.
    function lastNonce(bytes32 route) external view returns (uint64);

    /// @notice What attesters sign for a transfer to this gate (EIP-712).
    /// @param transfer The transfer, as it left.
    /// @param epoch Epoch of the attesters.
    /// @return The digest, domain included.
    function digest(Transfer calldata transfer, uint32 epoch) external view returns (bytes32);
}
