// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IBridgeGate, Passage } from "../src/interfaces/IBridgeGate.sol";
import { IRouteBook } from "../src/interfaces/IRouteBook.sol";
import { Direction, IRouteLimits } from "../src/interfaces/IRouteLimits.sol";
import { AmountTooLarge, DecimalsMismatch } from "../src/libraries/Amount.sol";
import { Amount } from "../src/libraries/Amount.sol";
import { Attestation, Transfer } from "../src/libraries/Message.sol";
import { RouteTerms } from "../src/libraries/Route.sol";
import { GateTest } from "./support/GateTest.sol";

/// @notice What crosses, what waits and what never crosses twice.
contract BridgeGateTest is GateTest {
    function test_crossing__there_and_back__moves_exactly_that_and_ends_where_it_began(uint96 seed)
        public
    {
        uint256 amount = bound(seed, 1, AT_REST);
        _cross(alice, bob, amount);
        assertEq(bridged.balanceOf(bob), amount * 1e12);
        assertEq(home.routeState(route).locked, amount);
        _assertBacked();

        uint64 nonce = _send(remote, bob, alice, amount * 1e12);
        assertEq(bridged.totalSupply(), 0);
        uint256 before = token.balanceOf(alice);
        assertEq(_deliver(home, _transfer(nonce, bob, alice, amount)), 0);
        assertEq(token.balanceOf(alice) - before, amount);
        assertEq(home.routeState(route).locked, 0);
    }

    function test_send__what_the_other_end_cannot_represent__stays_with_the_sender(uint256 dust)
        public
    {
        _cross(alice, bob, 5e6);
        dust = bound(dust, 0, 1e12 - 1);
        (uint256 taken, bool queued) = remote.previewSend(route, 2e18 + dust);
        assertEq(taken, 2e18);
        assertFalse(queued);
        _send(remote, bob, alice, 2e18 + dust);
        assertEq(bridged.balanceOf(bob), 3e18);
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.NothingToMove.selector, dust));
        vm.prank(bob);
        remote.send(terms, dust, 0, alice, true);
    }

    function test_send__to_nobody_a_token_or_a_gate__refuses() public {
        address[5] memory wrong =
            [address(0), address(token), address(home), address(bridged), address(remote)];
        for (uint256 i; i < 5; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IRouteBook.InvalidRecipient.selector, wrong[i]));
            vm.prank(alice);
            home.send(terms, 1e6, 0, wrong[i], true);
        }
    }

    function test_send__terms_changed_in_any_way__are_another_route(uint8 which) public {
        RouteTerms memory t = terms;
        which = which % 4;
        if (which == 0) t.homeDecimals = 7;
        if (which == 1) t.remoteDecimals = 6;
        if (which == 2) t.remoteGate = stranger;
        if (which == 3) t.remoteChain = HOME + 1;
        vm.expectPartialRevert(IRouteBook.UnknownRoute.selector);
        vm.prank(alice);
        home.send(t, 1e6, 0, bob, true);
    }

    function test_send__on_a_fork_with_another_chain_id__refuses() public {
        vm.chainId(HOME + 1);
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.WrongChain.selector, HOME + 1));
        vm.prank(alice);
        home.send(terms, 1e6, 0, bob, true);
    }

    function test_send__beyond_the_budget__is_queued_or_refused_as_asked() public {
        _send(home, alice, bob, AT_REST);
        vm.expectRevert(abi.encodeWithSelector(IRouteLimits.OverLimit.selector, 1e6, 0));
        vm.prank(alice);
        home.send(terms, 1e6, 0, bob, false);
        uint256 id = _enqueue(home, alice, bob, 1e6);
        IBridgeGate.Outbound memory o = home.outbound(id);
        assertEq(o.amount.value(), 1e6);
        assertTrue(o.passage == Passage.QUEUED);
        assertEq(home.lastNonce(route), _nonce(1));
        assertEq(home.routeState(route).setAside, 1e6);
    }

    function test_cancel__while_queued__refunds_in_full_and_never_had_a_nonce(
        uint96 seed,
        bool back
    ) public {
        IBridgeGate gate = back ? remote : home;
        if (back) {
            _cross(alice, alice, AT_REST);
            _on(remote);
            _setLimit(remote, 0);
        } else {
            _send(home, alice, bob, AT_REST);
        }
        uint64 nonce = gate.lastNonce(route);
        uint256 step = back ? 1e12 : 1;
        uint256 amount = bound(seed, 1, AT_REST) * step;
        uint256 before = back ? bridged.balanceOf(alice) : token.balanceOf(alice);
        uint256 id = _enqueue(gate, alice, bob, amount);

        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.NotSender.selector, bob, alice));
        vm.prank(bob);
        gate.cancel(id);
        vm.prank(alice);
        gate.cancel(id);
        assertEq(back ? bridged.balanceOf(alice) : token.balanceOf(alice), before);
        assertEq(gate.lastNonce(route), nonce);
        assertEq(home.routeState(route).setAside, 0);

        vm.warp(block.timestamp + 1 days);
        vm.expectRevert(
            abi.encodeWithSelector(IBridgeGate.WrongPassage.selector, Passage.CANCELLED)
        );
        gate.complete(id);
        vm.expectRevert(
            abi.encodeWithSelector(IBridgeGate.WrongPassage.selector, Passage.CANCELLED)
        );
        vm.prank(alice);
        gate.cancel(id);
    }

    function test_complete__more_than_ever_fits__leaves_in_parts_and_the_rest_can_be_taken_back()
        public
    {
        uint256 id = _enqueue(home, alice, bob, 5 * AT_REST);
        assertEq(home.complete(id), _nonce(1));
        assertEq(home.outbound(id).amount.value(), 4 * AT_REST);
        // A twelfth of the capacity is the least part: a quarter of a day.
        vm.warp(block.timestamp + 6 hours - 1);
        vm.expectPartialRevert(IRouteLimits.OverLimit.selector);
        home.complete(id);
        vm.warp(block.timestamp + 1);
        assertEq(home.complete(id), _nonce(2));
        assertEq(home.routeState(route).locked, AT_REST + CAPACITY / 12);
        assertEq(home.routeState(route).setAside, 4 * AT_REST - CAPACITY / 12);
        uint256 before = token.balanceOf(alice);
        vm.prank(alice);
        home.cancel(id);
        assertEq(token.balanceOf(alice) - before, 4 * AT_REST - CAPACITY / 12);
        assertTrue(home.outbound(id).passage == Passage.CANCELLED);
    }

    function test_complete__by_anyone_on_the_second__sends_and_ends_cancelling() public {
        _send(home, alice, bob, AT_REST);
        // A third of the capacity a day: 240,000 of a million come back in 20,736 seconds.
        uint256 id = _enqueue(home, alice, bob, 240_000e6);
        uint256 fitsAt = block.timestamp + 20_736;
        vm.warp(fitsAt - 1);
        vm.expectPartialRevert(IRouteLimits.OverLimit.selector);
        home.complete(id);
        vm.warp(fitsAt);
        vm.prank(stranger);
        assertEq(home.complete(id), _nonce(2));
        assertEq(home.routeState(route).locked, AT_REST + 240_000e6);
        assertEq(_budget(home, Direction.OUT), 0);
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.WrongPassage.selector, Passage.DONE));
        vm.prank(alice);
        home.cancel(id);
    }

    function test_deliver__same_nonce_again__refuses_whatever_was_signed(uint96 other) public {
        uint64 nonce = _cross(alice, bob, 5e6);
        other = uint96(bound(other, 1, 1e12));
        Transfer[2] memory again =
            [_transfer(nonce, alice, bob, 5e6), _transfer(nonce, bob, stranger, other)];
        for (uint256 i; i < 2; ++i) {
            Attestation memory a = _attest(remote, again[i]);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IBridgeGate.AlreadyDelivered.selector, HOME, address(home), nonce
                )
            );
            remote.deliver(terms, again[i], a);
        }
        assertEq(bridged.totalSupply(), 5e18);
    }

    function test_deliver__queued__has_used_the_nonce_up() public {
        Transfer memory t = _queuedArrival(9e6);
        Attestation memory a = _attest(remote, t);
        vm.expectPartialRevert(IBridgeGate.AlreadyDelivered.selector);
        remote.deliver(terms, t, a);
    }

    function test_deliver__beyond_the_budget__waits_until_it_fits_and_is_anyone_s() public {
        _cross(alice, bob, AT_REST);
        vm.warp(block.timestamp + 1 days);
        _send(home, alice, bob, AT_REST);
        vm.warp(block.timestamp + 1 days);
        uint64 nonce = _send(home, alice, bob, 9e6);
        Transfer memory t = _transfer(nonce, alice, bob, 9e6);
        _deliver(remote, _transfer(nonce - 1, alice, bob, AT_REST));
        assertEq(_deliver(remote, t), 1);
        assertEq(remote.inbound(1).waiting, 9e6);
        assertTrue(_passage(remote, t.nonce) == Passage.QUEUED);
        vm.expectRevert(abi.encodeWithSelector(IRouteLimits.OverLimit.selector, 9e6, 0));
        remote.execute(1);
        // Not a day: a second.
        vm.warp(block.timestamp + 1);
        vm.prank(stranger);
        assertEq(remote.execute(1).value(), 9e6);
        assertEq(bridged.balanceOf(bob), 2 * uint256(AT_REST) * 1e12 + 9e18);
        assertTrue(_passage(remote, t.nonce) == Passage.DONE);
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.WrongPassage.selector, Passage.DONE));
        remote.execute(1);
        _assertBacked();
    }

    function test_execute__more_than_ever_fits__arrives_in_parts_that_sum_to_it() public {
        _setLimit(remote, 0);
        Transfer memory t = _transfer(_send(home, alice, bob, AT_REST), alice, bob, AT_REST);
        uint256 id = _deliver(remote, t);
        vm.expectRevert(abi.encodeWithSelector(IRouteLimits.OverLimit.selector, 1, 0));
        remote.execute(id);
        _setLimit(remote, AT_REST / 5 * 3);
        vm.warp(block.timestamp + 2 days);
        IRouteLimits(address(remote)).applyLimit(route);
        uint256 parts;
        while (remote.inbound(id).passage == Passage.QUEUED) {
            vm.warp(block.timestamp + 1 days);
            remote.execute(id);
            ++parts;
        }
        assertEq(parts, 5);
        assertEq(bridged.balanceOf(bob), uint256(AT_REST) * 1e12);
        Attestation memory a = _attest(remote, t);
        vm.expectPartialRevert(IBridgeGate.AlreadyDelivered.selector);
        remote.deliver(terms, t, a);
    }

    function test_enqueue__within_the_budget__waits_all_the_same_and_takes_none() public {
        Transfer memory t = _transfer(_send(home, alice, bob, 9e6), alice, bob, 9e6);
        Attestation memory a = _attest(remote, t);
        assertEq(remote.enqueue(terms, t, a), 1);
        assertEq(_budget(remote, Direction.IN), AT_REST);
        remote.execute(1);
        assertEq(_budget(remote, Direction.IN), AT_REST - 9e6);
        assertEq(bridged.balanceOf(bob), 9e18);
    }

    function test_deliver__for_the_other_end__means_nothing() public {
        uint64 nonce = _send(home, alice, bob, 5e6);
        Transfer memory t = _transfer(nonce, alice, bob, 5e6);
        Attestation memory a = _attest(remote, t);
        _on(home);
        vm.expectRevert();
        home.deliver(terms, t, a);
    }

    function test_deliver__on_another_chain__refuses() public {
        Transfer memory t = _transfer(_send(home, alice, bob, 5e6), alice, bob, 5e6);
        Attestation memory a = _attest(remote, t);
        vm.chainId(REMOTE + 1);
        vm.expectRevert();
        remote.deliver(terms, t, a);
    }

    function test_deliver__amount_in_other_decimals__refuses() public {
        Transfer memory t = _transfer(_send(home, alice, bob, 5e6), alice, bob, 5e6);
        t.amount = Amount.wrap(uint104((5e6 << 8) | 18));
        Attestation memory a = _attest(remote, t);
        vm.expectRevert(abi.encodeWithSelector(DecimalsMismatch.selector, 18, 6));
        remote.deliver(terms, t, a);
    }

    function test_deliver__more_than_is_locked__refuses_and_keeps_the_nonce_free() public {
        _send(home, alice, bob, 5e6);
        _enqueue_beyond();
        Transfer memory t = _transfer(1, bob, stranger, 5e6 + 1);
        Attestation memory a = _attest(home, t);
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.RouteShort.selector, 5e6, 5e6 + 1));
        home.deliver(terms, t, a);
        assertTrue(_passage(home, 1) == Passage.NONE);
    }

    function test_send__more_than_fits__refuses_by_name() public {
        uint256 most = type(uint96).max;
        token.mint(alice, most);
        vm.expectRevert(abi.encodeWithSelector(AmountTooLarge.selector, most + 1));
        vm.prank(alice);
        home.send(terms, most + 1, 0, bob, true);
        _enqueue(home, alice, bob, most);
        vm.expectRevert(abi.encodeWithSelector(AmountTooLarge.selector, most + 1));
        vm.prank(alice);
        home.send(terms, 1, 0, bob, true);
    }

    function test_donation__to_the_gate__is_nobody_s() public {
        token.mint(address(home), 77e6);
        uint64 nonce = _cross(alice, bob, 5e6);
        nonce = _send(remote, bob, alice, 5e18);
        _deliver(home, _transfer(nonce, bob, alice, 5e6));
        assertEq(token.balanceOf(address(home)), 77e6);
    }

    /// @dev An arrival at the remote end that waits, its budget being closed.
    function _queuedArrival(uint256 amount) private returns (Transfer memory t) {
        _setLimit(remote, 0);
        t = _transfer(_send(home, alice, bob, amount), alice, bob, amount);
        assertEq(_deliver(remote, t), 1);
    }

    function _enqueue_beyond() private {
        _enqueue(home, alice, bob, AT_REST);
    }
}
