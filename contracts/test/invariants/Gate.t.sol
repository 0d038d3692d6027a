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
        for (uint256 side; side < 2; ++side) {
            assertLe(_budget(_gate(side), Direction.OUT), OUT_CAP);
            assertLe(_budget(_gate(side), Direction.IN), IN_CAP);
        }
    }
}
