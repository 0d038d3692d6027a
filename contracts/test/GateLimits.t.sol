// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IBridgeGate } from "../src/interfaces/IBridgeGate.sol";
import { Direction, IRouteLimits } from "../src/interfaces/IRouteLimits.sol";
import { Transfer } from "../src/libraries/Message.sol";
import { GateTest } from "./support/GateTest.sol";

/// @notice How much crosses, and that nobody uses up what is others'.
contract GateLimitsTest is GateTest {
    uint256 private constant STEP = 1e12;
    /// @dev Of 13 minutes: a day.
    uint256 private constant TURNS = 110;

    function test_limit__tightened_at_once_loosened_after_two_days() public {
        _setLimit(home, 300e6);
        assertEq(_budget(home, Direction.OUT), 100e6);
        assertEq(_budget(home, Direction.IN), 100e6);
        _setLimit(home, 600e6);
        assertEq(IRouteLimits(address(home)).limit(route).pending, 600e6);
        uint40 readyAt = uint40(block.timestamp) + 2 days;
        vm.warp(readyAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IRouteLimits.LimitNotReady.selector, readyAt));
        IRouteLimits(address(home)).applyLimit(route);
        assertEq(_budget(home, Direction.OUT), 100e6);
        vm.warp(readyAt);
        vm.prank(stranger);
        IRouteLimits(address(home)).applyLimit(route);
        assertEq(_budget(home, Direction.OUT), 200e6);
        assertEq(_budget(home, Direction.IN), 200e6);
        vm.expectRevert(abi.encodeWithSelector(IRouteLimits.NoPendingLimit.selector, route));
        IRouteLimits(address(home)).applyLimit(route);
    }

    function test_limit__announced_and_then_tightened__is_announced_no_more() public {
        _setLimit(home, CAPACITY + 1);
        _setLimit(home, CAPACITY - 3);
        vm.warp(block.timestamp + 2 days);
        vm.expectRevert(abi.encodeWithSelector(IRouteLimits.NoPendingLimit.selector, route));
        IRouteLimits(address(home)).applyLimit(route);
    }

    function test_budget__what_arrives__may_leave_again_and_the_reverse(uint96 seed) public {
        uint256 amount = bound(seed, 1, AT_REST);
        uint64 nonce = _send(home, alice, bob, amount);
        assertEq(_budget(home, Direction.OUT), AT_REST - amount);
        assertEq(_budget(home, Direction.IN), AT_REST + amount);
        _deliver(remote, _transfer(nonce, alice, bob, amount));
        assertEq(_budget(remote, Direction.IN), AT_REST - amount);
        assertEq(_budget(remote, Direction.OUT), AT_REST + amount);
        nonce = _send(remote, bob, alice, amount * STEP);
        _deliver(home, _transfer(nonce, bob, alice, amount));
        _assertAtRest();
    }

    /// Within any day what leaves less what arrives is at most the capacity, whatever crosses when.
    function test_budget__any_sends_and_arrivals_within_a_day__stay_net_within_the_capacity(
        uint96[8] calldata amounts,
        uint32[8] calldata waits
    ) public {
        int256 net;
        uint256 end = block.timestamp + 1 days;
        for (uint256 i; i < 8; ++i) {
            uint256 time = block.timestamp + waits[i] % 6 hours;
            if (time > end) break;
            vm.warp(time);
            bool isOut = waits[i] >> 31 == 0 || home.routeState(route).locked == 0;
            uint256 budget = _budget(home, isOut ? Direction.OUT : Direction.IN);
            uint256 amount = bound(amounts[i], 1, AT_REST);
            if (!isOut) amount = _min(amount, home.routeState(route).locked);
            bool went;
            if (isOut) {
                vm.prank(alice);
                (went,) = home.send(terms, amount, 0, bob, true);
            } else {
                went = _deliver(home, _transfer(_nonce(uint64(i + 1)), bob, bob, amount)) == 0;
            }
            assertEq(went, amount <= budget);
            if (went) net += isOut ? int256(amount) : -int256(amount);
            assertLe(net, int256(uint256(CAPACITY)));
            assertGe(net, -int256(uint256(CAPACITY)));
        }
    }

    // ── fairness: one account against all others ──────────────────────────────────────────────────────────────

    /// Whatever capital it sends round: after each of 20 trips others have all of every budget.
    function test_round_trips__of_one_account_with_any_capital__leave_others_everything(uint96 seed)
        public
    {
        uint256 capital = bound(seed, 1, AT_REST);
        for (uint256 i; i < 20; ++i) {
            uint64 nonce = _send(home, alice, alice, capital);
            _deliver(remote, _transfer(nonce, alice, alice, capital));
            nonce = _send(remote, alice, alice, capital * STEP);
            _deliver(home, _transfer(nonce, alice, alice, capital));
            _assertAtRest();
        }
    }

    /// Round trips without a pause, 13 minutes of finality each way, by an account that is first at every turn, against
    /// others who always want out: within a day they miss what is under way, once, however often it goes round. A
    /// twentieth of the budget at rest leaves them 95 %; the whole of it, which is a third of the capacity, half.
    function test_round_trips__without_a_pause__keep_from_others_what_is_under_way_once() public {
        uint256 snapshot = vm.snapshotState();
        uint256 alone = _othersOut(0);
        uint96[4] memory capitals = [AT_REST, AT_REST / 2, AT_REST / 20, AT_REST / 1000];
        for (uint256 i; i < capitals.length; ++i) {
            vm.revertToState(snapshot);
            snapshot = vm.snapshotState();
            uint256 beside = _othersOut(capitals[i]);
            emit log_named_decimal_uint("percent left to others", beside * 10_000 / alone, 2);
            // A turn rounds down to whole steps.
            assertGe(beside + capitals[i] + TURNS, alone);
            if (capitals[i] <= AT_REST / 20) assertGe(beside * 100, alone * 95);
        }
    }

    /// Whoever goes there and stays with a twentieth of the budget takes that and no more.
    function test_squatting__with_a_twentieth_of_the_budget__leaves_95_percent_at_every_moment()
        public
    {
        _cross(alice, alice, AT_REST / 20);
        for (uint256 i; i < 24; ++i) {
            for (uint256 way; way < 2; ++way) {
                assertGe(_budget(home, Direction(way)) * 100, uint256(AT_REST) * 95);
                assertGe(_budget(remote, Direction(way)) * 100, uint256(AT_REST) * 95);
            }
            skip(1 hours);
        }
    }

    /// What waits holds no budget: a queue of any length leaves everybody else what there is.
    function test_squatting__by_what_waits__takes_nothing_from_others() public {
        _fund(alice, 100 * uint256(AT_REST));
        for (uint256 i; i < 50; ++i) {
            _enqueue(home, alice, bob, AT_REST + 1);
        }
        _assertAtRest();
    }

    function test_parts__of_a_strangers_transfer__cannot_be_cut_into_dust() public {
        _enqueue(home, alice, bob, 2 * AT_REST);
        _send(home, alice, bob, AT_REST - 5e6);
        vm.expectRevert(abi.encodeWithSelector(IRouteLimits.OverLimit.selector, CAPACITY / 12, 5e6));
        vm.prank(stranger);
        home.complete(1);
    }

    /// A stranger who delivers a small transfer into an empty bucket delays it by minutes, not by a day.
    function test_stranger__who_delivers_while_the_bucket_is_empty__delays_by_minutes() public {
        uint64 big = _send(home, alice, alice, AT_REST);
        skip(5 minutes);
        uint256 small = AT_REST / 1000;
        uint64 nonce = _send(home, alice, bob, small);
        Transfer memory t = _transfer(nonce, alice, bob, small);
        _deliver(remote, _transfer(big, alice, alice, AT_REST));
        assertEq(_deliver(remote, t), 1);
        skip(2 minutes);
        remote.execute(1);
        assertEq(bridged.balanceOf(bob), small * STEP);
    }

    /// @dev What others bring out of home within a day, asking for all there is every 13 minutes.
    function _othersOut(uint256 capital) private returns (uint256 out) {
        uint256 backAt;
        for (uint256 turn = 1; turn <= TURNS; ++turn) {
            if (turn == backAt) {
                // There and back again: only what this gate sees counts here.
                _deliver(home, _transfer(_nonce(1e6 + uint64(turn)), alice, alice, capital));
                backAt = 0;
            }
            bool fits = capital != 0 && _budget(home, Direction.OUT) >= capital;
            if (backAt == 0 && fits) {
                _send(home, alice, alice, capital);
                backAt = turn + 2;
            }
            uint256 budget = _budget(home, Direction.OUT);
            if (budget != 0) _send(home, alice, bob, budget);
            out += budget;
            skip(13 minutes);
        }
    }

    function _assertAtRest() private view {
        for (uint256 way; way < 2; ++way) {
            assertEq(_budget(home, Direction(way)), AT_REST);
            assertEq(_budget(remote, Direction(way)), AT_REST);
        }
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
