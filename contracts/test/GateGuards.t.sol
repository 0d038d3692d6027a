// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { TestToken } from "../src/devnet/TestToken.sol";
import { IAttesterSet } from "../src/interfaces/IAttesterSet.sol";
import { IBridgeGate, Passage } from "../src/interfaces/IBridgeGate.sol";
import { IBridgedToken } from "../src/interfaces/IBridgedToken.sol";
import { IRouteBook } from "../src/interfaces/IRouteBook.sol";
import { IRouteLimits } from "../src/interfaces/IRouteLimits.sol";
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
        _revoke(remote, 1);
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
        _setLimit(remote, 0);
        // The attesters of epoch 1 are corrupt: they send Alice's tokens elsewhere.
        uint256 id = _deliver(remote, _transfer(nonce, alice, stranger, 5e6));
        _reopen(remote);
        _revoke(remote, 1);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.RevokedEpoch.selector, 1));
        remote.execute(id);

        _seat(10, 15);
        Transfer memory honest = _transfer(nonce, alice, bob, 5e6);
        assertEq(remote.deliver(terms, honest, _attest(remote, honest, 2, THREE, 10)), id);
        remote.execute(id);
        assertEq(bridged.balanceOf(bob), 5e18);
        assertEq(bridged.balanceOf(stranger), 0);
        Attestation memory again = _attest(remote, honest, 2, THREE, 10);
        vm.expectPartialRevert(IBridgeGate.AlreadyDelivered.selector);
        remote.deliver(terms, honest, again);
    }

    function test_revocation__of_an_arrival_that_went_in_part__the_rest_and_no_more_goes_on()
        public
    {
        uint256 waiting = _enqueue(home, alice, bob, 2 * AT_REST);
        vm.warp(block.timestamp + 1 days);
        uint64 nonce = home.complete(waiting);
        _setLimit(remote, CAPACITY / 2);
        Transfer memory t = _transfer(nonce, alice, bob, AT_REST);
        uint256 id = _deliver(remote, t);
        remote.execute(id);
        assertEq(bridged.balanceOf(bob), uint256(AT_REST) / 2 * 1e12);
        _revoke(remote, 1);
        _seat(10, 15);
        assertEq(remote.deliver(terms, t, _attest(remote, t, 2, THREE, 10)), id);
        assertEq(remote.inbound(id).waiting, AT_REST / 2);
        vm.warp(block.timestamp + 1 days);
        remote.execute(id);
        assertEq(bridged.balanceOf(bob), uint256(AT_REST) * 1e12);
        assertTrue(remote.inbound(id).passage == Passage.DONE);
        _assertBacked();
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
        remote.delayInbound(_all());
        uint40 until = uint40(block.timestamp) + 48 hours;
        uint256 id = remote.deliver(terms, t, a);
        assertEq(remote.delayedUntil(route), until);
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.InboundIsDelayed.selector, until));
        remote.execute(id);
        vm.warp(until);
        remote.execute(id);
        assertEq(bridged.balanceOf(bob), 5e18);
    }

    function test_delay__twice_in_14_days__refuses() public {
        uint40 again = uint40(block.timestamp) + 14 days;
        vm.startPrank(guardian);
        remote.delayInbound(_all());
        vm.warp(again - 1);
        vm.expectRevert(abi.encodeWithSelector(IRouteBook.DelayedRecently.selector, again));
        remote.delayInbound(_all());
        vm.warp(again);
        remote.delayInbound(_all());
    }

    function test_stop__sending_from_home_only__and_nothing_else() public {
        _cross(alice, bob, 5e6);
        uint256 id = _enqueue(home, alice, bob, 2 * AT_REST);
        vm.startPrank(guardian);
        home.stopEntry(_all());
        remote.stopEntry(_all());
        vm.stopPrank();
        vm.expectRevert(IRouteBook.EntryIsStopped.selector);
        vm.prank(alice);
        home.send(terms, 1e6, 0, bob, true);
        vm.expectRevert(IRouteBook.EntryIsStopped.selector);
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

    function test_exits__every_role_hostile__burning_cancelling_and_claiming_go_on() public {
        _cross(alice, bob, 9e6);
        uint256 id = _enqueue(home, alice, bob, 2 * AT_REST);
        _setLimit(remote, 0);
        uint256 burn = _enqueue(remote, bob, bob, 4e18);
        _stopAll();
        _setLimit(home, 0);
        vm.startPrank(admin);
        homeGovernance.setTargetClosed(address(home), true);
        remoteGovernance.setTargetClosed(address(remote), true);
        vm.stopPrank();

        uint256 before = token.balanceOf(alice);
        _on(home);
        vm.prank(alice);
        home.cancel(id);
        assertEq(token.balanceOf(alice) - before, 2 * AT_REST);
        _on(remote);
        vm.prank(bob);
        remote.cancel(burn);
        assertEq(bridged.balanceOf(bob), 9e18);
    }

    function test_exits__a_stop_by_a_council_that_is_gone__ends_by_itself() public {
        Transfer memory t = _transfer(_send(home, alice, bob, 5e6), alice, bob, 5e6);
        uint40 until = uint40(block.timestamp) + 30 days;
        vm.prank(council);
        remote.stopRoutes(_all());
        Attestation memory a = _attest(remote, t);
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(IRouteBook.RouteIsStopped.selector, until));
        remote.deliver(terms, t, a);
        vm.warp(until);
        remote.deliver(terms, t, a);
        assertEq(bridged.balanceOf(bob), 5e18);
    }

    // ── the council ───────────────────────────────────────────────────────────────────────────────────────────

    function test_stopRoutes__at_once__holds_every_way_but_cancel_and_claim() public {
        _cross(alice, bob, 9e6);
        uint256 out = _enqueue(home, alice, bob, 2 * AT_REST);
        Transfer memory t = _transfer(_send(remote, bob, bob, 2e18), bob, bob, 2e6);
        Attestation memory a = _attest(home, t);
        uint256 id = home.enqueue(terms, t, a);
        t = _transfer(_send(remote, bob, bob, 1e18), bob, bob, 1e6);
        a = _attest(home, t);
        _stopAll();
        bytes memory stopped = abi.encodeWithSelector(
            IRouteBook.RouteIsStopped.selector, uint40(block.timestamp) + 30 days
        );
        vm.expectRevert(stopped);
        home.execute(id);
        vm.expectRevert(stopped);
        home.complete(out);
        vm.expectRevert(stopped);
        home.deliver(terms, t, a);
        vm.expectRevert(stopped);
        home.enqueue(terms, t, a);
        vm.expectRevert(stopped);
        vm.prank(alice);
        home.send(terms, 1e6, 0, bob, true);
        _on(remote);
        vm.expectRevert(stopped);
        vm.prank(bob);
        remote.send(terms, 1e18, 0, bob, true);
        vm.prank(alice);
        home.cancel(out);
        assertEq(home.routeState(route).setAside, 0);
        assertEq(home.routeState(route).stoppedUntil, block.timestamp + 30 days);
    }

    function test_startRoute__two_days_later__arrivals_go_on_and_entry_once_allowed() public {
        vm.expectRevert(abi.encodeWithSelector(IRouteBook.RouteIsRunning.selector, route));
        vm.prank(curator);
        home.startRoute(route);
        _stopAll();
        uint40 until = uint40(block.timestamp) + 2 days;
        vm.startPrank(curator);
        home.startRoute(route);
        vm.expectRevert(abi.encodeWithSelector(IRouteBook.RouteIsStopped.selector, until));
        home.allowEntry(route);
        vm.warp(until - 1);
        // Starting again delays nothing further.
        home.startRoute(route);
        vm.stopPrank();
        assertEq(home.routeState(route).stoppedUntil, until);
        vm.warp(until);
        vm.expectRevert(IRouteBook.EntryIsStopped.selector);
        vm.prank(alice);
        home.send(terms, 1e6, 0, bob, true);
        vm.prank(curator);
        home.allowEntry(route);
        _send(home, alice, bob, 1e6);
    }

    function test_stopRoutes__while_a_start_is_under_way__stops_again() public {
        _stopAll();
        vm.prank(curator);
        home.startRoute(route);
        vm.warp(block.timestamp + 1 days);
        vm.prank(council);
        home.stopRoutes(_all());
        assertEq(home.routeState(route).stoppedUntil, block.timestamp + 30 days);
    }

    function test_allowEntry__while_arrivals_are_delayed__leaves_the_delay() public {
        vm.startPrank(guardian);
        home.stopEntry(_all());
        home.delayInbound(_all());
        vm.stopPrank();
        vm.prank(curator);
        home.allowEntry(route);
        assertEq(home.delayedUntil(route), block.timestamp + 48 hours);
        _send(home, alice, bob, 1e6);
    }

    function test_council__named_for_a_route__has_to_be_able_to_stop_at_once() public {
        RouteTerms memory t = _anotherRoute();
        bytes4 revoke = IAttesterSet.revokeEpoch.selector;
        vm.expectRevert(
            abi.encodeWithSelector(IRouteBook.CouncilCannotStop.selector, stranger, revoke)
        );
        vm.prank(curator);
        home.addRoute(t, 1, stranger);
        // With a delay it cannot stop at once either.
        vm.prank(admin);
        homeGovernance.grantRole(COUNCIL, stranger, 1 hours);
        vm.expectRevert(
            abi.encodeWithSelector(IRouteBook.CouncilCannotStop.selector, stranger, revoke)
        );
        vm.prank(curator);
        home.addRoute(t, 1, stranger);
        vm.prank(admin);
        homeGovernance.setTargetFunctionRole(address(home), _only(revoke), GUARDIAN);
        vm.expectRevert(
            abi.encodeWithSelector(IRouteBook.CouncilCannotStop.selector, council, revoke)
        );
        vm.prank(curator);
        home.addRoute(t, 1, council);
    }

    function test_council__that_could_start_loosen_or_seat__opens_no_route(
        uint8 which,
        uint32 delay
    ) public {
        bytes4[5] memory starts = [
            IAttesterSet.setAttesters.selector,
            IRouteLimits.setLimit.selector,
            IRouteBook.addRoute.selector,
            IRouteBook.allowEntry.selector,
            IRouteBook.startRoute.selector
        ];
        bytes4 selector = starts[which % 5];
        vm.startPrank(admin);
        homeGovernance.setTargetFunctionRole(address(home), _only(selector), 9);
        homeGovernance.grantRole(9, council, delay);
        homeGovernance.grantRole(9, curator, 0);
        vm.stopPrank();
        RouteTerms memory t = _anotherRoute();
        vm.expectRevert(
            abi.encodeWithSelector(IRouteBook.CouncilCanStart.selector, council, selector)
        );
        vm.prank(curator);
        home.addRoute(t, 1, council);
    }

    function test_council__of_a_route__may_do_nothing_that_starts_or_moves() public {
        bytes[6] memory acts = [
            abi.encodeCall(IRouteBook.addRoute, (terms, 1, council)),
            abi.encodeCall(IRouteBook.allowEntry, (route)),
            abi.encodeCall(IRouteBook.startRoute, (route)),
            abi.encodeCall(IRouteBook.delayInbound, (_all())),
            abi.encodeCall(IRouteLimits.setLimit, (route, 0)),
            abi.encodeCall(IAttesterSet.setAttesters, (2, new address[](3)))
        ];
        for (uint256 i; i < acts.length; ++i) {
            vm.prank(council);
            (bool done, bytes memory reason) = address(home).call(acts[i]);
            assertFalse(done);
            assertEq(bytes4(reason), IAccessManaged.AccessManagedUnauthorized.selector);
        }
    }

    // ── routes and the representation ─────────────────────────────────────────────────────────────────────────

    function test_addRoute__again_or_for_a_token_that_has_one__refuses() public {
        vm.startPrank(curator);
        vm.expectRevert(abi.encodeWithSelector(IRouteBook.RouteExists.selector, route));
        home.addRoute(terms, 1, council);
        RouteTerms memory t = terms;
        t.remoteToken = stranger;
        vm.expectRevert(
            abi.encodeWithSelector(IRouteBook.TokenTaken.selector, address(token), route)
        );
        home.addRoute(t, 1, council);
        t = terms;
        t.homeToken = stranger;
        vm.expectRevert(
            abi.encodeWithSelector(IRouteBook.TokenTaken.selector, address(bridged), route)
        );
        remote.addRoute(t, 1, council);
    }

    function test_addRoute__ends_that_do_not_fit__refuses_by_name() public {
        RouteTerms memory t = terms;
        vm.startPrank(curator);
        t.homeDecimals = 8;
        vm.expectRevert(abi.encodeWithSelector(IRouteBook.UnsupportedDecimals.selector, 8, 6));
        home.addRoute(t, 1, council);
        t.homeDecimals = 37;
        vm.expectRevert(abi.encodeWithSelector(IRouteBook.UnsupportedDecimals.selector, 37, 36));
        home.addRoute(t, 1, council);
        t = terms;
        t.remoteChain = HOME;
        vm.expectRevert(abi.encodeWithSelector(IRouteBook.SameChain.selector, HOME));
        home.addRoute(t, 1, council);
        t = terms;
        t.homeGate = stranger;
        vm.expectRevert(IRouteBook.NotThisGate.selector);
        home.addRoute(t, 1, council);
        t = terms;
        (t.remoteToken, t.remoteDecimals) = (address(token), 6);
        vm.expectRevert(
            abi.encodeWithSelector(IRouteBook.NotRepresentation.selector, address(token))
        );
        remote.addRoute(t, 1, council);
        t = terms;
        t.homeToken = address(0);
        vm.expectPartialRevert(IRouteBook.InvalidEnd.selector);
        remote.addRoute(t, 1, council);
    }

    function test_roles__a_stranger__may_do_none_of_it() public {
        bytes[6] memory acts = [
            abi.encodeCall(IRouteBook.addRoute, (terms, 1, council)),
            abi.encodeCall(IRouteBook.stopEntry, (_all())),
            abi.encodeCall(IRouteBook.allowEntry, (route)),
            abi.encodeCall(IRouteBook.delayInbound, (_all())),
            abi.encodeCall(IRouteLimits.setLimit, (route, 0)),
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

    function _stopAll() private {
        vm.startPrank(council);
        home.stopRoutes(_all());
        remote.stopRoutes(_all());
        vm.stopPrank();
    }

    function _only(bytes4 selector) private pure returns (bytes4[] memory selectors) {
        selectors = new bytes4[](1);
        selectors[0] = selector;
    }

    /// @dev Terms of a route at home that nobody added yet.
    function _anotherRoute() private returns (RouteTerms memory t) {
        t = terms;
        t.homeToken = address(new TestToken("Another", "ANO", 6));
        _on(home);
    }
}
