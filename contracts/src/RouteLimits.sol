// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Direction, IRouteLimits } from "./interfaces/IRouteLimits.sol";
import { Amount, AmountLib } from "./libraries/Amount.sol";
import { Bucket, BucketLib } from "./libraries/Bucket.sol";
import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title RouteLimits
/// @notice See {IRouteLimits}. Decides how much crosses at once and knows nothing of tokens or messages.
abstract contract RouteLimits is IRouteLimits, AccessManaged {
    using BucketLib for Bucket;

    /// @notice How long a loosening is in the open before it counts.
    uint40 public constant LOOSENING = 2 days;
    /// @notice What waits goes on in parts of at least 1 / PARTS of the capacity: few enough that nobody can cut a
    /// stranger's transfer into dust, small enough that a third of the budget at rest lets one through.
    uint96 public constant PARTS = 12;

    struct Announced {
        uint96 capacity;
        uint40 readyAt;
    }

    mapping(bytes32 route => Bucket) private _buckets;
    mapping(bytes32 route => Announced) private _announced;

    /// @inheritdoc IRouteLimits
    function setLimit(bytes32 route, uint96 capacity) external restricted {
        _requireRoute(route);
        delete _announced[route];
        Bucket memory b = _buckets[route];
        if (capacity <= b.capacity) {
            _resize(route, b, capacity);
        } else {
            uint40 readyAt = uint40(block.timestamp) + LOOSENING;
            _announced[route] = Announced(capacity, readyAt);
            emit LimitAnnounced(route, capacity, readyAt);
        }
    }

    /// @inheritdoc IRouteLimits
    function applyLimit(bytes32 route) external {
        Announced memory announced = _announced[route];
        if (announced.readyAt == 0) revert NoPendingLimit(route);
        if (block.timestamp < announced.readyAt) revert LimitNotReady(announced.readyAt);
        delete _announced[route];
        _resize(route, _buckets[route], announced.capacity);
    }

    /// @inheritdoc IRouteLimits
    function budget(bytes32 route, Direction direction) public view returns (uint256 steps) {
        return _buckets[route].budget(direction == Direction.OUT, uint40(block.timestamp));
    }

    /// @inheritdoc IRouteLimits
    function limit(bytes32 route) external view returns (Limit memory) {
        (Bucket memory b, Announced memory next) = (_buckets[route], _announced[route]);
        return Limit(b.capacity, b.level, b.updatedAt, next.capacity, next.readyAt);
    }

    function _requireRoute(bytes32 route) internal view virtual;

    /// @dev A new route starts at rest.
    function _openLimit(bytes32 route, uint96 capacity) internal {
        _buckets[route] = BucketLib.rested(capacity, uint40(block.timestamp));
        emit LimitChanged(route, capacity);
    }

    /// @dev False where the budget is too small; nothing is taken then.
    function _takeBudget(bytes32 route, Direction direction, Amount amount)
        internal
        returns (bool taken)
    {
        Bucket storage stored = _buckets[route];
        Bucket memory left;
        (taken, left) = BucketLib.unpack(_load(stored))
            .take(direction == Direction.OUT, amount.value(), uint40(block.timestamp));
        if (taken) _store(stored, left.pack());
    }

    /// @dev As much of `amount` as fits: all of it, or at least 1 / PARTS of the capacity. Reverts with OverLimit.
    function _takePart(bytes32 route, Direction direction, Amount amount)
        internal
        returns (Amount part)
    {
        uint256 fits = Math.min(budget(route, direction), amount.value());
        uint256 least = Math.min(Math.max(_buckets[route].capacity / PARTS, 1), amount.value());
        if (fits < least) revert OverLimit(least, fits);
        part = AmountLib.pack(fits, amount.decimals());
        _takeBudget(route, direction, part);
    }

    function _resize(bytes32 route, Bucket memory b, uint96 capacity) private {
        _buckets[route] = b.resized(capacity, uint40(block.timestamp));
        emit LimitChanged(route, capacity);
    }

    /// @dev A bucket is one word, read and written as one: the compiler would take it field by field.
    function _load(Bucket storage b) private view returns (uint256 word) {
        assembly ("memory-safe") {
            word := sload(b.slot)
        }
    }

    function _store(Bucket storage b, uint256 word) private {
        assembly ("memory-safe") {
            sstore(b.slot, word)
        }
    }
}
