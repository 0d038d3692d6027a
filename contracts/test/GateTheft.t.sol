// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IBridgeGate } from "../src/interfaces/IBridgeGate.sol";
import { Direction } from "../src/interfaces/IRouteLimits.sol";
import { Attestation, Transfer } from "../src/libraries/Message.sol";
import { GateTest } from "./support/GateTest.sol";

/// @notice Who has stolen a threshold of attester keys signs what it likes. Every timing of thief, guardian and
/// council on a line of ticks is tried against the contracts: no way to play it takes more than the capacity of each
/// gate it is played at. The same search without a council, or with one that is slower than a day, finds what then is
/// lost.
contract GateTheftTest is GateTest {
    uint256 private constant NEVER = type(uint256).max;
    uint256 private constant LOCKED = 10_000_000e6;
    /// @dev Base units of a step at the remote end.
    uint256 private constant STEP = 1e12;

    /// @dev How those who stop play it: by tick, and by which act the council stops.
    struct Defence {
        uint256 guardianAt;
        uint256 councilAfter;
        bool byRevoking;
    }

    /// @dev A search, kept in memory: what is in storage is undone with every move that is taken back.
    struct Search {
        IBridgeGate[] gates;
        uint256 tick;
        uint256 ticks;
        uint256 worst;
        uint256 plays;
        bytes32[] states;
        uint256[] taken;
    }

    uint64 private _forged;

    function setUp() public override {
        super.setUp();
        _fund(alice, LOCKED);
        // As much as can be stolen is locked; the bucket is at rest again.
        for (uint256 i; i < 10; ++i) {
            _cross(alice, bob, AT_REST);
            skip(1 days);
        }
    }

    /// The council stops within a day of the first theft, by revoking or by stopping; the guardian delays whenever, or
    /// never; the thief takes all or half of what fits, or waits, at every tick, from any level of the bucket.
    function test_theft__every_timing_within_a_day__takes_at_most_the_capacity() public {
        // A deep run takes 12.
        uint256 perDay = vm.envOr("THEFT_TICKS_A_DAY", uint256(3));
        Search memory search = _newSearch(_gates(false), 1 days / perDay, perDay + 1);
        // From a bucket half way to its edge, and from one as full as can be.
        uint256[2] memory levels = [AT_REST / 2, _budget(home, Direction.OUT)];
        for (uint256 i; i < levels.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            _send(home, alice, bob, levels[i]);
            for (uint256 g; g <= search.ticks; ++g) {
                for (uint256 c; c <= perDay; ++c) {
                    uint256 guardianAt = g == search.ticks ? NEVER : g;
                    _playFrom(search, Defence(guardianAt, c, true));
                    _playFrom(search, Defence(guardianAt, c, false));
                }
            }
            vm.revertToState(snapshot);
        }
        emit log_named_uint("plays", search.plays);
        emit log_named_decimal_uint(
            "worst, percent of the capacity", search.worst * 1e4 / CAPACITY, 2
        );
        assertLe(search.worst, CAPACITY);
        // The bound is met, so the search reaches the edge.
        assertGe(search.worst, CAPACITY - search.ticks);
        assertGt(search.plays, 500);
    }

    /// The same keys count at both ends, each of which has a bucket of its own: what is lost of a route is the sum.
    function test_theft__at_both_gates_in_every_timing__takes_at_most_the_capacity_of_each()
        public
    {
        // A deep run takes 4: two minutes.
        uint256 perDay = vm.envOr("THEFT_TICKS_A_DAY_AT_BOTH", uint256(2));
        Search memory search = _newSearch(_gates(true), 1 days / perDay, perDay + 1);
        // From buckets as full as can be: the remote one is filled by what is burned.
        _send(home, alice, bob, _budget(home, Direction.OUT));
        _send(remote, bob, bob, _budget(remote, Direction.OUT) * STEP);
        for (uint256 g; g <= search.ticks; ++g) {
            for (uint256 c; c <= perDay; ++c) {
                _playFrom(search, Defence(g == search.ticks ? NEVER : g, c, true));
            }
        }
        emit log_named_uint("plays", search.plays);
        assertLe(search.worst, 2 * CAPACITY);
        assertGe(search.worst, 2 * CAPACITY - 2 * search.ticks);
        assertGt(search.plays, 50);
    }

    function test_theft__without_a_council__takes_more() public {
        assertGt(_worst(NEVER), CAPACITY);
    }

    function test_theft__council_eight_hours_slower_than_a_day__takes_more() public {
        assertGt(_worst(4), CAPACITY);
    }

    /// A stop that ends by itself is no remedy for keys that stay stolen; a revocation is.
    function test_theft__stopped_and_never_revoked__goes_on_after_thirty_days() public {
        uint256 first = _take(home, _budget(home, Direction.IN), true);
        vm.prank(council);
        home.stopRoutes(_all());
        skip(30 days);
        assertGt(_take(home, _budget(home, Direction.IN), true), 0);
        assertGt(first, 0);
        _revoke(home, 1);
        skip(30 days);
        assertEq(_take(home, 1, true), 0);
    }

    /// What honest people lock meanwhile gives its budget to the thief: the bound is on the difference.
    function test_theft__while_others_lock__takes_the_capacity_and_at_most_what_they_locked()
        public
    {
        uint256 locked;
        uint256 taken;
        for (uint256 i; i < 3; ++i) {
            taken += _take(home, _budget(home, Direction.IN), true);
            _send(home, alice, bob, AT_REST);
            locked += AT_REST;
            taken += _take(home, _budget(home, Direction.IN), true);
            skip(8 hours);
        }
        assertGt(taken, CAPACITY);
        assertLe(taken - locked, CAPACITY);
    }

    // ── the search ────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev What the best thief takes from a full bucket where no guardian acts and the council does after so many ticks
    /// of eight hours.
    function _worst(uint256 councilAfter) private returns (uint256) {
        _send(home, alice, bob, _budget(home, Direction.OUT));
        Search memory search = _newSearch(_gates(false), 8 hours, 5);
        _playFrom(search, Defence(NEVER, councilAfter, true));
        return search.worst;
    }

    function _gates(bool both) private view returns (IBridgeGate[] memory gates) {
        gates = new IBridgeGate[](both ? 2 : 1);
        gates[0] = home;
        if (both) gates[1] = remote;
    }

    function _newSearch(IBridgeGate[] memory gates, uint256 tick, uint256 ticks)
        private
        returns (Search memory search)
    {
        vm.pauseGasMetering();
        (search.gates, search.tick, search.ticks) = (gates, tick, ticks);
        (search.states, search.taken) = (new bytes32[](1 << 16), new uint256[](1 << 16));
    }

    function _playFrom(Search memory search, Defence memory d) private {
        uint256 snapshot = vm.snapshotState();
        _play(search, d, 0, NEVER, 0);
        vm.revertToState(snapshot);
    }

    /// @dev The thief's moves from here on, depth first: nothing, half of what fits or all of it, at every gate, or all
    /// of it at one of two.
    function _play(
        Search memory search,
        Defence memory d,
        uint256 now_,
        uint256 firstAt,
        uint256 taken
    ) private {
        bool stops = firstAt != NEVER && d.councilAfter != NEVER && now_ >= firstAt + d.councilAfter;
        if (stops || now_ == search.ticks) {
            // Whatever still fits goes in the last second before the council stops.
            taken += _move(search.gates, 2);
            if (stops) {
                _stop(search.gates, d);
                skip(1 hours);
                for (uint256 i; i < search.gates.length; ++i) {
                    assertEq(_take(search.gates[i], 1, true), 0, "taken from a stopped route");
                }
            }
            ++search.plays;
            if (taken > search.worst) search.worst = taken;
            return;
        }
        if (now_ == d.guardianAt) {
            for (uint256 i; i < search.gates.length; ++i) {
                vm.prank(guardian);
                search.gates[i].delayInbound(_all());
            }
        }
        if (_knows(search, _state(search.gates, d, now_, firstAt), taken)) return;
        uint256 moves = search.gates.length == 1 ? 3 : 5;
        for (uint256 move; move < moves; ++move) {
            uint256 snapshot = vm.snapshotState();
            uint256 got = _move(search.gates, move);
            bool first = firstAt == NEVER && move != 0;
            skip(search.tick);
            _play(search, d, now_ + 1, first ? now_ : firstAt, taken + got);
            vm.revertToState(snapshot);
        }
    }

    /// @dev Who arrives in the same state with no more than before finds nothing new.
    function _knows(Search memory search, bytes32 state, uint256 taken)
        private
        pure
        returns (bool)
    {
        uint256 slot = uint256(state) % search.states.length;
        while (search.states[slot] != 0 && search.states[slot] != state) {
            slot = (slot + 1) % search.states.length;
        }
        if (search.states[slot] == state && search.taken[slot] >= taken) return true;
        (search.states[slot], search.taken[slot]) = (state, taken);
        return false;
    }

    function _state(IBridgeGate[] memory gates, Defence memory d, uint256 now_, uint256 firstAt)
        private
        view
        returns (bytes32 state)
    {
        state = keccak256(abi.encode(d, now_, firstAt));
        for (uint256 i; i < gates.length; ++i) {
            uint256 fits = _budget(gates[i], Direction.IN);
            state = keccak256(abi.encode(state, fits, gates[i].delayedUntil(route)));
        }
    }

    function _stop(IBridgeGate[] memory gates, Defence memory d) private {
        for (uint256 i; i < gates.length; ++i) {
            if (d.byRevoking) {
                _revoke(gates[i], 1);
                continue;
            }
            vm.prank(council);
            gates[i].stopRoutes(_all());
        }
    }

    /// @dev A move of {_play}: from 3 on, all that fits at gate number `move - 3` alone. What came of it, in steps.
    function _move(IBridgeGate[] memory gates, uint256 move) private returns (uint256 got) {
        if (move == 0) return 0;
        for (uint256 i; i < gates.length; ++i) {
            if (move > 2 && i != move - 3) continue;
            uint256 fits = _budget(gates[i], Direction.IN);
            got += _take(gates[i], move == 1 ? fits / 2 : fits, move != 1);
        }
    }

    /// @dev Forges an arrival of so many steps, and a greedy thief one of all that is locked besides; lets through all
    /// that waits. What came of it, in steps.
    function _take(IBridgeGate gate, uint256 steps, bool greedy) private returns (uint256) {
        uint256 before = _stolen(gate);
        _forge(gate, steps);
        if (greedy) _forge(gate, LOCKED);
        (, uint256 waiting) = gate.queueLengths();
        for (uint256 id = 1; id <= waiting; ++id) {
            try gate.execute(id) { } catch { }
        }
        return _stolen(gate) - before;
    }

    function _stolen(IBridgeGate gate) private view returns (uint256) {
        if (gate == home) return token.balanceOf(stranger);
        return bridged.balanceOf(stranger) / STEP;
    }

    function _forge(IBridgeGate gate, uint256 steps) private {
        Transfer memory t = _transfer(1 << 60 | ++_forged, bob, stranger, steps);
        Attestation memory a = _attest(gate, t);
        try gate.deliver(terms, t, a) returns (uint256) { } catch { }
    }
}
