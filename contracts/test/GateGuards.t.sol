// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IAttesterSet } from "../src/interfaces/IAttesterSet.sol";
import { IBridgeGate, Passage } from "../src/interfaces/IBridgeGate.sol";
import { IBridgedToken } from "../src/interfaces/IBridgedToken.sol";
import { Direction, IRouteLimits } from "../src/interfaces/IRouteLimits.sol";
import { Attestation, Transfer } from "../src/libraries/Message.sol";
import { RouteTerms } from "../src/libraries/Route.sol";
import { GateTest } from "./support/GateTest.sol";
import { IAccessManaged } from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import { IERC165 } from "@openzeppelin/contracts/interfaces/IERC165.sol";
import { IERC7802 } from "@openzeppelin/contracts/interfaces/draft-IERC7802.sol";

/// @notice Attesters, limits, roles, and the worst that roles can do.
contract GateGuardsTest is GateTest {
    // ── attesters ─────────────────────────────────────────────────────────────────────────────────────────────

    function test_attestation__fewer_than_the_threshold__refuses() public {
        (Transfer memory t,) = _pending();
        Attestation memory a = _attest(remote, t, 1, 3, 0);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.TooFewAttestations.selector, 2, 3));
        remote.deliver(terms, t, a);
    }

    function test_attestation__one_attester_three_times__refuses() public {
        (Transfer memory t, Attestation memory a) = _pending();
        bytes memory signature = new bytes(64);
        for (uint256 i; i < 64; ++i) {
            signature[i] = a.signatures[i];
        }
        a.signatures = abi.encodePacked(signature, signature, signature);
        vm.expectPartialRevert(IAttesterSet.WrongAttester.selector);
        remote.deliver(terms, t, a);
    }

    function test_attestation__beyond_the_set_or_of_wrong_length__refuses() public {
        (Transfer memory t,) = _pending();
        Attestation memory a = _attest(remote, t, 1, 0x23, 0);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.UnknownAttester.selector, 5, 5));
        remote.deliver(terms, t, a);
        a = _attest(remote, t);
        a.signatures = abi.encodePacked(a.signatures, bytes1(0));
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.SignaturesLength.selector, 193, 192));
        remote.deliver(terms, t, a);
    }

    function test_attestation__zeros__never_verify(uint32 epoch) public {
        (Transfer memory t, Attestation memory a) = _pending();
        a.signatures = new bytes(192);
        vm.expectPartialRevert(IAttesterSet.WrongAttester.selector);
        remote.deliver(terms, t, a);
        if (epoch == 1) epoch = 0;
        a.epoch = epoch;
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.UnknownEpoch.selector, epoch));
        remote.deliver(terms, t, a);
    }

    function test_attestation__any_field_changed__refuses(uint8 which) public {
        (Transfer memory t, Attestation memory a) = _pending();
        which = which % 4;
        if (which == 0) t.nonce += 1;
        if (which == 1) t.sender = bob;
        if (which == 2) t.recipient = stranger;
        if (which == 3) t.amount = _steps(5e6 + 1);
        vm.expectPartialRevert(IAttesterSet.WrongAttester.selector);
        remote.deliver(terms, t, a);
    }

    function test_rotation__earlier_epoch__counts_for_three_days_more() public {
        (Transfer memory t, Attestation memory a) = _pending();
        uint40 over = uint40(block.timestamp) + 3 days;
        _seat(10, 15);
        vm.warp(over);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.EpochOver.selector, 1, over));
        remote.deliver(terms, t, a);
        vm.warp(over - 1);
        remote.deliver(terms, t, a);
        assertEq(bridged.balanceOf(bob), 5e18);
    }

    function test_revocation__at_once__and_the_same_transfer_is_attested_again() public {
        (Transfer memory t, Attestation memory a) = _pending();
        _revoke(1);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.RevokedEpoch.selector, 1));
        remote.deliver(terms, t, a);
        _seat(10, 15);
        remote.deliver(terms, t, _attest(remote, t, 2, THREE, 10));
        assertEq(bridged.balanceOf(bob), 5e18);
    }

    function test_revocation__of_a_queued_arrival__holds_it_until_attested_again_and_may_replace_it()
        public
    {
        uint64 nonce = _send(home, alice, bob, 5e6);
        vm.prank(curator);
        _setLimit(remote, Direction.IN, 0);
        // The attesters of epoch 1 are corrupt: they send Alice's tokens elsewhere.
        uint256 id = _deliver(remote, _transfer(nonce, alice, stranger, 5e6));
        vm.warp(block.timestamp + 1 days);
        _revoke(1);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.RevokedEpoch.selector, 1));
        remote.execute(id);

        _seat(10, 15);
        Transfer memory honest = _transfer(nonce, alice, bob, 5e6);
        assertEq(remote.deliver(terms, honest, _attest(remote, honest, 2, THREE, 10)), id);
        vm.warp(block.timestamp + 1 days);
        remote.execute(id);
        assertEq(bridged.balanceOf(bob), 5e18);
        assertEq(bridged.balanceOf(stranger), 0);
        Attestation memory again = _attest(remote, honest, 2, THREE, 10);
        vm.expectPartialRevert(IBridgeGate.AlreadyDelivered.selector);
        remote.deliver(terms, honest, again);
    }

    function test_attesters__weak_threshold__refuses(uint8 threshold) public {
        address[] memory three = new address[](3);
        (three[0], three[1], three[2]) = (alice, bob, stranger);
        vm.startPrank(admin);
        if (threshold == 2 || threshold == 3) threshold = 1;
        vm.expectRevert(
            abi.encodeWithSelector(IAttesterSet.ThresholdOutOfRange.selector, threshold, 3)
        );
        IAttesterSet(address(home)).setAttesters(threshold, three);
        three[2] = alice;
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.InvalidAttester.selector, alice, 2));
        IAttesterSet(address(home)).setAttesters(2, three);
    }

    // ── delay, stop, limits ───────────────────────────────────────────────────────────────────────────────────

    function test_delay__for_48_hours__queues_what_arrives_and_ends_by_itself() public {
        (Transfer memory t, Attestation memory a) = _pending();
        vm.prank(guardian);
        remote.delayInbound();
        uint40 until = uint40(block.timestamp) + 48 hours;
        uint256 id = remote.deliver(terms, t, a);
        assertEq(remote.inboundQueue(id, 1)[0].releaseAt, until);
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.NotReleased.selector, until));
        remote.execute(id);
        vm.warp(until);
        remote.execute(id);
        assertEq(bridged.balanceOf(bob), 5e18);
    }

    function test_delay__twice_in_14_days__refuses() public {
        uint40 again = uint40(block.timestamp) + 14 days;
        vm.startPrank(guardian);
        remote.delayInbound();
        vm.warp(again - 1);
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.DelayedRecently.selector, again));
        remote.delayInbound();
        vm.warp(again);
        remote.delayInbound();
    }

    function test_stop__sending_from_home_only__and_nothing_else() public {
        _cross(alice, bob, 5e6);
        _send(home, alice, bob, OUT_CAP - 5e6);
        uint256 id = _enqueue(home, alice, bob, 3e6);
        bytes32[] memory all = _all();
        vm.startPrank(guardian);
        home.stopEntry(all);
        remote.stopEntry(all);
        vm.stopPrank();
        vm.expectRevert(IBridgeGate.EntryIsStopped.selector);
        vm.prank(alice);
        home.send(terms, 1e6, 0, bob, true);
        vm.warp(block.timestamp + 1 days);
        vm.expectRevert(IBridgeGate.EntryIsStopped.selector);
        home.complete(id);
        vm.prank(alice);
        home.cancel(id);
        uint64 nonce = _send(remote, bob, bob, 5e18);
        _deliver(home, _transfer(nonce, bob, bob, 5e6));
        assertEq(token.balanceOf(bob), 5e6);
        vm.prank(curator);
        home.allowEntry(route);
        _send(home, alice, bob, 1e6);
    }

    function test_exits__every_role_hostile__cancel_burn_deliver_execute_and_claim_go_on() public {
        _cross(alice, bob, 9e6);
        _send(home, alice, bob, OUT_CAP - 9e6);
        uint256 id = _enqueue(home, alice, bob, 3e6);
        bytes32[] memory all = _all();
        vm.startPrank(guardian);
        home.stopEntry(all);
        home.delayInbound();
        vm.stopPrank();
        vm.startPrank(curator);
        for (uint256 d; d < 2; ++d) {
            _setLimit(home, Direction(d), 0);
            _setLimit(remote, Direction(d), 0);
        }
        vm.stopPrank();
        vm.startPrank(admin);
        homeGovernance.setTargetClosed(address(home), true);
        remoteGovernance.setTargetClosed(address(remote), true);
        vm.stopPrank();

        uint256 before = token.balanceOf(alice);
        vm.prank(alice);
        home.cancel(id);
        assertEq(token.balanceOf(alice) - before, 3e6);
        uint256 burn = _enqueue(remote, bob, bob, 9e18);
        vm.warp(block.timestamp + 1 days);
        uint64 nonce = remote.complete(burn);
        uint256 arrived = _deliver(home, _transfer(nonce, bob, bob, 9e6));
        vm.warp(block.timestamp + 1 days);
        home.execute(arrived);
        assertEq(token.balanceOf(bob), 9e6);
    }

    function test_limit__tightened_at_once_loosened_after_two_days() public {
        vm.prank(curator);
        _setLimit(home, Direction.OUT, 100e6);
        assertEq(_budget(home, Direction.OUT), 100e6);
        vm.prank(curator);
        _setLimit(home, Direction.OUT, 200e6);
        assertEq(IRouteLimits(address(home)).limit(route, Direction.OUT).pending, 200e6);
        uint40 readyAt = uint40(block.timestamp) + 2 days;
        vm.warp(readyAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IRouteLimits.LimitNotReady.selector, readyAt));
        IRouteLimits(address(home)).applyLimit(route, Direction.OUT);
        assertEq(_budget(home, Direction.OUT), 100e6);
        vm.warp(readyAt);
        vm.prank(stranger);
        IRouteLimits(address(home)).applyLimit(route, Direction.OUT);
        // What is in the bucket stays; the rest has to flow in.
        assertEq(_budget(home, Direction.OUT), 100e6);
        vm.warp(readyAt + 12 hours);
        assertEq(_budget(home, Direction.OUT), 200e6);
        vm.expectPartialRevert(IRouteLimits.NoPendingLimit.selector);
        IRouteLimits(address(home)).applyLimit(route, Direction.OUT);
    }

    function test_budget__any_sends_within_a_day__never_exceed_two_capacities(
        uint96[8] calldata amounts,
        uint32[8] calldata waits
    ) public {
        uint256 left;
        uint256 end = block.timestamp + 1 days;
        for (uint256 i; i < 8; ++i) {
            uint256 time = block.timestamp + waits[i] % 6 hours;
            if (time > end) break;
            vm.warp(time);
            uint256 amount = bound(amounts[i], 1, OUT_CAP / 2);
            uint256 budget = _budget(home, Direction.OUT);
            vm.prank(alice);
            (bool sent,) = home.send(terms, amount, 0, bob, true);
            assertEq(sent, amount <= budget);
            if (sent) left += amount;
            if (sent) assertEq(_budget(home, Direction.OUT), budget - amount);
        }
        assertLe(left, 2 * uint256(OUT_CAP));
    }

    // ── routes and the representation ─────────────────────────────────────────────────────────────────────────

    function test_addRoute__again_or_for_a_token_that_has_one__refuses() public {
        vm.startPrank(curator);
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.RouteExists.selector, route));
        home.addRoute(terms, 1, 1);
        RouteTerms memory t = terms;
        t.remoteToken = stranger;
        vm.expectRevert(
            abi.encodeWithSelector(IBridgeGate.TokenTaken.selector, address(token), route)
        );
        home.addRoute(t, 1, 1);
        t = terms;
        t.homeToken = stranger;
        vm.expectRevert(
            abi.encodeWithSelector(IBridgeGate.TokenTaken.selector, address(bridged), route)
        );
        remote.addRoute(t, 1, 1);
    }

    function test_addRoute__ends_that_do_not_fit__refuses_by_name() public {
        RouteTerms memory t = terms;
        vm.startPrank(curator);
        t.homeDecimals = 8;
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.UnsupportedDecimals.selector, 8, 6));
        home.addRoute(t, 1, 1);
        t.homeDecimals = 37;
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.UnsupportedDecimals.selector, 37, 36));
        home.addRoute(t, 1, 1);
        t = terms;
        t.remoteChain = HOME;
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.SameChain.selector, HOME));
        home.addRoute(t, 1, 1);
        t = terms;
        t.homeGate = stranger;
        vm.expectRevert(IBridgeGate.NotThisGate.selector);
        home.addRoute(t, 1, 1);
        t = terms;
        (t.remoteToken, t.remoteDecimals) = (address(token), 6);
        vm.expectRevert(
            abi.encodeWithSelector(IBridgeGate.NotRepresentation.selector, address(token))
        );
        remote.addRoute(t, 1, 1);
        t = terms;
        t.homeToken = address(0);
        vm.expectPartialRevert(IBridgeGate.InvalidEnd.selector);
        remote.addRoute(t, 1, 1);
    }

    function test_roles__a_stranger__may_do_none_of_it() public {
        bytes[6] memory acts = [
            abi.encodeCall(IBridgeGate.addRoute, (terms, 1, 1)),
            abi.encodeCall(IBridgeGate.stopEntry, (_all())),
            abi.encodeCall(IBridgeGate.allowEntry, (route)),
            abi.encodeCall(IBridgeGate.delayInbound, ()),
            abi.encodeCall(IRouteLimits.setLimit, (route, Direction.IN, 0)),
            abi.encodeCall(IAttesterSet.revokeEpoch, (1))
        ];
        for (uint256 i; i < acts.length; ++i) {
            vm.prank(stranger);
            (bool done, bytes memory reason) = address(home).call(acts[i]);
            assertFalse(done);
            assertEq(bytes4(reason), IAccessManaged.AccessManagedUnauthorized.selector);
        }
    }

    function test_bridgedToken__only_its_gate__mints_and_burns() public {
        assertTrue(IERC165(address(bridged)).supportsInterface(type(IERC7802).interfaceId));
        vm.startPrank(admin);
        vm.expectRevert(abi.encodeWithSelector(IBridgedToken.NotGate.selector, admin));
        IERC7802(address(bridged)).crosschainMint(admin, 1);
        vm.expectRevert(abi.encodeWithSelector(IBridgedToken.NotGate.selector, admin));
        IERC7802(address(bridged)).crosschainBurn(admin, 0);
    }

    function _pending() private returns (Transfer memory t, Attestation memory a) {
        t = _transfer(_send(home, alice, bob, 5e6), alice, bob, 5e6);
        a = _attest(remote, t);
    }

    function _all() private view returns (bytes32[] memory) {
        return home.routes(0, 10);
    }

    function _revoke(uint32 epoch) private {
        vm.prank(admin);
        IAttesterSet(address(remote)).revokeEpoch(epoch);
    }
}
