// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket, Phase } from "../../src/interfaces/IFuturesMarket.sol";
import { IWrappedUnit } from "../../src/interfaces/IWrappedUnit.sol";
import { MarketRoom } from "./MarketRoom.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice What traders, roles, reporters, issuers and time do to a market.
abstract contract MarketActions is MarketRoom {
    function setUp() public virtual override {
        super.setUp();
        _act("open", this.open.selector);
        _act("openLate", this.openLate.selector);
        _act("merge", this.merge.selector);
        _act("net", this.net.selector);
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
        _act("accuse", this.accuse.selector);
        _targetActions();
        _proposeFresh(1, 1);
    }

    // ── pairs ─────────────────────────────────────────────────────────────────────────────────────────────────

    function open(uint256 seed) external counted {
        seed = _mix(seed);
        _openSome(seed);
        _effective();
    }

    function merge(uint256 seed) external counted {
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

        _merged(b, side, lots, long, short);
        touched = i;
        _effective();
    }

    function move(uint256 seed, uint256 to) external counted {
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

    // ── time and settlement ───────────────────────────────────────────────────────────────────────────────────

    /// @dev Up to three rounds within a day of each other, or silence of up to sixty hours.
    function pass(uint256 seed) external counted {
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
    function propose(uint256 seed) external counted {
        seed = _mix(seed);
        uint256 i = _find(seed, Phase.OPEN, true);
        if (i == books.length) {
            i = _find(seed, Phase.OPEN, false);
            if (i == books.length) i = _openSome(seed);
            _playTo(books[i].expiry, seed);
        }
        Book storage b = books[i];
        uint40[6] memory waits = [0, uint40(15 minutes), 15 minutes, 7 days, 12 days, 14 days];
        uint256 time = b.expiry + waits[(seed >> 8) % 6];
        if (time > block.timestamp) vm.warp(time);
        if (_propose(b)) _effective();
        touched = i;
    }

    function finalise(uint256 seed) external counted {
        seed = _mix(seed);
        uint256 i = _find(seed, Phase.PROPOSED, false);
        if (i == books.length) i = _proposeFresh(seed, 1);
        _finalise(i);
        _effective();
    }

    /// @dev Excludes a day of a long window, or rejects. Whatever it does, it does once.
    function guard(uint256 seed) external counted {
        seed = _mix(seed);
        uint256 i = _find(seed, Phase.PROPOSED, false);
        if (i == books.length || books[i].acted || block.timestamp >= books[i].challengeEnds) {
            i = _proposeFresh(seed, 10);
        }
        Book storage b = books[i];
        if (b.expiry - b.start >= 10 days && seed % 3 != 0) {
            touched = i;
            if (!_exclude(b, b.start + uint40((seed >> 8) % 10) * 1 days)) return;
            vm.expectRevert(abi.encodeWithSelector(IFuturesMarket.GuardianActed.selector, b.id));
            vm.prank(guardian);
            market.reject(b.id);
        } else if (_isBanded(b)) {
            vm.expectRevert(abi.encodeWithSelector(IFuturesMarket.NoDelivery.selector, b.id));
            vm.prank(guardian);
            market.reject(b.id);
            touched = i;
            return;
        } else {
            vm.prank(guardian);
            market.reject(b.id);
            _concluded(b, Phase.DELIVERED);
        }
        b.acted = true;
        touched = i;
        _effective();
    }

    // ── redemption ────────────────────────────────────────────────────────────────────────────────────────────

    function redeem(uint256 seed, uint256 to) external counted {
        seed = _mix(seed);
        if (_redeemSome(seed, to % 6 == 5 ? address(0) : traders[to % 6])) _effective();
    }

    /// @dev A page of everybody, one of whom may just have named another address.
    function redeemFor(uint256 seed, uint256 named) external counted {
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

    function claim(uint256 seed) external counted {
        seed = _mix(seed);
        (address token, address account) = _claimable(seed);
        if (account == address(0)) {
            _redeemSome(seed, address(0));
            (token, account) = _claimable(seed);
            if (account == address(0)) return;
        }
        // All of it, or a part that may be more than there is.
        uint256 most = _magnitude(seed >> 8, 2 * credit[token][account]);
        if (seed % 3 == 0) most = type(uint256).max;
        uint256 amount = Math.min(most, credit[token][account]);
        vm.prank(account);
        if (seed % 3 == 0) market.claim(token, stranger);
        else market.claimPart(token, most, stranger);
        credit[token][account] -= amount;
        wallet[token][address(market)] -= amount;
        wallet[token][stranger] += amount;
        _effective();
    }

    function blockAccount(uint256 seed) external counted {
        seed = _mix(seed);
        address account = traders[seed % 5];
        quote.setBlocked(account, !quote.isBlocked(account));
        _effective();
    }

    // ── fate ──────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev A grade fails or is said to, somebody gives money away, the guardian stops entry for a while.
    function trouble(uint256 seed) external counted {
        seed = _mix(seed);
        uint256 g = (seed >> 8) % 3;
        if (seed % 8 == 0) _fail(g);
        else if (seed % 8 == 1) _announce(g, (seed >> 16) % 2 == 0);
        else if (seed % 8 < 5) _donate(g, _magnitude(seed >> 16, 1e24));
        else _stopEntry(seed);
        _effective();
    }

    /// @dev Somebody unwraps all he holds of a grade, old or new.
    function leave(uint256 seed) external counted {
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

    /// @dev Enough reporters are proven to have signed a slot twice, in a series' window or next to it.
    function accuse(uint256 seed) external counted {
        seed = _mix(seed);
        // Not so often that hardly a series has a price.
        if (seed % 4 != 0) {
            touched = seed % books.length;
            Book storage b = books[touched];
            uint40 slot = b.start - 1 days + uint40((seed >> 8) % (b.expiry - b.start + 2 days));
            // Nobody signs for the future.
            if (slot > block.timestamp) slot = uint40(block.timestamp);
            if (provenSlots.length < 4 + books.length / 8) {
                proven.prove(slot);
                provenSlots.push(slot);
            }
        }
        _effective();
    }

    // ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

    function _payoutOf(address holder) private view returns (address to) {
        (, bytes memory returned) =
            address(market).staticcall(abi.encodeWithSignature("payoutAddress(address)", holder));
        return abi.decode(returned, (address));
    }

    function _fail(uint256 g) private {
        _wrapFor(units[g], traders[g], 1e18);
        uint256 owed = units[g].totalSupply() * 10 ** terms[g].decimals / terms[g].scuPerToken;
        _shrink(g, tokens[g].balanceOf(address(units[g])) - owed / 2);
        _impairNow(g);
        impairedAt[address(units[g])] = uint40(block.timestamp);
        _relist(g);
    }

    function _announce(uint256 g, bool withdrawn) private {
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

    function _donate(uint256 g, uint256 amount) private {
        quote.mint(address(market), amount);
        wallet[address(quote)][address(market)] += amount;
        _wrapFor(units[g], stranger, amount);
        vm.prank(stranger);
        units[g].transfer(address(market), amount);
        _took(address(units[g]), stranger, amount);
        tokens[g].mint(address(units[g]), amount);
    }

    function _stopEntry(uint256 seed) private {
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
