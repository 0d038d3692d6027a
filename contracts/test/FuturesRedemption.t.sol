// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    IFuturesMarket,
    Payoff,
    Phase,
    SeriesTerms,
    Style
} from "../src/interfaces/IFuturesMarket.sol";
import { MarketTest } from "./support/MarketTest.sol";
import { ERC6909 } from "@openzeppelin/contracts/token/ERC6909/ERC6909.sol";

/// @notice Turning positions into their payout: by the holder, for the holder, in any slices.
contract FuturesRedemptionTest is MarketTest {
    uint64 private constant LOTS = 1000;

    // ── redeem ────────────────────────────────────────────────────────────────────────────────────────────────

    function test_redeem__any_price_and_slicing__pays_the_payoff_and_leaves_nothing(
        uint64 price,
        uint64[4] memory cuts,
        bool longFirst
    ) public {
        price = _anyPrice(price);
        uint256 id = _create(1);
        _open(id, 0, LOTS, alice, bob);
        uint256 bobs = units[0].balanceOf(bob);
        _settle(id, price);
        Payoff memory p = market.payoff(id);
        if (longFirst) _redeemInSlices(alice, _long(id), cuts);
        _redeemInSlices(bob, _short(id, 0), cuts);
        if (!longFirst) _redeemInSlices(alice, _long(id), cuts);

        assertEq(quote.balanceOf(alice), LOTS * p.longQuote);
        assertEq(quote.balanceOf(bob), LOTS * p.shortQuote);
        assertEq(units[0].balanceOf(alice), LOTS * p.longUnits);
        assertEq(units[0].balanceOf(bob) - bobs, LOTS * p.shortUnits);
        assertEq(quote.balanceOf(address(market)), 0);
        assertEq(units[0].balanceOf(address(market)), 0);
    }

    function test_redeem__several_grades__long_takes_the_basket_rounded_down(
        uint64 price,
        uint64[3] memory lots,
        uint64[4] memory cuts
    ) public {
        uint256 id = _create(3);
        uint64 total;
        for (uint256 g; g < 3; ++g) {
            lots[g] = uint64(bound(lots[g], 1, 1e6));
            _open(id, g, lots[g], alice, bob);
            total += lots[g];
        }
        _settle(id, _anyPrice(price));
        Payoff memory p = market.payoff(id);
        uint256 slices = _redeemInSlices(alice, _long(id), cuts);
        for (uint256 g; g < 3; ++g) {
            uint256 due = p.longUnits * lots[g];
            assertLe(units[g].balanceOf(alice), due);
            assertGe(units[g].balanceOf(alice) + slices, due, "a wei per redemption and grade");
            _redeemInSlices(bob, _short(id, g), cuts);
            assertLe(units[g].balanceOf(address(market)), slices);
        }
        assertEq(quote.balanceOf(address(market)), 0);
        assertEq(quote.balanceOf(alice), total * p.longQuote);
    }

    function test_previewRedeem__is_what_redeeming_pays(uint64 price, uint64 lots) public {
        uint256 id = _create(2);
        _open(id, 0, LOTS, alice, bob);
        _open(id, 1, 2 * LOTS + 1, alice, bob);
        _settle(id, _anyPrice(price));
        lots = uint64(bound(lots, 1, 3 * LOTS + 1));
        (uint256 dueQuote, uint256[] memory dueUnits) = market.previewRedeem(_long(id), lots);
        vm.expectEmit();
        emit IFuturesMarket.Redeemed(_long(id), alice, carol, lots, dueQuote);
        vm.prank(alice);
        market.redeem(_long(id), lots, carol);
        assertEq(quote.balanceOf(carol), dueQuote);
        assertEq(units[0].balanceOf(carol), dueUnits[0]);
        assertEq(units[1].balanceOf(carol), dueUnits[1]);
    }

    function test_redeem__long_is_worth_the_price_and_short_the_reference(uint64 price) public {
        price = _anyPrice(price);
        uint256 id = _create(1);
        _open(id, 0, LOTS, alice, bob);
        _settle(id, price);
        Payoff memory p = market.payoff(id);
        // In 10^-8 USD · 10^-18 SCU · 10^10: a lot at S, a lot at K; a base unit of quote is worth 10^20.
        uint256 long = p.longQuote * 1e20 + p.longUnits * price;
        uint256 short = p.shortQuote * 1e20 + p.shortUnits * price;
        assertApproxEqAbs(long, LOT * price, price);
        assertApproxEqAbs(short, LOT * K, price);
    }

    function test_redeem__delivered__long_takes_the_lot_short_the_reference() public {
        SeriesTerms memory t = _terms(1);
        t.style = Style.DELIVERY;
        uint256 id = _create(t);
        _open(id, 0, LOTS, alice, bob);
        vm.warp(EXPIRY);
        vm.prank(alice);
        market.redeem(_long(id), LOTS, alice);
        vm.prank(bob);
        market.redeem(_short(id, 0), LOTS, bob);
        assertEq(units[0].balanceOf(alice), LOTS * LOT);
        assertEq(quote.balanceOf(bob), LOTS * LOCK);
    }

    function test_redeem__challenge_over_but_nobody_finalised__settles_by_itself() public {
        uint256 id = _create(1);
        _open(id, 0, LOTS, alice, bob);
        _propose(id, K);
        vm.expectPartialRevert(IFuturesMarket.ChallengeOpen.selector);
        vm.prank(alice);
        market.redeem(_long(id), LOTS, alice);
        skip(24 hours);
        vm.prank(alice);
        market.redeem(_long(id), LOTS, alice);
        _assertPhase(id, Phase.SETTLED);
        assertEq(quote.balanceOf(alice), LOTS * LOCK);
    }

    function test_redeem__ready_but_nobody_proposed__says_when_to_come_back() public {
        uint256 id = _create(1);
        _open(id, 0, LOTS, alice, bob);
        _cover(K, EXPIRY);
        vm.warp(EXPIRY + 1 hours);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFuturesMarket.ChallengeOpen.selector, EXPIRY + 25 hours, block.timestamp
            )
        );
        vm.prank(alice);
        market.redeem(_long(id), LOTS, alice);
    }

    function test_redeem__no_lots_too_many_or_no_such_position__refuses(uint64 lots, uint256 side)
        public
    {
        uint256 id = _create(2);
        _open(id, 0, LOTS, alice, bob);
        _settle(id, K);
        vm.startPrank(alice);
        vm.expectRevert(IFuturesMarket.NoLots.selector);
        market.redeem(_long(id), 0, alice);
        vm.expectPartialRevert(ERC6909.ERC6909InsufficientBalance.selector);
        market.redeem(_long(id), bound(lots, LOTS + 1, type(uint64).max), alice);
        side = bound(side, 3, 255);
        bytes memory reason =
            abi.encodeWithSelector(IFuturesMarket.UnknownGrade.selector, id, side - 1);
        vm.expectRevert(reason);
        market.redeem(id + side, 1, alice);
        vm.expectRevert(reason);
        market.previewRedeem(id + side, 1);
    }

    function test_payoff_and_preview__before_it_is_final__refuse(bool proposed) public {
        uint256 id = _create(1);
        if (proposed) _propose(id, K);
        bytes memory reason = abi.encodeWithSelector(
            IFuturesMarket.WrongPhase.selector, id, proposed ? Phase.PROPOSED : Phase.OPEN
        );
        vm.expectRevert(reason);
        market.payoff(id);
        vm.expectRevert(reason);
        market.previewRedeem(id, 1);
    }

    // ── redeemFor ─────────────────────────────────────────────────────────────────────────────────────────────

    function test_redeemFor__pages_with_strangers_and_doubles__pays_each_once(
        uint64 price,
        address caller
    ) public {
        uint256 id = _create(1);
        _open(id, 0, LOTS, alice, bob);
        _open(id, 0, LOTS, carol, bob);
        _settle(id, _anyPrice(price));
        Payoff memory p = market.payoff(id);
        address[] memory page = new address[](5);
        (page[0], page[1], page[2], page[3], page[4]) = (alice, stranger, carol, alice, bob);
        vm.prank(caller);
        market.redeemFor(_long(id), page);
        assertEq(quote.balanceOf(alice), LOTS * p.longQuote);
        assertEq(quote.balanceOf(carol), LOTS * p.longQuote);
        assertEq(quote.balanceOf(stranger), 0);
        assertEq(positions.balanceOf(bob, _short(id, 0)), 2 * LOTS);
    }

    function test_redeemFor__holder_named_an_address__is_paid_there() public {
        uint256 id = _create(1);
        _open(id, 0, LOTS, alice, bob);
        vm.expectEmit();
        emit IFuturesMarket.PayoutAddressSet(alice, carol);
        vm.prank(alice);
        market.setPayoutAddress(carol);
        _settle(id, K);
        market.redeemFor(_long(id), _page(alice));
        assertEq(quote.balanceOf(carol), LOTS * LOCK);
    }

    function test_redeemFor__holder_is_a_contract__is_left_to_redeem_for_itself(bool named) public {
        uint256 id = _create(1);
        _open(id, 0, LOTS, alice, bob);
        vm.etch(alice, hex"00");
        if (named) {
            vm.prank(alice);
            market.setPayoutAddress(carol);
        }
        _settle(id, K);
        market.redeemFor(_long(id), _page(alice));
        assertEq(positions.balanceOf(alice, _long(id)), named ? 0 : LOTS);
        if (named) return;
        vm.prank(alice);
        market.redeem(_long(id), LOTS, alice);
        assertEq(quote.balanceOf(alice), LOTS * LOCK);
    }

    function test_redeemFor__holder_delegates_to_code__is_paid_like_any_other(address delegate)
        public
    {
        uint256 id = _create(1);
        _open(id, 0, LOTS, alice, bob);
        vm.etch(alice, abi.encodePacked(hex"ef0100", delegate));
        _settle(id, K);
        market.redeemFor(_long(id), _page(alice));
        assertEq(quote.balanceOf(alice), LOTS * LOCK);
    }

    function test_redeemFor__challenge_over__settles_first() public {
        uint256 id = _create(1);
        _open(id, 0, LOTS, alice, bob);
        _propose(id, K);
        skip(24 hours);
        market.redeemFor(_short(id, 0), _page(bob));
        _assertPhase(id, Phase.SETTLED);
    }

    // ── legs that fail ────────────────────────────────────────────────────────────────────────────────────────

    function test_blocked_holder__other_leg_and_other_holders_are_paid_all_the_same(uint64 price)
        public
    {
        price = uint64(bound(price, K / 1e4 + 1, 1e7)) * 1e4;
        uint256 id = _create(1);
        _open(id, 0, LOTS, alice, bob);
        _open(id, 0, LOTS, carol, bob);
        _settle(id, price);
        Payoff memory p = market.payoff(id);
        quote.setBlocked(alice, true);
        vm.expectEmit();
        emit IFuturesMarket.Credited(address(quote), alice, LOTS * p.longQuote);
        address[] memory page = new address[](2);
        (page[0], page[1]) = (alice, carol);
        market.redeemFor(_long(id), page);

        assertEq(market.claimable(address(quote), alice), LOTS * p.longQuote);
        assertEq(units[0].balanceOf(alice), LOTS * p.longUnits);
        assertEq(quote.balanceOf(carol), LOTS * p.longQuote);
        assertEq(units[0].balanceOf(carol), LOTS * p.longUnits);

        vm.expectRevert();
        vm.prank(alice);
        market.claim(address(quote), alice);
        vm.expectEmit();
        emit IFuturesMarket.Claimed(address(quote), alice, stranger, LOTS * p.longQuote);
        vm.prank(alice);
        market.claim(address(quote), stranger);
        assertEq(quote.balanceOf(stranger), LOTS * p.longQuote);
        assertEq(market.claimable(address(quote), alice), 0);
    }

    function test_redeem__to_nobody__is_credited_to_the_holder() public {
        uint256 id = _create(1);
        _open(id, 0, LOTS, alice, bob);
        _settle(id, K);
        vm.prank(alice);
        market.redeem(_long(id), LOTS, address(0));
        assertEq(market.claimable(address(quote), alice), LOTS * LOCK);
        vm.prank(alice);
        market.claim(address(quote), alice);
        assertEq(quote.balanceOf(alice), LOTS * LOCK);
    }

    function test_merge__blocked_party__is_credited_and_the_other_is_paid() public {
        uint256 id = _create(1);
        _open(id, 0, LOTS, alice, bob);
        uint256 held = units[0].balanceOf(bob);
        quote.setBlocked(alice, true);
        vm.prank(matcher);
        market.merge(id, 0, LOTS, alice, bob);
        assertEq(market.claimable(address(quote), alice), LOTS * LOCK);
        assertEq(units[0].balanceOf(bob) - held, LOTS * LOT);
    }

    function test_claimPart__any_cut__pays_that_and_keeps_the_rest(uint256 cut) public {
        uint256 id = _create(1);
        _open(id, 0, LOTS, alice, bob);
        _settle(id, K);
        vm.prank(alice);
        market.redeem(_long(id), LOTS, address(0));
        uint256 due = LOTS * LOCK;
        cut = bound(cut, 1, due - 1);
        vm.expectEmit();
        emit IFuturesMarket.Claimed(address(quote), alice, carol, cut);
        vm.startPrank(alice);
        market.claimPart(address(quote), cut, carol);
        assertEq(quote.balanceOf(carol), cut);
        assertEq(market.claimable(address(quote), alice), due - cut);
        vm.expectRevert(
            abi.encodeWithSelector(IFuturesMarket.NothingToClaim.selector, address(quote), alice)
        );
        market.claimPart(address(quote), 0, alice);
        market.claimPart(address(quote), type(uint256).max, alice);
        assertEq(quote.balanceOf(alice), due - cut);
        vm.expectRevert(
            abi.encodeWithSelector(IFuturesMarket.NothingToClaim.selector, address(quote), alice)
        );
        market.claimPart(address(quote), 1, alice);
        vm.stopPrank();
    }

    function test_claim__nothing_credited__refuses(address token, address account) public {
        vm.expectRevert(
            abi.encodeWithSelector(IFuturesMarket.NothingToClaim.selector, token, account)
        );
        vm.prank(account);
        market.claim(token, account);
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Redeems all of `position`, cut anywhere.
    function _redeemInSlices(address holder, uint256 position, uint64[4] memory cuts)
        private
        returns (uint256 slices)
    {
        vm.startPrank(holder);
        for (uint256 i; i < 5; ++i) {
            uint256 left = positions.balanceOf(holder, position);
            if (left == 0) break;
            market.redeem(position, i == 4 ? left : bound(cuts[i], 1, left), holder);
            ++slices;
        }
        vm.stopPrank();
    }

    function _page(address holder) private pure returns (address[] memory page) {
        page = new address[](1);
        page[0] = holder;
    }
}
