// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice One bucket for both ways through a gate, in one storage word. What arrives takes from it, what leaves
/// fills it, and with time it goes back to its middle, so that both ways have the same budget at rest.
/// @param capacity Steps: the most that arrives net of what leaves within a period, and the reverse.
/// @param level What may arrive, in units of 1 / {BucketLib-UNITS} step: a second moves a whole number of them, so
/// nothing is ever rounded by time, however often it is looked at.
/// @param updatedAt Unix time at which the level was this.
struct Bucket {
    uint96 capacity;
    uint120 level;
    uint40 updatedAt;
}

/// @title BucketLib
/// @notice Pure arithmetic of the bucket; time is an argument. (Turner 1986, "leaky bucket" as a meter, with a
/// level that leaks to the middle from both sides.)
/// @dev The level lies between nothing and two thirds of the capacity, rests at one third, and moves by one third
/// in a period. So at most 2/3 + 1/3 of the capacity goes one way, net, within any period.
library BucketLib {
    /// @notice Seconds from an edge to the middle.
    uint40 internal constant PERIOD = 1 days;
    /// @notice Units of the level in a step.
    uint256 internal constant UNITS = 3 * uint256(PERIOD);

    /// @notice A bucket at rest.
    function rested(uint96 capacity, uint40 now_) internal pure returns (Bucket memory) {
        return Bucket(capacity, uint120(uint256(capacity) * PERIOD), now_);
    }

    /// @notice The storage word of a bucket.
    function pack(Bucket memory b) internal pure returns (uint256 word) {
        return uint256(b.capacity) | (uint256(b.level) << 96) | (uint256(b.updatedAt) << 216);
    }

    /// @notice The bucket in a storage word.
    function unpack(uint256 word) internal pure returns (Bucket memory) {
        return Bucket(uint96(word), uint120(word >> 96), uint40(word >> 216));
    }

    /// @notice The same bucket at a later time, nearer to its middle; a time before its own counts as its own. Always a
    /// bucket of its own: changing it changes no other.
    function settled(Bucket memory b, uint40 now_) internal pure returns (Bucket memory) {
        if (now_ <= b.updatedAt) return Bucket(b.capacity, b.level, b.updatedAt);
        unchecked {
            // 96 and 40 bits, and 120: no overflow in 256.
            uint256 moved = uint256(b.capacity) * (now_ - b.updatedAt);
            uint256 middle = uint256(b.capacity) * PERIOD;
            uint256 level = b.level;
            if (level < middle) level = moved < middle - level ? level + moved : middle;
            else level = moved < level - middle ? level - moved : middle;
            return Bucket(b.capacity, uint120(level), now_);
        }
    }

    /// @notice Whole steps that may arrive, or leave, now: rounds down, in favour of the limit.
    function budget(Bucket memory b, bool isOut, uint40 now_) internal pure returns (uint256) {
        return _room(settled(b, now_), isOut) / UNITS;
    }

    /// @notice Takes `amount` steps from the budget of one way and gives them to the other, if they are there.
    /// @return taken Whether they were; if not, the bucket is as it was.
    /// @return left The bucket afterwards.
    function take(Bucket memory b, bool isOut, uint96 amount, uint40 now_)
        internal
        pure
        returns (bool taken, Bucket memory left)
    {
        left = settled(b, now_);
        uint256 needed = amount * UNITS;
        if (_room(left, isOut) < needed) return (false, b);
        unchecked {
            left.level = uint120(isOut ? left.level + needed : left.level - needed);
        }
        return (true, left);
    }

    /// @notice The bucket with another capacity, as full as before; the level rounds down, in favour of the limit
    /// on what arrives. From a capacity of nothing it begins empty: nothing arrives at once.
    function resized(Bucket memory b, uint96 capacity, uint40 now_)
        internal
        pure
        returns (Bucket memory next)
    {
        next = settled(b, now_);
        uint256 level = b.capacity == 0 ? 0 : uint256(next.level) * capacity / b.capacity;
        (next.capacity, next.level) = (capacity, uint120(level));
    }

    /// @dev Units that may still go one way.
    function _room(Bucket memory b, bool isOut) private pure returns (uint256) {
        unchecked {
            return isOut ? 2 * uint256(b.capacity) * PERIOD - b.level : b.level;
        }
    }
}
