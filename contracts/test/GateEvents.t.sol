// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IAttesterSet } from "../src/interfaces/IAttesterSet.sol";
import { IBridgeGate } from "../src/interfaces/IBridgeGate.sol";
import { IRouteBook } from "../src/interfaces/IRouteBook.sol";
import { IRouteLimits } from "../src/interfaces/IRouteLimits.sol";
import { RouteLib } from "../src/libraries/Route.sol";
import { GateTest } from "./support/GateTest.sol";
import { BlocklistToken, TestToken } from "./support/Tokens.sol";

/// @notice The ledger is a replay of what gates tell, so each of their events is held to its every field.
contract GateEventsTest is GateTest {
    function test_leaving__at_once__is_told() public {
        vm.expectEmit(address(home));
        emit IBridgeGate.Sent(route, _nonce(1), alice, bob, _steps(5e6));
        _send(home, alice, bob, 5e6);
    }

    function test_leaving__beyond_the_budget__is_told_when_queued_and_when_cancelled() public {
        _send(home, alice, bob, AT_REST);
        vm.expectEmit(address(home));
        emit IBridgeGate.OutboundQueued(1, route, alice, bob, _steps(3e6));
        uint256 id = _enqueue(home, alice, bob, 3e6);
        vm.expectEmit(address(home));
        emit IBridgeGate.OutboundCancelled(id, _steps(3e6));
        vm.prank(alice);
        home.cancel(id);
    }

    function test_leaving__in_parts_from_the_queue__is_told_with_nonce_and_rest() public {
        _send(home, alice, bob, AT_REST);
        uint256 id = _enqueue(home, alice, bob, AT_REST + 3e6);
        vm.warp(block.timestamp + 1 days);
        vm.expectEmit(address(home));
        emit IBridgeGate.Sent(route, _nonce(2), alice, bob, _steps(AT_REST));
        vm.expectEmit(address(home));
        emit IBridgeGate.OutboundCompleted(id, _nonce(2), _steps(3e6));
        home.complete(id);
        vm.warp(block.timestamp + 1 days);
        vm.expectEmit(address(home));
        emit IBridgeGate.OutboundCompleted(id, _nonce(3), _steps(0));
        home.complete(id);
    }

    function test_arriving__within_the_budget__is_told_as_executed() public {
        uint64 nonce = _send(home, alice, bob, 5e6);
        vm.expectEmit(address(remote));
        emit IBridgeGate.Executed(route, nonce, bob, _steps(5e6));
        _deliver(remote, _transfer(nonce, alice, bob, 5e6));
    }

    function test_arriving__beyond_the_budget__is_told_when_queued_and_when_executed() public {
        _cross(alice, bob, AT_REST);
        uint256 waiting = _enqueue(home, alice, bob, 5e6);
        vm.warp(block.timestamp + 1);
        uint64 nonce = home.complete(waiting);
        vm.warp(block.timestamp - 1);
        vm.expectEmit(address(remote));
        emit IBridgeGate.InboundQueued(1, route, nonce, bob, _steps(5e6), 1);
        uint256 id = _deliver(remote, _transfer(nonce, alice, bob, 5e6));
        vm.warp(block.timestamp + 1);
        vm.expectEmit(address(remote));
        emit IBridgeGate.Executed(route, nonce, bob, _steps(5e6));
        remote.execute(id);
    }

    function test_arriving__at_a_blocked_recipient__is_told_as_credited_and_as_claimed() public {
        BlocklistToken blocking = new BlocklistToken();
        token = TestToken(address(blocking));
        _on(home);
        _openRoute(address(blocking), blocking.decimals(), 18);
        _fund(alice, 9e6);
        _cross(alice, bob, 9e6);
        uint64 nonce = _send(remote, bob, bob, 4e18);
        blocking.setBlocked(bob, true);

        vm.expectEmit(address(home));
        emit IBridgeGate.Credited(route, bob, _steps(4e6));
        _deliver(home, _transfer(nonce, bob, bob, 4e6));
        vm.expectEmit(address(home));
        emit IBridgeGate.Claimed(route, bob, stranger, _steps(4e6), 4e6);
        vm.prank(bob);
        home.claim(route, stranger, ALL);
    }

    function test_entry__stopped_and_allowed__is_told() public {
        vm.expectEmit(address(home));
        emit IRouteBook.EntryStopped(route, true);
        vm.prank(guardian);
        home.stopEntry(_all());
        vm.expectEmit(address(home));
        emit IRouteBook.EntryStopped(route, false);
        vm.prank(curator);
        home.allowEntry(route);
    }

    function test_delay__of_arrivals__is_told_with_its_end() public {
        vm.expectEmit(address(remote));
        emit IRouteBook.InboundDelayed(route, uint40(block.timestamp) + 48 hours);
        vm.prank(guardian);
        remote.delayInbound(_all());
    }

    function test_route__added__is_told_with_its_terms_and_limits() public {
        _on(home);
        terms.homeToken = address(new TestToken("Other", "OTH", 6));
        bytes32 added = RouteLib.id(terms);
        vm.expectEmit(address(home));
        emit IRouteBook.RouteAdded(added, terms, 7, council);
        vm.expectEmit(address(home));
        emit IRouteLimits.LimitChanged(added, 7);
        vm.prank(curator);
        home.addRoute(terms, 7, council);
    }

    function test_limit__tightened_or_loosened__is_told_when_it_counts() public {
        vm.startPrank(curator);
        vm.expectEmit(address(home));
        emit IRouteLimits.LimitChanged(route, 5e6);
        IRouteLimits(address(home)).setLimit(route, 5e6);
        uint40 readyAt = uint40(block.timestamp) + 2 days;
        vm.expectEmit(address(home));
        emit IRouteLimits.LimitAnnounced(route, 6e6, readyAt);
        IRouteLimits(address(home)).setLimit(route, 6e6);
        vm.stopPrank();
        vm.warp(readyAt);
        vm.expectEmit(address(home));
        emit IRouteLimits.LimitChanged(route, 6e6);
        IRouteLimits(address(home)).applyLimit(route);
    }

    function test_route__stopped_and_started__is_told_with_its_end() public {
        uint40 start = uint40(block.timestamp);
        vm.expectEmit(address(home));
        emit IRouteBook.RouteStopped(route, start + 30 days);
        vm.prank(council);
        home.stopRoutes(_all());
        vm.expectEmit(address(home));
        emit IRouteBook.RouteStopped(route, start + 2 days);
        vm.prank(curator);
        home.startRoute(route);
    }

    function test_attesters__seated_and_revoked__are_told_by_epoch() public {
        address[] memory attesters = new address[](3);
        for (uint256 i; i < attesters.length; ++i) {
            attesters[i] = vm.addr(_key(10 + i));
        }
        vm.startPrank(admin);
        vm.expectEmit(address(home));
        emit IAttesterSet.AttestersChanged(2, 2, attesters);
        IAttesterSet(address(home)).setAttesters(2, attesters);
        assertEq(IAttesterSet(address(home)).attesterConfig(2).attesters, attesters);
        vm.stopPrank();
        vm.expectEmit(address(home));
        emit IAttesterSet.EpochRevoked(1);
        _revoke(home, 1);
    }
}
