// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket, Phase, SeriesTerms } from "../src/interfaces/IFuturesMarket.sol";
import { MarketTest } from "./support/MarketTest.sol";
import { CallbackToken, FeeToken } from "./support/Tokens.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { ERC6909 } from "@openzeppelin/contracts/token/ERC6909/ERC6909.sol";
import {
    ReentrancyGuardTransient
} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @notice Opening and merging pairs.
contract FuturesPairsTest is MarketTest {
    uint64 private constant MOST = 1e9;

    // ── open ──────────────────────────────────────────────────────────────────────────────────────────────────

    function test_open__any_lots_of_any_grade__locks_and_mints_exactly(uint64 lots, uint256 g)
        public
    {
        (lots, g) = (_anyLots(lots), bound(g, 0, 2));
        uint256 id = _create(3);
        _giveUnits(g, bob, lots * LOT);
        uint256 held = units[g].balanceOf(bob);
        quote.mint(alice, lots * LOCK);
        vm.expectEmit();
        emit IFuturesMarket.Opened(id, g, lots, alice, bob);
        vm.prank(matcher);
        market.open(id, g, lots, alice, bob);

        assertEq(positions.balanceOf(alice, _long(id)), lots);
        assertEq(positions.balanceOf(bob, _short(id, g)), lots);
        assertEq(quote.balanceOf(address(market)), lots * LOCK);
        assertEq(quote.balanceOf(alice), 0);
        assertEq(units[g].balanceOf(address(market)), lots * LOT);
        assertEq(held - units[g].balanceOf(bob), lots * LOT);
        assertEq(market.series(id).lots, lots);
        assertEq(market.series(id).lotsOf[g], lots);
    }

    function test_open__by_a_party_the_other_made_operator__is_allowed(bool byLong) public {
        uint256 id = _create(1);
        (address caller, address other) = byLong ? (alice, bob) : (bob, alice);
        vm.prank(other);
        positions.setOperator(caller, true);
        quote.mint(alice, LOCK);
        _giveUnits(0, bob, LOT);
        vm.prank(caller);
        market.open(id, 0, 1, alice, bob);
        assertEq(positions.balanceOf(alice, _long(id)), 1);
    }

    function test_open__for_both_sides_by_oneself__is_allowed(uint64 lots) public {
        lots = _anyLots(lots);
        uint256 id = _create(1);
        quote.mint(alice, lots * LOCK);
        _giveUnits(0, alice, lots * LOT);
        vm.prank(alice);
        market.open(id, 0, lots, alice, alice);
        assertEq(positions.balanceOf(alice, _long(id)), lots);
        assertEq(positions.balanceOf(alice, _short(id, 0)), lots);
    }

    function test_open_and_merge__without_either_party_s_consent__refuse(address caller) public {
        vm.assume(caller != alice && caller != bob && caller != matcher && caller != address(0));
        uint256 id = _create(1);
        _open(id, 0, 10, alice, bob);
        vm.prank(bob);
        positions.setOperator(caller, true);
        bytes memory reason =
            abi.encodeWithSelector(IFuturesMarket.NotAuthorised.selector, alice, caller);
        vm.startPrank(caller);
        vm.expectRevert(reason);
        market.open(id, 0, 1, alice, bob);
        vm.expectRevert(reason);
        market.open(id, 0, 1, bob, alice);
        vm.expectRevert(reason);
        market.merge(id, 0, 1, alice, bob);
        vm.expectRevert(reason);
        market.merge(id, 0, 1, bob, alice);
    }

    function test_open_and_merge__no_lots__refuse() public {
        uint256 id = _create(1);
        vm.startPrank(alice);
        vm.expectRevert(IFuturesMarket.NoLots.selector);
        market.open(id, 0, 0, alice, alice);
        vm.expectRevert(IFuturesMarket.NoLots.selector);
        market.merge(id, 0, 0, alice, alice);
    }

    function test_open_and_merge__grade_not_of_the_series__refuse(uint256 g) public {
        uint256 id = _create(2);
        g = bound(g, 2, type(uint256).max);
        bytes memory reason = abi.encodeWithSelector(IFuturesMarket.UnknownGrade.selector, id, g);
        vm.startPrank(alice);
        vm.expectRevert(reason);
        market.open(id, g, 1, alice, alice);
        vm.expectRevert(reason);
        market.merge(id, g, 1, alice, alice);
    }

    function test_open__entry_stopped__refuses_until_the_curator_allows() public {
        uint256 id = _create(1);
        _open(id, 0, 5, alice, bob);
        vm.expectEmit();
        emit IFuturesMarket.EntryStopped(true);
        vm.prank(guardian);
        market.stopEntry();
        _expectOpenRefusal(id, 0, 1, abi.encodeWithSelector(IFuturesMarket.EntryIsStopped.selector));

        vm.prank(matcher);
        market.merge(id, 0, 5, alice, bob);
        vm.expectEmit();
        emit IFuturesMarket.EntryStopped(false);
        vm.prank(curator);
        market.allowEntry();
        _open(id, 0, 1, alice, bob);
    }

    function test_open__one_grade__until_the_second_before_expiry(uint256 late) public {
        uint256 id = _create(1);
        _giveUnits(0, bob, LOT);
        vm.warp(EXPIRY - 1);
        _open(id, 0, 1, alice, bob);
        vm.warp(EXPIRY + bound(late, 0, 10 days));
        _expectOpenRefusal(
            id,
            0,
            1,
            abi.encodeWithSelector(IFuturesMarket.MintingOver.selector, EXPIRY, block.timestamp)
        );
    }

    function test_open__several_grades__until_the_second_before_the_window(uint256 late) public {
        uint256 id = _create(2);
        vm.warp(START - 1);
        _open(id, 1, 1, alice, bob);
        vm.warp(START + bound(late, 0, 40 days));
        _expectOpenRefusal(
            id,
            1,
            1,
            abi.encodeWithSelector(IFuturesMarket.MintingOver.selector, START, block.timestamp)
        );
    }

    function test_open__grade_closed__refuses_that_grade_at_once(bool byImpairment) public {
        uint256 id = _create(2);
        _giveUnits(0, bob, LOT);
        if (byImpairment) {
            vm.prank(curator);
            registry.announceImpairment(address(units[0]));
        } else {
            vm.prank(guardian);
            registry.close(address(units[0]));
        }
        _expectOpenRefusal(
            id, 0, 1, abi.encodeWithSelector(IFuturesMarket.GradeClosed.selector, units[0])
        );
        _open(id, 1, 1, alice, bob);
    }

    function test_open__cap_of_the_grade__is_the_last_lot(uint64 cap, uint64 first, uint64 beyond)
        public
    {
        cap = _anyLots(cap);
        first = uint64(bound(first, 1, cap));
        SeriesTerms memory t = _terms(2);
        t.capLots[1] = cap;
        uint256 id = _create(t);
        _open(id, 1, first, alice, bob);
        beyond = uint64(bound(beyond, cap - first + 1, type(uint64).max));
        _expectOpenRefusal(
            id,
            1,
            beyond,
            abi.encodeWithSelector(
                IFuturesMarket.CapReached.selector, 1, uint256(first) + beyond, cap
            )
        );
        if (cap > first) _open(id, 1, cap - first, alice, bob);
        assertEq(market.series(id).lotsOf[1], cap);
        _open(id, 0, 1, alice, bob);
    }

    function test_open__quote_token_takes_a_fee__refuses(uint64 lots) public {
        lots = _anyLots(lots);
        FeeToken fee = new FeeToken(6);
        SeriesTerms memory t = _terms(1);
        t.quoteToken = IERC20(address(fee));
        uint256 id = _create(t);
        uint256 due = lots * LOCK;
        fee.mint(alice, due);
        vm.prank(alice);
        fee.approve(address(market), due);
        _giveUnits(0, bob, lots * LOT);
        _expectOpenRefusal(
            id,
            0,
            lots,
            abi.encodeWithSelector(IFuturesMarket.QuoteShort.selector, due - due / 100, due)
        );
    }

    function test_open__quote_token_calls_back__refuses_reentry() public {
        CallbackToken token = new CallbackToken(6);
        SeriesTerms memory t = _terms(1);
        t.quoteToken = IERC20(address(token));
        uint256 id = _create(t);
        token.mint(alice, 10 * LOCK);
        vm.prank(alice);
        token.approve(address(market), type(uint256).max);
        _giveUnits(0, bob, 10 * LOT);
        vm.prank(bob);
        positions.setOperator(address(token), true);
        bytes[3] memory calls = [
            abi.encodeCall(market.open, (id, 0, 1, address(token), bob)),
            abi.encodeCall(market.merge, (id, 0, 1, address(token), bob)),
            abi.encodeCall(market.claim, (address(token), alice))
        ];
        for (uint256 i; i < calls.length; ++i) {
            token.arm(address(market), calls[i]);
            _expectOpenRefusal(
                id,
                0,
                1,
                abi.encodeWithSelector(
                    ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector
                )
            );
        }
    }

    // ── merge ─────────────────────────────────────────────────────────────────────────────────────────────────

    function test_merge__any_part_before_settlement__gives_both_their_lock_back(
        uint64 lots,
        uint64 part,
        uint256 g
    ) public {
        (lots, g) = (_anyLots(lots), bound(g, 0, 2));
        part = uint64(bound(part, 1, lots));
        uint256 id = _create(3);
        _open(id, g, lots, alice, bob);
        uint256 held = units[g].balanceOf(bob);
        vm.expectEmit();
        emit IFuturesMarket.Merged(id, g, part, alice, bob);
        vm.prank(matcher);
        market.merge(id, g, part, alice, bob);

        assertEq(quote.balanceOf(alice), part * LOCK);
        assertEq(units[g].balanceOf(bob) - held, part * LOT);
        assertEq(positions.balanceOf(alice, _long(id)), lots - part);
        assertEq(positions.balanceOf(bob, _short(id, g)), lots - part);
        assertEq(market.series(id).lotsOf[g], lots - part);
        assertEq(quote.balanceOf(address(market)), (lots - part) * LOCK);
    }

    function test_merge__long_from_one_pair_short_from_another__is_the_same(uint64 lots) public {
        lots = uint64(bound(lots, 1, MOST / 2));
        uint256 id = _create(1);
        _open(id, 0, lots, alice, bob);
        _open(id, 0, lots, bob, carol);
        vm.prank(alice);
        positions.transfer(carol, _long(id), lots);
        vm.prank(carol);
        market.merge(id, 0, lots, carol, carol);
        assertEq(quote.balanceOf(carol), lots * LOCK);
        assertEq(market.series(id).lots, lots);
    }

    function test_merge__while_a_price_is_proposed__is_still_open() public {
        uint256 id = _create(1);
        _open(id, 0, 7, alice, bob);
        _propose(id, 4 * USD);
        vm.prank(matcher);
        market.merge(id, 0, 7, alice, bob);
        assertEq(quote.balanceOf(alice), 7 * LOCK);
        skip(24 hours);
        market.finalise(id);
    }

    function test_merge_and_open__once_final__refuse() public {
        uint256 id = _create(1);
        _open(id, 0, 7, alice, bob);
        _settle(id, K);
        bytes memory reason =
            abi.encodeWithSelector(IFuturesMarket.WrongPhase.selector, id, Phase.SETTLED);
        vm.expectRevert(reason);
        vm.prank(matcher);
        market.merge(id, 0, 7, alice, bob);
        _expectOpenRefusal(id, 0, 1, reason);
    }

    function test_merge__more_than_either_holds_or_another_grade__refuses(uint64 lots) public {
        lots = uint64(bound(lots, 11, type(uint64).max));
        uint256 id = _create(2);
        _open(id, 0, 10, alice, bob);
        _open(id, 1, 10, carol, carol);
        vm.expectPartialRevert(ERC6909.ERC6909InsufficientBalance.selector);
        vm.prank(matcher);
        market.merge(id, 0, lots, alice, bob);
        vm.expectPartialRevert(ERC6909.ERC6909InsufficientBalance.selector);
        vm.prank(matcher);
        market.merge(id, 1, 10, alice, bob);
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    function _anyLots(uint64 lots) private pure returns (uint64) {
        return uint64(bound(lots, 1, MOST));
    }

    function _expectOpenRefusal(uint256 id, uint256 g, uint64 lots, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(matcher);
        market.open(id, g, lots, alice, bob);
    }
}
