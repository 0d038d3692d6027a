// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IAttesterSet } from "../src/interfaces/IAttesterSet.sol";
import { IBridgeGate, Passage } from "../src/interfaces/IBridgeGate.sol";
import { IRouteBook } from "../src/interfaces/IRouteBook.sol";
import { Attestation, Transfer } from "../src/libraries/Message.sol";
import { RouteTerms } from "../src/libraries/Route.sol";
import { GateTest } from "./support/GateTest.sol";
import { FeeToken } from "./support/Tokens.sol";

/// @notice What only happens at an edge: the first entry of a queue, a page that does not start at the front, a
/// minimum met exactly, an arrival that was queued and no longer has to wait.
contract GateEdgesTest is GateTest {
    function test_deliver__queued_and_attested_again__waits_and_is_done_once_it_fits() public {
        uint64 first = _send(home, alice, bob, 1e6);
        uint64 second = _send(home, alice, bob, 2e6);
        _setLimit(remote, 0);
        _deliver(remote, _transfer(first, alice, bob, 1e6));
        uint256 id = _deliver(remote, _transfer(second, alice, bob, 2e6));
        _revoke(remote, 1);
        _seat(10, 15);
        _reopen(remote);
        Transfer memory again = _transfer(second, alice, bob, 2e6);
        Attestation memory a = _attest(remote, again, 2, THREE, 10);
        assertEq(remote.deliver(terms, again, a), id);
        remote.execute(id);
        assertEq(bridged.balanceOf(bob), 2e18);
        (, uint256 inbounds) = remote.queueLengths();
        assertEq(inbounds, 2);
        assertTrue(remote.inbound(id).passage == Passage.DONE, "done");
        assertTrue(remote.inbound(1).passage == Passage.QUEUED, "the other one waits");
    }

    function test_deliver__of_another_route__names_both() public {
        uint64 nonce = _send(home, alice, bob, 1e6);
        Transfer memory t = _transfer(nonce, alice, bob, 1e6);
        t.route = keccak256("another");
        Attestation memory a = _attest(remote, t);
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.RouteMismatch.selector, t.route, route));
        remote.deliver(terms, t, a);
    }

    function test_routeState__there_and_half_back__says_what_both_ends_hold() public {
        _cross(alice, bob, 8e6);
        _deliver(home, _transfer(_send(remote, bob, bob, 3e18), bob, bob, 3e6));
        IBridgeGate.RouteState memory h = home.routeState(route);
        IBridgeGate.RouteState memory r = remote.routeState(route);
        assertEq(abi.encode(h.terms), abi.encode(terms));
        assertEq(abi.encode(r.terms), abi.encode(terms));
        assertTrue(h.isHome && !r.isHome, "ends");
        assertEq(h.locked, 5e6);
        assertEq(h.held, 5e6);
        assertEq(h.setAside, 0);
        assertEq(h.minted, 0);
        assertEq(r.minted, 5e18);
        assertEq(r.minted, bridged.totalSupply());
        assertEq(r.locked, 0);
        assertEq(r.held, 0);
        assertFalse(h.entryStopped || r.entryStopped);
    }

    function test_arrival__executed_at_once__is_done_and_the_next_is_not() public {
        uint64 nonce = _cross(alice, bob, 1e6);
        assertEq(uint8(_passage(remote, nonce)), uint8(Passage.DONE));
        assertEq(uint8(_passage(remote, nonce + 1)), uint8(Passage.NONE));
        assertEq(uint8(_passage(remote, nonce + 256)), uint8(Passage.NONE));
        assertEq(uint8(_passage(home, nonce)), uint8(Passage.NONE));
    }

    function test_routes__page_from_the_second__starts_with_it_and_keeps_the_order() public {
        bytes32[3] memory all;
        all[0] = route;
        for (uint256 i = 1; i < all.length; ++i) {
            _on(home);
            _openRoute(address(new FeeToken(18)), 18, 18);
            all[i] = route;
        }
        bytes32[] memory page = home.routes(1, 5);
        assertEq(page.length, 2);
        assertEq(page[0], all[1]);
        assertEq(page[1], all[2]);
        page = home.routes(0, 1);
        assertEq(page.length, 1);
        assertEq(page[0], all[0]);
    }

    function test_addRoute__no_remote_gate_or_token__refuses() public {
        RouteTerms memory t = terms;
        t.remoteGate = address(0);
        _on(home);
        vm.startPrank(curator);
        vm.expectRevert(
            abi.encodeWithSelector(IRouteBook.InvalidEnd.selector, address(0), t.remoteToken)
        );
        home.addRoute(t, 1, council);
        t = terms;
        t.remoteToken = address(0);
        vm.expectRevert(
            abi.encodeWithSelector(IRouteBook.InvalidEnd.selector, t.remoteGate, address(0))
        );
        home.addRoute(t, 1, council);
    }

    function test_fee__second_send__credits_what_arrived_then() public {
        FeeToken taking = new FeeToken(18);
        _openRoute(address(taking), 18, 6);
        taking.mint(alice, 1e24);
        _on(home);
        vm.startPrank(alice);
        taking.approve(address(home), type(uint256).max);
        home.send(terms, 100e18, 0, bob, false);
        home.send(terms, 50e18, 0, bob, false);
        vm.stopPrank();
        assertEq(home.routeState(route).locked, 148.5e18);
    }

    function test_send__minimum_met_exactly__passes() public {
        _on(home);
        vm.prank(alice);
        home.send(terms, 5e6, 5e6, bob, false);
        assertEq(home.routeState(route).locked, 5e6);
    }

    function test_cancel__of_no_entry__says_so() public {
        _on(home);
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.WrongPassage.selector, Passage.NONE));
        home.cancel(0);
        vm.expectRevert(abi.encodeWithSelector(IBridgeGate.WrongPassage.selector, Passage.NONE));
        home.cancel(1);
    }
}
