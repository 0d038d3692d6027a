// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket, SeriesTerms, Style } from "../src/interfaces/IFuturesMarket.sol";
import { IGradeRegistry } from "../src/interfaces/IGradeRegistry.sol";
import { IMarketMigrator } from "../src/interfaces/IMarketMigrator.sol";
import { IWrappedUnit } from "../src/interfaces/IWrappedUnit.sol";
import { MarketTest } from "./support/MarketTest.sol";
import { CallbackToken } from "./support/Tokens.sol";
import { IERC6909 } from "@openzeppelin/contracts/interfaces/IERC6909.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {
    ReentrancyGuardTransient
} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @notice Positions that go from one market to another one.
contract MarketMigratorTest is MarketTest {
    uint64 private constant LOTS = 1000;

    /// @dev The market that positions arrive at, also as the contract of its positions.
    IFuturesMarket private _young;
    IERC6909 private _there;
    IMarketMigrator private _migrator;
    Style[3] private _styles = [Style.NET, Style.DELIVERY, Style.BANDED];

    function setUp() public override {
        super.setUp();
        _useMarket(registry);
        _agree(alice);
        _agree(bob);
    }

    // ── what moves ────────────────────────────────────────────────────────────────────────────────────────────

    /// forge-config: default.fuzz.runs = 64
    function test_move__any_style_and_lots__changes_the_market_and_nothing_else(uint64 lots)
        public
    {
        lots = uint64(bound(lots, 1, 1e8));
        for (uint256 i; i < 3; ++i) {
            (uint256 from, uint256 to) = _listBoth(_styles[i]);
            _open(from, 0, lots, alice, bob);
            uint256[4] memory before = _belongings();
            uint256[2] memory lock = _holdings(market);
            vm.expectEmit();
            emit IMarketMigrator.Moved(from, to, alice, lots);
            vm.expectEmit();
            emit IMarketMigrator.Moved(from + 1, to + 1, bob, lots);
            vm.prank(stranger);
            assertEq(_migrator.move(from, to, 0, _one(alice), _one(bob), LOTS * 1e6), lots);

            assertEq(_there.balanceOf(alice, to), lots);
            assertEq(_there.balanceOf(bob, to + 1), lots);
            assertEq(positions.balanceOf(alice, from) + positions.balanceOf(bob, from + 1), 0);
            assertEq(market.series(from).lots, 0);
            assertEq(_young.series(to).lots, lots);
            assertEq(abi.encode(_belongings()), abi.encode(before), "nobody paid or was paid");
            uint256[2] memory left = _holdings(market);
            assertEq(left[0] + left[1], 0, "the old lock is gone");
            assertEq(abi.encode(_holdings(_young)), abi.encode(lock), "the new one is the same");
            _assertEmpty();
            vm.prank(alice);
            _there.transfer(stranger, to, lots);
            vm.prank(bob);
            _there.transfer(stranger, to + 1, lots);
            vm.prank(stranger);
            _young.merge(to, 0, lots, stranger, stranger);
        }
    }

    /// forge-config: default.fuzz.runs = 64
    function test_move__any_two_sizes__the_lesser_moves_and_the_rest_can_still_be_redeemed(
        uint64 longs,
        uint64 shorts
    ) public {
        longs = uint64(bound(longs, 1, LOTS));
        shorts = uint64(bound(shorts, 1, LOTS));
        (uint256 from, uint256 to) = _listBoth(Style.NET);
        _open(from, 0, LOTS, alice, bob);
        vm.prank(alice);
        positions.transfer(carol, from, LOTS - longs);
        vm.prank(bob);
        positions.transfer(carol, from + 1, LOTS - shorts);
        uint64 lesser = longs < shorts ? longs : shorts;
        assertEq(_migrator.move(from, to, 0, _one(alice), _one(bob), LOTS), lesser);
        assertEq(positions.balanceOf(alice, from), longs - lesser);
        assertEq(positions.balanceOf(bob, from + 1), shorts - lesser);

        _settle(from, K);
        vm.startPrank(carol);
        if (longs < LOTS) market.redeem(from, LOTS - longs, carol);
        if (shorts < LOTS) market.redeem(from + 1, LOTS - shorts, carol);
        vm.stopPrank();
        if (longs > lesser) {
            vm.prank(alice);
            market.redeem(from, longs - lesser, alice);
        }
        if (shorts > lesser) {
            vm.prank(bob);
            market.redeem(from + 1, shorts - lesser, bob);
        }
        uint256[2] memory left = _holdings(market);
        assertEq(left[0] + left[1], 0);
    }

    function test_move__two_of_a_side__the_first_named_goes_first_up_to_the_most() public {
        (uint256 from, uint256 to) = _listBoth(Style.NET);
        _agree(carol);
        _open(from, 0, 10, alice, bob);
        _open(from, 0, 10, carol, bob);
        address[] memory longs = new address[](2);
        (longs[0], longs[1]) = (carol, alice);
        assertEq(_migrator.move(from, to, 0, longs, _one(bob), 14), 14);
        assertEq(_there.balanceOf(carol, to), 10);
        assertEq(_there.balanceOf(alice, to), 4);
        assertEq(positions.balanceOf(alice, from), 6);
    }

    function test_move__one_account_holds_both_sides__moves_both() public {
        (uint256 from, uint256 to) = _listBoth(Style.BANDED);
        _open(from, 0, 10, alice, alice);
        _migrator.move(from, to, 0, _one(alice), _one(alice), 10);
        assertEq(_there.balanceOf(alice, to), 10);
        assertEq(_there.balanceOf(alice, to + 1), 10);
    }

    /// forge-config: default.fuzz.runs = 64
    function test_move__settled_alike__pays_in_the_new_market_what_it_would_have_in_the_old(uint64 price)
        public
    {
        price = _anyPrice(price);
        (uint256 from, uint256 to) = _listBoth(Style.NET);
        _open(from, 0, LOTS, alice, bob);
        _migrator.move(from, to, 0, _one(alice), _one(bob), LOTS / 2);
        _settle(from, price);
        _young.propose(to);
        skip(24 hours);
        _young.finalise(to);
        for (uint256 side; side < 2; ++side) {
            (uint256 paid, uint256[] memory inUnits) = market.previewRedeem(from + side, LOTS / 2);
            (uint256 there, uint256[] memory unitsThere) = _young.previewRedeem(to + side, LOTS / 2);
            assertEq(there, paid);
            assertEq(unitsThere[0], inUnits[0]);
        }
    }

    // ── who agrees ────────────────────────────────────────────────────────────────────────────────────────────

    function test_move__holder_who_did_not_agree_or_no_longer_does__is_passed_over() public {
        (uint256 from, uint256 to) = _listBoth(Style.NET);
        _open(from, 0, 10, carol, bob);
        _open(from, 0, 5, alice, bob);
        address[] memory longs = new address[](3);
        (longs[0], longs[1], longs[2]) = (carol, stranger, alice);
        assertEq(_migrator.move(from, to, 0, longs, _one(bob), 15), 5);
        assertEq(positions.balanceOf(carol, from), 10);

        vm.prank(bob);
        positions.setOperator(address(_migrator), false);
        _agree(carol);
        vm.expectRevert(abi.encodeWithSelector(IMarketMigrator.NoPairsToMove.selector, 10, 0));
        _migrator.move(from, to, 0, longs, _one(bob), 15);
    }

    function test_move__holder_named_twice__refuses_and_moves_nothing() public {
        (uint256 from, uint256 to) = _listBoth(Style.NET);
        _open(from, 0, 10, alice, bob);
        _open(from, 0, 10, carol, bob);
        address[] memory longs = new address[](2);
        (longs[0], longs[1]) = (alice, alice);
        vm.expectPartialRevert(
            bytes4(keccak256("ERC6909InsufficientBalance(address,uint256,uint256,uint256)"))
        );
        _migrator.move(from, to, 0, longs, _one(bob), 20);
        assertEq(positions.balanceOf(alice, from), 10);
    }

    // ── what does not move ────────────────────────────────────────────────────────────────────────────────────

    function test_difference__each_term__is_named_and_stops_the_move() public {
        (uint256 from, uint256 same) = _listBoth(Style.BANDED);
        assertEq(_migrator.difference(from, same), "");
        _open(from, 0, 10, alice, bob);
        SeriesTerms memory t = _bandedTerms();
        t.start += 1 days;
        t.expiry += 1 days;
        _expectDifference(from, t, "start");
        t = _bandedTerms();
        t.expiry += 1 days;
        _expectDifference(from, t, "expiry");
        t = _bandedTerms();
        t.referencePrice += 1e6;
        _expectDifference(from, t, "referencePrice");
        t = _bandedTerms();
        t.low += 1e6;
        _expectDifference(from, t, "low");
        t = _bandedTerms();
        t.high += 1e6;
        _expectDifference(from, t, "high");
        t = _bandedTerms();
        t.index = 1;
        _expectDifference(from, t, "index");
        t = _bandedTerms();
        t.quoteToken = IERC20(address(tokens[0]));
        _expectDifference(from, t, "quoteToken");
        _expectDifference(from, _terms(1), "style");
        from = _create(1);
        t = _terms(1);
        t.units[0] = address(units[1]);
        _expectDifference(from, t, "units");
        _expectDifference(from, _terms(2), "units");
        t = _terms(1);
        t.capLots[0] = 7;
        assertEq(_migrator.difference(from, _createThere(t)), "", "caps may differ");
    }

    function test_move__several_grades_once_the_window_runs__stay_where_they_are() public {
        uint256 from = _create(2);
        uint256 to = _createThere(_terms(2));
        _open(from, 1, 10, alice, bob);
        vm.warp(START);
        vm.expectRevert(abi.encodeWithSelector(IFuturesMarket.MintingOver.selector, START, START));
        _migrator.move(from, to, 1, _one(alice), _one(bob), 10);
        assertEq(positions.balanceOf(alice, from), 10);
        vm.expectRevert(abi.encodeWithSelector(IFuturesMarket.UnknownGrade.selector, from, 2));
        _migrator.move(from, to, 2, _one(alice), _one(bob), 10);
    }

    function test_move__second_of_several_grades__moves_that_grade() public {
        uint256 from = _create(2);
        uint256 to = _createThere(_terms(2));
        _open(from, 1, 10, alice, bob);
        _migrator.move(from, to, 1, _one(alice), _one(bob), 10);
        assertEq(_there.balanceOf(bob, to + 2), 10);
        assertEq(_young.series(to).lotsOf[1], 10);
    }

    function test_move__entry_of_the_new_market_stopped__stays_where_it_is() public {
        (uint256 from, uint256 to) = _listBoth(Style.NET);
        _open(from, 0, 10, alice, bob);
        vm.prank(admin);
        _young.stopEntry();
        vm.expectRevert(IFuturesMarket.EntryIsStopped.selector);
        _migrator.move(from, to, 0, _one(alice), _one(bob), 10);
        assertEq(positions.balanceOf(alice, from), 10);
    }

    function test_move__lock_credited_instead_of_paid__is_not_made_up_from_what_others_sent()
        public
    {
        (uint256 from, uint256 to) = _listBoth(Style.BANDED);
        _open(from, 0, 10, alice, bob);
        uint256 lock = 10 * (LONG_LOCK + SHORT_LOCK);
        quote.mint(address(_migrator), lock);
        quote.setBlocked(address(_migrator), true);
        vm.expectRevert();
        _migrator.move(from, to, 0, _one(alice), _one(bob), 10);
        // A token that blocks who receives and not who sends.
        vm.mockCall(
            address(quote),
            abi.encodeCall(IERC20.transfer, (address(_migrator), 10 * LONG_LOCK)),
            abi.encode(false)
        );
        quote.setBlocked(address(_migrator), false);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketMigrator.LockNotPaid.selector, address(quote), lock, lock - 10 * LONG_LOCK
            )
        );
        _migrator.move(from, to, 0, _one(alice), _one(bob), 10);
    }

    // ── another registry ──────────────────────────────────────────────────────────────────────────────────────

    /// forge-config: default.fuzz.runs = 64
    function test_move__units_of_another_registry__are_wrapped_anew_and_the_caller_adds_what_rounding_takes(uint64 lots)
        public
    {
        lots = uint64(bound(lots, 1, 1e8));
        IWrappedUnit unit = _useAnotherRegistry();
        _agree(alice);
        _agree(bob);
        uint256 from = _create(1);
        SeriesTerms memory t = _terms(1);
        t.units[0] = address(unit);
        uint256 to = _createThere(t);
        assertEq(_migrator.difference(from, to), "");
        _open(from, 0, lots, alice, bob);

        // A base unit of the token is worth less than 10^12 units, and the caller has no more than one of it.
        tokens[0].mint(stranger, 10);
        vm.startPrank(stranger);
        tokens[0].approve(address(unit), 10);
        uint256 dust = unit.wrap(2, 0, stranger);
        unit.approve(address(_migrator), dust);
        _migrator.move(from, to, 0, _one(alice), _one(bob), lots);
        vm.stopPrank();
        assertEq(unit.balanceOf(address(_young)), lots * LOT);
        assertEq(units[0].balanceOf(address(market)), 0);
        assertEq(units[0].balanceOf(address(_migrator)) + unit.balanceOf(address(_migrator)), 0);
        assertEq(tokens[0].balanceOf(address(_migrator)), 0);
        uint256 added = dust - unit.balanceOf(stranger);
        assertLe(units[0].balanceOf(stranger), added);
        assertLt(added, 1e12);
        assertFalse(unit.isShort());
    }

    /// @dev Both markets and every unit refuse re-entry themselves: what a token could do is move another series.
    function test_move__token_of_the_units_calls_back__refuses_reentry() public {
        IWrappedUnit unit = _useAnotherRegistry();
        _agree(alice);
        _agree(bob);
        SeriesTerms memory t = _terms(1);
        t.units[0] = address(unit);
        (uint256 from, uint256 to) = (_create(1), _createThere(t));
        (uint256 other, uint256 otherTo) = _listBoth(Style.BANDED);
        _open(from, 0, 10, alice, bob);
        _open(other, 0, 10, alice, bob);
        vm.etch(address(tokens[0]), address(new CallbackToken(6)).code);
        CallbackToken(address(tokens[0]))
            .arm(
                address(_migrator),
                abi.encodeCall(_migrator.move, (other, otherTo, 0, _one(alice), _one(bob), 10))
            );
        vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        _migrator.move(from, to, 0, _one(alice), _one(bob), 10);
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    function _useMarket(IGradeRegistry registry_) private {
        _young = IFuturesMarket(_deploy("FuturesMarket", abi.encode(governance, registry_, index)));
        _there = IERC6909(address(_young));
        _migrator = IMarketMigrator(_deploy("MarketMigrator", abi.encode(market, _young)));
        vm.prank(admin);
        _young.setMonthCap(0, MONTH_CAP);
    }

    /// @dev The first grade in a registry of its own.
    function _useAnotherRegistry() private returns (IWrappedUnit unit) {
        IGradeRegistry other = IGradeRegistry(_deploy("GradeRegistry", abi.encode(governance)));
        vm.prank(admin);
        unit = IWrappedUnit(other.list(terms[0], "A1GH", "A1GH"));
        _useMarket(other);
    }

    function _agree(address holder) private {
        vm.prank(holder);
        positions.setOperator(address(_migrator), true);
    }

    function _createThere(SeriesTerms memory t) private returns (uint256 id) {
        vm.prank(admin);
        return _young.create(t);
    }

    function _listBoth(Style style) private returns (uint256 from, uint256 to) {
        SeriesTerms memory t = style == Style.BANDED ? _bandedTerms() : _terms(1);
        t.style = style;
        return (_create(t), _createThere(t));
    }

    function _expectDifference(uint256 from, SeriesTerms memory t, string memory field) private {
        uint256 to = _createThere(t);
        assertEq(_migrator.difference(from, to), field);
        vm.expectRevert(abi.encodeWithSelector(IMarketMigrator.NotLike.selector, field));
        _migrator.move(from, to, 0, _one(alice), _one(bob), 1);
    }

    function _one(address account) private pure returns (address[] memory page) {
        page = new address[](1);
        page[0] = account;
    }

    function _holdings(IFuturesMarket of_) private view returns (uint256[2] memory) {
        return [quote.balanceOf(address(of_)), units[0].balanceOf(address(of_))];
    }

    function _belongings() private view returns (uint256[4] memory) {
        return [
            quote.balanceOf(alice),
            units[0].balanceOf(alice),
            quote.balanceOf(bob),
            units[0].balanceOf(bob)
        ];
    }

    function _assertEmpty() private view {
        assertEq(quote.balanceOf(address(_migrator)), 0);
        assertEq(units[0].balanceOf(address(_migrator)), 0);
        assertEq(quote.allowance(address(_migrator), address(_young)), 0);
        assertEq(units[0].allowance(address(_migrator), address(_young)), 0);
    }
}
