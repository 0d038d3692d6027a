// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { TestToken } from "../../src/devnet/TestToken.sol";
import { IFuturesMarket, Phase, SeriesTerms, Style } from "../../src/interfaces/IFuturesMarket.sol";
import { GradeTerms } from "../../src/interfaces/IGradeRegistry.sol";
import { ISpotIndex } from "../../src/interfaces/ISpotIndex.sol";
import { IWrappedUnit } from "../../src/interfaces/IWrappedUnit.sol";
import { Settlement } from "../../src/libraries/Settlement.sol";
import { Counted } from "../support/Counted.sol";
import { MarketTest } from "../support/MarketTest.sol";
import { WindowModel } from "../support/WindowModel.sol";

/// @notice What the market ought to be: every series, wallet, position and credit, kept apart from the contracts.
abstract contract MarketLedger is MarketTest, Counted {
    struct Book {
        uint256 id;
        uint40 start;
        uint40 expiry;
        uint64 referencePrice;
        Style style;
        IWrappedUnit[] units;
        uint64[3] caps;
        uint64[3] lots;
        uint256 lastOpenedAt;
        // since it was proposed
        Phase phase;
        uint64 price;
        uint40 challengeEnds;
        bool acted;
        uint8 impaired;
        // since it is final
        uint256 paidQuote;
        uint256[3] paidUnits;
        uint256 longRedeemed;
        uint256 longRedemptions;
    }

    uint40 private constant DAY = 1 days;

    /// @dev Four people and a contract, whom nobody can redeem for unless it names an address.
    address[5] internal traders;
    address internal vault = makeAddr("vault");
    Book[] internal books;
    IWrappedUnit[] internal allUnits;
    mapping(address unit => uint40) internal impairedAt;
    mapping(address token => mapping(address account => uint256)) internal wallet;
    mapping(address token => mapping(address account => uint256)) internal credit;
    mapping(uint256 position => mapping(address account => uint256)) internal held;

    function setUp() public virtual override {
        super.setUp();
        vm.etch(vault, hex"00");
        traders = [alice, bob, carol, matcher, vault];
        // A campaign lasts for years.
        for (uint256 g; g < 3; ++g) {
            _relist(g);
        }
        vm.startPrank(vault);
        positions.setOperator(matcher, true);
        quote.approve(address(market), type(uint256).max);
        vm.stopPrank();
    }

    // ── the model ──────────────────────────────────────────────────────────────────────────────────────────

    function _lock(
        Book storage b
    ) internal view returns (uint256) {
        return b.referencePrice / 1e4;
    }

    function _totalLots(
        Book storage b
    ) internal view returns (uint256) {
        return uint256(b.lots[0]) + b.lots[1] + b.lots[2];
    }

    function _isFinal(
        Book storage b
    ) internal view returns (bool) {
        return b.phase >= Phase.SETTLED;
    }

    /// @dev Last second to open a pair, plus one.
    function _deadline(
        Book storage b
    ) internal view returns (uint40) {
        return b.units.length == 1 ? b.expiry : b.start;
    }

    function _isUnwound(
        Book storage b,
        uint256 g
    ) internal view returns (bool) {
        return (b.impaired >> g) & 1 == 1;
    }

    /// @dev What LONG gets of one lot's lock: quote, and wei of units.
    function _longPart(
        Book storage b
    ) private view returns (uint256, uint256) {
        if (b.phase == Phase.DELIVERED) return (0, LOT);
        if (b.price <= b.referencePrice) return (b.price / 1e4, 0);
        return (_lock(b), LOT - LOT * b.referencePrice / b.price);
    }

    /// @dev What `lots` of LONG (side 0) or of the SHORT of grade side - 1 are due now.
    function _due(
        Book storage b,
        uint256 side,
        uint256 lots
    ) internal view returns (uint256 dueQuote, uint256[3] memory dueUnits) {
        (uint256 longQuote, uint256 longUnits) = _longPart(b);
        if (side != 0) {
            bool unwound = _isUnwound(b, side - 1);
            dueUnits[side - 1] = lots * (unwound ? LOT : LOT - longUnits);
            return (unwound ? 0 : lots * (_lock(b) - longQuote), dueUnits);
        }
        uint256 pool;
        uint256 total = _totalLots(b);
        for (uint256 g; g < b.units.length; ++g) {
            pool += b.lots[g] * (_isUnwound(b, g) ? _lock(b) : longQuote);
            if (!_isUnwound(b, g)) dueUnits[g] = lots * longUnits * b.lots[g] / total;
        }
        dueQuote = (b.longRedeemed + lots) * pool / total - b.longRedeemed * pool / total;
    }

    /// @dev What proposing does now: the phase it leads to and S, or the error.
    function _proposal(
        Book storage b
    ) internal view returns (Phase phase, uint64 price, bytes4 refusal) {
        uint256 t = block.timestamp;
        if (t < b.expiry) return (Phase.OPEN, 0, IFuturesMarket.NotReady.selector);
        if (b.style == Style.DELIVERY || t >= b.expiry + 14 days) return (Phase.DELIVERED, 0, 0);
        bool passed = seen[seen.length - 1].slot >= b.expiry || t >= b.expiry + 15 minutes;
        if (!passed) return (Phase.OPEN, 0, IFuturesMarket.NotReady.selector);
        if (t >= b.expiry + 12 days) return (Phase.OPEN, 0, IFuturesMarket.BetweenRungs.selector);

        ISpotIndex.Window memory w = WindowModel.window(seen, HOLD, b.start, b.expiry);
        uint256 span = b.expiry - b.start;
        bool first = t < b.expiry + 7 days;
        bool enough = first
            ? w.coveredTime * 10 >= span * 9 && !w.longGap
            : uint256(w.coveredTime) * 4 >= span;
        if (!enough || w.coveredTime == 0) {
            return (Phase.OPEN, 0, IFuturesMarket.CoverageTooLow.selector);
        }
        return (Phase.PROPOSED, Settlement.average(w.valueTime, w.coveredTime), 0);
    }

    // ── keeping it ─────────────────────────────────────────────────────────────────────────────────────────

    /// @dev The market takes `amount` from `account`.
    function _took(
        address token,
        address account,
        uint256 amount
    ) internal {
        wallet[token][account] -= amount;
        wallet[token][address(market)] += amount;
    }

    /// @dev The market pays `account` at `to`, or credits it where that cannot be.
    function _paid(
        address token,
        address account,
        address to,
        uint256 amount
    ) internal {
        if (amount == 0) return;
        if (to == address(0) || (token == address(quote) && quote.isBlocked(to))) {
            credit[token][account] += amount;
            return;
        }
        wallet[token][address(market)] -= amount;
        wallet[token][to] += amount;
    }

    /// @dev `holder` redeems: positions, payout and the book's totals.
    function _redeemed(
        Book storage b,
        uint256 side,
        uint256 lots,
        address holder,
        address to
    ) internal {
        (uint256 dueQuote, uint256[3] memory dueUnits) = _due(b, side, lots);
        held[b.id + side][holder] -= lots;
        _paid(address(quote), holder, to, dueQuote);
        b.paidQuote += dueQuote;
        for (uint256 g; g < b.units.length; ++g) {
            _paid(address(b.units[g]), holder, to, dueUnits[g]);
            b.paidUnits[g] += dueUnits[g];
        }
        if (side != 0) return;
        b.longRedeemed += lots;
        ++b.longRedemptions;
    }

    function _concluded(
        Book storage b,
        Phase phase
    ) internal {
        b.phase = phase;
        if (phase == Phase.DELIVERED) b.price = 0;
        for (uint256 g; g < b.units.length; ++g) {
            uint40 at = impairedAt[address(b.units[g])];
            if (at != 0 && at < b.expiry) b.impaired |= uint8(1 << g);
        }
    }

    // ── bringing about what an action needs ────────────────────────────────────────────────────────────────

    /// @dev A round of about the last price, so that the index is fresh and its price stays in bounds.
    function _tick(
        uint256 seed
    ) internal {
        uint64 last = seen[seen.length - 1].value;
        if (_slot() < seen[seen.length - 1].slot + 5 minutes) skip(5 minutes);
        uint64 next = uint64(bound(seed >> 96, uint256(last) * 7 / 10, uint256(last) * 14 / 10));
        _see(next < 1e8 || next > 1e11 ? K : next);
    }

    /// @dev Lists a series of `days_` on one to three of the present grades.
    function _list(
        uint256 seed,
        uint40 days_
    ) internal returns (Book storage b) {
        if (block.timestamp > seen[seen.length - 1].slot + HOLD) _tick(seed);
        SeriesTerms memory t = _terms(1 + seed % 3);
        for (uint256 g; g < t.units.length; ++g) {
            t.units[g] = address(units[(g + (seed >> 8) % 3) % 3]);
            // No two series are alike.
            t.capLots[g] = uint64(1e3 * (1 + (seed >> 16) % 1e3) + books.length);
        }
        uint64 spot = seen[seen.length - 1].value;
        t.start = (uint40(block.timestamp) / DAY + 1 + uint40((seed >> 40) % 2)) * DAY;
        if (t.start <= block.timestamp) t.start += DAY;
        t.expiry = t.start + days_ * DAY;
        t.referencePrice = uint64(spot * (60 + (seed >> 48) % 80) / 1e8) * 1e6;
        if ((seed >> 64) % 8 == 0) t.style = Style.DELIVERY;

        b = books.push();
        b.id = _create(t);
        (b.start, b.expiry, b.referencePrice) = (t.start, t.expiry, t.referencePrice);
        (b.style, b.phase) = (t.style, Phase.OPEN);
        for (uint256 g; g < t.units.length; ++g) {
            b.units.push(IWrappedUnit(t.units[g]));
            b.caps[g] = t.capLots[g];
        }
    }

    /// @dev Gives both sides what they lock, and opens.
    function _openPairs(
        Book storage b,
        uint256 g,
        uint64 lots,
        address long,
        address short
    ) internal {
        uint256 due = lots * _lock(b);
        quote.mint(long, due);
        wallet[address(quote)][long] += due;
        _wrapFor(b.units[g], short, lots * LOT);
        vm.prank(matcher);
        market.open(b.id, g, lots, long, short);

        _took(address(quote), long, due);
        _took(address(b.units[g]), short, lots * LOT);
        b.lots[g] += lots;
        b.lastOpenedAt = block.timestamp;
        held[b.id][long] += lots;
        held[b.id + 1 + g][short] += lots;
    }

    /// @dev A new grade like number `g`, which takes its place.
    function _relist(
        uint256 g
    ) internal {
        GradeTerms memory t = terms[g];
        tokens[g] = new TestToken("Revision", "REV", t.decimals);
        (t.token, t.validUntil) = (address(tokens[g]), uint40(block.timestamp) + 3650 days);
        vm.prank(curator);
        units[g] = IWrappedUnit(registry.list(t, "Revision", "REV"));
        terms[g] = t;
        allUnits.push(units[g]);
        _approve(units[g]);
    }

    function _wrapFor(
        IWrappedUnit unit,
        address account,
        uint256 amount
    ) internal {
        IWrappedUnit.Factor memory f = unit.factor();
        uint256 needed = amount * 10 ** f.decimals / f.scuPerToken + 1;
        TestToken(address(f.token)).mint(account, needed);
        vm.startPrank(account);
        f.token.approve(address(unit), needed);
        wallet[address(unit)][account] += unit.wrap(needed, amount, account);
        vm.stopPrank();
    }

    function _approve(
        IWrappedUnit unit
    ) private {
        for (uint256 i; i < traders.length; ++i) {
            vm.prank(traders[i]);
            unit.approve(address(market), type(uint256).max);
        }
    }
}
