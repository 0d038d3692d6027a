// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket, SeriesTerms } from "../src/interfaces/IFuturesMarket.sol";
import { MarketTest } from "./support/MarketTest.sol";

/// @notice Room in caps: who holds both sides cannot keep it, and what one account opens near the end is bounded.
contract FuturesRoomTest is MarketTest {
    uint64 private constant CAP = 1000;

    uint256 private _id;

    function setUp() public override {
        super.setUp();
        _id = _create(_bandedTerms());
    }

    // ── both sides in one hand ────────────────────────────────────────────────────────────────────────────────

    function test_self_pair__month_nearly_full__anyone_closes_it_and_its_holder_has_all_it_locked(
        uint64 lots,
        uint64 part
    ) public {
        _setMonthCap(CAP);
        lots = uint64(bound(lots, CAP * 9 / 10, CAP));
        part = uint64(bound(part, 1, lots));
        _open(_id, 0, lots, alice, alice);
        vm.prank(stranger);
        market.merge(_id, 0, part, alice, alice);
        assertEq(quote.balanceOf(alice), part * (LONG_LOCK + SHORT_LOCK));
        assertEq(quote.balanceOf(stranger), 0);
        assertEq(positions.balanceOf(alice, _long(_id)), lots - part);
        _open(_id, 0, CAP - (lots - part), bob, carol);
    }

    function test_self_pair__cap_of_a_covered_series_nearly_full__anyone_closes_it() public {
        SeriesTerms memory t = _terms(1);
        t.capLots[0] = CAP;
        uint256 id = _create(t);
        _open(id, 0, CAP - 1, alice, alice);
        uint256 held = units[0].balanceOf(alice);
        vm.prank(stranger);
        market.merge(id, 0, CAP - 1, alice, alice);
        assertEq(quote.balanceOf(alice), (CAP - 1) * LOCK);
        assertEq(units[0].balanceOf(alice) - held, (CAP - 1) * LOT);
    }

    function test_self_pair__below_nine_tenths__is_the_holder_s_own_affair() public {
        _setMonthCap(CAP);
        _open(_id, 0, CAP * 9 / 10 - 1, alice, alice);
        _expectNotMerged(_id, 0, alice, alice);
        _open(_id, 0, 1, bob, carol);
        vm.prank(stranger);
        market.merge(_id, 0, 1, alice, alice);
        _expectNotMerged(_id, 0, alice, alice);
    }

    function test_pair_of_two_accounts__however_scarce_room_is__is_closed_by_them_alone() public {
        _setMonthCap(CAP);
        _open(_id, 0, CAP, alice, bob);
        _expectNotMerged(_id, 0, alice, bob);
        vm.expectRevert();
        vm.prank(stranger);
        market.merge(_id, 0, 1, alice, alice);
    }

    function test_self_pair__several_grades__is_left_alone_as_a_long_is_worth_all_of_them() public {
        SeriesTerms memory t = _terms(2);
        (t.capLots[0], t.capLots[1]) = (CAP, CAP);
        uint256 id = _create(t);
        _open(id, 0, CAP, alice, alice);
        _open(id, 1, CAP, bob, carol);
        _expectNotMerged(id, 0, alice, alice);
    }

    function test_self_pair__settled__is_redeemed_like_any_other() public {
        _setMonthCap(CAP);
        _open(_id, 0, CAP, alice, alice);
        _settle(_id, K);
        vm.expectPartialRevert(IFuturesMarket.WrongPhase.selector);
        vm.prank(stranger);
        market.merge(_id, 0, 1, alice, alice);
    }

    // ── what one account opens while the window runs ──────────────────────────────────────────────────────────

    function test_open__window_runs__an_account_opens_up_to_a_tenth_of_the_month(
        uint64 cap,
        uint64 beyond
    ) public {
        cap = uint64(bound(cap, 1, 1e8));
        _setMonthCap(cap);
        uint64 most = (cap + 9) / 10;
        vm.warp(START);
        _see(K);
        _open(_id, 0, most, alice, bob);
        beyond = uint64(bound(beyond, 1, cap));
        if (uint256(most) + beyond > cap) return;
        bytes memory reason = abi.encodeWithSelector(
            IFuturesMarket.HolderLimitReached.selector, alice, most + beyond, most
        );
        _expectNotOpened(beyond, alice, carol, reason);
        reason = abi.encodeWithSelector(
            IFuturesMarket.HolderLimitReached.selector, bob, most + beyond, most
        );
        if (beyond <= most) _expectNotOpened(beyond, carol, bob, reason);
        if (beyond <= most) _open(_id, 0, beyond, carol, _another());
    }

    function test_open__second_before_the_window__knows_no_limit_of_an_account() public {
        _setMonthCap(CAP);
        vm.warp(START - 1);
        _see(K);
        _open(_id, 0, CAP, alice, bob);
    }

    function test_limit__what_was_opened_before_or_bought__stays_and_can_be_closed() public {
        _setMonthCap(CAP);
        _open(_id, 0, CAP / 2, alice, bob);
        vm.warp(START);
        _see(K);
        vm.prank(bob);
        positions.transfer(carol, _short(_id, 0), CAP / 2);
        bytes memory reason = abi.encodeWithSelector(
            IFuturesMarket.HolderLimitReached.selector, alice, CAP / 2 + 1, CAP / 10
        );
        _expectNotOpened(1, alice, bob, reason);
        vm.prank(matcher);
        market.merge(_id, 0, CAP / 2, alice, carol);
    }

    function test_limit__covered_series__has_none() public {
        SeriesTerms memory t = _terms(1);
        t.capLots[0] = CAP;
        uint256 id = _create(t);
        vm.warp(START);
        _see(K);
        _open(id, 0, CAP, alice, bob);
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    function _setMonthCap(uint64 lots) private {
        vm.prank(admin);
        market.setMonthCap(0, lots);
    }

    function _expectNotMerged(uint256 id, uint256 grade, address long, address short) private {
        vm.expectRevert(
            abi.encodeWithSelector(IFuturesMarket.NotAuthorised.selector, long, stranger)
        );
        vm.prank(stranger);
        market.merge(id, grade, 1, long, short);
    }

    function _expectNotOpened(uint64 lots, address long, address short, bytes memory reason)
        private
    {
        quote.mint(long, lots * LONG_LOCK);
        quote.mint(short, lots * SHORT_LOCK);
        vm.expectRevert(reason);
        vm.prank(matcher);
        market.open(_id, 0, lots, long, short);
    }

    /// @dev One more account that trusts the matcher.
    function _another() private returns (address account) {
        account = makeAddr("another");
        vm.startPrank(account);
        positions.setOperator(matcher, true);
        quote.approve(address(market), type(uint256).max);
        vm.stopPrank();
    }
}
