// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { TestToken } from "../src/devnet/TestToken.sol";
import { GradeTerms } from "../src/interfaces/IGradeRegistry.sol";
import { IWrappedUnit } from "../src/interfaces/IWrappedUnit.sol";
import { Base } from "./Base.t.sol";
import { Grades } from "./support/Grades.sol";
import { CallbackToken, FeeToken } from "./support/Tokens.sol";
import { IERC20Errors } from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {
    ReentrancyGuardTransient
} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

contract WrappedUnitTest is Base {
    uint256 private constant MOST_TOKENS = 1e26;

    // ── wrap ──────────────────────────────────────────────────────────────────────────────────────────────────

    function test_wrap__any_decimals_and_factor__credits_the_floor(
        uint8 decimals,
        uint128 steps,
        uint256 amount,
        address to
    ) public {
        (IWrappedUnit unit, TestToken token) = _anyGrade(decimals, steps);
        vm.assume(to != address(0));
        (uint256 scuPerToken, uint256 whole) = (unit.factor().scuPerToken, 10 ** token.decimals());
        amount = _anyAmount(unit, amount);
        uint256 expected = amount * scuPerToken / whole;
        assertEq(unit.previewWrap(amount), expected);

        _fund(unit, alice, amount);
        vm.expectEmit();
        emit IWrappedUnit.Wrapped(alice, to, amount, expected);
        vm.prank(alice);
        assertEq(unit.wrap(amount, expected, to), expected);
        assertEq(unit.balanceOf(to), expected);
        assertEq(token.balanceOf(address(unit)), amount);
    }

    function test_wrap__token_takes_a_fee__credits_what_arrived(uint256 amount) public {
        amount = bound(amount, 1000, 1e18);
        IWrappedUnit unit = _list(new FeeToken(6));
        _fund(unit, alice, amount);
        vm.prank(alice);
        uint256 wrapped = unit.wrap(amount, 0, alice);
        assertEq(wrapped, (amount - amount / 100) * unit.factor().scuPerToken / 1e6);
        assertFalse(unit.isShort());
    }

    function test_wrap__underlying_shrank__refuses(uint256 held, uint256 lost) public {
        held = bound(held, 2, 1e18);
        lost = bound(lost, 1, held);
        IWrappedUnit unit = _wrapped(0, alice, held);
        uint256 supply = unit.totalSupply();
        _shrink(0, lost);
        uint256 backed = unit.previewWrap(held - lost);

        assertTrue(unit.isShort());
        _fund(unit, bob, 1e6);
        vm.expectRevert(abi.encodeWithSelector(IWrappedUnit.ShortReserves.selector, backed, supply));
        vm.prank(bob);
        unit.wrap(1e6, 0, bob);
    }

    function test_wrap__grade_closed__refuses() public {
        vm.prank(guardian);
        registry.close(address(units[0]));
        _fund(units[0], alice, 1e6);
        vm.expectRevert(IWrappedUnit.WrapClosed.selector);
        vm.prank(alice);
        units[0].wrap(1e6, 0, alice);
    }

    function test_entry__closed_and_reopened__is_told_by_the_unit() public {
        vm.expectEmit(address(units[0]));
        emit IWrappedUnit.EntryClosed(true);
        vm.prank(guardian);
        registry.close(address(units[0]));
        vm.expectEmit(address(units[0]));
        emit IWrappedUnit.EntryClosed(false);
        vm.prank(curator);
        registry.reopen(address(units[0]));
    }

    function test_wrap__factor_expired__refuses(uint40 late) public {
        _fund(units[0], alice, 2e6);
        vm.warp(terms[0].validUntil - 1);
        vm.prank(alice);
        units[0].wrap(1e6, 0, alice);

        vm.warp(uint256(terms[0].validUntil) + late);
        vm.expectRevert(
            abi.encodeWithSelector(
                IWrappedUnit.GradeExpired.selector, terms[0].validUntil, block.timestamp
            )
        );
        vm.prank(alice);
        units[0].wrap(1e6, 0, alice);
    }

    function test_wrap__less_than_one_wei_of_units__refuses() public {
        _fund(units[2], alice, 14);
        vm.expectRevert(abi.encodeWithSelector(IWrappedUnit.NothingToMove.selector, 14));
        vm.prank(alice);
        units[2].wrap(14, 0, alice);
    }

    function test_wrap__below_the_minimum__refuses(uint256 amount, uint256 beyond) public {
        amount = bound(amount, 1, MOST_TOKENS / 1e12);
        beyond = bound(beyond, 1, 1e30);
        uint256 expected = units[0].previewWrap(amount);
        _fund(units[0], alice, amount);
        vm.expectRevert(
            abi.encodeWithSelector(IWrappedUnit.BelowMinimum.selector, expected, expected + beyond)
        );
        vm.prank(alice);
        units[0].wrap(amount, expected + beyond, alice);
    }

    function test_wrap__deposit_cap__is_the_last_unit_that_may_exist(uint128 cap) public {
        GradeTerms memory t = terms[2];
        t.scuPerToken = 1e18;
        t.depositCap = cap = uint128(bound(cap, 1, 1e30));
        vm.prank(curator);
        IWrappedUnit unit = IWrappedUnit(registry.list(t, "Capped", "CAP"));
        _fund(unit, alice, uint256(cap) + 1);

        vm.expectRevert(
            abi.encodeWithSelector(IWrappedUnit.DepositCapReached.selector, uint256(cap) + 1, cap)
        );
        vm.prank(alice);
        unit.wrap(uint256(cap) + 1, 0, alice);
        vm.prank(alice);
        assertEq(unit.wrap(cap, 0, alice), cap);
    }

    // ── unwrap ────────────────────────────────────────────────────────────────────────────────────────────────

    function test_unwrap__solvent__pays_the_floor_and_burns_the_ceiling(
        uint8 decimals,
        uint128 steps,
        uint256 amount,
        uint256 share
    ) public {
        (IWrappedUnit unit, TestToken token) = _anyGrade(decimals, steps);
        (uint256 scuPerToken, uint256 whole) = (unit.factor().scuPerToken, 10 ** token.decimals());
        amount = _anyAmount(unit, amount);
        uint256 supply = _wrap(unit, alice, amount);
        share = bound(share, 0, supply);

        uint256 paid = share * whole / scuPerToken;
        uint256 burned = Math.ceilDiv(paid * scuPerToken, whole);
        (uint256 previewPaid, uint256 previewBurned) = unit.previewUnwrap(share);
        assertEq(previewPaid, paid);
        assertEq(previewBurned, burned);
        assertLe(burned, share);
        if (paid == 0) return;

        vm.expectEmit();
        emit IWrappedUnit.Unwrapped(alice, bob, paid, burned);
        vm.prank(alice);
        unit.unwrap(share, paid, bob);
        assertEq(token.balanceOf(bob), paid);
        assertEq(unit.totalSupply(), supply - burned);
        assertFalse(unit.isShort());
    }

    function test_unwrap__when_short__pays_pro_rata_and_at_most_par(
        uint256 held,
        uint256 lost,
        uint256 share
    ) public {
        held = bound(held, 2, 1e18);
        lost = bound(lost, 1, held - 1);
        IWrappedUnit unit = _wrapped(0, alice, held);
        uint256 supply = unit.totalSupply();
        share = bound(share, 1, supply);
        _shrink(0, lost);

        uint256 paid = share * (held - lost) / supply;
        if (paid == 0) {
            vm.expectRevert(abi.encodeWithSelector(IWrappedUnit.NothingToMove.selector, share));
        }
        vm.prank(alice);
        unit.unwrap(share, 0, bob);
        assertEq(tokens[0].balanceOf(bob), paid);
        assertLe(unit.previewWrap(paid), share);
        assertEq(unit.totalSupply(), paid == 0 ? supply : supply - share);
    }

    function test_unwrap__when_short__order_of_leaving_gains_nothing(
        uint256 held,
        uint256 lost,
        uint256 first
    ) public {
        held = bound(held, 1e6, 1e18);
        lost = bound(lost, 1, held / 2);
        first = bound(first, 1e6, held);
        IWrappedUnit unit = _wrapped(0, alice, held);
        uint256 bobs = _wrap(unit, bob, first);
        _shrink(0, lost);

        uint256 alices = unit.balanceOf(alice);
        (uint256 now_,) = unit.previewUnwrap(alices);
        vm.prank(bob);
        unit.unwrap(bobs, 0, bob);
        (uint256 later,) = unit.previewUnwrap(alices);
        assertGe(later, now_);
        assertLe(later, now_ + 1);
    }

    function test_unwrap__nothing_left_to_pay__refuses() public {
        IWrappedUnit unit = _wrapped(0, alice, 1e6);
        _shrink(0, 1e6);
        uint256 supply = unit.totalSupply();
        vm.expectRevert(abi.encodeWithSelector(IWrappedUnit.NothingToMove.selector, supply));
        vm.prank(alice);
        unit.unwrap(supply, 0, alice);
    }

    function test_unwrap__below_the_minimum__refuses(uint256 share) public {
        IWrappedUnit unit = _wrapped(1, alice, 1e12);
        share = bound(share, 1e15, unit.totalSupply());
        (uint256 paid,) = unit.previewUnwrap(share);
        vm.expectRevert(abi.encodeWithSelector(IWrappedUnit.BelowMinimum.selector, paid, paid + 1));
        vm.prank(alice);
        unit.unwrap(share, paid + 1, alice);
    }

    function test_unwrap__more_than_held__refuses(uint256 share) public {
        IWrappedUnit unit = _wrapped(0, alice, 1e12);
        _wrap(unit, bob, 1e12);
        uint256 held = unit.balanceOf(alice);
        share = bound(share, held + 1e12, 2 * held);
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientBalance.selector);
        vm.prank(alice);
        unit.unwrap(share, 0, alice);
    }

    function test_unwrap__closed_expired_and_impaired__still_pays_in_full(uint256 amount) public {
        amount = bound(amount, 1, 1e18);
        IWrappedUnit unit = _wrapped(0, alice, amount);
        vm.prank(curator);
        registry.announceImpairment(address(unit));
        vm.warp(uint256(terms[0].validUntil) + 1);

        vm.startPrank(alice);
        unit.unwrap(unit.balanceOf(alice), amount, alice);
        assertEq(tokens[0].balanceOf(alice), amount);
    }

    function test_unwrap__donation__is_never_paid_out(uint256 amount, uint256 donation) public {
        amount = bound(amount, 1, 1e18);
        donation = bound(donation, 1, 1e24);
        IWrappedUnit unit = _wrapped(0, alice, amount);
        (uint256 before,) = unit.previewUnwrap(unit.totalSupply());
        tokens[0].mint(address(unit), donation);
        (uint256 later,) = unit.previewUnwrap(unit.totalSupply());
        assertEq(later, before);
        assertEq(_wrap(unit, bob, amount), unit.balanceOf(alice), "nor credited to who comes later");
    }

    // ── round trips ───────────────────────────────────────────────────────────────────────────────────────────

    function test_round_trip__any_grade__loses_at_most_one_step_and_never_gains(
        uint8 decimals,
        uint128 steps,
        uint256 amount
    ) public {
        (IWrappedUnit unit, TestToken token) = _anyGrade(decimals, steps);
        (uint256 scuPerToken, uint256 whole) = (unit.factor().scuPerToken, 10 ** token.decimals());
        amount = _anyAmount(unit, amount);
        uint256 wrapped = _wrap(unit, alice, amount);
        (uint256 back,) = unit.previewUnwrap(wrapped);
        assertLe(back, amount);
        // One token and one wei of units, each less than whole: (amount - back) · factor < factor + 1 wei.
        assertLt((amount - back) * scuPerToken, scuPerToken + whole);
    }

    function test_wrap__in_two_parts__never_beats_one(uint256 a, uint256 b) public view {
        (a, b) = (bound(a, 0, MOST_TOKENS), bound(b, 0, MOST_TOKENS));
        for (uint256 g; g < 3; ++g) {
            assertLe(units[g].previewWrap(a) + units[g].previewWrap(b), units[g].previewWrap(a + b));
        }
    }

    // ── who may what ──────────────────────────────────────────────────────────────────────────────────────────

    function test_setClosed__not_the_registry__refuses(address caller) public {
        vm.assume(caller != address(registry));
        vm.expectRevert(abi.encodeWithSelector(IWrappedUnit.NotRegistry.selector, caller));
        vm.prank(caller);
        units[0].setClosed(true);
    }

    function test_permit__signed_by_the_holder__allows(uint256 value) public {
        (address holder, uint256 key) = makeAddrAndKey("holder");
        bytes32 permit = keccak256(
            abi.encode(
                keccak256(
                    "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
                ),
                holder,
                bob,
                value,
                0,
                block.timestamp
            )
        );
        IERC20Permit unit = IERC20Permit(address(units[0]));
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, keccak256(abi.encodePacked(hex"1901", unit.DOMAIN_SEPARATOR(), permit)));
        unit.permit(holder, bob, value, block.timestamp, v, r, s);
        assertEq(units[0].allowance(holder, bob), value);
    }

    function test_wrap__token_calls_back__refuses_reentry() public {
        CallbackToken token = new CallbackToken(6);
        IWrappedUnit unit = _list(token);
        _wrap(unit, alice, 1e6);
        _fund(unit, bob, 1e6);
        token.arm(address(unit), abi.encodeCall(unit.unwrap, (1e17, 0, bob)));
        vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        vm.prank(bob);
        unit.wrap(1e6, 0, bob);
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev A grade of up to 18 decimals and a factor between one step and a million SCU.
    function _anyGrade(uint8 decimals, uint128 steps)
        private
        returns (IWrappedUnit unit, TestToken token)
    {
        token = new TestToken("Any", "ANY", uint8(bound(decimals, 0, 18)));
        GradeTerms memory t = Grades.gpuHour(address(token), token.decimals(), GENESIS + 365 days);
        t.scuPerToken = uint128(bound(steps, 1, 1e10)) * 1e14;
        t.depositCap = type(uint128).max;
        t.network = "any";
        vm.prank(curator);
        unit = IWrappedUnit(registry.list(t, "Any", "ANY"));
    }

    /// @dev At least one wei of units, at most the deposit cap.
    function _anyAmount(IWrappedUnit unit, uint256 amount) private view returns (uint256) {
        IWrappedUnit.Factor memory f = unit.factor();
        uint256 whole = 10 ** f.decimals;
        uint256 most = uint256(f.depositCap) * whole / f.scuPerToken;
        return bound(amount, whole / f.scuPerToken + 1, Math.min(most, MOST_TOKENS));
    }

    function _list(TestToken token) private returns (IWrappedUnit unit) {
        GradeTerms memory t = Grades.gpuHour(address(token), token.decimals(), GENESIS + 365 days);
        vm.prank(curator);
        unit = IWrappedUnit(registry.list(t, "Special", "SPC"));
    }

    function _wrapped(uint256 g, address account, uint256 amount)
        private
        returns (IWrappedUnit unit)
    {
        unit = units[g];
        _wrap(unit, account, amount);
    }

    function _wrap(IWrappedUnit unit, address account, uint256 amount)
        private
        returns (uint256 wrapped)
    {
        _fund(unit, account, amount);
        vm.prank(account);
        return unit.wrap(amount, 0, account);
    }

    function _fund(IWrappedUnit unit, address account, uint256 amount) private {
        TestToken token = TestToken(address(unit.factor().token));
        token.mint(account, amount);
        vm.prank(account);
        token.approve(address(unit), amount);
    }
}
