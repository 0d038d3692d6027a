// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Amount, AmountLib } from "../../src/libraries/Amount.sol";
import { Bucket, BucketLib } from "../../src/libraries/Bucket.sol";
import { Test } from "forge-std/Test.sol";

/// @notice For halmos, and fuzzed by forge: what a bucket and an amount can never do. Bounds are those of real
/// use: times of 40 bits, levels that a bucket can have.
contract BucketProofs is Test {
    using BucketLib for Bucket;

    function testFuzz_check_refill__in_two_steps_or_one__is_the_same(
        uint96 capacity,
        uint120 level,
        uint40 at_,
        uint32 first,
        uint32 second
    ) public pure {
        Bucket memory b = _bucket(capacity, level, at_);
        check_refill__in_two_steps_or_one__is_the_same(b, first, second);
    }

    function check_refill__in_two_steps_or_one__is_the_same(
        Bucket memory b,
        uint32 first,
        uint32 second
    ) public pure {
        _assume(b);
        uint40 middle = b.at + first;
        uint40 end = middle + second;
        assertEq(
            b.refilled(middle).refilled(end).level, b.refilled(end).level, "looking changes nothing"
        );
    }

    function testFuzz_check_take__never_exceeds_what_is_there(
        uint96 capacity,
        uint120 level,
        uint40 at_,
        uint32 waited,
        uint96 amount
    ) public pure {
        check_take__never_exceeds_what_is_there(_bucket(capacity, level, at_), waited, amount);
    }

    function check_take__never_exceeds_what_is_there(
        Bucket memory b,
        uint32 waited,
        uint96 amount
    ) public pure {
        _assume(b);
        uint40 time = b.at + waited;
        uint256 budget = b.budget(time);
        assertLe(budget, b.capacity);
        (bool taken, Bucket memory left) = b.take(amount, time);
        assertEq(taken, amount <= budget);
        if (taken) assertEq(left.budget(time), budget - amount);
        else assertEq(left.level, b.level);
    }

    function testFuzz_check_resize__never_adds(
        uint96 capacity,
        uint120 level,
        uint40 at_,
        uint32 waited,
        uint96 next
    ) public pure {
        check_resize__never_adds(_bucket(capacity, level, at_), waited, next);
    }

    function check_resize__never_adds(
        Bucket memory b,
        uint32 waited,
        uint96 next
    ) public pure {
        _assume(b);
        uint40 time = b.at + waited;
        Bucket memory resized = b.resized(next, time);
        uint256 budget = b.budget(time);
        assertEq(resized.budget(time), budget < next ? budget : next);
    }

    function check_amount__there_and_back__takes_whole_steps_only(
        uint128 base,
        uint8 here,
        uint8 there
    ) public pure {
        vm.assume(here <= 36 && there <= 36);
        uint8 least = here < there ? here : there;
        uint256 step = AmountLib.step(here, least);
        vm.assume(base / step <= type(uint96).max);
        Amount a = AmountLib.fromBase(base, here, least);
        assertLe(a.toBase(here), base);
        assertLt(base - a.toBase(here), step);
        assertTrue(AmountLib.fromBase(a.toBase(there), there, least) == a);
    }

    function testFuzz_check_amount__there_and_back__takes_whole_steps_only(
        uint128 base,
        uint8 here,
        uint8 there
    ) public pure {
        (here, there) = (here % 37, there % 37);
        uint256 step = AmountLib.step(here, here < there ? here : there);
        if (base / step > type(uint96).max) base = uint128(type(uint96).max);
        check_amount__there_and_back__takes_whole_steps_only(base, here, there);
    }

    function check_amount__sum_and_difference__undo_each_other(
        uint96 a,
        uint96 b,
        uint8 decimals
    ) public pure {
        vm.assume(uint256(a) + b <= type(uint96).max);
        Amount x = AmountLib.pack(a, decimals);
        Amount y = AmountLib.pack(b, decimals);
        assertTrue(x + y - y == x);
        assertTrue(y <= x + y);
    }

    function testFuzz_check_amount__sum_and_difference__undo_each_other(
        uint96 a,
        uint96 b,
        uint8 decimals
    ) public pure {
        check_amount__sum_and_difference__undo_each_other(a / 2, b / 2, decimals);
    }

    function _bucket(
        uint96 capacity,
        uint120 level,
        uint40 at_
    ) private pure returns (Bucket memory) {
        uint256 most = uint256(capacity) * BucketLib.PERIOD;
        // Leaves room for two waits of 32 bits.
        return Bucket(capacity, uint120(level % (most + 1)), at_ % (1 << 39));
    }

    function _assume(
        Bucket memory b
    ) private pure {
        vm.assume(b.level <= uint256(b.capacity) * BucketLib.PERIOD && b.at < 1 << 39);
    }
}
