// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket, Payoff, Phase } from "../../src/interfaces/IFuturesMarket.sol";
import { IWrappedUnit } from "../../src/interfaces/IWrappedUnit.sol";
import { MarketActions } from "./MarketActions.sol";

/// @notice Invariants of the market, of the series last acted upon and of another at every step.
contract MarketInvariants is MarketActions {
    /// forge-config: default.invariant.runs = 96
    /// forge-config: quick.invariant.runs = 8
    function invariant_market() public {
        _check05__supplies_equal_lots_and_the_lock_is_held();
        _check06__payouts_divide_the_lock_and_leave_only_dust();
        _check07__price_and_phase_are_what_the_model_says();
        _check14__pairs_open_within_caps_and_in_time();
        _check15__everybody_is_paid_or_credited_what_is_due();
        if (steps % 4 == 0) _check03__terms_of_a_series_never_change();
        // These two change the world, which forge undoes afterwards.
        if (steps % 20 == 0) _check10__no_role_stands_in_the_way_out();
        if (steps % 20 == 10) _check16__anyone_can_settle_and_pay_in_one_transaction();
    }

    function _check03__terms_of_a_series_never_change() private view {
        Book storage b = _sample();
        IFuturesMarket.SeriesView memory s = market.series(b.id);
        assertEq(market.seriesIdOf(s.terms), b.id, "3: id");
        assertEq(s.terms.referencePrice, b.referencePrice, "3: K");
        assertEq(s.terms.expiry, b.expiry, "3: B");
        for (uint256 g; g < b.units.length; ++g) {
            assertEq(s.terms.units[g], address(b.units[g]), "3: units");
        }
    }

    function _check05__supplies_equal_lots_and_the_lock_is_held() private view {
        _checkSupplies(books[touched]);
        if (steps % 4 == 1) _checkSupplies(_sample());
        address[] memory tokens_ = _allTokens();
        for (uint256 i; i < tokens_.length; ++i) {
            assertEq(
                IWrappedUnit(tokens_[i]).balanceOf(address(market)),
                wallet[tokens_[i]][address(market)],
                "5: held by the market"
            );
        }
    }

    function _check06__payouts_divide_the_lock_and_leave_only_dust() private view {
        Book storage b = books[touched];
        if (!_isFinal(b)) return;
        Payoff memory p = market.payoff(b.id);
        uint256 lock = _lock(b) + _shortLock(b);
        assertEq(p.longQuote + p.shortQuote, lock, "6: quote of a pair");
        assertEq(p.longUnits + p.shortUnits, _isBanded(b) ? 0 : LOT, "6: units of a pair");
        (uint256 outstanding,) = _outstanding(b);
        assertLe(b.paidQuote, _totalLots(b) * lock, "6: more quote than was locked");
        if (outstanding == 0) {
            assertEq(b.paidQuote, _totalLots(b) * lock, "6: quote is left");
        }
        for (uint256 g; g < b.units.length; ++g) {
            uint256 locked = b.lots[g] * LOT;
            assertLe(b.paidUnits[g], locked, "6: more units than were locked");
            if (outstanding != 0) continue;
            assertLe(locked - b.paidUnits[g], b.longRedemptions, "6: units are left");
        }
    }

    function _check07__price_and_phase_are_what_the_model_says() private view {
        _checkState(books[touched]);
        if (steps % 4 == 2) _checkState(_sample());
    }

    /// Stops, closes and revokes everything, and lets one of each way out be taken.
    function _check10__no_role_stands_in_the_way_out() private {
        Book storage b = _sample();
        _seize();
        for (uint256 i; i < 5; ++i) {
            uint256 lots = held[b.id][traders[i]];
            if (lots == 0) continue;
            vm.startPrank(traders[i]);
            if (_isFinal(b)) {
                market.redeem(b.id, lots, stranger);
            } else if (held[b.id + 1][traders[i]] != 0) {
                market.merge(b.id, 0, 1, traders[i], traders[i]);
            }
            vm.stopPrank();
        }
        for (uint256 u; u < allUnits.length; ++u) {
            uint256 share = allUnits[u].balanceOf(alice);
            (uint256 due,) = allUnits[u].previewUnwrap(share);
            if (due == 0) continue;
            vm.prank(alice);
            allUnits[u].unwrap(share, due, alice);
        }
    }

    function _check14__pairs_open_within_caps_and_in_time() private {
        Book storage b = books[touched];
        IFuturesMarket.SeriesView memory s = market.series(b.id);
        if (_isBanded(b)) {
            assertEq(
                market.monthLots(0, _monthOf(b)), inMonth[_monthOf(b)], "14: lots of the month"
            );
            assertLe(inMonth[_monthOf(b)], MONTHLY, "14: cap of the month");
        }
        for (uint256 g; g < _shorts(b); ++g) {
            assertLe(s.lotsOf[g], b.caps[g], "14: cap");
            assertEq(s.lotsOf[g], b.lots[g], "14: lots");
        }
        assertLt(b.lastOpenedAt, _deadline(b), "14: opened late");
        if (s.phase != Phase.OPEN || block.timestamp < _deadline(b)) return;
        vm.expectPartialRevert(IFuturesMarket.MintingOver.selector);
        vm.prank(matcher);
        market.open(b.id, 0, 1, alice, bob);
    }

    function _check15__everybody_is_paid_or_credited_what_is_due() private view {
        _checkPaid(address(quote));
        _checkPaid(address(allUnits[steps % allUnits.length]));
        if (!_isBanded(books[touched])) _checkPaid(address(books[touched].units[0]));
    }

    /// Two weeks and a day after its expiry one transaction of a stranger's settles a series and pays.
    function _check16__anyone_can_settle_and_pay_in_one_transaction() private {
        Book storage b = _sample();
        if (_isFinal(b)) return;
        _seize();
        if (block.timestamp < b.expiry + 15 days) vm.warp(b.expiry + 15 days);
        address[] memory page = new address[](5);
        for (uint256 i; i < 5; ++i) {
            page[i] = traders[i];
        }
        vm.prank(stranger);
        market.redeemFor(b.id, page);
        assertGe(uint8(_phase(b.id)), uint8(Phase.SETTLED), "16: not final");
        for (uint256 i; i < 4; ++i) {
            assertEq(positions.balanceOf(traders[i], b.id), 0, "16: not paid");
        }
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Another series at every step.
    function _sample() private view returns (Book storage) {
        return books[steps % books.length];
    }

    function _checkSupplies(Book storage b) private view {
        IFuturesMarket.SeriesView memory s = market.series(b.id);
        assertEq(s.lots, _totalLots(b), "5: lots");
        if (_isFinal(b)) return;
        (, uint256[4] memory supply) = _outstanding(b);
        assertEq(supply[0], s.lots, "5: LONG");
        for (uint256 g; g < _shorts(b); ++g) {
            assertEq(supply[1 + g], s.lotsOf[g], "5: SHORT");
            assertEq(s.lotsOf[g], b.lots[g], "5: lots of a grade");
        }
    }

    function _checkPaid(address token) private view {
        for (uint256 i; i < 5; ++i) {
            address account = traders[i];
            uint256 balance = IWrappedUnit(token).balanceOf(account);
            assertEq(balance, wallet[token][account], "15: paid");
            assertEq(market.claimable(token, account), credit[token][account], "15: credited");
        }
    }

    function _checkState(Book storage b) private view {
        IFuturesMarket.SeriesView memory s = market.series(b.id);
        assertEq(uint8(s.phase), uint8(b.phase), "7: phase");
        assertEq(s.price, b.price, "7: price");
        assertEq(s.impaired, b.impaired, "7: impaired");
        assertEq(s.challengeEnds, b.challengeEnds, "7: challenge");
        assertEq(s.guardianActed, b.acted, "7: guardian");
    }

    /// @dev Positions that exist, as the market counts them: in all, and by side.
    function _outstanding(Book storage b)
        private
        view
        returns (uint256 total, uint256[4] memory supply)
    {
        for (uint256 side; side <= _shorts(b); ++side) {
            for (uint256 i; i < 5; ++i) {
                uint256 balance = positions.balanceOf(traders[i], b.id + side);
                assertEq(balance, held[b.id + side][traders[i]], "5: position");
                supply[side] += balance;
            }
            total += supply[side];
        }
    }

    function _allTokens() private view returns (address[] memory all) {
        all = new address[](allUnits.length + 1);
        all[0] = address(quote);
        for (uint256 u; u < allUnits.length; ++u) {
            all[1 + u] = address(allUnits[u]);
        }
    }

    function _seize() private {
        vm.prank(guardian);
        market.stopEntry();
        vm.startPrank(admin);
        governance.setTargetClosed(address(market), true);
        governance.setTargetClosed(address(registry), true);
        governance.setTargetClosed(address(index), true);
        governance.renounceRole(0, admin);
        vm.stopPrank();
    }
}
