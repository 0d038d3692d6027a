// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IWrappedUnit } from "../../src/interfaces/IWrappedUnit.sol";
import { Base } from "../Base.t.sol";
import { Counted } from "../support/Counted.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice What four holders and fate may do to three grades, and a ledger of what was done.
abstract contract UnitActions is Base, Counted {
    /// @dev Tokens and units of one grade, since the beginning.
    struct Ledger {
        uint256 arrived;
        uint256 paid;
        uint256 donated;
        uint256 lost;
        uint256 minted;
        uint256 burned;
        bool shrunk;
    }

    address[4] internal holders;
    Ledger[3] internal ledgers;

    function setUp() public virtual override {
        super.setUp();
        holders = [alice, bob, carol, stranger];
        for (uint256 g; g < 3; ++g) {
            for (uint256 i; i < 4; ++i) {
                vm.prank(holders[i]);
                tokens[g].approve(address(units[g]), type(uint256).max);
            }
            _wrap(g, holders[g], 10 ** (terms[g].decimals + 3));
        }
        _act("wrap", this.wrap.selector);
        _act("unwrap", this.unwrap.selector);
        _act("roundTrip", this.roundTrip.selector);
        _act("transfer", this.transfer.selector);
        _act("shrink", this.shrink.selector);
        _act("donate", this.donate.selector);
        _act("flag", this.flag.selector);
        _targetActions();
    }

    // ── actions ───────────────────────────────────────────────────────────────────────────────────────────────

    function wrap(uint256 who, uint256 seed) external counted {
        seed = _mix(seed);
        uint256 g = _openGrade(seed);
        _wrap(g, holders[who % 4], _tokens(g, seed));
        _effective();
    }

    function unwrap(uint256 who, uint256 seed) external counted {
        seed = _mix(seed);
        (address holder, uint256 g) = _holding(who, seed);
        if (holder == address(0)) return;
        uint256 share = _magnitude(seed >> 8, units[g].balanceOf(holder));
        (uint256 paid,) = units[g].previewUnwrap(share);
        if (paid == 0) {
            share = units[g].balanceOf(holder);
            (paid,) = units[g].previewUnwrap(share);
        }
        if (paid == 0) return;
        _unwrap(g, holder, share);
        _effective();
    }

    function roundTrip(uint256 who, uint256 seed) external counted {
        seed = _mix(seed);
        uint256 g = _openGrade(seed);
        (address holder, uint256 amount) = (holders[who % 4], _tokens(g, seed));
        uint256 wrapped = _wrap(g, holder, amount);
        (uint256 back,) = units[g].previewUnwrap(wrapped);
        if (back == 0) return;
        assertLe(_unwrap(g, holder, wrapped), amount, "2: a round trip profits");
        _effective();
    }

    function transfer(uint256 from, uint256 to, uint256 seed) external counted {
        seed = _mix(seed);
        (address holder, uint256 g) = _holding(from, seed);
        if (holder == address(0)) return;
        uint256 amount = (seed >> 8) % (units[g].balanceOf(holder) + 1);
        vm.prank(holder);
        units[g].transfer(holders[to % 4], amount);
        _effective();
    }

    /// @dev Takes at most half, of one grade at a time, so that there is always something to do.
    function shrink(uint256 seed) external counted {
        seed = _mix(seed);
        uint256 g = seed % 3;
        uint256 held = tokens[g].balanceOf(address(units[g]));
        if (held < 2) return;
        uint256 amount = _magnitude(seed >> 8, held / 2);
        _shrink(g, amount);
        ledgers[g].lost += amount;
        ledgers[g].shrunk = ledgers[g].shrunk || units[g].isShort();
        _effective();
    }

    /// @dev To a grade that is short, if there is one, usually enough to make it whole.
    function donate(uint256 seed) external counted {
        seed = _mix(seed);
        uint256 g = seed % 3;
        while (!units[g].isShort() && g < 2) ++g;
        uint256 amount = _missing(g);
        if (amount == 0) amount = _magnitude(seed >> 8, 10 ** terms[g].decimals);
        _donate(g, seed % 5 == 0 ? 1 + amount / 2 : amount);
        _effective();
    }

    /// @dev Closes, reopens, announces or withdraws, whichever the grade's state allows; flags the third for good.
    function flag(uint256 seed) external counted {
        seed = _mix(seed);
        uint256 g = seed % 3;
        address unit = address(units[g]);
        uint40 impairedAt = registry.grade(unit).impairedAt;
        if (g == 2 && impairedAt == 0 && _lacks(g)) {
            _impairNow(g);
        } else if (impairedAt != 0 && impairedAt <= block.timestamp) {
            return;
        } else if (units[g].closed()) {
            _reopen(unit);
        } else {
            vm.prank(seed % 2 == 0 ? curator : guardian);
            if (seed % 2 == 0) registry.announceImpairment(unit);
            else registry.close(unit);
        }
        _effective();
    }

    /// @dev Whether a grade is short by more than ten basis points of what it needs.
    function _lacks(uint256 g) private view returns (bool) {
        uint256 missing = _missing(g);
        uint256 needed = tokens[g].balanceOf(address(units[g])) + missing;
        return missing > needed * 10 / 10_000;
    }

    // ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

    function _wrap(uint256 g, address holder, uint256 amount) private returns (uint256 wrapped) {
        tokens[g].mint(holder, amount);
        vm.prank(holder);
        wrapped = units[g].wrap(amount, 0, holder);
        ledgers[g].arrived += amount;
        ledgers[g].minted += wrapped;
    }

    function _unwrap(uint256 g, address holder, uint256 share) private returns (uint256 paid) {
        uint256 held = tokens[g].balanceOf(address(units[g]));
        uint256 supply = units[g].totalSupply();
        bool short = units[g].isShort();
        uint256 before = tokens[g].balanceOf(holder);
        uint256 burned;
        vm.prank(holder);
        (paid, burned) = units[g].unwrap(share, 0, holder);
        assertEq(tokens[g].balanceOf(holder) - before, paid);
        assertLe(paid * terms[g].scuPerToken, share * 10 ** terms[g].decimals, "1: above par");
        if (short) assertLe(paid * supply, share * held, "1: above pro rata");
        ledgers[g].paid += paid;
        ledgers[g].burned += burned;
    }

    /// @dev A grade that takes tokens: the first that does, or one that is mended. Those before are asked too.
    function _openGrade(uint256 seed) private returns (uint256 g) {
        for (uint256 i; i < 3; ++i) {
            g = (seed % 3 + i) % 3;
            if (!units[g].closed() && !units[g].isShort()) return g;
            tokens[g].mint(holders[0], 1e20);
            vm.expectPartialRevert(
                units[g].closed()
                    ? IWrappedUnit.WrapClosed.selector
                    : IWrappedUnit.ShortReserves.selector
            );
            vm.prank(holders[0]);
            units[g].wrap(1e20, 0, holders[0]);
        }
        // The third may be impaired for good.
        g = seed % 2;
        _donate(g, _missing(g));
        if (units[g].closed()) _reopen(address(units[g]));
    }

    function _reopen(address unit) private {
        vm.startPrank(curator);
        if (registry.grade(unit).impairedAt != 0) registry.withdrawImpairment(unit);
        registry.reopen(unit);
        vm.stopPrank();
    }

    function _donate(uint256 g, uint256 amount) private {
        tokens[g].mint(address(units[g]), amount);
        ledgers[g].donated += amount;
        ledgers[g].shrunk = ledgers[g].shrunk && units[g].isShort();
    }

    /// @dev Tokens that grade `g` needs to be solvent again.
    function _missing(uint256 g) private view returns (uint256) {
        uint256 whole = 10 ** terms[g].decimals;
        uint256 owed = Math.ceilDiv(units[g].totalSupply() * whole, terms[g].scuPerToken);
        return Math.saturatingSub(owed, tokens[g].balanceOf(address(units[g])));
    }

    function _tokens(uint256 g, uint256 seed) private view returns (uint256) {
        uint256 whole = 10 ** terms[g].decimals;
        return whole / terms[g].scuPerToken + _magnitude(seed >> 8, whole * 1e6);
    }

    /// @dev Somebody who holds units of some grade; nobody if no one does.
    function _holding(uint256 who, uint256 seed) private view returns (address, uint256) {
        for (uint256 i; i < 12; ++i) {
            address holder = holders[(who % 4 + i) % 4];
            uint256 g = (seed % 3 + i / 4) % 3;
            if (units[g].balanceOf(holder) != 0) return (holder, g);
        }
        return (address(0), 0);
    }
}
