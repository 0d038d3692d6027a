// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { TestToken } from "../../src/devnet/TestToken.sol";
import { IBridgeGate } from "../../src/interfaces/IBridgeGate.sol";
import { IRouteBook } from "../../src/interfaces/IRouteBook.sol";
import { AmountLib } from "../../src/libraries/Amount.sol";
import { Attestation, Transfer } from "../../src/libraries/Message.sol";
import { RouteLib } from "../../src/libraries/Route.sol";
import { GateTest } from "../support/GateTest.sol";
import {
    FeeOnTopToken,
    GateNoZeroToken,
    GateOddToken,
    GatePausableToken,
    GateRebasingToken,
    GateUint96Token,
    GateUpgradableToken
} from "../support/GateTokens.sol";
import { BlocklistToken, CallbackToken, FeeToken } from "../support/Tokens.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {
    ReentrancyGuardTransient
} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @notice Tokens that do not behave: carried exactly or refused by name, and nobody else the worse for it.
contract GateHostileTest is GateTest {
    uint96 private constant PLENTY = type(uint96).max;

    function test_fee__any_amount__credits_what_arrived_and_returns_its_dust(uint256 amount)
        public
    {
        _use(address(new FeeToken(18)), 18, 6);
        amount = bound(amount, 2e12, 1e30);
        token.mint(alice, amount);
        vm.prank(alice);
        home.send(terms, amount, 0, bob, false);
        uint256 asked = amount / 1e12 * 1e12;
        uint256 arrived = asked - asked / 100;
        uint256 locked = home.routeState(route).locked;
        assertEq(locked, arrived / 1e12 * 1e12);
        assertEq(token.balanceOf(address(home)), locked);
        uint256 dust = arrived - locked;
        assertEq(token.balanceOf(alice), amount - asked + dust - dust / 100);
    }

    function test_fee__less_than_the_minimum__refuses() public {
        _use(address(new FeeToken(6)), 6, 6);
        token.mint(alice, 100e6);
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.BelowMinimum.selector, 99e6, 100e6));
        vm.prank(alice);
        home.send(terms, 100e6, 100e6, bob, false);
    }

    function test_no_return_value__crosses_there_and_back() public {
        _use(address(new GateOddToken(true)), 18, 18);
        token.mint(alice, 5e18);
        _thereAndBack(5e18);
    }

    function test_returns_false__refused_going_in_and_credited_coming_out() public {
        _use(address(new GateOddToken(false)), 18, 18);
        vm.expectRevert(
            abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token))
        );
        vm.prank(alice);
        home.send(terms, 5e18, 0, bob, false);
        token.mint(alice, 5e18);
        _cross(alice, bob, 5e18);
        _return(address(0xbad), 5e18);
        assertEq(home.claimable(route, address(0xbad)), 5e18);
        vm.prank(address(0xbad));
        home.claim(route, alice, ALL);
        assertEq(token.balanceOf(alice), 5e18);
    }

    function test_reverts_on_zero__is_never_asked_to_move_nothing() public {
        _use(address(new GateNoZeroToken()), 18, 6);
        token.mint(alice, 5e18);
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.NothingToMove.selector, 1e12 - 1));
        vm.prank(alice);
        home.send(terms, 1e12 - 1, 0, bob, false);
        _thereAndBack(5e18);
    }

    function test_hooks__reentering_any_act__are_refused() public {
        CallbackToken hooked = new CallbackToken(18);
        _use(address(hooked), 18, 18);
        token.mint(alice, 10e18);
        _cross(alice, bob, 4e18);
        Transfer memory t = _transfer(_nonce(9), bob, bob, 4e18);
        Attestation memory a = _attest(home, t);
        bytes[7] memory acts = [
            abi.encodeCall(IBridgeGate.enqueue, (terms, t, a)),
            abi.encodeCall(IBridgeGate.send, (terms, 1e18, 0, bob, true)),
            abi.encodeCall(IBridgeGate.cancel, (1)),
            abi.encodeCall(IBridgeGate.complete, (1)),
            abi.encodeCall(IBridgeGate.deliver, (terms, t, a)),
            abi.encodeCall(IBridgeGate.execute, (1)),
            abi.encodeCall(IBridgeGate.claim, (route, bob, ALL))
        ];
        for (uint256 i; i < acts.length; ++i) {
            hooked.arm(address(home), acts[i]);
            vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            vm.prank(alice);
            home.send(terms, 1e18, 0, bob, false);
        }
    }

    function test_hooks__reentering_while_paid__leaves_the_amount_to_claim() public {
        CallbackToken hooked = new CallbackToken(18);
        _use(address(hooked), 18, 18);
        token.mint(alice, 4e18);
        _cross(alice, bob, 4e18);
        hooked.arm(address(home), abi.encodeCall(IBridgeGate.claim, (route, bob, ALL)));
        _return(bob, 4e18);
        assertEq(home.claimable(route, bob), 4e18);
        assertEq(home.routeState(route).setAside, 4e18);
        hooked.arm(alice, "");
        vm.prank(bob);
        assertEq(home.claim(route, alice, ALL), 4e18);
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.NothingToMove.selector, 0));
        vm.prank(bob);
        home.claim(route, alice, ALL);
    }

    function test_blocklist__blocked_recipient__claims_elsewhere_and_others_are_paid() public {
        BlocklistToken blocking = new BlocklistToken();
        _use(address(blocking), 6, 18);
        token.mint(alice, 5e6);
        _cross(alice, bob, 5e6);
        blocking.setBlocked(stranger, true);
        vm.prank(bob);
        remote.send(terms, 2e18, 0, stranger, false);
        vm.prank(bob);
        remote.send(terms, 3e18, 0, alice, false);
        _deliver(home, _transfer(_nonce(1), bob, stranger, 2e6));
        _deliver(home, _transfer(_nonce(2), bob, alice, 3e6));
        assertEq(token.balanceOf(alice), 3e6);
        assertEq(home.claimable(route, stranger), 2e6);
        vm.prank(stranger);
        home.claim(route, bob, ALL);
        assertEq(token.balanceOf(bob), 2e6);
    }

    function test_blocklist__sender_blocked_while_queued__cancels_and_claims_elsewhere() public {
        BlocklistToken blocking = new BlocklistToken();
        _useWith(address(blocking), 6, 18, 0);
        token.mint(alice, 5e6);
        uint256 id = _enqueue(home, alice, bob, 5e6);
        blocking.setBlocked(alice, true);
        vm.startPrank(alice);
        home.cancel(id);
        home.claim(route, bob, ALL);
        vm.stopPrank();
        assertEq(token.balanceOf(bob), 5e6);
        assertEq(token.balanceOf(address(home)), 0);
    }

    function test_pausable__paused_when_released__pays_by_claim_once_it_moves_again() public {
        GatePausableToken pausing = new GatePausableToken();
        _use(address(pausing), 18, 18);
        token.mint(alice, 5e18);
        _cross(alice, bob, 5e18);
        pausing.setPaused(true);
        _return(alice, 5e18);
        vm.expectRevert(GatePausableToken.Paused.selector);
        vm.prank(alice);
        home.claim(route, alice, ALL);
        pausing.setPaused(false);
        vm.prank(alice);
        home.claim(route, alice, ALL);
        assertEq(token.balanceOf(alice), 5e18);
    }

    function test_upgradable_decimals__after_the_route_was_added__change_nothing() public {
        GateUpgradableToken upgradable = new GateUpgradableToken();
        _use(address(upgradable), 6, 18);
        token.mint(alice, 5e6);
        _cross(alice, bob, 5e6);
        upgradable.upgrade(18);
        _return(alice, 5e6);
        assertEq(token.balanceOf(alice), 5e6);
    }

    function test_rebasing_down__stops_sending_and_pays_everyone_the_same_share(
        uint256 left,
        bool bobFirst
    ) public {
        GateRebasingToken rebasing = new GateRebasingToken();
        _use(address(rebasing), 18, 18);
        token.mint(alice, 11e18);
        _cross(alice, alice, 4e18);
        _cross(alice, bob, 6e18);
        left = bound(left, 10, 10e18 - 1);
        rebasing.rebase(address(home), left);
        _on(home);
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.LessThanOwed.selector, left, 10e18));
        vm.prank(alice);
        home.send(terms, 1e18, 0, bob, false);

        _on(remote);
        vm.prank(alice);
        remote.send(terms, 4e18, 0, stranger, false);
        vm.prank(bob);
        remote.send(terms, 6e18, 0, address(0xb0b), false);
        Transfer memory a = _transfer(_nonce(1), alice, stranger, 4e18);
        Transfer memory b = _transfer(_nonce(2), bob, address(0xb0b), 6e18);
        _arrive(bobFirst ? b : a);
        _arrive(bobFirst ? a : b);
        assertApproxEqAbs(token.balanceOf(stranger), left * 4 / 10, 1);
        assertApproxEqAbs(token.balanceOf(address(0xb0b)), left * 6 / 10, 1);
    }

    function test_rebasing_down__delivered_at_once__is_refused_by_name_or_credited(uint256 left)
        public
    {
        GateRebasingToken rebasing = new GateRebasingToken();
        _use(address(rebasing), 18, 18);
        token.mint(alice, 10e18);
        _cross(alice, bob, 10e18);
        left = bound(left, 1, 10e18 - 1);
        rebasing.rebase(address(home), left);
        Transfer memory t = _transfer(_send(remote, bob, stranger, 4e18), bob, stranger, 4e18);
        Attestation memory a = _attest(home, t);
        if (left >= 4e18) {
            vm.expectRevert(
                abi.encodeWithSelector(IBridgeGate.LessThanOwed.selector, left - 4e18, 6e18)
            );
            home.deliver(terms, t, a);
            return;
        }
        home.deliver(terms, t, a);
        assertEq(home.claimable(route, stranger), 4e18);
    }

    /// A fee on top of every payment, taken from the payer: whoever is paid bears it, nobody else.
    function test_fee_on_top__there_and_back__is_credited_and_claimed_less_its_fee(uint256 part)
        public
    {
        _use(address(new FeeOnTopToken()), 18, 18);
        token.mint(alice, 404e18);
        _cross(alice, bob, 100e18);
        _cross(alice, alice, 300e18);
        assertEq(home.routeState(route).held, 400e18);
        Transfer memory t = _transfer(_send(remote, bob, bob, 100e18), bob, bob, 100e18);
        Attestation memory a = _attest(home, t);
        // At once it is refused: the fee would be paid from what is others'.
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.LessThanOwed.selector, 299e18, 300e18));
        home.deliver(terms, t, a);
        home.execute(home.enqueue(terms, t, a));
        assertEq(home.claimable(route, bob), 100e18);

        // All of it leaves nothing for the fee; less does, in any parts.
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.TookMore.selector, 101e18, 100e18));
        vm.prank(bob);
        home.claim(route, bob, ALL);
        part = bound(part, 100, 99e18);
        vm.prank(bob);
        assertEq(home.claim(route, bob, part), part);
        assertEq(home.claimable(route, bob), 100e18 - part - part / 100);
        uint256 rest = home.claimable(route, bob) * 100 / 101;
        if (rest != 0) {
            vm.prank(bob);
            home.claim(route, bob, rest);
        }
        assertLe(home.claimable(route, bob), 101);
        IBridgeGate.RouteState memory state = home.routeState(route);
        assertEq(state.held, state.locked + state.setAside);
        assertEq(state.locked, 300e18);
    }

    /// The same while what is held is short: who claims pays for the fee at what a step is worth then.
    function test_fee_on_top__while_short__leaves_others_no_worse(uint256 left) public {
        FeeOnTopToken taking = new FeeOnTopToken();
        _use(address(taking), 18, 18);
        token.mint(alice, 404e18);
        _cross(alice, bob, 100e18);
        _cross(alice, alice, 300e18);
        Transfer memory t = _transfer(_send(remote, bob, bob, 100e18), bob, bob, 100e18);
        Attestation memory a = _attest(home, t);
        uint256 id = home.enqueue(terms, t, a);
        home.execute(id);
        left = bound(left, 1e18, 400e18 - 1);
        taking.burn(address(home), 400e18 - left);
        vm.prank(bob);
        home.claim(route, bob, 50e18);
        IBridgeGate.RouteState memory state = home.routeState(route);
        // What is held for a step never falls.
        assertGe(state.held * 400e18, left * (state.locked + state.setAside));
    }

    function test_claim__in_parts__pays_each_and_no_more_than_was_credited(uint256 part) public {
        BlocklistToken blocking = new BlocklistToken();
        _use(address(blocking), 6, 18);
        token.mint(alice, 5e6);
        _cross(alice, bob, 5e6);
        blocking.setBlocked(bob, true);
        _return(bob, 5e6);
        part = bound(part, 1, 5e6);
        vm.startPrank(bob);
        assertEq(home.claim(route, alice, part), part);
        assertEq(home.claimable(route, bob), 5e6 - part);
        assertEq(home.routeState(route).setAside, 5e6 - part);
        if (part < 5e6) assertEq(home.claim(route, alice, ALL), 5e6 - part);
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.NothingToMove.selector, 0));
        home.claim(route, alice, ALL);
        assertEq(token.balanceOf(alice), 5e6);
        vm.expectRevert(abi.encodeWithSelector(IRouteBook.InvalidRecipient.selector, address(home)));
        home.claim(route, address(home), 1);
    }

    function test_claim__while_the_route_is_stopped__goes_on() public {
        BlocklistToken blocking = new BlocklistToken();
        _use(address(blocking), 6, 18);
        token.mint(alice, 5e6);
        _cross(alice, bob, 5e6);
        blocking.setBlocked(bob, true);
        _return(bob, 5e6);
        vm.prank(council);
        home.stopRoutes(_all());
        vm.prank(admin);
        homeGovernance.setTargetClosed(address(home), true);
        vm.prank(bob);
        assertEq(home.claim(route, alice, ALL), 5e6);
    }

    function test_payOut__by_anyone_but_the_gate__refuses() public {
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.OnlyItself.selector, alice));
        vm.prank(alice);
        home.payOut(address(token), alice, 1);
    }

    function test_rebasing_away__pays_nothing_now_and_the_claim_once_it_is_back() public {
        GateRebasingToken rebasing = new GateRebasingToken();
        _use(address(rebasing), 18, 18);
        token.mint(alice, 5e18);
        _cross(alice, bob, 5e18);
        rebasing.rebase(address(home), 0);
        _return(bob, 5e18);
        assertEq(home.claimable(route, bob), 5e18);
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.NothingToMove.selector, 5e18));
        vm.prank(bob);
        home.claim(route, bob, ALL);
        rebasing.rebase(address(home), 5e18);
        vm.prank(bob);
        assertEq(home.claim(route, bob, ALL), 5e18);
    }

    function test_rebasing_up__the_surplus__is_never_paid_out() public {
        GateRebasingToken rebasing = new GateRebasingToken();
        _use(address(rebasing), 18, 18);
        token.mint(alice, 5e18);
        _cross(alice, bob, 5e18);
        rebasing.rebase(address(home), 8e18);
        _return(alice, 5e18);
        assertEq(token.balanceOf(alice), 5e18);
        assertEq(token.balanceOf(address(home)), 3e18);
    }

    function test_decimals__any_of_both_ends__cross_whole_steps_there_and_back(uint256 seed)
        public
    {
        uint8[5] memory decimals = [0, 2, 6, 18, 24];
        uint8 here = decimals[seed % 5];
        uint8 there = decimals[(seed >> 8) % 5];
        _use(address(new TestToken("Any", "ANY", here)), here, there);
        uint256 step = AmountLib.step(here, RouteLib.decimals(terms));
        uint256 amount = bound(seed >> 16, 1, PLENTY / 3) * step;
        token.mint(alice, amount);
        _thereAndBack(amount);
    }

    function test_uint96_token__more_than_it_moves__is_its_own_error() public {
        _use(address(new GateUint96Token()), 18, 18);
        token.mint(alice, PLENTY);
        _thereAndBack(PLENTY / 3);
    }

    /// @dev Delivers to the queue, from which what is short is paid pro rata.
    function _arrive(Transfer memory t) private {
        Attestation memory a = _attest(home, t);
        home.execute(home.enqueue(terms, t, a));
    }

    function _use(address token_, uint8 here, uint8 there) private {
        _useWith(token_, here, there, PLENTY);
    }

    function _useWith(address token_, uint8 here, uint8 there, uint96 capacity) private {
        token = TestToken(token_);
        _openRoute(token_, here, there, capacity);
        vm.prank(alice);
        // Not every token here returns a word.
        (bool done,) =
            token_.call(abi.encodeCall(token.approve, (address(home), type(uint256).max)));
        assertTrue(done);
        _on(home);
    }

    /// @dev Alice's tokens to Bob and all of it back to Alice.
    function _thereAndBack(uint256 amount) private {
        uint256 before = token.balanceOf(alice);
        _cross(alice, bob, amount);
        _return(alice, amount);
        assertEq(token.balanceOf(alice), before);
        assertEq(home.routeState(route).locked, 0);
    }

    /// @dev Burns Bob's whole representation of `amount` towards `recipient`.
    function _return(address recipient, uint256 amount) private {
        uint256 held = bridged.balanceOf(bob);
        uint64 nonce = _send(remote, bob, recipient, held);
        uint256 step = AmountLib.step(terms.homeDecimals, RouteLib.decimals(terms));
        assertEq(_deliver(home, _transfer(nonce, bob, recipient, amount / step)), 0);
    }
}
