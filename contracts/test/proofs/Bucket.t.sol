// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Amount, AmountLib } from "../../src/libraries/Amount.sol";
import { Bucket, BucketLib } from "../../src/libraries/Bucket.sol";
import { Test } from "forge-std/Test.sol";

/// @notice What a bucket and an amount can never do, at full width: `check_` functions are read by halmos.
contract BucketProofs is Test {
    using BucketLib for Bucket;

    /// However often a bucket is looked at, it holds the same.
    function check_settled__in_two_steps_or_one__is_the_same(
        uint96 capacity,
        uint120 level,
        uint40 first,
        uint40 second
    ) public pure {
        vm.assume(level <= 2 * uint256(capacity) * BucketLib.PERIOD && first <= second);
        Bucket memory b = Bucket(capacity, level, 0);
        assert(b.settled(first).settled(second).level == b.settled(second).level);
    }

    /// Time moves the level towards the middle, never beyond it, and by at most the capacity a second.
    function check_settled__any_wait__moves_to_the_middle(
        uint96 capacity,
        uint120 level,
        uint40 updatedAt,
        uint40 now_
    ) public pure {
        uint256 middle = uint256(capacity) * BucketLib.PERIOD;
        vm.assume(level <= 2 * middle);
        Bucket memory b = Bucket(capacity, level, updatedAt);
        Bucket memory later = b.settled(now_);
        assert(later.capacity == capacity);
        if (now_ <= updatedAt) {
            assert(later.level == level && later.updatedAt == updatedAt);
            return;
        }
        assert(later.updatedAt == now_);
        if (level <= middle) assert(later.level >= level && later.level <= middle);
        else assert(later.level <= level && later.level >= middle);
        uint256 moved = later.level > level ? later.level - level : level - later.level;
        assert(moved <= uint256(capacity) * (now_ - updatedAt));
    }

    /// Taking succeeds exactly when so many steps are there, moves those from one way to the other, and stays between
    /// both edges. Said in units, without the division that {BucketLib-budget} makes of them.
    function check_take__never_exceeds_what_is_there(
        uint96 capacity,
        uint120 level,
        uint40 updatedAt,
        uint96 amount,
        bool isOut
    ) public pure {
        uint256 most = 2 * uint256(capacity) * BucketLib.PERIOD;
        vm.assume(level <= most);
        (bool taken, Bucket memory left) =
            Bucket(capacity, level, updatedAt).take(isOut, amount, updatedAt);
        uint256 needed = uint256(amount) * BucketLib.UNITS;
        uint256 room = isOut ? most - level : level;
        assert(taken == (needed <= room));
        uint256 moved = taken ? needed : 0;
        assert(left.level == (isOut ? level + moved : level - moved));
        assert(left.level <= most);
        assert(left.capacity == capacity && left.updatedAt == updatedAt);
    }

    /// Two takings within a period, the second as late as may be: together at most the capacity, one way.
    function check_take__twice_within_a_period__is_at_most_the_capacity(
        uint96 capacity,
        uint120 level,
        uint40 waited,
        uint96 first,
        uint96 second
    ) public pure {
        vm.assume(level <= 2 * uint256(capacity) * BucketLib.PERIOD);
        vm.assume(waited <= BucketLib.PERIOD);
        Bucket memory b = Bucket(capacity, level, 0);
        (bool one, Bucket memory left) = b.take(false, first, 0);
        (bool two,) = left.take(false, second, waited);
        if (one && two) assert(uint256(first) + second <= capacity);
    }

    /// Another capacity stays between its edges; a smaller one never adds to what may arrive.
    function check_resize__stays_within_the_edges(
        uint64 capacity,
        uint120 level,
        uint40 updatedAt,
        uint64 next
    ) public pure {
        vm.assume(level <= 2 * uint256(capacity) * BucketLib.PERIOD);
        Bucket memory resized = Bucket(capacity, level, updatedAt).resized(next, updatedAt);
        assert(resized.capacity == next);
        assert(resized.level <= 2 * uint256(next) * BucketLib.PERIOD);
        if (next <= capacity) assert(resized.level <= level);
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
