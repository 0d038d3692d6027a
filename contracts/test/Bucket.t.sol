// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Amount, AmountLib } from "../src/libraries/Amount.sol";
import { Bucket, BucketLib } from "../src/libraries/Bucket.sol";
import { Test } from "forge-std/Test.sol";

/// @notice What test/proofs/Bucket.t.sol proves in small widths, fuzzed in those that a gate has.
contract BucketTest is Test {
    using BucketLib for Bucket;

    function test_refill__in_two_steps_or_one__is_the_same(
        uint96 capacity,
        uint120 level,
        uint40 updatedAt,
        uint32 first,
        uint32 second
    ) public pure {
        Bucket memory b = _bucket(capacity, level, updatedAt);
        uint40 middle = b.updatedAt + first;
        uint40 end = middle + second;
        assertEq(b.refilled(middle).refilled(end).level, b.refilled(end).level);
    }

    function test_take__any_amount__takes_it_exactly_when_it_is_there(
        uint96 capacity,
        uint120 level,
        uint40 updatedAt,
        uint32 waited,
        uint96 amount
    ) public pure {
        Bucket memory b = _bucket(capacity, level, updatedAt);
        uint40 time = b.updatedAt + waited;
        uint256 budget = b.budget(time);
        assertLe(budget, b.capacity);
        // As often within the budget as beyond it.
        if (amount % 2 == 0) amount = uint96(amount % (budget + 1));
        (bool taken, Bucket memory left) = b.take(amount, time);
        assertEq(taken, amount <= budget);
        if (taken) assertEq(left.budget(time), budget - amount);
        else assertEq(left.pack(), b.pack());
    }

    function test_resize__any_capacity__spills_and_never_adds(
        uint96 capacity,
        uint120 level,
        uint40 updatedAt,
        uint32 waited,
        uint96 next
    ) public pure {
        Bucket memory b = _bucket(capacity, level, updatedAt);
        uint40 time = b.updatedAt + waited;
        uint256 budget = b.budget(time);
        Bucket memory resized = b.resized(next, time);
        assertEq(resized.capacity, next);
        assertEq(resized.budget(time), budget < next ? budget : next);
    }

    function test_amount__there_and_back__takes_whole_steps_only(
        uint128 base,
        uint8 here,
        uint8 there
    ) public pure {
        (here, there) = (here % 37, there % 37);
        uint8 least = here < there ? here : there;
        uint256 step = AmountLib.step(here, least);
        if (base / step > type(uint96).max) base = uint128(type(uint96).max);
        Amount a = AmountLib.fromBase(base, here, least);
        assertLe(a.toBase(here), base);
        assertLt(base - a.toBase(here), step);
        assertTrue(AmountLib.fromBase(a.toBase(there), there, least) == a);
    }

    function _bucket(uint96 capacity, uint120 level, uint40 updatedAt)
        private
        pure
        returns (Bucket memory)
    {
        uint256 most = uint256(capacity) * BucketLib.PERIOD;
        // Leaves room for two waits of 32 bits.
        return Bucket(capacity, uint120(level % (most + 1)), updatedAt % (1 << 39));
    }
}
