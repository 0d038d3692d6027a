// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { GradeTerms } from "../../src/interfaces/IGradeRegistry.sol";
import { IWrappedUnit } from "../../src/interfaces/IWrappedUnit.sol";
import { Base } from "../Base.t.sol";
import { Grades } from "../support/Grades.sol";
import { Habits, UnitToken } from "../support/UnitTokens.sol";
import { IERC20Errors } from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {
    ReentrancyGuardTransient
} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @notice Every habit a token may have, over every number of decimals: handled to the base unit, or refused by
/// a named error with nothing changed; and never does one holder pay for what happens to another.
contract WrappedUnitHostileTest is Base {
    uint8[7] private _decimals = [0, 2, 6, 8, 18, 24, 36];

    UnitToken private _token;
    IWrappedUnit private _unit;

    // ── handled exactly ───────────────────────────────────────────────────────────────────────────────────────

    function test_table__habits_that_leave_amounts_alone__wrap_and_unwrap_to_the_base_unit(
        uint256 row,
        uint8 habit,
        uint256 wholes
    ) public {
        Habits memory h = _habits(row);
        if (habit % 3 == 1) h.returnsNothing = true;
        if (habit % 3 == 2) h.refusesZero = true;
        _put(h);
        uint256 amount = bound(wholes, 1, 1e6) * 10 ** h.decimals;
        uint256 minted = _wrap(alice, amount);
        assertEq(minted, amount / 10 ** h.decimals * _unit.factor().scuPerToken);
        vm.prank(alice);
        (uint256 tokens_, uint256 burned) = _unit.unwrap(minted, 0, alice);
        assertEq(tokens_, amount);
        assertEq(burned, minted);
        assertEq(_token.balanceOf(alice), amount);
        assertEq(_token.balanceOf(address(_unit)), 0);
    }

    function test_table__fee_on_transfer__credits_what_arrived_and_stays_solvent(
        uint256 row,
        uint16 fee,
        uint256 wholes
    ) public {
        Habits memory h = _habits(row);
        h.feeBps = uint16(bound(fee, 1, 9000));
        _put(h);
        uint256 amount = bound(wholes, 10, 1e6) * 10 ** h.decimals;
        uint256 minted = _wrap(alice, amount);
        uint256 arrived = amount - amount * h.feeBps / 10_000;
        assertEq(minted, _worth(arrived));
        assertFalse(_unit.isShort());
        uint256 bobs = _wrap(bob, amount);
        vm.prank(alice);
        (uint256 tokens_,) = _unit.unwrap(minted, 0, alice);
        assertLe(tokens_, arrived);
        assertFalse(_unit.isShort());
        assertEq(_unit.balanceOf(bob), bobs);
    }

    function test_table__rebase_up__surplus_is_nobodys_and_par_is_paid(uint256 row, uint256 growth)
        public
    {
        _put(_habits(row));
        uint256 amount = 1000 * _tokenUnit();
        uint256 minted = _wrap(alice, amount);
        _token.rebase(bound(growth, 1e9, 1000e9));
        vm.prank(alice);
        (uint256 tokens_,) = _unit.unwrap(minted, 0, alice);
        assertEq(tokens_, amount);
    }

    function test_table__rebase_down__entry_stops_and_every_order_of_leaving_pays_pro_rata(
        uint256 row,
        uint256 shrunk,
        bool aliceFirst
    ) public {
        _put(_habits(row));
        uint256 amount = 1000 * _tokenUnit();
        uint256 alices = _wrap(alice, amount);
        uint256 bobs = _wrap(bob, amount);
        _token.rebase(bound(shrunk, 1e8, 9e8));
        uint256 held = _token.balanceOf(address(_unit));
        _fund(carol, amount);
        vm.expectPartialRevert(IWrappedUnit.ShortReserves.selector);
        vm.prank(carol);
        _unit.wrap(amount, 0, carol);

        address first = aliceFirst ? alice : bob;
        vm.prank(first);
        (uint256 a,) = _unit.unwrap(alices, 0, first);
        vm.prank(aliceFirst ? bob : alice);
        (uint256 b,) = _unit.unwrap(bobs, 0, bob);
        assertApproxEqAbs(a, held / 2, 2);
        // A rebasing token may owe itself one base unit per transfer; nobody is paid for the other.
        assertApproxEqAbs(b, held / 2, 12);
        assertLe(a + b, held);
    }

    function test_table__decimals_change_after_listing__base_units_count_as_frozen(
        uint256 row,
        uint8 claimed
    ) public {
        Habits memory h = _habits(row);
        _put(h);
        uint256 amount = 500 * _tokenUnit();
        uint256 before = _wrap(alice, amount);
        uint8 frozen = h.decimals;
        h.decimals = claimed;
        _token.become(h);
        assertEq(_wrap(bob, amount), before);
        assertEq(_unit.factor().decimals, frozen);
        vm.prank(alice);
        (uint256 tokens_,) = _unit.unwrap(before, 0, alice);
        assertEq(tokens_, amount);
    }

    // ── refused, with a name ──────────────────────────────────────────────────────────────────────────────────

    function test_table__returns_false__refuses_both_ways_and_mints_nothing(uint256 row) public {
        Habits memory h = _habits(row);
        _put(h);
        uint256 minted = _wrap(alice, 10 * _tokenUnit());
        h.returnsFalse = true;
        _token.become(h);
        _fund(bob, _tokenUnit());
        bytes memory failed =
            abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(_token));
        uint256 whole = _tokenUnit();
        vm.expectRevert(failed);
        vm.prank(bob);
        _unit.wrap(whole, 0, bob);
        vm.expectRevert(failed);
        vm.prank(alice);
        _unit.unwrap(minted, 0, alice);
        assertEq(_unit.totalSupply(), minted);
        assertEq(_unit.balanceOf(alice), minted);
    }

    function test_table__paused_token__exit_waits_and_nothing_is_lost(uint256 row) public {
        Habits memory h = _habits(row);
        _put(h);
        uint256 minted = _wrap(alice, 10 * _tokenUnit());
        h.paused = true;
        _token.become(h);
        vm.expectRevert(abi.encodeWithSelector(UnitToken.Refused.selector, "paused"));
        vm.prank(alice);
        _unit.unwrap(minted, 0, alice);
        h.paused = false;
        _token.become(h);
        vm.prank(alice);
        (uint256 tokens_,) = _unit.unwrap(minted, 0, alice);
        assertEq(tokens_, 10 * _tokenUnit());
    }

    function test_table__blocked_holder__leaves_by_another_address_and_others_are_untouched(uint256 row)
        public
    {
        _put(_habits(row));
        uint256 minted = _wrap(alice, 10 * _tokenUnit());
        uint256 bobs = _wrap(bob, 10 * _tokenUnit());
        _token.setBlocked(alice, true);
        vm.expectRevert(abi.encodeWithSelector(UnitToken.Refused.selector, "blocked"));
        vm.prank(alice);
        _unit.unwrap(minted, 0, alice);
        vm.prank(alice);
        _unit.unwrap(minted, 0, carol);
        vm.prank(bob);
        _unit.unwrap(bobs, 0, bob);
        assertEq(_token.balanceOf(carol), 10 * _tokenUnit());
        assertEq(_token.balanceOf(bob), 10 * _tokenUnit());
    }

    function test_table__reentrant_hook_before_or_after__cannot_wrap_or_unwrap_inside(
        uint256 row,
        bool first,
        bool inner
    ) public {
        _put(_habits(row));
        uint256 minted = _wrap(alice, 10 * _tokenUnit());
        bytes memory call = inner
            ? abi.encodeCall(IWrappedUnit.wrap, (_tokenUnit(), 0, carol))
            : abi.encodeCall(IWrappedUnit.unwrap, (minted, 0, carol));
        _token.arm(address(_unit), call, first);
        uint256 bobs = _wrap(bob, 10 * _tokenUnit());
        assertEq(bytes4(_token.hookAnswer()), _reentered());
        _token.arm(address(_unit), call, first);
        vm.prank(alice);
        _unit.unwrap(minted, 0, alice);
        assertEq(bytes4(_token.hookAnswer()), _reentered());
        assertEq(_unit.totalSupply(), bobs);
        assertEq(_token.balanceOf(address(_unit)), 10 * _tokenUnit());
        assertEq(_unit.balanceOf(carol) + _token.balanceOf(carol), 0);
    }

    function test_table__moves_at_most_uint96__larger_amounts_are_the_tokens_refusal(uint256 row)
        public
    {
        Habits memory h = _habits(row);
        h.mostPerTransfer = type(uint96).max;
        _put(h);
        uint256 amount = uint256(type(uint96).max) + 1;
        _fund(alice, amount);
        vm.expectRevert(abi.encodeWithSelector(UnitToken.Refused.selector, "too much"));
        vm.prank(alice);
        _unit.wrap(amount, 0, alice);
        assertEq(_unit.totalSupply(), 0);
    }

    function test_table__amount_beyond_every_cap__refuses_by_name_up_to_the_last_bit(
        uint256 row,
        uint256 amount
    ) public {
        _put(_habits(row));
        uint256 most = _unit.factor().depositCap;
        uint256 least = (most / _unit.factor().scuPerToken + 1) * _tokenUnit();
        amount = bound(amount, least, type(uint256).max / 1e9);
        _fund(alice, amount);
        vm.expectPartialRevert(IWrappedUnit.DepositCapReached.selector);
        vm.prank(alice);
        _unit.wrap(amount, 0, alice);
        assertEq(_token.balanceOf(alice), amount);
    }

    /// A token may claim any balance for the unit; whoever holds units still leaves at par.
    function test_table__donation_of_an_absurd_supply__exits_go_on(uint256 row) public {
        _put(_habits(row));
        uint256 amount = 10 * _tokenUnit();
        uint256 minted = _wrap(alice, amount);
        _token.mint(address(_unit), type(uint256).max / 1e9 - amount);
        assertFalse(_unit.isShort());
        vm.prank(alice);
        (uint256 tokens_,) = _unit.unwrap(minted, 0, alice);
        assertEq(tokens_, amount);
    }

    function test_table__more_units_than_exist__refuses_by_name(uint256 row, uint256 units_)
        public
    {
        _put(_habits(row));
        uint256 minted = _wrap(alice, 10 * _tokenUnit());
        units_ = bound(units_, minted + uint256(_unit.factor().scuPerToken), type(uint256).max);
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientBalance.selector);
        vm.prank(alice);
        _unit.unwrap(units_, 0, alice);
    }

    function test_table__takes_everything_on_the_way__refuses_and_gives_it_back(uint256 row)
        public
    {
        Habits memory h = _habits(row);
        h.feeBps = 10_000;
        _put(h);
        uint256 whole = _tokenUnit();
        _fund(alice, whole);
        vm.expectRevert(abi.encodeWithSelector(IWrappedUnit.NothingToMove.selector, whole));
        vm.prank(alice);
        _unit.wrap(whole, 0, alice);
        assertEq(_token.balanceOf(alice), whole);
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    function _habits(uint256 row) private view returns (Habits memory h) {
        h.decimals = _decimals[row % _decimals.length];
    }

    function _put(Habits memory h) private {
        _token = new UnitToken(h);
        GradeTerms memory t =
            Grades.gpuHour(address(_token), h.decimals, uint40(block.timestamp + 365 days));
        vm.prank(curator);
        _unit = IWrappedUnit(registry.list(t, "Hostile", "HOST"));
    }

    function _fund(address account, uint256 amount) private {
        _token.mint(account, amount);
        vm.prank(account);
        _token.approve(address(_unit), type(uint256).max);
    }

    function _wrap(address account, uint256 amount) private returns (uint256) {
        _fund(account, amount);
        vm.prank(account);
        return _unit.wrap(amount, 0, account);
    }

    function _worth(uint256 tokens_) private view returns (uint256) {
        return tokens_ * _unit.factor().scuPerToken / _tokenUnit();
    }

    function _tokenUnit() private view returns (uint256) {
        return 10 ** _unit.factor().decimals;
    }

    function _reentered() private pure returns (bytes4) {
        return ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;
    }
}
