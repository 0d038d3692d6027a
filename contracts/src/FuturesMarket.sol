// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Payouts } from "./Payouts.sol";
import { Positions } from "./Positions.sol";
import { SeriesBook } from "./SeriesBook.sol";
import { SettlementLadder } from "./SettlementLadder.sol";
import { IFuturesMarket, Payoff, Phase, Style } from "./interfaces/IFuturesMarket.sol";
import { IGradeRegistry } from "./interfaces/IGradeRegistry.sol";
import { ISpotIndexReader } from "./interfaces/ISpotIndexReader.sol";
import { IWrappedUnit } from "./interfaces/IWrappedUnit.sol";
import { LOT } from "./libraries/Settlement.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title FuturesMarket
/// @notice See {IFuturesMarket}.
contract FuturesMarket is SettlementLadder, Positions, Payouts {
    using SafeERC20 for IERC20;

    /// @dev What a position of a final series is paid, worked out once however many holders are.
    struct Share {
        IERC20 quoteToken;
        /// Of one lot; where some but not all grades are impaired, what `lots` of them divide.
        uint256 quote;
        IERC20[] units;
        /// Per grade, what `lots` of them divide.
        uint256[] baskets;
        uint256 lots;
        bool mixed;
        uint64 redeemed;
    }

    constructor(address authority, IGradeRegistry registry_, ISpotIndexReader spotIndex_)
        SeriesBook(authority, registry_, spotIndex_)
    { }

    // ── pairs ──────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IFuturesMarket
    function open(uint256 id, uint256 grade, uint64 lots, address long, address short)
        external
        nonReentrant
    {
        Series storage s = _listed(id);
        if (lots == 0) revert NoLots();
        if (s.phase != Phase.OPEN) revert WrongPhase(id, s.phase);
        if (entryStopped) revert EntryIsStopped();
        _checkGrade(id, s, grade);
        // With several grades a late mint of the worst one would dilute those who are long already.
        uint40 deadline = s.shorts == 1 ? s.expiry : s.start;
        if (block.timestamp >= deadline) revert MintingOver(deadline, block.timestamp);
        Deliverable memory deliverable = s.deliverables[grade];
        bool banded = s.style == Style.BANDED;
        if (banded) {
            _enterBand(s, lots);
        } else if (IWrappedUnit(address(deliverable.unit)).closed()) {
            revert GradeClosed(address(deliverable.unit));
        }
        uint256 total = uint256(deliverable.lots) + lots;
        if (total > deliverable.capLots) revert CapReached(grade, total, deliverable.capLots);
        _authorise(long);
        _authorise(short);

        s.deliverables[grade].lots = uint48(total);
        _mint(long, id, lots);
        _mint(short, id + 1 + grade, lots);
        emit Opened(id, grade, lots, long, short);

        (uint256 ofLong, uint256 ofShort) = _lock(s);
        _take(s.quoteToken, long, lots * ofLong);
        if (banded) _take(s.quoteToken, short, lots * ofShort);
        else deliverable.unit.safeTransferFrom(short, address(this), lots * LOT);
    }

    /// @inheritdoc IFuturesMarket
    function merge(uint256 id, uint256 grade, uint64 lots, address long, address short)
        external
        nonReentrant
    {
        Series storage s = _listed(id);
        if (lots == 0) revert NoLots();
        if (s.phase > Phase.PROPOSED) revert WrongPhase(id, s.phase);
        _checkGrade(id, s, grade);
        _authorise(long);
        _authorise(short);

        _burn(long, id, lots);
        _burn(short, id + 1 + grade, lots);
        s.deliverables[grade].lots -= uint48(lots);
        bool banded = s.style == Style.BANDED;
        if (banded) monthLots[s.index][s.month] -= lots;
        emit Merged(id, grade, lots, long, short);

        (uint256 ofLong, uint256 ofShort) = _lock(s);
        _pay(s.quoteToken, long, long, lots * ofLong);
        if (banded) _pay(s.quoteToken, short, short, lots * ofShort);
        else _pay(s.deliverables[grade].unit, short, short, lots * LOT);
    }

    // ── redemption ─────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IFuturesMarket
    function redeem(uint256 position, uint256 lots, address to) external nonReentrant {
        (uint256 id, Series storage s) = _final(position);
        if (lots == 0) revert NoLots();
        _redeem(s, _shareOf(s, position - id), position, lots, msg.sender, to);
    }

    /// @inheritdoc IFuturesMarket
    function redeemFor(uint256 position, address[] calldata holders) external nonReentrant {
        (uint256 id, Series storage s) = _final(position);
        Share memory share = _shareOf(s, position - id);
        for (uint256 i; i < holders.length; ++i) {
            address holder = holders[i];
            address to = payoutAddress[holder];
            uint256 lots = balanceOf(holder, position);
            if (lots == 0 || (to == address(0) && _isContract(holder))) continue;
            _redeem(s, share, position, lots, holder, to == address(0) ? holder : to);
        }
    }

    /// @inheritdoc IFuturesMarket
    function previewRedeem(uint256 position, uint256 lots)
        external
        view
        returns (uint256 quote, uint256[] memory units)
    {
        (uint256 id, uint256 side) = _split(position);
        Series storage s = _listed(id);
        if (s.phase < Phase.SETTLED) revert WrongPhase(id, s.phase);
        if (side > s.shorts) revert UnknownGrade(id, side - 1);
        Share memory share = _shareOf(s, side);
        quote = _quoteOf(share, lots);
        units = new uint256[](share.units.length);
        for (uint256 g; g < units.length; ++g) {
            units[g] = lots * share.baskets[g] / share.lots;
        }
    }

    // ── inside ─────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Unlike COVERED pairs, whose lock is worth what it pays at any price, these bet on the index alone: they
    /// open only where it is known to be inside the band, and no more of them than it can bear.
    function _enterBand(Series storage s, uint64 lots) private {
        (uint64 spot,) = spotIndex.fresh(s.index);
        if (spot <= s.low || spot >= s.high) revert OutOfBand(spot, s.low, s.high);
        uint256 total = uint256(monthLots[s.index][s.month]) + lots;
        uint64 cap = monthCap[s.index];
        if (total > cap) revert MonthCapReached(s.index, s.month, total, cap);
        monthLots[s.index][s.month] = uint64(total);
    }

    function _take(IERC20 token, address from, uint256 amount) private {
        uint256 held = token.balanceOf(address(this));
        token.safeTransferFrom(from, address(this), amount);
        uint256 arrived = token.balanceOf(address(this)) - held;
        if (arrived < amount) revert QuoteShort(arrived, amount);
    }

    function _checkGrade(uint256 id, Series storage s, uint256 grade) private view {
        if (grade >= s.shorts) revert UnknownGrade(id, grade);
    }

    /// @dev Whoever redeems may be the one who settles: nobody has to be alive but the holder.
    function _final(uint256 position) private returns (uint256 id, Series storage s) {
        uint256 side;
        (id, side) = _split(position);
        s = _listed(id);
        if (side > s.shorts) revert UnknownGrade(id, side - 1);
        if (s.phase < Phase.SETTLED) {
            settle(id);
            if (s.phase < Phase.SETTLED) revert ChallengeOpen(s.challengeEnds, block.timestamp);
        }
    }

    function _redeem(
        Series storage s,
        Share memory share,
        uint256 position,
        uint256 lots,
        address holder,
        address to
    ) private {
        uint256 quote = _quoteOf(share, lots);
        if (share.mixed) s.redeemedLong = share.redeemed += uint64(lots);
        _burn(holder, position, lots);
        emit Redeemed(position, holder, to, lots, quote);

        _pay(share.quoteToken, holder, to, quote);
        for (uint256 g; g < share.units.length; ++g) {
            _pay(share.units[g], holder, to, lots * share.baskets[g] / share.lots);
        }
    }

    /// @dev LONG takes a pro-rata basket of every grade still delivered, rounded down per grade; the dust stays.
    /// An impaired grade is unwound: its shorts get their lots back, longs the quote that stood against them.
    function _shareOf(Series storage s, uint256 side) private view returns (Share memory share) {
        Payoff memory p = _payoff(s);
        uint256 n = _grades(s);
        share.quoteToken = s.quoteToken;
        share.units = new IERC20[](n);
        share.baskets = new uint256[](n);
        share.lots = 1;
        uint256 impaired = s.impaired;
        if (side != 0) {
            share.quote = p.shortQuote;
            if (n == 0) return share;
            uint256 g = side - 1;
            bool unwound = impaired & (1 << g) != 0;
            (share.units[g], share.baskets[g]) =
            (s.deliverables[g].unit, unwound ? LOT : p.shortUnits);
            if (unwound) share.quote = 0;
            return share;
        }
        share.quote = p.longQuote;
        if (p.longUnits == 0 && impaired == 0) return share;
        if (impaired == (1 << n) - 1) {
            (share.quote,) = _lock(s);
            return share;
        }

        uint256 total;
        uint256 delivered;
        for (uint256 g; g < n; ++g) {
            Deliverable memory deliverable = s.deliverables[g];
            total += deliverable.lots;
            if (impaired & (1 << g) != 0) continue;
            delivered += deliverable.lots;
            (share.units[g], share.baskets[g]) = (deliverable.unit, p.longUnits * deliverable.lots);
        }
        if (total != 0) share.lots = total;
        if (impaired == 0) return share;
        (uint256 lock,) = _lock(s);
        share.quote = p.longQuote * delivered + lock * (total - delivered);
        (share.mixed, share.redeemed) = (true, s.redeemedLong);
    }

    /// @dev Cumulative rounding where there is any: whatever the slices, all longs together get all of it.
    function _quoteOf(Share memory share, uint256 lots) private pure returns (uint256) {
        if (!share.mixed) return lots * share.quote;
        uint256 before = share.redeemed;
        return (before + lots) * share.quote / share.lots - before * share.quote / share.lots;
    }

    /// @dev An account that merely delegates to code (EIP-7702) can receive like any other.
    function _isContract(address account) private view returns (bool) {
        uint256 size = account.code.length;
        return size != 0 && !(size == 23 && bytes3(account.code) == 0xef0100);
    }

    function _split(uint256 position) private pure returns (uint256 id, uint256 side) {
        return (position & ~uint256(0xff), position & 0xff);
    }
}
