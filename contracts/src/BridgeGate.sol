// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AttesterSet } from "./AttesterSet.sol";
import { RouteBook } from "./RouteBook.sol";
import { IBridgeGate, Passage } from "./interfaces/IBridgeGate.sol";
import { Direction } from "./interfaces/IRouteLimits.sol";
import { Amount, AmountLib, DecimalsMismatch } from "./libraries/Amount.sol";
import { Attestation, Message, Transfer } from "./libraries/Message.sol";
import { RouteLib, RouteTerms } from "./libraries/Route.sol";
import { IERC7802 } from "@openzeppelin/contracts/interfaces/draft-IERC7802.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {
    ReentrancyGuardTransient
} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title BridgeGate
/// @notice See {IBridgeGate}. Routes are in {RouteBook}, limits in {RouteLimits}, attesters in {AttesterSet}.
contract BridgeGate is IBridgeGate, AttesterSet, RouteBook, EIP712, ReentrancyGuardTransient {
    using Message for Transfer;
    using RouteLib for RouteTerms;
    using SafeERC20 for IERC20;

    mapping(uint64 chain => mapping(address gate => mapping(uint256 word => uint256))) private
        _delivered;

    // Read on slow paths and by views only.
    mapping(bytes32 route => mapping(address account => uint96 steps)) private _claimable;
    Outbound[] private _outbound;
    Inbound[] private _inbound;
    mapping(uint64 chain => mapping(address gate => mapping(uint64 nonce => uint256 id))) private
        _inboundIds;

    constructor(address authority) AttesterSet(authority) EIP712("Pargrade BridgeGate", "1") { }

    // ── leaving ───────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IBridgeGate
    function send(
        RouteTerms memory terms,
        uint256 amount,
        uint256 minimum,
        address recipient,
        bool mayQueue
    ) external nonReentrant returns (bool sent, uint256 number) {
        if (block.chainid != _chain) revert WrongChain(block.chainid);
        bytes32 route = terms.id();
        _requireRunning(route);
        Book storage book = _books[route];
        _checkRecipient(terms, recipient);
        Amount taken = _take(terms, book, amount, minimum);
        sent = _takeBudget(route, Direction.OUT, taken);
        if (sent) return (true, _leave(terms, route, msg.sender, recipient, taken));
        if (!mayQueue) revert OverLimit(taken.value(), budget(route, Direction.OUT));
        if (_isHome(terms)) book.setAside += taken.value();
        return (false, _queueOutbound(route, recipient, taken));
    }

    /// @inheritdoc IBridgeGate
    function cancel(uint256 id) external nonReentrant {
        Outbound storage o = _queuedOutbound(id);
        if (msg.sender != o.sender) revert NotSender(msg.sender, o.sender);
        o.passage = Passage.CANCELLED;
        (bytes32 route, Amount amount) = (o.route, o.amount);
        emit OutboundCancelled(id, amount);
        RouteTerms memory terms = _termsOf(route);
        if (_isHome(terms)) {
            _books[route].setAside -= amount.value();
            _pay(terms, route, o.sender, amount, true);
        } else {
            _mint(terms, o.sender, amount);
        }
    }

    /// @inheritdoc IBridgeGate
    function complete(uint256 id) external nonReentrant returns (uint64 nonce) {
        Outbound storage o = _queuedOutbound(id);
        bytes32 route = o.route;
        _requireRunning(route);
        Amount part = _takePart(route, Direction.OUT, o.amount);
        Amount waiting = o.amount - part;
        o.amount = waiting;
        if (waiting.value() == 0) o.passage = Passage.DONE;
        RouteTerms memory terms = _termsOf(route);
        if (_isHome(terms)) {
            _requireEntry(_books[route]);
            _books[route].setAside -= part.value();
        }
        nonce = _leave(terms, route, o.sender, o.recipient, part);
        emit OutboundCompleted(id, nonce, waiting);
    }

    // ── arriving ──────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IBridgeGate
    function deliver(
        RouteTerms memory terms,
        Transfer memory transfer,
        Attestation calldata attestation
    ) external nonReentrant returns (uint256 id) {
        id = _arrive(terms, transfer, attestation);
        if (id == 0 && block.timestamp >= delayedUntil(transfer.route)) {
            if (_takeBudget(transfer.route, Direction.IN, transfer.amount)) {
                _execute(terms, transfer, transfer.amount, false);
                return 0;
            }
        }
        return _queueInbound(terms, id, transfer, attestation.epoch);
    }

    /// @inheritdoc IBridgeGate
    function enqueue(
        RouteTerms memory terms,
        Transfer memory transfer,
        Attestation calldata attestation
    ) external nonReentrant returns (uint256 id) {
        id = _arrive(terms, transfer, attestation);
        return _queueInbound(terms, id, transfer, attestation.epoch);
    }

    /// @inheritdoc IBridgeGate
    function execute(uint256 id) external nonReentrant returns (Amount part) {
        Passage passage = id == 0 || id > _inbound.length ? Passage.NONE : _inbound[id - 1].passage;
        if (passage != Passage.QUEUED) revert WrongPassage(passage);
        Inbound storage i = _inbound[id - 1];
        Transfer memory transfer = i.transfer;
        uint40 until = delayedUntil(transfer.route);
        if (block.timestamp < until) revert InboundIsDelayed(until);
        if (_isRevoked(i.epoch)) revert RevokedEpoch(i.epoch);
        _requireRunning(transfer.route);
        Amount waiting = AmountLib.pack(i.waiting, transfer.amount.decimals());
        part = _takePart(transfer.route, Direction.IN, waiting);
        i.waiting -= part.value();
        if (i.waiting == 0) i.passage = Passage.DONE;
        _execute(_termsOf(transfer.route), transfer, part, true);
    }

    /// @inheritdoc IBridgeGate
    function claim(bytes32 route, address to, uint256 amount)
        external
        nonReentrant
        returns (uint256 paid)
    {
        RouteTerms memory terms = _termsOf(route);
        _checkRecipient(terms, to);
        IERC20 token = IERC20(terms.homeToken);
        uint256 step = _step(terms);
        uint256 credit = _claimable[route][msg.sender];
        uint256 steps = Math.min(amount / step, credit);
        (uint256 held, uint256 owed) = _reserves(terms, _books[route]);
        paid = _share(steps * step, held, owed);
        if (paid == 0) revert NothingToMove(steps);

        token.safeTransfer(to, paid);
        uint256 left = token.balanceOf(address(this));
        if (left + paid < held) {
            // Who claims pays what the token takes on top, at what a step is worth now, rounded up.
            uint256 worth = Math.min(held, owed);
            steps += Math.mulDiv(held - left - paid, owed, worth * step, Math.Rounding.Ceil);
            if (steps > credit) revert TookMore(held - left, _share(credit * step, held, owed));
        }
        _claimable[route][msg.sender] = uint96(credit - steps);
        _books[route].setAside -= uint96(steps);
        emit Claimed(route, msg.sender, to, AmountLib.pack(steps, terms.decimals()), paid);
    }

    /// @inheritdoc IBridgeGate
    function payOut(address token, address to, uint256 amount) external {
        if (msg.sender != address(this)) revert OnlyItself(msg.sender);
        uint256 held = IERC20(token).balanceOf(address(this));
        // Of a failure only the fact is passed on: its data may be a megabyte.
        if (!IERC20(token).trySafeTransfer(to, amount)) revert NothingToMove(amount);
        uint256 left = IERC20(token).balanceOf(address(this));
        if (left + amount < held) revert TookMore(held - left, amount);
    }

    // ── views ─────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IBridgeGate
    function previewSend(bytes32 route, uint256 amount)
        external
        view
        returns (uint256 taken, bool queued)
    {
        RouteTerms memory terms = _termsOf(route);
        uint8 decimals = _localDecimals(terms);
        Amount steps = AmountLib.fromBase(amount, decimals, terms.decimals());
        return (steps.toBase(decimals), steps.value() > budget(route, Direction.OUT));
    }

    /// @inheritdoc IBridgeGate
    function claimable(bytes32 route, address account) external view returns (uint256) {
        return _claimable[route][account] * _step(_termsOf(route));
    }

    /// @inheritdoc IBridgeGate
    function outbound(uint256 id) external view returns (Outbound memory) {
        return _outbound[id - 1];
    }

    /// @inheritdoc IBridgeGate
    function inbound(uint256 id) external view returns (Inbound memory) {
        return _inbound[id - 1];
    }

    /// @inheritdoc IBridgeGate
    function queueLengths() external view returns (uint256 outbounds, uint256 inbounds) {
        return (_outbound.length, _inbound.length);
    }

    /// @inheritdoc IBridgeGate
    function arrival(uint64 sourceChain, address sourceGate, uint64 nonce)
        external
        view
        returns (Passage passage, uint256 id)
    {
        id = _inboundIds[sourceChain][sourceGate][nonce];
        if (id != 0) return (_inbound[id - 1].passage, id);
        bool used = _delivered[sourceChain][sourceGate][nonce >> 8] & (1 << (nonce & 0xff)) != 0;
        return (used ? Passage.DONE : Passage.NONE, 0);
    }

    /// @inheritdoc IBridgeGate
    function digest(Transfer memory transfer, uint32 epoch) public view returns (bytes32) {
        return _hashTypedDataV4(transfer.hash(epoch));
    }

    // ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Takes whole steps of `amount` from the caller and says how many arrived.
    function _take(RouteTerms memory terms, Book storage book, uint256 amount, uint256 minimum)
        private
        returns (Amount taken)
    {
        uint8 decimals = _localDecimals(terms);
        taken = AmountLib.fromBase(amount, decimals, terms.decimals());
        if (_isHome(terms)) {
            _requireEntry(book);
            taken = _lock(terms, book, taken);
        } else {
            IERC7802(terms.remoteToken).crosschainBurn(msg.sender, taken.toBase(decimals));
        }
        if (taken.value() == 0) revert NothingToMove(amount);
        if (taken.toBase(decimals) < minimum) {
            revert BelowMinimum(taken.toBase(decimals), minimum);
        }
    }

    /// @dev Asks for `amount` and credits what arrived; the guard makes taking before booking safe.
    function _lock(RouteTerms memory terms, Book storage book, Amount amount)
        private
        returns (Amount)
    {
        IERC20 token = IERC20(terms.homeToken);
        uint256 held = _checkReserves(terms, book, amount);
        uint256 asked = amount.toBase(terms.homeDecimals);
        if (asked == 0) return amount;
        token.safeTransferFrom(msg.sender, address(this), asked);
        uint256 arrived = token.balanceOf(address(this));
        // A token that gives more than was asked for has made a donation.
        if (arrived >= held + asked) return amount;
        arrived = arrived > held ? arrived - held : 0;
        amount = AmountLib.fromBase(arrived, terms.homeDecimals, amount.decimals());
        uint256 credited = amount.toBase(terms.homeDecimals);
        if (arrived != credited) {
            token.safeTransfer(msg.sender, arrived - credited);
            uint256 left = token.balanceOf(address(this));
            if (left < held + credited) revert LessThanOwed(left, held + credited);
        }
        return amount;
    }

    /// @dev What is held, if it is all that is owed, and `amount` on top still fits.
    function _checkReserves(RouteTerms memory terms, Book storage book, Amount amount)
        private
        view
        returns (uint256 held)
    {
        Amount owing = AmountLib.pack(uint256(book.locked) + book.setAside, amount.decimals());
        uint256 owed = owing.toBase(terms.homeDecimals);
        held = IERC20(terms.homeToken).balanceOf(address(this));
        if (held < owed) revert LessThanOwed(held, owed);
        owing = owing + amount;
    }

    function _queueOutbound(bytes32 route, address recipient, Amount amount)
        private
        returns (uint256 id)
    {
        _outbound.push(Outbound(route, msg.sender, recipient, amount, Passage.QUEUED));
        id = _outbound.length;
        emit OutboundQueued(id, route, msg.sender, recipient, amount);
    }

    /// @dev In place of arrival number `id`, or as a new one where that is 0.
    function _queueInbound(RouteTerms memory terms, uint256 id, Transfer memory t, uint32 epoch)
        private
        returns (uint256)
    {
        Amount waiting = t.amount;
        if (id == 0) {
            _inbound.push(Inbound(t, waiting.value(), epoch, Passage.QUEUED));
            id = _inbound.length;
            (uint64 chain, address gate) = _source(terms);
            _inboundIds[chain][gate][t.nonce] = id;
        } else {
            Inbound storage i = _inbound[id - 1];
            Transfer memory before = i.transfer;
            // The same transfer goes on where it stopped; another one shows that the first was a lie.
            if (before.hash(0) == t.hash(0)) {
                waiting = AmountLib.pack(i.waiting, t.amount.decimals());
            }
            (i.transfer, i.waiting, i.epoch) = (t, waiting.value(), epoch);
        }
        emit InboundQueued(id, t.route, t.nonce, t.recipient, waiting, epoch);
        return id;
    }

    /// @dev Books what was taken as sent, and gives it its nonce.
    function _leave(
        RouteTerms memory terms,
        bytes32 route,
        address sender,
        address recipient,
        Amount amount
    ) private returns (uint64 nonce) {
        Book memory book = _books[route];
        if (_isHome(terms)) book.locked += amount.value();
        nonce = ++book.nonce;
        _books[route] = book;
        emit Sent(route, nonce, sender, recipient, amount);
    }

    /// @dev Marks the nonce as used; returns the id of a queued arrival that is to be replaced, or 0.
    function _useUp(RouteTerms memory terms, uint64 nonce) private returns (uint256 id) {
        (uint64 chain, address gate) = _source(terms);
        mapping(uint256 => uint256) storage words = _delivered[chain][gate];
        (uint256 word, uint256 bit) = (words[nonce >> 8], 1 << (nonce & 0xff));
        if (word & bit == 0) {
            words[nonce >> 8] = word | bit;
            return 0;
        }
        id = _inboundIds[chain][gate][nonce];
        bool replaceable = id != 0 && _inbound[id - 1].passage == Passage.QUEUED
            && _isRevoked(_inbound[id - 1].epoch);
        if (!replaceable) revert AlreadyDelivered(chain, gate, nonce);
    }

    /// @dev Checks an arrival and uses its nonce up; returns the id of a queued one to replace, or 0.
    function _arrive(
        RouteTerms memory terms,
        Transfer memory transfer,
        Attestation calldata attestation
    ) private returns (uint256 id) {
        bytes32 route = terms.id();
        if (transfer.route != route) revert RouteMismatch(transfer.route, route);
        _requireRunning(route);
        _checkRecipient(terms, transfer.recipient);
        (uint8 stated, uint8 decimals) = (transfer.amount.decimals(), terms.decimals());
        if (stated != decimals) revert DecimalsMismatch(stated, decimals);
        _checkAttestation(digest(transfer, attestation.epoch), attestation);
        return _useUp(terms, transfer.nonce);
    }

    function _execute(RouteTerms memory terms, Transfer memory transfer, Amount part, bool careful)
        private
    {
        emit Executed(transfer.route, transfer.nonce, transfer.recipient, part);
        if (!_isHome(terms)) return _mint(terms, transfer.recipient, part);
        Book storage book = _books[transfer.route];
        (uint96 locked, uint96 steps) = (book.locked, part.value());
        if (steps > locked) revert RouteShort(locked, steps);
        book.locked = locked - steps;
        _pay(terms, transfer.route, transfer.recipient, part, careful);
    }

    function _mint(RouteTerms memory terms, address to, Amount amount) private {
        IERC7802(terms.remoteToken).crosschainMint(to, amount.toBase(terms.remoteDecimals));
    }

    /// @dev Pays what is in no book any more, or puts it aside for `account`. Where not `careful` it pays in full and
    /// reverts unless all that is owed is still there, which saves two calls; else it pays the share of what is held,
    /// in a call of its own, and puts the amount aside where the token takes more than that.
    function _pay(
        RouteTerms memory terms,
        bytes32 route,
        address account,
        Amount amount,
        bool careful
    ) private {
        Book storage book = _books[route];
        uint256 due = amount.value() * _step(terms);
        if (careful) {
            (uint256 held, uint256 owed) = _reserves(terms, book);
            due = _share(due, held, owed + due);
            if (due != 0) {
                try this.payOut(terms.homeToken, account, due) {
                    return;
                } catch { }
            }
        } else if (due != 0 && IERC20(terms.homeToken).trySafeTransfer(account, due)) {
            (uint256 held, uint256 owed) = _reserves(terms, book);
            if (held < owed) revert LessThanOwed(held, owed);
            return;
        }
        book.setAside += amount.value();
        _claimable[route][account] += amount.value();
        emit Credited(route, account, amount);
    }

    /// @dev Base units held, and owed by the books.
    function _reserves(RouteTerms memory terms, Book storage book)
        private
        view
        returns (uint256 held, uint256 owed)
    {
        held = IERC20(terms.homeToken).balanceOf(address(this));
        owed = (uint256(book.locked) + book.setAside) * _step(terms);
    }

    /// @dev All that is due, or its part of what is held: rounds down, in favour of those who wait.
    function _share(uint256 due, uint256 held, uint256 owed) private pure returns (uint256) {
        return held >= owed ? due : Math.mulDiv(due, held, owed);
    }

    function _queuedOutbound(uint256 id) private view returns (Outbound storage o) {
        if (id == 0 || id > _outbound.length) revert WrongPassage(Passage.NONE);
        o = _outbound[id - 1];
        if (o.passage != Passage.QUEUED) revert WrongPassage(o.passage);
    }
}
