// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket, Phase } from "../../src/interfaces/IFuturesMarket.sol";
import { ISpotIndex } from "../../src/interfaces/ISpotIndex.sol";
import { IWrappedUnit } from "../../src/interfaces/IWrappedUnit.sol";
import { Settlement } from "../../src/libraries/Settlement.sol";
import { WindowModel } from "../support/WindowModel.sol";
import { MarketLedger } from "./MarketLedger.sol";

/// @notice What traders, roles, reporters, issuers and time do to a market. Every action brings about what it
/// needs where there is none: whoever wants to redeem waits, if he must, until a series is final.
abstract contract MarketActions is MarketLedger {
    /// @dev The series that the last action was about.
    uint256 internal touched;

    function setUp() public virtual override {
        super.setUp();
        _act("open", this.open.selector);
        _act("merge", this.merge.selector);
        _act("move", this.move.selector);
        _act("pass", this.pass.selector);
        _act("propose", this.propose.selector);
        _act("finalise", this.finalise.selector);
        _act("guard", this.guard.selector);
        _act("redeem", this.redeem.selector);
        _act("redeemFor", this.redeemFor.selector);
        _act("claim", this.claim.selector);
        _act("blockAccount", this.blockAccount.selector);
        _act("trouble", this.trouble.selector);
        _act("leave", this.leave.selector);
        _targetActions();
        _proposeFresh(1, 1);
    }

    // ── pairs ──────────────────────────────────────────────────────────────────────────────────────────────

    function open(
        uint256 seed
    ) external counted {
        seed = _mix(seed);
        _openSome(seed);
        _effective();
    }

    function merge(
        uint256 seed
    ) external counted {
        seed = _mix(seed);
        (uint256 i, uint256 side, address short) = _position(seed, 1);
        if (short == address(0)) {
            i = _openSome(seed);
            (side, short) = _holderIn(i, seed, 1);
        }
        Book storage b = books[i];
        (, address long) = _holderIn(i, seed, 0);
        uint256 most = held[b.id][long];
        if (held[b.id + side][short] < most) most = held[b.id + side][short];
        uint64 lots = uint64(_magnitude(seed >> 8, most));
        vm.prank(matcher);
        market.merge(b.id, side - 1, lots, long, short);

        held[b.id][long] -= lots;
        held[b.id + side][short] -= lots;
        b.lots[side - 1] -= lots;
        _paid(address(quote), long, long, lots * _lock(b));
        _paid(address(b.units[side - 1]), short, short, lots * LOT);
        touched = i;
        _effective();
    }

    function move(
        uint256 seed,
        uint256 to
    ) external counted {
        seed = _mix(seed);
        (uint256 i, uint256 side, address holder) = _position(seed, 2);
        if (holder == address(0)) {
            i = _openSome(seed);
            (side, holder) = _holderIn(i, seed, 2);
        }
        uint256 position = books[i].id + side;
        uint256 lots = _magnitude(seed >> 8, held[position][holder]);
        address receiver = traders[to % 5];
        vm.prank(holder);
        positions.transfer(receiver, position, lots);
        held[position][holder] -= lots;
        held[position][receiver] += lots;
        touched = i;
        _effective();
    }

    // ── time and settlement ────────────────────────────────────────────────────────────────────────────────

    /// @dev Up to three rounds within a day of each other, or silence of up to sixty hours.
    function pass(
        uint256 seed
    ) external counted {
        seed = _mix(seed);
        if (seed % 6 == 0) {
            skip(bound(seed >> 8, 1 hours, 60 hours));
        } else {
            for (uint256 i; i <= seed % 3; ++i) {
                skip(bound(uint256(keccak256(abi.encode(seed, i))), 1 hours, 24 hours));
                _tick(uint256(keccak256(abi.encode(i, seed))));
            }
        }
        _effective();
    }

    /// @dev Of a series that is due, on any rung; the model knows what comes of it.
    function propose(
        uint256 seed
    ) external counted {
        seed = _mix(seed);
        uint256 i = _find(seed, Phase.OPEN, true);
        if (i == books.length) {
            i = _find(seed, Phase.OPEN, false);
            if (i == books.length) i = _openSome(seed);
            _playTo(books[i].expiry, seed);
        }
        Book storage b = books[i];
        uint40[6] memory waits = [0, uint40(15 minutes), 15 minutes, 7 days, 12 days, 14 days];
        uint256 at = b.expiry + waits[(seed >> 8) % 6];
        if (at > block.timestamp) vm.warp(at);
        if (_propose(b)) _effective();
        touched = i;
    }

    function finalise(
        uint256 seed
    ) external counted {
        seed = _mix(seed);
        uint256 i = _find(seed, Phase.PROPOSED, false);
        if (i == books.length) i = _proposeFresh(seed, 1);
        _finalise(i);
        _effective();
    }

    /// @dev Excludes a day of a long window, or rejects. Whatever it does, it does once.
    function guard(
        uint256 seed
    ) external counted {
        seed = _mix(seed);
        uint256 i = _find(seed, Phase.PROPOSED, false);
        if (i == books.length || books[i].acted || block.timestamp >= books[i].challengeEnds) {
            i = _proposeFresh(seed, 10);
        }
        Book storage b = books[i];
        if (b.expiry - b.start >= 10 days && seed % 3 != 0) {
            _exclude(b, b.start + uint40((seed >> 8) % 10) * 1 days);
            vm.expectRevert(abi.encodeWithSelector(IFuturesMarket.GuardianActed.selector, b.id));
            vm.prank(guardian);
            market.reject(b.id);
        } else {
            vm.prank(guardian);
            market.reject(b.id);
            _concluded(b, Phase.DELIVERED);
        }
        b.acted = true;
        touched = i;
        _effective();
    }

    // ── redemption ─────────────────────────────────────────────────────────────────────────────────────────

    function redeem(
        uint256 seed,
        uint256 to
    ) external counted {
        seed = _mix(seed);
        _redeemSome(seed, to % 6 == 5 ? address(0) : traders[to % 6]);
        _effective();
    }

    /// @dev A page of everybody, one of whom may just have named another address.
    function redeemFor(
        uint256 seed,
        uint256 named
    ) external counted {
        seed = _mix(seed);
        (uint256 i, uint256 side,) = _payable(seed);
        if (named % 4 == 0) {
            vm.prank(traders[(named >> 8) % 5]);
            market.setPayoutAddress(
                (named >> 16) % 3 == 0 ? address(0) : traders[(named >> 24) % 5]
            );
        }
        address[] memory page = new address[](5);
        for (uint256 j; j < 5; ++j) {
            page[j] = traders[(j + seed % 5) % 5];
        }
        vm.prank(stranger);
        market.redeemFor(books[i].id + side, page);

        for (uint256 j; j < 5; ++j) {
            address to = _payoutOf(page[j]);
            uint256 lots = held[books[i].id + side][page[j]];
            if (lots == 0 || (page[j] == vault && to == address(0))) continue;
            _redeemed(books[i], side, lots, page[j], to == address(0) ? page[j] : to);
        }
        touched = i;
        _effective();
    }

    function claim(
        uint256 seed
    ) external counted {
        seed = _mix(seed);
        (address token, address account) = _claimable(seed);
        if (account == address(0)) {
            _redeemSome(seed, address(0));
            (token, account) = _claimable(seed);
            if (account == address(0)) return;
        }
        uint256 amount = credit[token][account];
        vm.prank(account);
        market.claim(token, stranger);
        credit[token][account] = 0;
        wallet[token][address(market)] -= amount;
        wallet[token][stranger] += amount;
        _effective();
    }

    function blockAccount(
        uint256 seed
    ) external counted {
        seed = _mix(seed);
        address account = traders[seed % 5];
        quote.setBlocked(account, !quote.isBlocked(account));
        _effective();
    }

    // ── fate ───────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev A grade fails or is said to, somebody gives money away, the guardian stops entry for a while.
    function trouble(
        uint256 seed
    ) external counted {
        seed = _mix(seed);
        uint256 g = (seed >> 8) % 3;
        if (seed % 8 == 0) _fail(g);
        else if (seed % 8 == 1) _announce(g, (seed >> 16) % 2 == 0);
        else if (seed % 8 < 5) _donate(g, _magnitude(seed >> 16, 1e24));
        else _stopEntry(seed);
        _effective();
    }

    /// @dev Somebody unwraps all he holds of a grade, old or new.
    function leave(
        uint256 seed
    ) external counted {
        seed = _mix(seed);
        IWrappedUnit unit = allUnits[seed % allUnits.length];
        address account = traders[(seed >> 8) % 5];
        for (uint256 j; j < 5 && wallet[address(unit)][account] == 0; ++j) {
            account = traders[j];
        }
        (uint256 due,) = unit.previewUnwrap(wallet[address(unit)][account]);
        if (due == 0) {
            unit = units[seed % 3];
            _wrapFor(unit, account, 1e18);
        }
        uint256 share = wallet[address(unit)][account];
        (due,) = unit.previewUnwrap(share);
        vm.prank(account);
        (, uint256 burned) = unit.unwrap(share, due, account);
        wallet[address(unit)][account] -= burned;
        _effective();
    }

    // ── inside: settlement ─────────────────────────────────────────────────────────────────────────────────

    function _propose(
        Book storage b
    ) private returns (bool) {
        (Phase phase, uint64 price, bytes4 refusal) = _proposal(b);
        if (refusal != 0) {
            vm.expectPartialRevert(refusal);
            market.propose(b.id);
            return false;
        }
        market.propose(b.id);
        if (phase == Phase.DELIVERED) {
            _concluded(b, phase);
        } else {
            (b.phase, b.price, b.challengeEnds) = (phase, price, uint40(block.timestamp) + 24 hours);
        }
        return true;
    }

    function _finalise(
        uint256 i
    ) private {
        Book storage b = books[i];
        if (block.timestamp < b.challengeEnds) {
            vm.expectPartialRevert(IFuturesMarket.ChallengeOpen.selector);
            market.finalise(b.id);
            vm.warp(b.challengeEnds);
        }
        market.finalise(b.id);
        _concluded(b, Phase.SETTLED);
        touched = i;
    }

    function _exclude(
        Book storage b,
        uint40 from
    ) private {
        ISpotIndex.Window memory w = WindowModel.window(seen, HOLD, b.start, b.expiry);
        ISpotIndex.Window memory out = WindowModel.window(seen, HOLD, from, from + 1 days);
        vm.prank(guardian);
        market.exclude(b.id, from, from + 1 days);
        b.price = Settlement.average(w.valueTime - out.valueTime, w.coveredTime - out.coveredTime);
        b.challengeEnds = uint40(block.timestamp) + 24 hours;
    }

    /// @dev A series of `days_` with pairs, all covered, just proposed.
    function _proposeFresh(
        uint256 seed,
        uint40 days_
    ) internal returns (uint256 i) {
        i = books.length;
        // Not the bits that ask for DELIVERY.
        Book storage b = _list(seed | (1 << 64), days_);
        _openIn(i, seed);
        if (block.timestamp < b.start - 1 hours) vm.warp(b.start - 1 hours);
        _tick(seed);
        _playTo(b.expiry, seed | 1);
        vm.warp(b.expiry + 15 minutes);
        assertTrue(_propose(b));
        touched = i;
    }

    /// @dev Rounds every 24 hours until `time`, from the last one if that still holds; some seeds skip a few.
    function _playTo(
        uint40 time,
        uint256 seed
    ) private {
        while (block.timestamp + 24 hours < time) {
            skip(24 hours);
            seed = uint256(keccak256(abi.encode(seed))) & ~uint256(1) | (seed & 1);
            if (seed & 1 == 1 || seed % 7 != 0) _tick(seed);
        }
        if (block.timestamp < time) vm.warp(time);
    }

    // ── inside: positions ──────────────────────────────────────────────────────────────────────────────────

    /// @dev Opens pairs in a series that takes them, or in a new one; tries one lot too many on the way.
    function _openSome(
        uint256 seed
    ) private returns (uint256 i) {
        i = seed % books.length;
        for (uint256 j; j < books.length && !_takesPairs(books[i]); ++j) {
            i = (i + 1) % books.length;
        }
        if (!_takesPairs(books[i]) || seed % 9 == 0) {
            i = books.length;
            _list(seed, [1, 2, 5, 10, 12][(seed >> 80) % 5]);
        }
        _openIn(i, seed);
    }

    function _openIn(
        uint256 i,
        uint256 seed
    ) private {
        Book storage b = books[i];
        uint256 g = (seed >> 16) % b.units.length;
        uint64 left = b.caps[g] - b.lots[g];
        address short = traders[(seed >> 24) % 5];
        address long = traders[(seed >> 32) % 5];
        vm.expectPartialRevert(IFuturesMarket.CapReached.selector);
        vm.prank(matcher);
        market.open(b.id, g, left + 1, long, short);
        if (left != 0) _openPairs(b, g, uint64(_magnitude(seed >> 40, left)), long, short);
        touched = i;
    }

    function _takesPairs(
        Book storage b
    ) private view returns (bool) {
        if (b.phase != Phase.OPEN || block.timestamp >= _deadline(b)) return false;
        for (uint256 g; g < b.units.length; ++g) {
            if (b.units[g].closed() || b.lots[g] == b.caps[g]) return false;
        }
        return true;
    }

    function _redeemSome(
        uint256 seed,
        address to
    ) private {
        (uint256 i, uint256 side, address holder) = _payable(seed);
        Book storage b = books[i];
        uint256 lots = _magnitude(seed >> 8, held[b.id + side][holder]);
        vm.prank(holder);
        market.redeem(b.id + side, lots, to);
        _redeemed(b, side, lots, holder, to);
        touched = i;
    }

    /// @dev A position of a final series and somebody who holds it; settles one if there is none.
    function _payable(
        uint256 seed
    ) private returns (uint256 i, uint256 side, address holder) {
        i = seed % books.length;
        for (uint256 j; j < books.length; ++j) {
            if (_isFinal(books[i])) {
                (side, holder) = _holderIn(i, seed, 2);
                if (holder != address(0)) return (i, side, holder);
            }
            i = (i + 1) % books.length;
        }
        i = _proposeFresh(seed, 1);
        _finalise(i);
        (side, holder) = _holderIn(i, seed, 2);
    }

    /// @dev A position before settlement (LONG: 0, SHORT: 1, either: 2) and its holder; nobody if there is none.
    function _position(
        uint256 seed,
        uint256 kind
    ) private view returns (uint256 i, uint256 side, address holder) {
        i = seed % books.length;
        for (uint256 j; j < books.length; ++j) {
            if (!_isFinal(books[i])) {
                (side, holder) = _holderIn(i, seed, kind);
                if (holder != address(0)) return (i, side, holder);
            }
            i = (i + 1) % books.length;
        }
        holder = address(0);
    }

    /// @dev As {_position}, in series `i`.
    function _holderIn(
        uint256 i,
        uint256 seed,
        uint256 kind
    ) private view returns (uint256 side, address holder) {
        uint256 sides = books[i].units.length + 1;
        for (uint256 j; j < sides * 5; ++j) {
            side = (j / 5 + (seed >> 4) % sides) % sides;
            if ((kind == 0 && side != 0) || (kind == 1 && side == 0)) continue;
            holder = traders[(j + (seed >> 12)) % 5];
            if (held[books[i].id + side][holder] != 0) return (side, holder);
        }
        holder = address(0);
    }

    /// @dev A series in `phase`, and past its expiry if `due`; the number of series if there is none.
    function _find(
        uint256 seed,
        Phase phase,
        bool due
    ) private view returns (uint256) {
        for (uint256 j; j < books.length; ++j) {
            uint256 i = (seed % books.length + j) % books.length;
            bool passed = block.timestamp >= books[i].expiry;
            if (books[i].phase == phase && (passed || !due)) return i;
        }
        return books.length;
    }

    function _claimable(
        uint256 seed
    ) private view returns (address token, address account) {
        for (uint256 u; u <= allUnits.length; ++u) {
            token = u == 0 ? address(quote) : address(allUnits[u - 1]);
            for (uint256 j; j < 5; ++j) {
                account = traders[(j + seed % 5) % 5];
                if (credit[token][account] != 0) return (token, account);
            }
        }
        account = address(0);
    }

    function _payoutOf(
        address holder
    ) private view returns (address to) {
        (, bytes memory answer) =
            address(market).staticcall(abi.encodeWithSignature("payoutAddress(address)", holder));
        return abi.decode(answer, (address));
    }

    // ── inside: fate ───────────────────────────────────────────────────────────────────────────────────────

    function _fail(
        uint256 g
    ) private {
        _wrapFor(units[g], traders[g], 1e18);
        uint256 owed = units[g].totalSupply() * 10 ** terms[g].decimals / terms[g].scuPerToken;
        _shrink(g, tokens[g].balanceOf(address(units[g])) - owed / 2);
        registry.impair(address(units[g]));
        impairedAt[address(units[g])] = uint40(block.timestamp);
        _relist(g);
    }

    function _announce(
        uint256 g,
        bool withdrawn
    ) private {
        vm.startPrank(curator);
        registry.announceImpairment(address(units[g]));
        if (withdrawn) {
            registry.withdrawImpairment(address(units[g]));
            registry.reopen(address(units[g]));
        }
        vm.stopPrank();
        if (withdrawn) return;
        impairedAt[address(units[g])] = uint40(block.timestamp) + 48 hours;
        _relist(g);
    }

    function _donate(
        uint256 g,
        uint256 amount
    ) private {
        quote.mint(address(market), amount);
        wallet[address(quote)][address(market)] += amount;
        _wrapFor(units[g], stranger, amount);
        vm.prank(stranger);
        units[g].transfer(address(market), amount);
        _took(address(units[g]), stranger, amount);
        tokens[g].mint(address(units[g]), amount);
    }

    function _stopEntry(
        uint256 seed
    ) private {
        vm.prank(guardian);
        market.stopEntry();
        Book storage b = books[seed % books.length];
        vm.expectPartialRevert(
            b.phase == Phase.OPEN
                ? IFuturesMarket.EntryIsStopped.selector
                : IFuturesMarket.WrongPhase.selector
        );
        vm.prank(matcher);
        market.open(b.id, 0, 1, alice, bob);
        vm.prank(curator);
        market.allowEntry();
    }
}
