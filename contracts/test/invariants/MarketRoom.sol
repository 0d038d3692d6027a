// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket, Phase } from "../../src/interfaces/IFuturesMarket.sol";
import { MarketSteps } from "./MarketSteps.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice What traders do where room is scarce: pairs of one hand in a cap that is nearly full, and BANDED pairs while
/// their window runs, of which an account opens its share of the month at most.
abstract contract MarketRoom is MarketSteps {
    // ── both sides in one hand ────────────────────────────────────────────────────────────────────────────────

    /// @dev A stranger closes pairs of somebody who holds both sides, as long as room is scarce, and no others.
    function net(uint256 seed) external counted {
        seed = _mix(seed);
        (uint256 i, address holder) = _hoarder(seed);
        if (holder == address(0)) (i, holder) = _hoard(seed);
        Book storage b = books[i];
        _refuseToNet(b, holder, holder == alice ? bob : alice);
        uint256 most = Math.min(held[b.id][holder], held[b.id + 1][holder]);
        uint64 lots = uint64(_magnitude(seed >> 8, most));
        vm.prank(stranger);
        market.merge(b.id, 0, lots, holder, holder);
        _merged(b, 1, lots, holder, holder);
        if (!_isCrowded(b)) _refuseToNet(b, holder, holder);
        touched = i;
        _effective();
    }

    function _refuseToNet(Book storage b, address long, address short) private {
        vm.expectRevert(
            abi.encodeWithSelector(IFuturesMarket.NotAuthorised.selector, long, stranger)
        );
        vm.prank(stranger);
        market.merge(b.id, 0, 1, long, short);
    }

    /// @dev Nine tenths of a cap are taken, and LONG and SHORT are worth the lock together.
    function _isCrowded(Book storage b) private view returns (bool) {
        if (_shorts(b) != 1) return false;
        bool full = _isBanded(b) && uint256(inMonth[_monthOf(b)]) * 10 >= uint256(MONTHLY) * 9;
        return full || uint256(b.lots[0]) * 10 >= uint256(b.caps[0]) * 9;
    }

    /// @dev A crowded series and somebody who holds both sides of it; nobody if there is none.
    function _hoarder(uint256 seed) private view returns (uint256 i, address holder) {
        for (uint256 j; j < books.length; ++j) {
            i = (seed % books.length + j) % books.length;
            Book storage b = books[i];
            if (_isFinal(b) || !_isCrowded(b)) continue;
            for (uint256 k; k < 5; ++k) {
                holder = traders[(k + (seed >> 12)) % 5];
                if (held[b.id][holder] != 0 && held[b.id + 1][holder] != 0) return (i, holder);
            }
        }
        holder = address(0);
    }

    /// @dev Somebody takes nine tenths or more of a new series, or all that its month has left, on both sides.
    function _hoard(uint256 seed) private returns (uint256 i, address holder) {
        (i, holder) = (books.length, traders[(seed >> 24) % 5]);
        Book storage b = _listOn(seed % 2, seed >> 1, 2);
        uint64 lots = (b.caps[0] * 9 + 9) / 10;
        lots += uint64(_magnitude(seed >> 32, b.caps[0] - lots + 1)) - 1;
        if (_isBanded(b)) lots = uint64(Math.min(lots, MONTHLY - inMonth[_monthOf(b)]));
        if (lots == 0) {
            i = books.length;
            b = _listOn(1, seed, 2);
            lots = b.caps[0];
        }
        _openPairs(b, 0, lots, holder, holder);
    }

    // ── late in the month ─────────────────────────────────────────────────────────────────────────────────────

    /// @dev While the window of a BANDED series runs an account opens up to its share, and not a lot more.
    function openLate(uint256 seed) external counted {
        seed = _mix(seed);
        uint256 i = _running(seed);
        if (i == books.length) {
            Book storage fresh = _listOn(0, seed, 1 + uint40((seed >> 80) % 12));
            if (inMonth[_monthOf(fresh)] == MONTHLY) return;
            if (seed % 2 == 0) _openIn(i, seed >> 8);
            _playTo(fresh.start + uint40((seed >> 120) % (fresh.expiry - fresh.start)), seed | 1);
        }
        Book storage b = books[i];
        _bringInside(b);
        if (!_takesPairs(b)) return;
        _openBeyond(b, (seed >> 8) % 2, seed >> 24);
        _openIn(i, seed);
        _effective();
    }

    /// @dev One lot more than an account may open, on one side. Nothing else may stand in the way.
    function _openBeyond(Book storage b, uint256 side, uint256 seed) private {
        (address account, address other) = (traders[seed % 5], _withRoom(b, 1 - side, seed >> 8));
        uint256 lots = _room(b, side, account) + 1;
        if (b.lots[0] + lots > b.caps[0] || inMonth[_monthOf(b)] + lots > MONTHLY) return;
        if (lots > _room(b, 1 - side, other)) return;
        vm.expectRevert(
            abi.encodeWithSelector(
                IFuturesMarket.HolderLimitReached.selector,
                account,
                held[b.id + side][account] + lots,
                SHARE
            )
        );
        (address long, address short) = side == 0 ? (account, other) : (other, account);
        vm.prank(matcher);
        market.open(b.id, 0, uint64(lots), long, short);
    }

    /// @dev A BANDED series whose window runs, with room; the number of series if there is none.
    function _running(uint256 seed) private view returns (uint256) {
        for (uint256 j; j < books.length; ++j) {
            uint256 i = (seed % books.length + j) % books.length;
            Book storage b = books[i];
            bool runs = block.timestamp >= b.start && block.timestamp + 1 hours < b.expiry;
            if (b.phase == Phase.OPEN && _isBanded(b) && runs && _hasRoom(b)) return i;
        }
        return books.length;
    }

    /// @dev A round inside the band, if the last one is old or outside.
    function _bringInside(Book storage b) private {
        if (_takesPairs(b)) return;
        if (_slot() < seen[seen.length - 1].slot + 5 minutes) skip(5 minutes);
        _see(b.referencePrice);
    }
}
