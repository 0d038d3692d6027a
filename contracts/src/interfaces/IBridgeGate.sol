// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Amount } from "../libraries/Amount.sol";
import { Attestation, Transfer } from "../libraries/Message.sol";
import { RouteTerms } from "../libraries/Route.sol";
import { IRouteBook } from "./IRouteBook.sol";

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
/// A transfer leaves by {send}: within the route's budget at once, else it waits until it fits, and until then its
/// sender can take it back. It has a nonce, and attesters something to sign, only once it has left. It arrives by
/// {deliver}, once per (source chain, source gate, nonce) whatever was signed: within the budget at once, else it
/// waits until it fits. What waits takes its budget when it goes, so waiting is no way around the limit and costs
/// no more time than the limit does; anyone lets it go on. More than fits goes in parts. Whoever cannot be paid is
/// credited and claims to another address.
///
/// Locked tokens that shrink by themselves stop {send} and pay everyone the same pro-rata share; a surplus is never
/// paid out. No role stops {cancel} and {claim}. Sending from home, and for a time a whole route, can be stopped,
/// and arrivals be held back ({IRouteBook}).
interface IBridgeGate is IRouteBook {
    /// @notice A transfer beyond the budget, waiting to leave or having waited.
    /// @param route Id of the route.
    /// @param sender Who sends, and can take back what still waits.
    /// @param recipient Who is to get it at the other end.
    /// @param amount What still waits, or was taken back: steps, with the decimals of the route.
    /// @param passage Where it stands.
    struct Outbound {
        bytes32 route;
        address sender;
        address recipient;
        Amount amount;
        Passage passage;
    }

    /// @notice A transfer that arrived and could not go through at once.
    /// @param transfer The transfer as attested.
    /// @param waiting What still waits of its amount, in steps.
    /// @param epoch Epoch of the attesters it is queued on; once revoked it has to be attested again.
    /// @param passage Where it stands.
    struct Inbound {
        Transfer transfer;
        uint96 waiting;
        uint32 epoch;
        Passage passage;
    }

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
    event OutboundQueued(
        uint256 indexed id,
        bytes32 indexed route,
        address indexed sender,
        address recipient,
        Amount amount
    );
    /// @notice What still waited of a queued transfer was taken back by its sender.
    /// @param id Its number in the queue.
    /// @param amount What was taken back: steps, with the decimals of the route.
    event OutboundCancelled(uint256 indexed id, Amount amount);
    /// @notice A queued transfer, or a part of it, left; {Sent} of the nonce holds the rest.
    /// @param id Its number in the queue.
    /// @param nonce The nonce it left with; each part has its own.
    /// @param waiting What still waits: steps, with the decimals of the route.
    event OutboundCompleted(uint256 indexed id, uint64 indexed nonce, Amount waiting);
    /// @notice A transfer arrived and waits; the same nonce again when it was attested anew after a revocation.
    /// @param id Its number in the queue, from 1.
    /// @param route Id of the route.
    /// @param nonce Nonce at the gate it left.
    /// @param recipient Who is to get it.
    /// @param amount What waits: steps, with the decimals of the route.
    /// @param epoch Epoch of the attesters.
    event InboundQueued(
        uint256 indexed id,
        bytes32 indexed route,
        uint64 indexed nonce,
        address recipient,
        Amount amount,
        uint32 epoch
    );
    /// @notice A transfer that arrived went through, or a part of it: paid, minted or credited. All of a nonce sum
    /// to what arrived.
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
    /// @param amount What it is charged of its credit: steps, with the decimals of the route.
    /// @param paid Base units; less than the amount where the token shrank, or took a fee on top.
    event Claimed(
        bytes32 indexed route,
        address indexed account,
        address indexed to,
        Amount amount,
        uint256 paid
    );
    /// @notice The signed transfer is of another route than the terms given.
    /// @param signed Id of the route in the transfer.
    /// @param given Id of the terms given.
    error RouteMismatch(bytes32 signed, bytes32 given);
    /// @notice This chain has forked away from the one the gate was made on.
    /// @param chain Id of this chain.
    error WrongChain(uint256 chain);
    /// @notice Nothing would move: the amount is too small, or nothing is left to pay.
    /// @param amount Base units to be sent, or steps to be claimed.
    error NothingToMove(uint256 amount);
    /// @notice Less would come out than the caller accepts.
    /// @param amount Base units that would be sent.
    /// @param minimum Least it accepts.
    error BelowMinimum(uint256 amount, uint256 minimum);
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
    /// @notice Executions are held back.
    /// @param until Unix time from which they go on.
    error InboundIsDelayed(uint40 until);
    /// @notice The token took more from the gate than it was to pay.
    /// @param taken Base units that left the gate.
    /// @param due Base units that were to leave it at most.
    error TookMore(uint256 taken, uint256 due);
    /// @notice Only the gate itself calls this.
    /// @param caller Who tried.
    error OnlyItself(address caller);
    /// @notice A transfer of this nonce arrived before.
    /// @param sourceChain Id of the chain it left.
    /// @param sourceGate The gate it left.
    /// @param nonce Its nonce there.
    error AlreadyDelivered(uint64 sourceChain, address sourceGate, uint64 nonce);

    /// @notice Sends tokens of the caller to the other end. Takes whole steps only: what the other end cannot
    /// represent stays with the sender. Where the token takes a fee, sends what arrived.
    /// @param terms Terms of the route.
    /// @param amount Most base units to take.
    /// @param minimum Least base units to be sent.
    /// @param recipient Who is to get them at the other end.
    /// @param mayQueue Whether to wait when the budget is too small, rather than revert with OverLimit.
    /// @return sent Whether it left; else it is queued.
    /// @return number The nonce if it left, else the id in the queue.
    function send(
        RouteTerms calldata terms,
        uint256 amount,
        uint256 minimum,
        address recipient,
        bool mayQueue
    ) external returns (bool sent, uint256 number);

    /// @notice Takes back what still waits of a queued transfer; only its sender, at any time. Pays it in full, or
    /// the pro-rata share where the token shrank; credits the sender where paying fails.
    /// @param id Its number in the queue.
    function cancel(uint256 id) external;

    /// @notice Lets a queued transfer leave as far as the budget goes: all of it, or a part of at least a twelfth of
    /// the capacity; anyone. Reverts with OverLimit where less fits.
    /// @param id Its number in the queue.
    /// @return nonce The nonce it, or the part, leaves with.
    function complete(uint256 id) external returns (uint64 nonce);

    /// @notice Brings in an attested transfer; anyone. Queues it when the budget is too small or execution is
    /// delayed. The nonce is used up either way. A transfer that still waits when the epoch that attested it is
    /// revoked is replaced by what a valid epoch attests under its nonce, and waits again: the same transfer with
    /// what was left of it, another one, as the first was a lie, with its whole amount.
    /// @param terms Terms of the route.
    /// @param transfer The transfer, as it left.
    /// @param attestation Signatures over it; see {digest}.
    /// @return id Its number in the queue; 0 when it went through.
    function deliver(
        RouteTerms calldata terms,
        Transfer calldata transfer,
        Attestation calldata attestation
    ) external returns (uint256 id);

    /// @notice As {deliver}, but waits in any case; anyone. For an arrival that {deliver} refuses with LessThanOwed:
    /// {execute} pays the pro-rata share where the token shrank, and credits where it takes a fee on top.
    /// @param terms Terms of the route.
    /// @param transfer The transfer, as it left.
    /// @param attestation Signatures over it; see {digest}.
    /// @return id Its number in the queue.
    function enqueue(
        RouteTerms calldata terms,
        Transfer calldata transfer,
        Attestation calldata attestation
    ) external returns (uint256 id);

    /// @notice Puts a queued arrival through as far as the budget goes: all of it, or a part of at least a twelfth
    /// of the capacity; anyone. Reverts with OverLimit where less fits.
    /// @param id Its number in the queue.
    /// @return part What went through.
    function execute(uint256 id) external returns (Amount part);

    /// @notice Pays the caller of what it was credited, to any address. What the token takes on top of the payment
    /// is charged to the caller too, so that nobody else pays it; reverts with TookMore where the credit is too small
    /// for it.
    /// @param route Id of the route.
    /// @param to Who is paid.
    /// @param amount Most base units of the credit to use, rounded down to whole steps.
    /// @return paid Base units; the pro-rata share where the token shrank.
    function claim(bytes32 route, address to, uint256 amount) external returns (uint256 paid);

    /// @notice Pays out and reverts with TookMore where the token takes more than that; only the gate itself.
    /// @param token Token of a route.
    /// @param to Who is paid.
    /// @param amount Base units.
    function payOut(address token, address to, uint256 amount) external;

    /// @notice What {send} would do now if all that it takes arrived.
    /// @param route Id of the route.
    /// @param amount Most base units to take.
    /// @return taken Base units it would take, rounded down to whole steps.
    /// @return queued Whether they would wait.
    function previewSend(bytes32 route, uint256 amount)
        external
        view
        returns (uint256 taken, bool queued);

    /// @notice What an account can {claim} on a route.
    /// @param route Id of the route.
    /// @param account Whose it is.
    /// @return Base units, before any pro-rata cut.
    function claimable(bytes32 route, address account) external view returns (uint256);

    /// @notice A transfer that waits to leave, or did.
    /// @param id Its number in the queue, from 1 to the first of {queueLengths}.
    /// @return The transfer.
    function outbound(uint256 id) external view returns (Outbound memory);

    /// @notice A transfer that waits after arriving, or did.
    /// @param id Its number in the queue, from 1 to the second of {queueLengths}.
    /// @return The transfer.
    function inbound(uint256 id) external view returns (Inbound memory);

    /// @notice How many transfers ever waited.
    /// @return outbounds Number of those that were leaving.
    /// @return inbounds Number of those that had arrived.
    function queueLengths() external view returns (uint256 outbounds, uint256 inbounds);

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

    /// @notice What attesters sign for a transfer to this gate (EIP-712).
    /// @param transfer The transfer, as it left.
    /// @param epoch Epoch of the attesters.
    /// @return The digest, domain included.
    function digest(Transfer calldata transfer, uint32 epoch) external view returns (bytes32);
}
