// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Amount, AmountLib } from "../../src/libraries/Amount.sol";
import { Bucket, BucketLib } from "../../src/libraries/Bucket.sol";
import { Test } from "forge-std/Test.sol";

/// @notice What a bucket and an amount can never do, at full width: `check_` functions are read by halmos.
contract BucketProofs is Test {
    using BucketLib for Bucket;

    /// However often a bucket is looked at, it holds the same.
    function check_refill__in_two_steps_or_one__is_the_same(
        uint96 capacity,
        uint120 level,
        uint40 first,
        uint40 second
    ) public pure {
        vm.assume(level <= uint256(capacity) * BucketLib.PERIOD && first <= second);
        Bucket memory b = Bucket(capacity, level, 0);
        assert(b.refilled(first).refilled(second).level == b.refilled(second).level);
    }

    /// A refill never takes, never exceeds the capacity, and adds nothing while no time passes.
    function check_refill__any_wait__stays_within_the_capacity(
        uint96 capacity,
        uint120 level,
        uint40 updatedAt,
        uint40 now_
    ) public pure {
        vm.assume(level <= uint256(capacity) * BucketLib.PERIOD);
        Bucket memory b = Bucket(capacity, level, updatedAt);
        Bucket memory later = b.refilled(now_);
        assert(later.capacity == capacity);
        assert(later.level <= uint256(capacity) * BucketLib.PERIOD);
        if (now_ <= updatedAt) assert(later.level == level && later.updatedAt == updatedAt);
        else assert(later.updatedAt == now_);
    }

    /// Taking succeeds exactly when so many steps are there, and takes those. Said in steps times seconds, without
    /// the division that {BucketLib-budget} makes of it.
    function check_take__never_exceeds_what_is_there(
        uint96 capacity,
        uint120 level,
        uint40 updatedAt,
        uint96 amount
    ) public pure {
        vm.assume(level <= uint256(capacity) * BucketLib.PERIOD);
        (bool taken, Bucket memory left) =
            Bucket(capacity, level, updatedAt).take(amount, updatedAt);
        uint256 needed = uint256(amount) * BucketLib.PERIOD;
        assert(taken == (needed <= level));
        assert(left.level == (taken ? level - needed : level));
        assert(left.capacity == capacity && left.updatedAt == updatedAt);
    }

    /// Another capacity never adds to what is there.
    function check_resize__never_adds(uint96 capacity, uint120 level, uint40 updatedAt, uint96 next)
        public
        pure
    {
        vm.assume(level <= uint256(capacity) * BucketLib.PERIOD);
        Bucket memory b = Bucket(capacity, level, updatedAt);
        Bucket memory resized = b.resized(next, updatedAt);
        assert(resized.capacity == next && resized.level <= level);
        assert(resized.level <= uint256(next) * BucketLib.PERIOD);
        assert(resized.level == level || resized.level == uint256(next) * BucketLib.PERIOD);
    }

    function check_pack__any_bucket__is_read_back(uint96 capacity, uint120 level, uint40 updatedAt)
        public
        pure
    {
        Bucket memory b = BucketLib.unpack(Bucket(capacity, level, updatedAt).pack());
        assert(b.capacity == capacity && b.level == level && b.updatedAt == updatedAt);
    }

    /// From 18 decimals to 6 and back: whole steps only, and what is left over is less than one.
    function check_amount__there_and_back__takes_whole_steps_only(uint96 base) public pure {
        Amount a = AmountLib.fromBase(base, 18, 6);
        uint256 back = a.toBase(18);
        assert(back <= base && base - back < 1e12);
        assert(AmountLib.fromBase(a.toBase(6), 6, 6) == a);
    }

    function check_amount__sum_and_difference__undo_each_other(uint96 a, uint96 b, uint8 decimals)
        public
        pure
    {
        vm.assume(uint256(a) + b <= type(uint96).max);
        Amount x = AmountLib.pack(a, decimals);
        Amount y = AmountLib.pack(b, decimals);
        assert(x + y - y == x);
        assert(y <= x + y);
    }
}
