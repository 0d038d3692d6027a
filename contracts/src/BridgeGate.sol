// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AttesterSet } from "./AttesterSet.sol";
import { RouteLimits } from "./RouteLimits.sol";
import { IBridgeGate, Passage } from "./interfaces/IBridgeGate.sol";
import { IBridgedToken } from "./interfaces/IBridgedToken.sol";
import { Direction } from "./interfaces/IRouteLimits.sol";
import { Amount, AmountLib } from "./libraries/Amount.sol";
import { Attestation, Message, Transfer } from "./libraries/Message.sol";
import { RouteLib, RouteTerms } from "./libraries/Route.sol";
import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { IERC7802 } from "@openzeppelin/contracts/interfaces/draft-IERC7802.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IERC20Metadata } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {
    ReentrancyGuardTransient
} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import { ERC165Checker } from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { SafeCast } from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title BridgeGate
/// @notice See {IBridgeGate}. Limits are in {RouteLimits}, attesters in {AttesterSet}.
contract BridgeGate is IBridgeGate, AttesterSet, RouteLimits, EIP712, ReentrancyGuardTransient {
    using Message for Transfer;
    using RouteLib for RouteTerms;
    using SafeERC20 for IERC20;

    uint40 public constant DELAY = 48 hours;
    uint40 public constant DELAY_INTERVAL = 14 days;
    /// @notice 96 bits of steps of this many base units each still fit into a word.
    uint8 public constant MOST_DECIMALS = 36;
    uint56 private constant COUNT = 1 << 40;

    /// @dev All of a route that sending reads and changes, in one word: what a home owes, in steps (at the remote
    /// end the supply says all there is), and the last nonce. That is number of the route u16 | count u40: unique
    /// in the gate, dense in the route, and never 0 for a route that was added.
    struct Book {
        uint96 locked;
        uint96 setAside;
        uint56 nonce;
        bool entryStopped;
    }

    uint256 private immutable _chain;
    uint40 private _delayedAt;
    mapping(bytes32 route => Book) private _books;
    mapping(uint64 chain => mapping(address gate => mapping(uint256 word => uint256))) private
        _delivered;

    // Read on slow paths and by views only.
    mapping(bytes32 route => RouteTerms) private _terms;
    bytes32[] private _routes;
    /// @inheritdoc IBridgeGate
    mapping(address token => bytes32 route) public routeOf;
    mapping(bytes32 route => mapping(address account => uint96 steps)) private _claimable;
    Outbound[] private _outbound;
    Inbound[] private _inbound;
    mapping(uint64 chain => mapping(address gate => mapping(uint64 nonce => uint256 id))) private
        _inboundIds;

    constructor(address authority) AttesterSet(authority) EIP712("Pargrade BridgeGate", "1") {
        _chain = block.chainid;
    }

    // ── routes and roles ──────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IBridgeGate
    function addRoute(RouteTerms memory terms, uint96 capacityOut, uint96 capacityIn)
        external
        restricted
        returns (bytes32 route)
    {
        route = terms.id();
        if (_books[route].nonce != 0) revert RouteExists(route);
        _checkTerms(terms);
        address token = _localToken(terms);
        if (routeOf[token] != 0) revert TokenTaken(token, routeOf[token]);

        (routeOf[token], _terms[route]) = (route, terms);
        _routes.push(route);
        _books[route].nonce = SafeCast.toUint16(_routes.length) * COUNT;
        emit RouteAdded(route, terms, capacityOut, capacityIn);
        _openLimits(route, capacityOut, capacityIn);
    }

    /// @inheritdoc IBridgeGate
    function stopEntry(bytes32[] calldata routes_) external restricted {
        for (uint256 i; i < routes_.length; ++i) {
            _setEntry(routes_[i], true);
        }
    }

    /// @inheritdoc IBridgeGate
    function allowEntry(bytes32 route) external restricted {
        _setEntry(route, false);
    }

    /// @inheritdoc IBridgeGate
    function delayInbound() external restricted {
        uint40 againFrom = _delayedAt + DELAY_INTERVAL;
        if (_delayedAt != 0 && block.timestamp < againFrom) revert DelayedRecently(againFrom);
        _delayedAt = uint40(block.timestamp);
        emit InboundDelayed(delayedUntil());
    }

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
        Book storage book = _book(route);
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
        emit OutboundCancelled(id);
        RouteTerms memory terms = _termsOf(o.route);
        if (_isHome(terms)) {
            _books[o.route].setAside -= o.amount.value();
            _pay(terms, o.route, o.sender, o.amount);
        } else {
            _mint(terms, o.sender, o.amount);
        }
    }

    /// @inheritdoc IBridgeGate
    function complete(uint256 id) external nonReentrant returns (uint64 nonce) {
        Outbound storage o = _queuedOutbound(id);
        if (block.timestamp < o.releaseAt) revert NotReleased(o.releaseAt);
        o.passage = Passage.DONE;
        RouteTerms memory terms = _termsOf(o.route);
        if (_isHome(terms)) {
            if (_books[o.route].entryStopped) revert EntryIsStopped();
            _books[o.route].setAside -= o.amount.value();
        }
        nonce = _leave(terms, o.route, o.sender, o.recipient, o.amount);
        emit OutboundCompleted(id, nonce);
    }

    // ── arriving ──────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IBridgeGate
    function deliver(
        RouteTerms memory terms,
        Transfer memory transfer,
        Attestation calldata attestation
    ) external nonReentrant returns (uint256 id) {
        bytes32 route = terms.id();
        if (transfer.route != route) revert RouteMismatch(transfer.route, route);
        _requireRoute(route);
        _checkRecipient(terms, transfer.recipient);
        // Reverts where the amount is not in the decimals of the route.
        transfer.amount.common(AmountLib.pack(0, terms.decimals()));
        _checkAttestation(digest(transfer, attestation.epoch), attestation);
        id = _useUp(terms, transfer.nonce);

        bool within = _takeBudget(route, Direction.IN, transfer.amount);
        if (within && block.timestamp >= delayedUntil()) {
            if (id != 0) _inbound[id - 1].passage = Passage.DONE;
            _execute(terms, transfer);
            return 0;
        }
        uint40 releaseAt = uint40(block.timestamp) + (within ? 0 : QUEUE_TIME);
        return
            _queueInbound(
                terms, id, Inbound(transfer, attestation.epoch, releaseAt, Passage.QUEUED)
            );
    }

    /// @inheritdoc IBridgeGate
    function execute(uint256 id) external nonReentrant {
        Passage passage = id == 0 || id > _inbound.length ? Passage.NONE : _inbound[id - 1].passage;
        if (passage != Passage.QUEUED) revert WrongPassage(passage);
        Inbound storage i = _inbound[id - 1];
        uint40 releaseAt = _releaseAt(i);
        if (block.timestamp < releaseAt) revert NotReleased(releaseAt);
        if (_isRevoked(i.epoch)) revert RevokedEpoch(i.epoch);
        i.passage = Passage.DONE;
        _execute(_termsOf(i.transfer.route), i.transfer);
    }

    /// @inheritdoc IBridgeGate
    function claim(bytes32 route, address to) external nonReentrant returns (uint256 paid) {
        RouteTerms memory terms = _termsOf(route);
        Book storage book = _books[route];
        uint96 steps = _claimable[route][msg.sender];
        Amount amount = AmountLib.pack(steps, terms.decimals());
        book.setAside -= steps;
        delete _claimable[route][msg.sender];
        paid = _share(terms, book, amount);
        if (paid == 0) revert NothingToMove(steps);
        emit Claimed(route, msg.sender, to, amount, paid);
        IERC20(terms.homeToken).safeTransfer(to, paid);
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
    function routes(uint256 from, uint256 count) external view returns (bytes32[] memory page) {
        page = new bytes32[](_pageLength(_routes.length, from, count));
        for (uint256 i; i < page.length; ++i) {
            page[i] = _routes[from + i];
        }
    }

    /// @inheritdoc IBridgeGate
    function routeState(bytes32 route) external view returns (RouteState memory state) {
        RouteTerms memory terms = _termsOf(route);
        state.terms = terms;
        state.isHome = _isHome(terms);
        uint256 step = _step(terms);
        state.locked = _books[route].locked * step;
        state.setAside = _books[route].setAside * step;
        state.entryStopped = _books[route].entryStopped;
        IERC20 token = IERC20(_localToken(terms));
        if (!state.isHome) state.minted = token.totalSupply();
        state.held = token.balanceOf(address(this));
    }

    /// @inheritdoc IBridgeGate
    function claimable(bytes32 route, address account) external view returns (uint256) {
        return _claimable[route][account] * _step(_termsOf(route));
    }

    /// @inheritdoc IBridgeGate
    function outboundQueue(uint256 from, uint256 count)
        external
        view
        returns (Outbound[] memory page)
    {
        if (from == 0) from = 1;
        page = new Outbound[](_pageLength(_outbound.length, from - 1, count));
        for (uint256 i; i < page.length; ++i) {
            page[i] = _outbound[from - 1 + i];
        }
    }

    /// @inheritdoc IBridgeGate
    function inboundQueue(uint256 from, uint256 count)
        external
        view
        returns (Inbound[] memory page)
    {
        if (from == 0) from = 1;
        page = new Inbound[](_pageLength(_inbound.length, from - 1, count));
        for (uint256 i; i < page.length; ++i) {
            page[i] = _inbound[from - 1 + i];
            page[i].releaseAt = _releaseAt(_inbound[from - 1 + i]);
        }
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
    function lastNonce(bytes32 route) external view returns (uint64) {
        return _book(route).nonce;
    }

    /// @inheritdoc IBridgeGate
    function delayedUntil() public view returns (uint40) {
        return _delayedAt == 0 ? 0 : _delayedAt + DELAY;
    }

    /// @inheritdoc IBridgeGate
    function digest(Transfer memory transfer, uint32 epoch) public view returns (bytes32) {
        return _hashTypedDataV4(transfer.hash(epoch));
    }

    // ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

    function _setEntry(bytes32 route, bool stopped) private {
        _book(route).entryStopped = stopped;
        emit EntryStopped(route, stopped);
    }

    /// @dev Takes whole steps of `amount` from the caller and says how many arrived.
    function _take(RouteTerms memory terms, Book storage book, uint256 amount, uint256 minimum)
        private
        returns (Amount taken)
    {
        uint8 decimals = _localDecimals(terms);
        taken = AmountLib.fromBase(amount, decimals, terms.decimals());
        if (_isHome(terms)) {
            if (book.entryStopped) revert EntryIsStopped();
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
        uint40 releaseAt = uint40(block.timestamp) + QUEUE_TIME;
        _outbound.push(Outbound(route, msg.sender, recipient, amount, releaseAt, Passage.QUEUED));
        id = _outbound.length;
        emit OutboundQueued(id, route, msg.sender, recipient, amount, releaseAt);
    }

    /// @dev In place of arrival number `id`, or as a new one where that is 0.
    function _queueInbound(RouteTerms memory terms, uint256 id, Inbound memory queued)
        private
        returns (uint256)
    {
        Transfer memory t = queued.transfer;
        if (id == 0) {
            _inbound.push(queued);
            id = _inbound.length;
            (uint64 chain, address gate) = _source(terms);
            _inboundIds[chain][gate][t.nonce] = id;
        } else {
            _inbound[id - 1] = queued;
        }
        emit InboundQueued(
            id, t.route, t.nonce, t.recipient, t.amount, queued.epoch, queued.releaseAt
        );
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

    function _execute(RouteTerms memory terms, Transfer memory transfer) private {
        emit Executed(transfer.route, transfer.nonce, transfer.recipient, transfer.amount);
        if (!_isHome(terms)) return _mint(terms, transfer.recipient, transfer.amount);
        Book storage book = _books[transfer.route];
        uint96 steps = transfer.amount.value();
        if (steps > book.locked) revert RouteShort(book.locked, steps);
        book.locked -= steps;
        _pay(terms, transfer.route, transfer.recipient, transfer.amount);
    }

    function _mint(RouteTerms memory terms, address to, Amount amount) private {
        IERC7802(terms.remoteToken).crosschainMint(to, amount.toBase(terms.remoteDecimals));
    }

    /// @dev Pays what is in no book any more, or puts it aside for `account`.
    function _pay(RouteTerms memory terms, bytes32 route, address account, Amount amount) private {
        Book storage book = _books[route];
        uint256 share = _share(terms, book, amount);
        if (share != 0 && IERC20(terms.homeToken).trySafeTransfer(account, share)) return;
        book.setAside += amount.value();
        _claimable[route][account] += amount.value();
        emit Credited(route, account, amount);
    }

    /// @dev Base units for an amount that is in no book any more: all of it, or its part of what is held.
    function _share(RouteTerms memory terms, Book storage book, Amount amount)
        private
        view
        returns (uint256)
    {
        uint256 held = IERC20(terms.homeToken).balanceOf(address(this));
        uint256 step = _step(terms);
        uint256 owed = (uint256(book.locked) + book.setAside + amount.value()) * step;
        uint256 due = amount.value() * step;
        return held >= owed ? due : Math.mulDiv(due, held, owed);
    }

    function _checkTerms(RouteTerms memory terms) private view {
        if (terms.homeChain == terms.remoteChain) revert SameChain(terms.homeChain);
        if (terms.homeGate == address(0) || terms.homeToken == address(0)) {
            revert InvalidEnd(terms.homeGate, terms.homeToken);
        }
        if (terms.remoteGate == address(0) || terms.remoteToken == address(0)) {
            revert InvalidEnd(terms.remoteGate, terms.remoteToken);
        }
        bool isRemote = terms.remoteChain == _chain && terms.remoteGate == address(this);
        if (!_isHome(terms) && !isRemote) revert NotThisGate();
        uint8 most = MOST_DECIMALS;
        if (terms.homeDecimals > most) revert UnsupportedDecimals(terms.homeDecimals, most);
        if (terms.remoteDecimals > most) revert UnsupportedDecimals(terms.remoteDecimals, most);
        address token = _localToken(terms);
        uint8 found = IERC20Metadata(token).decimals();
        if (found != _localDecimals(terms)) {
            revert UnsupportedDecimals(_localDecimals(terms), found);
        }
        if (!isRemote) return;
        if (
            !ERC165Checker.supportsInterface(token, type(IERC7802).interfaceId)
                || IBridgedToken(token).gate() != address(this)
        ) revert NotRepresentation(token);
    }

    function _checkRecipient(RouteTerms memory terms, address recipient) private pure {
        if (
            recipient == address(0) || recipient == terms.homeGate || recipient == terms.homeToken
                || recipient == terms.remoteGate || recipient == terms.remoteToken
        ) revert InvalidRecipient(recipient);
    }

    function _requireRoute(bytes32 route) internal view override {
        if (_books[route].nonce == 0) revert UnknownRoute(route);
    }

    function _termsOf(bytes32 route) private view returns (RouteTerms memory) {
        _requireRoute(route);
        return _terms[route];
    }

    function _book(bytes32 route) private view returns (Book storage) {
        _requireRoute(route);
        return _books[route];
    }

    function _queuedOutbound(uint256 id) private view returns (Outbound storage o) {
        if (id == 0 || id > _outbound.length) revert WrongPassage(Passage.NONE);
        o = _outbound[id - 1];
        if (o.passage != Passage.QUEUED) revert WrongPassage(o.passage);
    }

    function _releaseAt(Inbound storage i) private view returns (uint40) {
        uint40 delayed = delayedUntil();
        return i.passage == Passage.QUEUED && delayed > i.releaseAt ? delayed : i.releaseAt;
    }

    function _isHome(RouteTerms memory terms) private view returns (bool) {
        return terms.homeChain == _chain && terms.homeGate == address(this);
    }

    function _source(RouteTerms memory terms) private view returns (uint64 chain, address gate) {
        return
            _isHome(terms)
                ? (terms.remoteChain, terms.remoteGate)
                : (terms.homeChain, terms.homeGate);
    }

    function _localToken(RouteTerms memory terms) private view returns (address) {
        return _isHome(terms) ? terms.homeToken : terms.remoteToken;
    }

    function _localDecimals(RouteTerms memory terms) private view returns (uint8) {
        return _isHome(terms) ? terms.homeDecimals : terms.remoteDecimals;
    }

    /// @dev Base units of the local token in one step.
    function _step(RouteTerms memory terms) private view returns (uint256) {
        return AmountLib.step(_localDecimals(terms), terms.decimals());
    }

    function _pageLength(uint256 length, uint256 from, uint256 count)
        private
        pure
        returns (uint256)
    {
        if (from >= length) return 0;
        return count < length - from ? count : length - from;
    }
}
