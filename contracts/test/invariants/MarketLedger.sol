// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket, Phase, Style } from "../../src/interfaces/IFuturesMarket.sol";
import { ISpotIndex } from "../../src/interfaces/ISpotIndex.sol";
import { IWrappedUnit } from "../../src/interfaces/IWrappedUnit.sol";
import { Settlement } from "../../src/libraries/Settlement.sol";
import { Counted } from "../support/Counted.sol";
import { MarketTest } from "../support/MarketTest.sol";
import { ProvenIndex } from "../support/ProvenIndex.sol";
import { Seen, WindowModel } from "../support/WindowModel.sol";

/// @notice What the market ought to be: every series, wallet, position and credit, kept apart from the contracts.
abstract contract MarketLedger is MarketTest, Counted {
    struct Book {
        uint256 id;
        uint40 start;
        uint40 expiry;
        uint64 referencePrice;
        uint64 low;
        uint64 high;
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

    /// @dev Lots of a month: so few that it fills up, and that an account reaches its share of it, rounded up.
    uint64 internal constant MONTHLY = 400_003;
    uint64 internal constant SHARE = 40_001;

    /// @dev Four people and a contract, whom nobody can redeem for unless it names an address.
    address[5] internal traders;
    address internal vault = makeAddr("vault");
    Book[] internal books;
    ProvenIndex internal proven;
    /// @dev Slots that enough reporters were proven to have signed twice.
    uint40[] internal provenSlots;
    /// @dev BANDED lots opened less those merged, by month.
    mapping(uint256 month => uint64) internal inMonth;
    IWrappedUnit[] internal allUnits;
    mapping(address unit => uint40) internal impairedAt;
    mapping(address token => mapping(address account => uint256)) internal wallet;
    mapping(address token => mapping(address account => uint256)) internal credit;
    mapping(uint256 position => mapping(address account => uint256)) internal held;

    function setUp() public virtual override {
        super.setUp();
        vm.etch(vault, hex"00");
        traders = [alice, bob, carol, matcher, vault];
        vm.prank(admin);
        market.setMonthCap(0, MONTHLY);
        vm.startPrank(vault);
        positions.setOperator(matcher, true);
        quote.approve(address(market), type(uint256).max);
        vm.stopPrank();
    }

    function _settlingIndex() internal override returns (ISpotIndex) {
        proven = new ProvenIndex(index);
        return ISpotIndex(address(proven));
    }

    // ── the model ─────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Quote that LONG locks of a lot; BANDED, only what it can lose.
    function _lock(Book storage b) internal view returns (uint256) {
        return (b.referencePrice - b.low) / 1e4;
    }

    /// @dev Quote that SHORT locks of a lot.
    function _shortLock(Book storage b) internal view returns (uint256) {
        return _isBanded(b) ? (b.high - b.referencePrice) / 1e4 : 0;
    }

    function _isBanded(Book storage b) internal view returns (bool) {
        return b.style == Style.BANDED;
    }

    /// @dev Kinds of SHORT.
    function _shorts(Book storage b) internal view returns (uint256) {
        return _isBanded(b) ? 1 : b.units.length;
    }

    /// @dev By days rather than by the market's arithmetic: good from 2025 to 2099.
    function _monthOf(Book storage b) internal view returns (uint256 month) {
        uint8[12] memory lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        // 2025-01-01.
        uint256 left = (b.expiry - 1) / 1 days - 20_089;
        month = 55 * 12;
        while (true) {
            bool leap = month % 12 == 1 && (month / 12 + 1970) % 4 == 0;
            uint256 length = lengths[month % 12] + (leap ? 1 : 0);
            if (left < length) return month;
            (left, month) = (left - length, month + 1);
        }
    }

    function _isCompromised(uint40 from, uint40 to) internal view returns (bool) {
        for (uint256 i; i < provenSlots.length; ++i) {
            if (provenSlots[i] >= from && provenSlots[i] <= to) return true;
        }
        return false;
    }

    function _totalLots(Book storage b) internal view returns (uint256) {
        return uint256(b.lots[0]) + b.lots[1] + b.lots[2];
    }

    function _isFinal(Book storage b) internal view returns (bool) {
        return b.phase >= Phase.SETTLED;
    }

    /// @dev Last second to open a pair, plus one.
    function _deadline(Book storage b) internal view returns (uint40) {
        return _shorts(b) == 1 ? b.expiry : b.start;
    }

    function _isUnwound(Book storage b, uint256 g) internal view returns (bool) {
        return (b.impaired >> g) & 1 == 1;
    }

    /// @dev What LONG gets of one lot's lock: quote, and wei of units.
    function _longPart(Book storage b) private view returns (uint256, uint256) {
        if (_isBanded(b)) {
            uint64 within = b.price < b.low ? b.low : b.price > b.high ? b.high : b.price;
            return (within / 1e4 - b.low / 1e4, 0);
        }
        if (b.phase == Phase.DELIVERED) return (0, LOT);
        if (b.price <= b.referencePrice) return (b.price / 1e4, 0);
        return (_lock(b), LOT - LOT * b.referencePrice / b.price);
    }

    /// @dev What `lots` of LONG (side 0) or of the SHORT of grade side - 1 are due now.
    function _due(Book storage b, uint256 side, uint256 lots)
        internal
        view
        returns (uint256 dueQuote, uint256[3] memory dueUnits)
    {
        (uint256 longQuote, uint256 longUnits) = _longPart(b);
        if (_isBanded(b)) {
            uint256 both = _lock(b) + _shortLock(b);
            return (lots * (side == 0 ? longQuote : both - longQuote), dueUnits);
        }
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
    function _proposal(Book storage b)
        internal
        view
        returns (Phase phase, uint64 price, bytes4 refusal)
    {
        uint256 t = block.timestamp;
        if (t < b.expiry) return (Phase.OPEN, 0, IFuturesMarket.NotReady.selector);
        bool last = t >= b.expiry + 14 days;
        if (b.style == Style.DELIVERY || (last && !_isBanded(b))) return (Phase.DELIVERED, 0, 0);
        if (_isCompromised(b.start, b.expiry)) return _unpriced(b);
        if (last) return (Phase.SETTLED, _lastPrice(b), 0);
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

    /// @dev Where nothing can be said about S.
    function _unpriced(Book storage b) internal view returns (Phase, uint64, bytes4) {
        if (_isBanded(b)) return (Phase.SETTLED, b.referencePrice, 0);
        return (Phase.DELIVERED, 0, 0);
    }

    /// @dev S of a BANDED series that nobody proposed.
    function _lastPrice(Book storage b) private view returns (uint64) {
        uint40 span = b.expiry - b.start;
        for (uint256 i; i <= 31; ++i) {
            uint40 to = i == 0 ? b.expiry : b.start - uint40(i - 1) * 1 days;
            // The first round opens history: a midnight at or before it is none that anything is known of.
            if (to - span <= seen[0].slot) break;
            ISpotIndex.Window memory w = WindowModel.window(seen, HOLD, to - span, to);
            if (w.coveredTime < 24 hours) continue;
            if (_isCompromised(to - span, to)) break;
            return Settlement.average(w.valueTime, w.coveredTime);
        }
        return b.referencePrice;
    }

    // ── keeping it ────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev The market takes `amount` from `account`.
    function _took(address token, address account, uint256 amount) internal {
        wallet[token][account] -= amount;
        wallet[token][address(market)] += amount;
    }

    /// @dev The market pays `account` at `to`, or credits it where that cannot be.
    function _paid(address token, address account, address to, uint256 amount) internal {
        if (amount == 0) return;
        if (to == address(0) || (token == address(quote) && quote.isBlocked(to))) {
            credit[token][account] += amount;
            return;
        }
        wallet[token][address(market)] -= amount;
        wallet[token][to] += amount;
    }

    /// @dev `holder` redeems: positions, payout and the book's totals.
    function _redeemed(Book storage b, uint256 side, uint256 lots, address holder, address to)
        internal
    {
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

    function _concluded(Book storage b, Phase phase) internal {
        b.phase = phase;
        if (phase == Phase.DELIVERED) b.price = 0;
        for (uint256 g; g < b.units.length; ++g) {
            uint40 since = impairedAt[address(b.units[g])];
            if (since != 0 && since < b.expiry) b.impaired |= uint8(1 << g);
        }
    }

    // ── finding ───────────────────────────────────────────────────────────────────────────────────────────────

    function _takesPairs(Book storage b) internal view returns (bool) {
        if (b.phase != Phase.OPEN || block.timestamp >= _deadline(b)) return false;
        if (_isBanded(b)) {
            Seen storage last = seen[seen.length - 1];
            bool inside = last.value > b.low && last.value < b.high;
            bool fresh = block.timestamp <= last.slot + HOLD;
            return inside && fresh && _hasRoom(b);
        }
        for (uint256 g; g < b.units.length; ++g) {
            if (b.units[g].closed() || b.lots[g] == b.caps[g]) return false;
        }
        return true;
    }

    /// @dev Lots that a BANDED series can still take, whatever the index says: in its cap, its month, and of somebody.
    function _hasRoom(Book storage b) internal view returns (bool) {
        if (b.lots[0] >= b.caps[0] || inMonth[_monthOf(b)] >= MONTHLY) return false;
        return _room(b, 0, _withRoom(b, 0, 0)) != 0 && _room(b, 1, _withRoom(b, 1, 0)) != 0;
    }

    /// @dev Lots that an account may still open of a side.
    function _room(Book storage b, uint256 side, address account) internal view returns (uint256) {
        if (!_isBanded(b) || block.timestamp < b.start) return type(uint64).max;
        uint256 lots = held[b.id + side][account];
        return lots < SHARE ? SHARE - lots : 0;
    }

    /// @dev Somebody with room for a side of a series; anybody if nobody has.
    function _withRoom(Book storage b, uint256 side, uint256 seed)
        internal
        view
        returns (address account)
    {
        for (uint256 j; j < 5; ++j) {
            account = traders[(j + seed) % 5];
            if (_room(b, side, account) != 0) return account;
        }
    }

    /// @dev A position before settlement (LONG: 0, SHORT: 1, either: 2) and its holder; nobody if there is none.
    function _position(uint256 seed, uint256 kind)
        internal
        view
        returns (uint256 i, uint256 side, address holder)
    {
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
    function _holderIn(uint256 i, uint256 seed, uint256 kind)
        internal
        view
        returns (uint256 side, address holder)
    {
        uint256 sides = _shorts(books[i]) + 1;
        for (uint256 j; j < sides * 5; ++j) {
            side = (j / 5 + (seed >> 4) % sides) % sides;
            if ((kind == 0 && side != 0) || (kind == 1 && side == 0)) continue;
            holder = traders[(j + (seed >> 12)) % 5];
            if (held[books[i].id + side][holder] != 0) return (side, holder);
        }
        holder = address(0);
    }

    /// @dev A series in `phase`, and past its expiry if `due`; the number of series if there is none.
    function _find(uint256 seed, Phase phase, bool due) internal view returns (uint256) {
        for (uint256 j; j < books.length; ++j) {
            uint256 i = (seed % books.length + j) % books.length;
            bool passed = block.timestamp >= books[i].expiry;
            if (books[i].phase == phase && (passed || !due)) return i;
        }
        return books.length;
    }

    function _claimable(uint256 seed) internal view returns (address token, address account) {
        for (uint256 u; u <= allUnits.length; ++u) {
            token = u == 0 ? address(quote) : address(allUnits[u - 1]);
            for (uint256 j; j < 5; ++j) {
                account = traders[(j + seed % 5) % 5];
                if (credit[token][account] != 0) return (token, account);
            }
        }
        account = address(0);
    }
}
