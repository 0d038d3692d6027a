// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Amount, AmountLib } from "../src/libraries/Amount.sol";
import { Bucket, BucketLib } from "../src/libraries/Bucket.sol";
import { Test } from "forge-std/Test.sol";

/// @notice What test/proofs/Bucket.t.sol proves in small widths, fuzzed in those that a gate has.
contract BucketTest is Test {
    using BucketLib for Bucket;

    function test_settled__in_two_steps_or_one__is_the_same(
        uint96 capacity,
        uint120 level,
        uint40 updatedAt,
        uint32 first,
        uint32 second
    ) public pure {
        Bucket memory b = _bucket(capacity, level, updatedAt);
        uint40 middle = b.updatedAt + first;
        uint40 end = middle + second;
        assertEq(b.settled(middle).settled(end).level, b.settled(end).level);
    }

    function test_settled__a_period_later__is_at_rest(
        uint96 capacity,
        uint120 level,
        uint40 updatedAt
    ) public pure {
        Bucket memory b = _bucket(capacity, level, updatedAt);
        uint40 time = b.updatedAt + BucketLib.PERIOD;
        assertEq(b.settled(time).pack(), BucketLib.rested(capacity, time).pack());
    }

    function test_take__any_amount__takes_it_exactly_when_it_is_there(
        uint96 capacity,
        uint120 level,
        uint40 updatedAt,
        uint32 waited,
        uint96 amount,
        bool isOut
    ) public pure {
        Bucket memory b = _bucket(capacity, level, updatedAt);
        uint40 time = b.updatedAt + waited;
        uint256 budget = b.budget(isOut, time);
        uint256 other = b.budget(!isOut, time);
        assertLe(budget + other, uint256(capacity) * 2 / 3);
        // As often within the budget as beyond it.
        if (amount % 2 == 0) amount = uint96(amount % (budget + 1));
        (bool taken, Bucket memory left) = b.take(isOut, amount, time);
        assertEq(taken, amount <= budget);
        if (!taken) {
            assertEq(left.pack(), b.pack());
            return;
        }
        assertEq(left.budget(isOut, time), budget - amount);
        assertEq(left.budget(!isOut, time), other + amount);
    }

    /// What goes one way comes back to it when it goes the other way at once: nothing is lost on a round trip.
    function test_take__there_and_back__is_the_bucket_as_it_was(
        uint96 capacity,
        uint120 level,
        uint40 updatedAt,
        uint96 amount,
        bool isOut
    ) public pure {
        Bucket memory b = _bucket(capacity, level, updatedAt);
        (bool there, Bucket memory left) = b.take(isOut, amount, b.updatedAt);
        if (!there) return;
        (bool back, Bucket memory again) = left.take(!isOut, amount, b.updatedAt);
        assertTrue(back);
        assertEq(again.pack(), b.pack());
    }

    /// The bound that everything rests on: within a period at most the capacity goes one way, net.
    function test_take__as_much_as_there_is_whenever__is_at_most_the_capacity_in_a_period(
        uint96 capacity,
        uint120 level,
        uint32[6] calldata waits,
        bool isOut
    ) public pure {
        Bucket memory b = _bucket(capacity, level, 0);
        uint40 time = b.updatedAt;
        uint256 sum;
        for (uint256 i; i < 6; ++i) {
            uint256 budget = b.budget(isOut, time);
            (, b) = b.take(isOut, uint96(budget), time);
            sum += budget;
            time += waits[i] % (BucketLib.PERIOD / 5);
            if (time > BucketLib.PERIOD) break;
        }
        assertLe(sum, capacity);
    }

    function test_resize__any_capacity__is_as_full_as_before(
        uint96 capacity,
        uint120 level,
        uint40 updatedAt,
        uint32 waited,
        uint96 next
    ) public pure {
        Bucket memory b = _bucket(capacity, level, updatedAt);
        uint40 time = b.updatedAt + waited;
        Bucket memory before = b.settled(time);
        Bucket memory resized = b.resized(next, time);
        assertEq(resized.capacity, next);
        assertEq(resized.updatedAt, time);
        uint256 expected = capacity == 0 ? 0 : uint256(before.level) * next / capacity;
        assertEq(resized.level, expected);
        assertLe(resized.level, 2 * uint256(next) * BucketLib.PERIOD);
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
        uint256 most = 2 * uint256(capacity) * BucketLib.PERIOD;
        // Leaves room for two waits of 32 bits.
        return Bucket(capacity, uint120(level % (most + 1)), updatedAt % (1 << 39));
    }
}
