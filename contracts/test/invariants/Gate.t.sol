// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IBridgeGate } from "../../src/interfaces/IBridgeGate.sol";
import { Direction } from "../../src/interfaces/IRouteLimits.sol";
import { GateActions } from "./GateActions.sol";

/// @notice Invariants of two gates and what is between them.
contract GateInvariants is GateActions {
    /// forge-config: default.invariant.runs = 64
    /// forge-config: quick.invariant.runs = 8
    function invariant_gates() public view {
        _check09__minted_is_backed_and_everything_is_somewhere();
        _check09__nonces_are_of_transfers_that_left();
        _check15__the_gate_holds_what_it_owes();
        _check19__within_a_day_at_most_the_capacity_goes_one_way();
    }

    function _check09__minted_is_backed_and_everything_is_somewhere() private view {
        _assertBacked();
        IBridgeGate.RouteState memory h = home.routeState(route);
        IBridgeGate.RouteState memory r = remote.routeState(route);
        assertEq(h.locked, ledgers[0].sent - ledgers[0].executed, "9: locked");
        // A queued burn has left the supply already.
        assertEq(
            r.minted,
            (ledgers[1].executed - ledgers[1].sent - ledgers[1].queued) * STEP,
            "9: minted"
        );
        assertEq(h.setAside, ledgers[0].queued, "9: set aside");
    }

    function _check09__nonces_are_of_transfers_that_left() private view {
        uint64 there = home.lastNonce(route) - _nonce(0);
        uint64 back = remote.lastNonce(route) - _nonce(0);
        assertEq(there, pending[1].length + delivered[1].length, "9: nonces there");
        assertEq(back, pending[0].length + delivered[0].length, "9: nonces back");
    }

    function _check15__the_gate_holds_what_it_owes() private view {
        IBridgeGate.RouteState memory h = home.routeState(route);
        assertEq(h.held, h.locked + h.setAside + ledgers[0].donated, "15: held");
    }

    function _check19__within_a_day_at_most_the_capacity_goes_one_way() private view {
        for (uint256 side; side < 2; ++side) {
            uint256 both = _budget(_gate(side), Direction.OUT) + _budget(_gate(side), Direction.IN);
            assertLe(both, uint256(CAPACITY) * 2 / 3, "19: more than the bucket");
            // Every window that ends with the last crossing.
            int256 net;
            uint256 count = crossings[side].length;
            for (uint256 i = count; i != 0; --i) {
                Crossing memory c = crossings[side][i - 1];
                if (c.time + 1 days < crossings[side][count - 1].time) break;
                net += c.steps;
                assertLe(net, int256(uint256(CAPACITY)), "19: left");
                assertGe(net, -int256(uint256(CAPACITY)), "19: arrived");
            }
        }
    }
}
