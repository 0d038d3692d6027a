// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IAttesterSet } from "../src/interfaces/IAttesterSet.sol";
import { IBridgeGate } from "../src/interfaces/IBridgeGate.sol";
import { Direction, IRouteLimits } from "../src/interfaces/IRouteLimits.sol";
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
        _send(home, alice, bob, OUT_CAP);
        uint40 releaseAt = uint40(block.timestamp) + 1 days;
        vm.expectEmit(address(home));
        emit IBridgeGate.OutboundQueued(1, route, alice, bob, _steps(3e6), releaseAt);
        uint256 id = _enqueue(home, alice, bob, 3e6);
        vm.expectEmit(address(home));
        emit IBridgeGate.OutboundCancelled(id);
        vm.prank(alice);
        home.cancel(id);
    }

    function test_leaving__after_a_day_in_the_queue__is_told_with_its_nonce() public {
        _send(home, alice, bob, OUT_CAP);
        uint256 id = _enqueue(home, alice, bob, 3e6);
        vm.warp(block.timestamp + 1 days);
        vm.expectEmit(address(home));
        emit IBridgeGate.Sent(route, _nonce(2), alice, bob, _steps(3e6));
        vm.expectEmit(address(home));
        emit IBridgeGate.OutboundCompleted(id, _nonce(2));
        home.complete(id);
    }

    function test_arriving__within_the_budget__is_told_as_executed() public {
        uint64 nonce = _send(home, alice, bob, 5e6);
        vm.expectEmit(address(remote));
        emit IBridgeGate.Executed(route, nonce, bob, _steps(5e6));
        _deliver(remote, _transfer(nonce, alice, bob, 5e6));
    }

    function test_arriving__beyond_the_budget__is_told_when_queued_and_when_executed() public {
        _cross(alice, bob, IN_CAP);
        uint64 nonce = _send(home, alice, bob, 5e6);
        uint40 releaseAt = uint40(block.timestamp) + 1 days;
        vm.expectEmit(address(remote));
        emit IBridgeGate.InboundQueued(1, route, nonce, bob, _steps(5e6), 1, releaseAt);
        uint256 id = _deliver(remote, _transfer(nonce, alice, bob, 5e6));
        vm.warp(releaseAt);
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
        home.claim(route, stranger);
    }

    function test_entry__stopped_and_allowed__is_told() public {
        bytes32[] memory stopped = new bytes32[](1);
        stopped[0] = route;
        vm.expectEmit(address(home));
        emit IBridgeGate.EntryStopped(route, true);
        vm.prank(guardian);
        home.stopEntry(stopped);
        vm.expectEmit(address(home));
        emit IBridgeGate.EntryStopped(route, false);
        vm.prank(curator);
        home.allowEntry(route);
    }

    function test_delay__of_arrivals__is_told_with_its_end() public {
        vm.expectEmit(address(remote));
        emit IBridgeGate.InboundDelayed(uint40(block.timestamp) + 48 hours);
        vm.prank(guardian);
        remote.delayInbound();
    }

    function test_route__added__is_told_with_its_terms_and_limits() public {
        _on(home);
        terms.homeToken = address(new TestToken("Other", "OTH", 6));
        bytes32 added = RouteLib.id(terms);
        vm.expectEmit(address(home));
        emit IBridgeGate.RouteAdded(added, terms, 7, 9);
        vm.expectEmit(address(home));
        emit IRouteLimits.LimitChanged(added, Direction.OUT, 7);
        vm.expectEmit(address(home));
        emit IRouteLimits.LimitChanged(added, Direction.IN, 9);
        vm.prank(curator);
        home.addRoute(terms, 7, 9);
    }

    function test_limit__tightened_or_loosened__is_told_when_it_counts() public {
        vm.startPrank(curator);
        vm.expectEmit(address(home));
        emit IRouteLimits.LimitChanged(route, Direction.OUT, 5e6);
        _setLimit(home, Direction.OUT, 5e6);
        uint40 readyAt = uint40(block.timestamp) + 2 days;
        vm.expectEmit(address(home));
        emit IRouteLimits.LimitAnnounced(route, Direction.OUT, 6e6, readyAt);
        _setLimit(home, Direction.OUT, 6e6);
        vm.stopPrank();
        vm.warp(readyAt);
        vm.expectEmit(address(home));
        emit IRouteLimits.LimitChanged(route, Direction.OUT, 6e6);
        IRouteLimits(address(home)).applyLimit(route, Direction.OUT);
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
        vm.expectEmit(address(home));
        emit IAttesterSet.EpochRevoked(1);
        IAttesterSet(address(home)).revokeEpoch(1);
        vm.stopPrank();
    }
}
