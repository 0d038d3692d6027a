// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { TestToken } from "../../src/devnet/TestToken.sol";
import { IFuturesMarket, Phase, SeriesTerms, Style } from "../../src/interfaces/IFuturesMarket.sol";
import { GradeTerms } from "../../src/interfaces/IGradeRegistry.sol";
import { ISpotIndex } from "../../src/interfaces/ISpotIndex.sol";
import { IWrappedUnit } from "../../src/interfaces/IWrappedUnit.sol";
import { Settlement } from "../../src/libraries/Settlement.sol";
import { WindowModel } from "../support/WindowModel.sol";
import { MarketLedger } from "./MarketLedger.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice Steps that actions are made of, each taken in the market and in the ledger. They bring about what an
/// action needs where there is none: whoever wants to redeem waits, if he must, until a series is final.
abstract contract MarketSteps is MarketLedger {
    uint40 private constant DAY = 1 days;

    /// @dev The series that the last action was about.
    uint256 internal touched;

    function setUp() public virtual override {
        super.setUp();
        // A campaign lasts for years.
        for (uint256 g; g < 3; ++g) {
            _relist(g);
        }
    }

    // ── grades, series, rounds ────────────────────────────────────────────────────────────────────────────────

    /// @dev A round of about the last price, so that the index is fresh and its price stays in bounds.
    function _tick(uint256 seed) internal {
        uint64 last = seen[seen.length - 1].value;
        if (_slot() < seen[seen.length - 1].slot + 5 minutes) skip(5 minutes);
        uint64 next = uint64(bound(seed >> 96, uint256(last) * 7 / 10, uint256(last) * 14 / 10));
        _see(next < 1e8 || next > 1e11 ? K : next);
    }

    /// @dev Lists a series of `days_` on one to three of the present grades, or in a band.
    function _list(uint256 seed, uint40 days_) internal returns (Book storage) {
        return _listOn((seed >> 72) % 3 == 0 ? 0 : 1 + seed % 3, seed, days_);
    }

    /// @dev Lists a series of `days_` on so many of the present grades; on none, it is BANDED.
    function _listOn(uint256 grades, uint256 seed, uint40 days_) internal returns (Book storage b) {
        if (block.timestamp > seen[seen.length - 1].slot + HOLD) _tick(seed);
        SeriesTerms memory t = grades == 0 ? _bandedTerms() : _terms(grades);
        for (uint256 g; g < t.units.length; ++g) {
            t.units[g] = address(units[(g + (seed >> 8) % 3) % 3]);
        }
        for (uint256 g; g < t.capLots.length; ++g) {
            // No two series are alike.
            t.capLots[g] = uint64(1e3 * (1 + (seed >> 16) % 1e3) + books.length);
        }
        uint64 spot = seen[seen.length - 1].value;
        t.start = (uint40(block.timestamp) / DAY + 1 + uint40((seed >> 40) % 2)) * DAY;
        t.expiry = t.start + days_ * DAY;
        t.referencePrice = uint64(spot * (60 + (seed >> 48) % 80) / 1e8) * 1e6;
        if (t.style == Style.BANDED) {
            // Around the spot, so that it can be opened; K may be nearer to either edge.
            uint64 least = t.referencePrice < spot ? t.referencePrice : spot;
            uint64 most = t.referencePrice > spot ? t.referencePrice : spot;
            t.low = least / 1e6 * uint64((seed >> 96) % 100) / 101 * 1e6;
            t.high = (most / 1e6 + 1 + uint64((seed >> 104) % 500)) * 1e6;
        } else if ((seed >> 64) % 8 == 0) {
            t.style = Style.DELIVERY;
        }

        b = books.push();
        b.id = _create(t);
        (b.start, b.expiry, b.referencePrice) = (t.start, t.expiry, t.referencePrice);
        (b.style, b.phase, b.low, b.high) = (t.style, Phase.OPEN, t.low, t.high);
        for (uint256 g; g < t.units.length; ++g) {
            b.units.push(IWrappedUnit(t.units[g]));
        }
        for (uint256 g; g < t.capLots.length; ++g) {
            b.caps[g] = t.capLots[g];
        }
    }

    /// @dev Gives both sides what they lock, and opens.
    function _openPairs(Book storage b, uint256 g, uint64 lots, address long, address short)
        internal
    {
        _fund(long, lots * _lock(b));
        if (_isBanded(b)) _fund(short, lots * _shortLock(b));
        else _wrapFor(b.units[g], short, lots * LOT);
        vm.prank(matcher);
        market.open(b.id, g, lots, long, short);

        _took(address(quote), long, lots * _lock(b));
        if (_isBanded(b)) {
            _took(address(quote), short, lots * _shortLock(b));
            inMonth[_monthOf(b)] += lots;
        } else {
            _took(address(b.units[g]), short, lots * LOT);
        }
        b.lots[g] += lots;
        b.lastOpenedAt = block.timestamp;
        held[b.id][long] += lots;
        held[b.id + 1 + g][short] += lots;
    }

    /// @dev Somebody merged `lots` of LONG and of the SHORT of grade side - 1.
    function _merged(Book storage b, uint256 side, uint64 lots, address long, address short)
        internal
    {
        held[b.id][long] -= lots;
        held[b.id + side][short] -= lots;
        b.lots[side - 1] -= lots;
        _paid(address(quote), long, long, lots * _lock(b));
        if (_isBanded(b)) {
            inMonth[_monthOf(b)] -= lots;
            _paid(address(quote), short, short, lots * _shortLock(b));
        } else {
            _paid(address(b.units[side - 1]), short, short, lots * LOT);
        }
    }

    function _fund(address account, uint256 amount) private {
        quote.mint(account, amount);
        wallet[address(quote)][account] += amount;
    }

    /// @dev A new grade like number `g`, which takes its place.
    function _relist(uint256 g) internal {
        GradeTerms memory t = terms[g];
        tokens[g] = new TestToken("Revision", "REV", t.decimals);
        (t.token, t.validUntil) = (address(tokens[g]), uint40(block.timestamp) + 3650 days);
        vm.prank(curator);
        units[g] = IWrappedUnit(registry.list(t, "Revision", "REV"));
        terms[g] = t;
        allUnits.push(units[g]);
        _approve(units[g]);
    }

    function _wrapFor(IWrappedUnit unit, address account, uint256 amount) internal {
        IWrappedUnit.Factor memory f = unit.factor();
        uint256 needed = amount * 10 ** f.decimals / f.scuPerToken + 1;
        TestToken(address(f.token)).mint(account, needed);
        vm.startPrank(account);
        f.token.approve(address(unit), needed);
        wallet[address(unit)][account] += unit.wrap(needed, amount, account);
        vm.stopPrank();
    }

    function _approve(IWrappedUnit unit) private {
        for (uint256 i; i < traders.length; ++i) {
            vm.prank(traders[i]);
            unit.approve(address(market), type(uint256).max);
        }
    }

    // ── pairs and positions ───────────────────────────────────────────────────────────────────────────────────

    /// @dev Opens pairs in a series that takes them, or in a new one; tries one lot too many on the way.
    function _openSome(uint256 seed) internal returns (uint256 i) {
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

    function _openIn(uint256 i, uint256 seed) internal {
        Book storage b = books[i];
        uint256 g = (seed >> 16) % _shorts(b);
        uint64 left = b.caps[g] - b.lots[g];
        address short = _withRoom(b, 1 + g, seed >> 24);
        address long = _withRoom(b, 0, seed >> 32);
        if (_isBanded(b) && inMonth[_monthOf(b)] + left + 1 > MONTHLY) {
            left = MONTHLY - inMonth[_monthOf(b)];
            vm.expectPartialRevert(IFuturesMarket.MonthCapReached.selector);
        } else {
            vm.expectPartialRevert(IFuturesMarket.CapReached.selector);
        }
        vm.prank(matcher);
        market.open(b.id, g, left + 1, long, short);
        left = uint64(Math.min(left, Math.min(_room(b, 0, long), _room(b, 1 + g, short))));
        if (left != 0) _openPairs(b, g, uint64(_magnitude(seed >> 40, left)), long, short);
        touched = i;
    }

    /// @dev Whether there was something: where the month is full, a fresh series has no pairs either.
    function _redeemSome(uint256 seed, address to) internal returns (bool) {
        (uint256 i, uint256 side, address holder) = _payable(seed);
        if (holder == address(0)) return false;
        Book storage b = books[i];
        uint256 lots = _magnitude(seed >> 8, held[b.id + side][holder]);
        vm.prank(holder);
        market.redeem(b.id + side, lots, to);
        _redeemed(b, side, lots, holder, to);
        touched = i;
        return true;
    }

    /// @dev A position of a final series and somebody who holds it, nobody where all is paid; settles a series if
    /// there is none that is final.
    function _payable(uint256 seed) internal returns (uint256 i, uint256 side, address holder) {
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

    // ── settlement ────────────────────────────────────────────────────────────────────────────────────────────

    function _propose(Book storage b) internal returns (bool) {
        (Phase phase, uint64 price, bytes4 refusal) = _proposal(b);
        if (refusal != 0) {
            vm.expectPartialRevert(refusal);
            market.propose(b.id);
            return false;
        }
        market.propose(b.id);
        if (phase >= Phase.SETTLED) {
            b.price = price;
            _concluded(b, phase);
        } else {
            (b.phase, b.price, b.challengeEnds) = (phase, price, uint40(block.timestamp) + 24 hours);
        }
        return true;
    }

    function _finalise(uint256 i) internal {
        Book storage b = books[i];
        if (block.timestamp < b.challengeEnds) {
            vm.expectPartialRevert(IFuturesMarket.ChallengeOpen.selector);
            market.finalise(b.id);
            vm.warp(b.challengeEnds);
        }
        market.finalise(b.id);
        Phase phase = Phase.SETTLED;
        if (_isCompromised(b.start, b.expiry)) (phase, b.price,) = _unpriced(b);
        _concluded(b, phase);
        touched = i;
    }

    /// @dev The guardian leaves a day out, unless less than a quarter of the window would be left to average.
    function _exclude(Book storage b, uint40 from) internal returns (bool) {
        ISpotIndex.Window memory w = WindowModel.window(seen, HOLD, b.start, b.expiry);
        ISpotIndex.Window memory out = WindowModel.window(seen, HOLD, from, from + 1 days);
        uint256 left = w.coveredTime - out.coveredTime;
        bool refused = left * 4 < b.expiry - b.start;
        if (refused) vm.expectPartialRevert(IFuturesMarket.CoverageTooLow.selector);
        vm.prank(guardian);
        market.exclude(b.id, from, from + 1 days);
        if (refused) return false;
        b.price = Settlement.average(w.valueTime - out.valueTime, left);
        b.challengeEnds = uint40(block.timestamp) + 24 hours;
        return true;
    }

    /// @dev A series of `days_` with pairs, all covered, just proposed.
    function _proposeFresh(uint256 seed, uint40 days_) internal returns (uint256 i) {
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
    function _playTo(uint40 time, uint256 seed) internal {
        while (block.timestamp + 24 hours < time) {
            skip(24 hours);
            seed = uint256(keccak256(abi.encode(seed))) & ~uint256(1) | (seed & 1);
            if (seed & 1 == 1 || seed % 7 != 0) _tick(seed);
        }
        if (block.timestamp < time) vm.warp(time);
    }
}
