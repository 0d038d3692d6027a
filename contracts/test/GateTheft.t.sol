// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Direction } from "../src/interfaces/IRouteLimits.sol";
import { Attestation, Transfer } from "../src/libraries/Message.sol";
import { GateTest } from "./support/GateTest.sol";

/// @notice Who has stolen a threshold of attester keys signs what it likes. Every timing of thief, guardian and
/// council on a line of ticks is tried against the contracts: no way to play it takes more than the capacity of the
/// route. The same search without a council, or with one that is slower than a day, finds what then is lost.
contract GateTheftTest is GateTest {
    uint256 private constant NEVER = type(uint256).max;
    uint256 private constant LOCKED = 10_000_000e6;

    /// @dev How those who stop play it: by tick, and by which act the council stops.
    struct Defence {
        uint256 guardianAt;
        uint256 councilAfter;
        bool byRevoking;
    }

    /// @dev A search, kept in memory: what is in storage is undone with every move that is taken back.
    struct Search {
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
        Search memory search = _newSearch(1 days / perDay, perDay + 1);
        uint96[2] memory levels = [AT_REST / 2, AT_REST];
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

    function test_theft__without_a_council__takes_more() public {
        assertGt(_worst(NEVER), CAPACITY);
    }

    function test_theft__council_eight_hours_slower_than_a_day__takes_more() public {
        assertGt(_worst(4), CAPACITY);
    }

    /// A stop that ends by itself is no remedy for keys that stay stolen; a revocation is.
    function test_theft__stopped_and_never_revoked__goes_on_after_thirty_days() public {
        uint256 first = _take(_budget(home, Direction.IN));
        vm.prank(council);
        home.stopRoutes(_all());
        skip(30 days);
        assertGt(_take(_budget(home, Direction.IN)), 0);
        assertGt(first, 0);
        _revoke(home, 1);
        skip(30 days);
        assertEq(_take(1), 0);
    }

    // ── the search ────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev What the best thief takes from a full bucket where no guardian acts and the council does after so many ticks
    /// of eight hours.
    function _worst(uint256 councilAfter) private returns (uint256) {
        _send(home, alice, bob, AT_REST);
        Search memory search = _newSearch(8 hours, 5);
        _playFrom(search, Defence(NEVER, councilAfter, true));
        return search.worst;
    }

    function _newSearch(uint256 tick, uint256 ticks) private returns (Search memory search) {
        vm.pauseGasMetering();
        (search.tick, search.ticks) = (tick, ticks);
        (search.states, search.taken) = (new bytes32[](1 << 16), new uint256[](1 << 16));
    }

    function _playFrom(Search memory search, Defence memory d) private {
        uint256 snapshot = vm.snapshotState();
        _play(search, d, 0, NEVER, 0);
        vm.revertToState(snapshot);
    }

    /// @dev The thief's moves from here on, depth first: nothing, half of what fits, all of it.
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
            taken += _take(_budget(home, Direction.IN));
            if (stops) {
                _stop(d);
                assertEq(_take(1), 0, "taken from a stopped route");
            }
            ++search.plays;
            if (taken > search.worst) search.worst = taken;
            return;
        }
        if (now_ == d.guardianAt) {
            vm.prank(guardian);
            home.delayInbound(_all());
        }
        if (_knows(search, _state(d, now_, firstAt), taken)) return;
        for (uint256 move; move < 3; ++move) {
            uint256 snapshot = vm.snapshotState();
            uint256 fits = _budget(home, Direction.IN);
            uint256 got = move == 0 ? 0 : _take(move == 1 ? fits / 2 : fits);
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

    function _state(Defence memory d, uint256 now_, uint256 firstAt)
        private
        view
        returns (bytes32)
    {
        return keccak256(
            abi.encode(d, now_, firstAt, _budget(home, Direction.IN), home.delayedUntil(route))
        );
    }

    function _stop(Defence memory d) private {
        if (d.byRevoking) {
            _revoke(home, 1);
            return;
        }
        vm.prank(council);
        home.stopRoutes(_all());
    }

    /// @dev Forges an arrival of so many steps and lets through all that waits; what came of it.
    function _take(uint256 steps) private returns (uint256) {
        uint256 before = token.balanceOf(stranger);
        Transfer memory t = _transfer(1 << 60 | ++_forged, bob, stranger, steps);
        Attestation memory a = _attest(home, t);
        try home.deliver(terms, t, a) returns (uint256) { } catch { }
        (, uint256 waiting) = home.queueLengths();
        for (uint256 id = 1; id <= waiting; ++id) {
            try home.execute(id) { } catch { }
        }
        return token.balanceOf(stranger) - before;
    }
}
