// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Direction, IRouteLimits } from "./interfaces/IRouteLimits.sol";
import { Amount } from "./libraries/Amount.sol";
import { Bucket, BucketLib } from "./libraries/Bucket.sol";
import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

/// @title RouteLimits
/// @notice See {IRouteLimits}. Decides how much crosses at once and knows nothing of tokens or messages.
abstract contract RouteLimits is IRouteLimits, AccessManaged {
    using BucketLib for Bucket;

    /// @notice How long a loosening is in the open before it counts.
    uint40 public constant LOOSENING = 2 days;
    /// @notice How long a transfer beyond the limit waits.
    uint40 public constant QUEUE_TIME = BucketLib.PERIOD;

    struct Announced {
        uint96 capacity;
        uint40 readyAt;
    }

    mapping(bytes32 route => mapping(Direction => Bucket)) private _buckets;
    mapping(bytes32 route => mapping(Direction => Announced)) private _announced;

    /// @inheritdoc IRouteLimits
    function setLimit(bytes32 route, Direction direction, uint96 capacity) external restricted {
        _requireRoute(route);
        delete _announced[route][direction];
        Bucket memory b = _buckets[route][direction];
        if (capacity <= b.capacity) {
            _resize(route, direction, b, capacity);
        } else {
            uint40 readyAt = uint40(block.timestamp) + LOOSENING;
            _announced[route][direction] = Announced(capacity, readyAt);
            emit LimitAnnounced(route, direction, capacity, readyAt);
        }
    }

    /// @inheritdoc IRouteLimits
    function applyLimit(bytes32 route, Direction direction) external {
        Announced memory announced = _announced[route][direction];
        if (announced.readyAt == 0) revert NoPendingLimit(route, direction);
        if (block.timestamp < announced.readyAt) revert LimitNotReady(announced.readyAt);
        delete _announced[route][direction];
        _resize(route, direction, _buckets[route][direction], announced.capacity);
    }

    /// @inheritdoc IRouteLimits
    function budget(bytes32 route, Direction direction) public view returns (uint256 steps) {
        return _buckets[route][direction].budget(uint40(block.timestamp));
    }

    /// @inheritdoc IRouteLimits
    function limit(bytes32 route, Direction direction) external view returns (Limit memory) {
        Announced memory announced = _announced[route][direction];
        return Limit(_buckets[route][direction].capacity, announced.capacity, announced.readyAt);
    }

    function _requireRoute(bytes32 route) internal view virtual;

    /// @dev A new route starts with full buckets.
    function _openLimits(bytes32 route, uint96 capacityOut, uint96 capacityIn) internal {
        _buckets[route][Direction.OUT] = BucketLib.full(capacityOut, uint40(block.timestamp));
        _buckets[route][Direction.IN] = BucketLib.full(capacityIn, uint40(block.timestamp));
        emit LimitChanged(route, Direction.OUT, capacityOut);
        emit LimitChanged(route, Direction.IN, capacityIn);
    }

    /// @dev False where the budget is too small; nothing is taken then.
    function _takeBudget(bytes32 route, Direction direction, Amount amount)
        internal
        returns (bool taken)
    {
        Bucket storage stored = _buckets[route][direction];
        Bucket memory left;
        (taken, left) =
            BucketLib.unpack(_load(stored)).take(amount.value(), uint40(block.timestamp));
        if (taken) _store(stored, left.pack());
    }

    function _resize(bytes32 route, Direction direction, Bucket memory b, uint96 capacity) private {
        _buckets[route][direction] = b.resized(capacity, uint40(block.timestamp));
        emit LimitChanged(route, direction, capacity);
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
