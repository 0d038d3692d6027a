// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket, Phase, SeriesTerms, Style } from "../../src/interfaces/IFuturesMarket.sol";
import { HostileToken, Vice } from "../support/HostileTokens.sol";
import { MarketTest } from "../support/MarketTest.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice Every vice of a quote token, at every number of decimals, in NET and BANDED series: what cannot be paid
/// is credited in full, other legs and other series are paid all the same, and once the vice has passed everything
/// credited can be claimed, to the base unit.
contract HostileQuoteTokensTest is MarketTest {
    uint64 private constant LOTS = 1000;
    uint8[4] private _decimals = [2, 6, 18, 24];

    HostileToken private _token;
    uint256 private _id;
    /// @dev Of one lot of the bad token: what LONG and SHORT get of it.
    uint256 private _ofLong;
    uint256 private _ofShort;

    // ── the table ─────────────────────────────────────────────────────────────────────────────────────────────

    function test_reverts() public {
        _checkCredited(Vice.REVERTS);
    }

    function test_returns_false() public {
        _checkCredited(Vice.RETURNS_FALSE);
    }

    function test_returns_garbage() public {
        _checkCredited(Vice.RETURNS_GARBAGE);
    }

    function test_returns_a_bomb() public {
        _checkCredited(Vice.RETURNS_A_BOMB);
    }

    function test_reverts_with_a_bomb() public {
        _checkCredited(Vice.REVERTS_WITH_A_BOMB);
    }

    function test_returns_nothing() public {
        _checkPaid(Vice.RETURNS_NOTHING);
    }

    function test_changes_decimals() public {
        _checkPaid(Vice.CHANGES_DECIMALS);
    }

    function test_reverts_on_zero() public {
        _checkPaid(Vice.REVERTS_ON_ZERO);
    }

    function test_takes_uint96_at_most() public {
        _checkPaid(Vice.UINT96);
    }

    // ── others ────────────────────────────────────────────────────────────────────────────────────────────────

    function test_blocked_holder__is_credited_and_the_rest_of_the_page_is_paid() public {
        for (uint256 i; i < 4; ++i) {
            _settledPair(_decimals[i], Style.BANDED);
            vm.prank(alice);
            positions.transfer(carol, _id, LOTS / 2);
            _token.show(Vice.BLOCKS_A_HOLDER, alice, "");
            address[] memory page = new address[](2);
            (page[0], page[1]) = (alice, carol);
            market.redeemFor(_id, page);
            assertEq(market.claimable(address(_token), alice), LOTS / 2 * _ofLong);
            assertEq(_token.balanceOf(carol), LOTS / 2 * _ofLong);
            vm.prank(alice);
            market.claim(address(_token), stranger);
            assertEq(_token.balanceOf(stranger), LOTS / 2 * _ofLong);
        }
    }

    /// @dev Into everything that pays or takes, while a payout is under way.
    function test_hook__calls_back__gets_in_nowhere_and_is_paid_once() public {
        address[] memory page = new address[](1);
        page[0] = bob;
        for (uint256 i; i < 5; ++i) {
            _settledPair(6, Style.BANDED);
            bytes[5] memory calls = [
                abi.encodeCall(market.redeem, (_id, 1, stranger)),
                abi.encodeCall(market.redeemFor, (_id + 1, page)),
                abi.encodeCall(market.claim, (address(_token), stranger)),
                abi.encodeCall(market.open, (_id, 0, 1, address(_token), address(_token))),
                abi.encodeCall(market.merge, (_id, 0, 1, address(_token), address(_token)))
            ];
            // The token holds a position itself: redeeming it would be its right at any other moment.
            vm.prank(alice);
            positions.transfer(address(_token), _id, 10);
            _token.show(Vice.CALLS_BACK, address(market), calls[i]);
            vm.prank(alice);
            market.redeem(_id, LOTS - 10, alice);
            assertFalse(_token.gotIn());
            assertEq(_token.balanceOf(alice), (LOTS - 10) * _ofLong);
            assertEq(positions.balanceOf(bob, _id + 1), LOTS);
        }
    }

    function test_open__amount_beyond_uint96_of_such_a_token__refuses_and_takes_nothing() public {
        _token = new HostileToken(24);
        uint256 id = _create(_termsOf(Style.BANDED));
        _token.show(Vice.UINT96, address(0), "");
        uint64 lots = uint64(type(uint96).max / (LONG_LOCK * 1e18)) + 1;
        _fund(alice, lots * LONG_LOCK * 1e18);
        vm.expectRevert(HostileToken.Refused.selector);
        vm.prank(alice);
        market.open(id, 0, lots, alice, alice);
        assertEq(positions.balanceOf(alice, id), 0);
        assertEq(_token.balanceOf(alice), lots * LONG_LOCK * 1e18);
    }

    function test_create__decimals_that_cannot_price_a_lot__refuses() public {
        _token = new HostileToken(0);
        SeriesTerms memory t = _termsOf(Style.BANDED);
        vm.expectRevert(abi.encodeWithSelector(IFuturesMarket.BadTerms.selector, "referencePrice"));
        vm.prank(curator);
        market.create(t);
        // A lot is a dollar at a hundred, and at two hundred two.
        skip(10 minutes);
        _see(100 * USD);
        (t.referencePrice, t.low, t.high) = (100 * USD, 0, 200 * USD);
        assertFalse(_create(t) == 0);
    }

    // ── checks ────────────────────────────────────────────────────────────────────────────────────────────────

    function _checkCredited(Vice vice) private {
        for (uint256 i; i < 8; ++i) {
            Style style = i < 4 ? Style.NET : Style.BANDED;
            uint256 other = _settledPair(_decimals[i % 4], style);
            _token.show(vice, address(0), "");
            _redeemAll(_id);
            assertEq(market.claimable(address(_token), alice), LOTS * _ofLong, "LONG credited");
            assertEq(market.claimable(address(_token), bob), LOTS * _ofShort, "SHORT credited");
            assertEq(_token.balanceOf(alice) + _token.balanceOf(bob), 0, "and not paid");
            assertEq(_token.balanceOf(address(market)), LOTS * (_ofLong + _ofShort), "still there");
            _checkOther(other);

            // Nothing is lost by trying too early.
            vm.prank(alice);
            (bool ok,) = address(market).call{ gas: 1e7 }(
                abi.encodeCall(market.claim, (address(_token), alice))
            );
            assertFalse(ok);
            _token.show(Vice.NONE, address(0), "");
            vm.prank(alice);
            market.claim(address(_token), alice);
            vm.prank(bob);
            market.claim(address(_token), bob);
            _checkAllPaid();
        }
    }

    function _checkPaid(Vice vice) private {
        for (uint256 i; i < 8; ++i) {
            Style style = i < 4 ? Style.NET : Style.BANDED;
            uint256 other = _settledPair(_decimals[i % 4], style);
            _token.show(vice, address(0), "");
            _redeemAll(_id);
            _checkAllPaid();
            _checkOther(other);
        }
    }

    function _checkAllPaid() private view {
        assertEq(_token.balanceOf(alice), LOTS * _ofLong, "LONG");
        assertEq(_token.balanceOf(bob), LOTS * _ofShort, "SHORT");
        assertEq(_token.balanceOf(address(market)), 0, "left over");
    }

    /// @dev A series in a sound token of the same market.
    function _checkOther(uint256 other) private {
        uint256 before = quote.balanceOf(alice) + quote.balanceOf(bob);
        _redeemAll(other);
        assertEq(quote.balanceOf(alice) + quote.balanceOf(bob) - before, LOTS * LOCK, "other");
    }

    // ── worlds ────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev A settled series in a new hostile token and one in a sound token, both with pairs of Alice and Bob.
    function _settledPair(uint8 decimals, Style style) private returns (uint256 other) {
        uint40 start = uint40(block.timestamp / 1 days + 2) * 1 days;
        skip(10 minutes);
        _see(K);
        _token = new HostileToken(decimals);
        SeriesTerms memory t = _termsOf(style);
        (t.start, t.expiry) = (start, start + 1 days);
        _id = _create(t);
        IFuturesMarket.SeriesView memory s = market.series(_id);
        _fund(alice, LOTS * s.quotePerLot);
        _fund(bob, LOTS * s.shortQuotePerLot);
        _giveUnits(0, bob, LOTS * LOT);
        vm.prank(matcher);
        market.open(_id, 0, LOTS, alice, bob);

        t = _terms(1);
        (t.start, t.expiry) = (start, start + 1 days);
        other = _create(t);
        _open(other, 0, LOTS, alice, bob);
        uint64 price = style == Style.BANDED ? 4 * USD : 5 * USD / 2;
        for (uint40 day; day < 2; ++day) {
            vm.warp(start + day * 1 days);
            _see(price);
        }
        market.settle(_id);
        market.settle(other);
        skip(24 hours);
        market.settle(_id);
        market.settle(other);
        _assertPhase(_id, Phase.SETTLED);
        (uint256 low, uint256 high) = style == Style.BANDED ? (LOW, HIGH) : (0, K);
        uint256 unit = 10 ** decimals;
        _ofLong = price * unit / 1e10 - low * unit / 1e10;
        _ofShort = high * unit / 1e10 - price * unit / 1e10;
    }

    function _termsOf(Style style) private view returns (SeriesTerms memory t) {
        t = style == Style.BANDED ? _bandedTerms() : _terms(1);
        t.quoteToken = IERC20(address(_token));
    }

    function _fund(address account, uint256 amount) private {
        _token.mint(account, amount);
        vm.prank(account);
        _token.approve(address(market), type(uint256).max);
    }

    function _redeemAll(uint256 id) private {
        vm.prank(alice);
        market.redeem(id, LOTS, alice);
        vm.prank(bob);
        market.redeem(id + 1, LOTS, bob);
    }
}
