// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A token bucket in one storage word. It holds at most `capacity` and fills from empty in one period.
/// @param capacity Steps.
/// @param level Steps times seconds of the period: whole seconds refill a whole number of these, so nothing is
/// ever rounded while filling, however often it is looked at.
/// @param updatedAt Unix time at which the level was this.
struct Bucket {
    uint96 capacity;
    uint120 level;
    uint40 updatedAt;
}

/// @title BucketLib
/// @notice Pure arithmetic of a token bucket; time is an argument. (Turner 1986, "leaky bucket" as a meter.)
library BucketLib {
    /// @notice Seconds from empty to full.
    uint40 internal constant PERIOD = 1 days;

    /// @notice A full bucket.
    function full(uint96 capacity, uint40 now_) internal pure returns (Bucket memory) {
        return Bucket(capacity, uint120(capacity) * PERIOD, now_);
    }

    /// @notice The storage word of a bucket.
    function pack(Bucket memory b) internal pure returns (uint256 word) {
        return uint256(b.capacity) | (uint256(b.level) << 96) | (uint256(b.updatedAt) << 216);
    }

    /// @notice The bucket in a storage word.
    function unpack(uint256 word) internal pure returns (Bucket memory) {
        return Bucket(uint96(word), uint120(word >> 96), uint40(word >> 216));
    }

    /// @notice The same bucket at a later time; a time before its own counts as its own.
    function refilled(Bucket memory b, uint40 now_) internal pure returns (Bucket memory) {
        if (now_ <= b.updatedAt) return b;
        unchecked {
            // 96 and 40 bits, and 120: no overflow in 256.
            uint256 level = uint256(b.level) + uint256(b.capacity) * (now_ - b.updatedAt);
            uint256 most = uint256(b.capacity) * PERIOD;
            return Bucket(b.capacity, uint120(level < most ? level : most), now_);
        }
    }

    /// @notice Whole steps that may be taken now: rounds down, in favour of the limit.
    function budget(Bucket memory b, uint40 now_) internal pure returns (uint256) {
        return refilled(b, now_).level / PERIOD;
    }

    /// @notice Takes `amount` steps if they are there.
    /// @return taken Whether they were; if not, the bucket is as it was.
    /// @return left The bucket afterwards.
    function take(Bucket memory b, uint96 amount, uint40 now_)
        internal
        pure
        returns (bool taken, Bucket memory left)
    {
        left = refilled(b, now_);
        uint256 needed = uint256(amount) * PERIOD;
        if (left.level < needed) return (false, b);
        unchecked {
            left.level -= uint120(needed);
        }
        return (true, left);
    }

    /// @notice The bucket with another capacity. What is in it stays, up to the new capacity: a larger bucket
    /// has to fill first, a smaller one spills at once.
    function resized(Bucket memory b, uint96 capacity, uint40 now_)
        internal
        pure
        returns (Bucket memory next)
    {
        next = refilled(b, now_);
        uint120 most = uint120(capacity) * PERIOD;
        (next.capacity, next.level) = (capacity, next.level < most ? next.level : most);
    }
}
