// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket, SeriesTerms, Style } from "./interfaces/IFuturesMarket.sol";
import { IMarketMigrator } from "./interfaces/IMarketMigrator.sol";
import { ISpotIndex } from "./interfaces/ISpotIndex.sol";
import { IWrappedUnit } from "./interfaces/IWrappedUnit.sol";
import { LOT } from "./libraries/Settlement.sol";
import { IERC6909 } from "@openzeppelin/contracts/interfaces/IERC6909.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {
    ReentrancyGuardTransient
} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title MarketMigrator
/// @notice See {IMarketMigrator}. No role, no owner, no storage.
contract MarketMigrator is IMarketMigrator, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev What pairs of a series are made of in either market.
    struct Lock {
        IERC20 quoteToken;
        /// Base units of it in one pair.
        uint256 quote;
        /// Of the grade; zero of a BANDED series.
        address oldUnit;
        address newUnit;
    }

    /// @dev One side of the pairs, in both markets, and how many lots of it each holder moves.
    struct Side {
        uint256 from;
        uint256 to;
        address[] holders;
        uint256[] lots;
        uint256 all;
    }

    /// @inheritdoc IMarketMigrator
    IFuturesMarket public immutable source;
    /// @inheritdoc IMarketMigrator
    IFuturesMarket public immutable target;

    constructor(IFuturesMarket source_, IFuturesMarket target_) {
        (source, target) = (source_, target_);
    }

    /// @inheritdoc IMarketMigrator
    function move(
        uint256 from,
        uint256 to,
        uint256 grade,
        address[] calldata longs,
        address[] calldata shorts,
        uint64 most
    ) external nonReentrant returns (uint64 lots) {
        Lock memory lock = _lockOf(from, to, grade);
        Side memory long = _movable(from, to, longs);
        Side memory short = _movable(from + 1 + grade, to + 1 + grade, shorts);
        lots = uint64(Math.min(Math.min(long.all, short.all), most));
        if (lots == 0) revert NoPairsToMove(long.all, short.all);

        uint256[3] memory held = _held(lock);
        _collect(long, lots);
        _collect(short, lots);
        source.merge(from, grade, lots, address(this), address(this));
        if (lock.oldUnit != address(0)) {
            if (lock.oldUnit != lock.newUnit) _rewrap(lock, lots * LOT);
            IERC20(lock.newUnit).forceApprove(address(target), lots * LOT);
        }
        lock.quoteToken.forceApprove(address(target), lots * lock.quote);
        target.open(to, grade, lots, address(this), address(this));
        _requireHeld(lock, held);
        _hand(long);
        _hand(short);
    }

    /// @inheritdoc IMarketMigrator
    function difference(uint256 from, uint256 to) external view returns (string memory) {
        return _difference(source.series(from), target.series(to));
    }

    // ── inside ─────────────────────────────────────────────────────────────────────────────────────────────

    function _lockOf(uint256 from, uint256 to, uint256 grade)
        private
        view
        returns (Lock memory lock)
    {
        IFuturesMarket.SeriesView memory old = source.series(from);
        IFuturesMarket.SeriesView memory young = target.series(to);
        string memory field = _difference(old, young);
        if (bytes(field).length != 0) revert NotLike(field);
        lock.quoteToken = old.terms.quoteToken;
        lock.quote = old.quotePerLot + old.shortQuotePerLot;
        if (grade >= old.terms.capLots.length) revert IFuturesMarket.UnknownGrade(from, grade);
        if (old.terms.style == Style.BANDED) return lock;
        (lock.oldUnit, lock.newUnit) = (old.terms.units[grade], young.terms.units[grade]);
    }

    /// @dev Never makes more units than it burns: both roundings are in favour of those who stay wrapped.
    function _rewrap(Lock memory lock, uint256 amount) private {
        IERC20 token = IWrappedUnit(lock.newUnit).factor().token;
        (uint256 tokens, uint256 burned) =
            IWrappedUnit(lock.oldUnit).unwrap(amount, 0, address(this));
        token.forceApprove(lock.newUnit, tokens);
        uint256 made = IWrappedUnit(lock.newUnit).wrap(tokens, 0, address(this));
        if (burned < amount) IERC20(lock.oldUnit).safeTransfer(msg.sender, amount - burned);
        if (made < amount) {
            IERC20(lock.newUnit).safeTransferFrom(msg.sender, address(this), amount - made);
        }
    }

    /// @dev Lots of each that it holds and lets this contract move.
    function _movable(uint256 from, uint256 to, address[] calldata holders)
        private
        view
        returns (Side memory side)
    {
        IERC6909 positions = IERC6909(address(source));
        side = Side(from, to, holders, new uint256[](holders.length), 0);
        for (uint256 i; i < holders.length; ++i) {
            if (!positions.isOperator(holders[i], address(this))) continue;
            side.lots[i] = positions.balanceOf(holders[i], from);
            side.all += side.lots[i];
        }
    }

    /// @dev Takes `left` lots together, the first named first, and writes what it took over what it could take.
    function _collect(Side memory side, uint256 left) private {
        for (uint256 i; i < side.holders.length; ++i) {
            uint256 taken = Math.min(side.lots[i], left);
            (side.lots[i], left) = (taken, left - taken);
            if (taken == 0) continue;
            IERC6909(address(source)).transferFrom(side.holders[i], address(this), side.from, taken);
        }
    }

    function _hand(Side memory side) private {
        for (uint256 i; i < side.holders.length; ++i) {
            (address holder, uint256 lots) = (side.holders[i], side.lots[i]);
            if (lots == 0) continue;
            IERC6909(address(target)).transfer(holder, side.to, lots);
            emit Moved(side.from, side.to, holder, lots);
        }
    }

    function _held(Lock memory lock) private view returns (uint256[3] memory held) {
        held[0] = lock.quoteToken.balanceOf(address(this));
        if (lock.oldUnit == address(0)) return held;
        held[1] = IERC20(lock.oldUnit).balanceOf(address(this));
        held[2] = IERC20(lock.newUnit).balanceOf(address(this));
    }

    /// @dev A lock that was credited instead of paid would be made up from what others sent here.
    function _requireHeld(Lock memory lock, uint256[3] memory before) private view {
        address[3] memory tokens = [address(lock.quoteToken), lock.oldUnit, lock.newUnit];
        uint256[3] memory left = _held(lock);
        for (uint256 i; i < 3; ++i) {
            if (left[i] < before[i]) revert LockNotPaid(tokens[i], before[i], left[i]);
        }
    }

    /// @dev Terms that decide what a position is worth, in their order. Locks are compared beside K, L and H as a token
    /// may have had other decimals when the other series was listed.
    function _difference(
        IFuturesMarket.SeriesView memory old,
        IFuturesMarket.SeriesView memory young
    ) private view returns (string memory) {
        (SeriesTerms memory a, SeriesTerms memory b) = (old.terms, young.terms);
        if (a.style != b.style) return "style";
        if (a.start != b.start) return "start";
        if (a.expiry != b.expiry) return "expiry";
        if (a.referencePrice != b.referencePrice) return "referencePrice";
        if (a.low != b.low) return "low";
        if (a.high != b.high) return "high";
        if (address(a.quoteToken) != address(b.quoteToken)) return "quoteToken";
        if (old.quotePerLot != young.quotePerLot) return "quoteToken";
        if (old.shortQuotePerLot != young.shortQuotePerLot) return "quoteToken";
        if (_nameOf(source, a.index) != _nameOf(target, b.index)) return "index";
        if (a.units.length != b.units.length) return "units";
        for (uint256 g; g < a.units.length; ++g) {
            if (a.units[g] != b.units[g] && _gradeOf(a.units[g]) != _gradeOf(b.units[g])) {
                return "units";
            }
        }
        return "";
    }

    function _nameOf(IFuturesMarket market, uint256 index) private view returns (bytes32) {
        return keccak256(bytes(market.spotIndex().indexNames()[index]));
    }

    /// @dev Hash of the grade's terms: token, factor and all else.
    function _gradeOf(address unit) private view returns (bytes32) {
        return IWrappedUnit(unit).gradeId();
    }
}
