// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesExchange, Order, Roll } from "./interfaces/IFuturesExchange.sol";
import { Lane, Orders } from "./libraries/Orders.sol";
import { Signatures } from "./libraries/Signatures.sol";
import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title OrderLanes
/// @notice The part of {IFuturesExchange} that knows whether an order still binds its maker: lanes, epochs,
/// signatures. No role reaches any of it.
abstract contract OrderLanes is IFuturesExchange, EIP712 {
    /// @inheritdoc IFuturesExchange
    uint256 public constant SIGNATURE_GAS = Signatures.MOST_GAS;

    /// @inheritdoc IFuturesExchange
    mapping(address maker => mapping(uint64 lane => Lane)) public laneOf;
    /// @inheritdoc IFuturesExchange
    mapping(address maker => uint64) public epochOf;

    constructor() EIP712("Pargrade FuturesExchange", "1") { }

    // ── cancelling ─────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IFuturesExchange
    function cancel(uint64 lane, uint64 nonce) external {
        _cancel(msg.sender, lane, nonce);
    }

    /// @inheritdoc IFuturesExchange
    /// @dev No nonce of its own: what is cancelled stays so, however often this is brought again.
    function cancelSigned(
        address maker,
        uint64 lane,
        uint64 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        if (block.timestamp > deadline) {
            revert SignatureExpired(deadline, block.timestamp);
        }
        _verify(maker, Orders.cancellationHash(maker, lane, nonce, deadline), signature);
        _cancel(maker, lane, nonce);
    }

    /// @inheritdoc IFuturesExchange
    function cancelAll(uint64 epoch) external {
        uint64 current = epochOf[msg.sender];
        if (epoch <= current) revert EpochNotRising(epoch, current);
        epochOf[msg.sender] = epoch;
        emit AllCancelled(msg.sender, epoch);
    }

    // ── views ──────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IFuturesExchange
    function orderDigest(Order memory order) external view returns (bytes32) {
        return _hashTypedDataV4(Orders.hash(order));
    }

    /// @inheritdoc IFuturesExchange
    function rollDigest(Roll memory roll_) external view returns (bytes32) {
        return _hashTypedDataV4(Orders.hash(roll_));
    }

    /// @inheritdoc IFuturesExchange
    function cancellationDigest(address maker, uint64 lane, uint64 nonce, uint256 deadline)
        external
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(Orders.cancellationHash(maker, lane, nonce, deadline));
    }

    /// @inheritdoc IFuturesExchange
    function remaining(Order memory order) public view returns (uint64) {
        Lane memory lane = laneOf[order.maker][order.lane];
        if (
            block.timestamp >= order.expiry || order.epoch < epochOf[order.maker]
                || order.nonce < lane.nonce
        ) return 0;
        return uint64(Math.saturatingSub(order.lots, Orders.filledAt(lane, order.nonce)));
    }

    // ── inside ──────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Counts the lots before anything outside is called.
    function _spend(Order memory order, uint64 lots, address matcher) internal {
        _checkLive(order, matcher);
        Lane storage lane = laneOf[order.maker][order.lane];
        Lane memory spent = Orders.spend(lane, order.nonce, order.lots, lots);
        (lane.nonce, lane.filled) = (spent.nonce, spent.filled);
    }

    /// @dev Lots that were counted and not filled; nothing where the maker ended the order meanwhile.
    function _giveBack(Order memory order, uint64 lots) internal {
        Lane storage lane = laneOf[order.maker][order.lane];
        if (lane.nonce == order.nonce && lane.filled != Orders.CANCELLED) lane.filled -= lots;
    }

    function _spendRoll(Roll memory roll_, bytes calldata signature, uint64 lots)
        internal
        returns (bytes32 id)
    {
        (Order memory near, Order memory far) = (roll_.near, roll_.far);
        if (
            near.maker != far.maker || near.side == far.side || near.lots != far.lots
                || near.lane != far.lane || near.nonce != far.nonce || near.epoch != far.epoch
        ) revert BadRoll();
        id = Orders.hash(roll_);
        _checkLive(far, msg.sender);
        _spend(near, lots, msg.sender);
        _verify(near.maker, id, signature);
    }

    /// @param matcher Who submits it: the caller, other than inside a match that passes over orders.
    function _checkLive(Order memory order, address matcher) private view {
        if (block.timestamp >= order.expiry) revert OrderExpired(order.expiry, block.timestamp);
        uint64 epoch = epochOf[order.maker];
        if (order.epoch < epoch) revert EpochOver(order.epoch, epoch);
        if (order.matcher != address(0) && order.matcher != matcher) {
            revert WrongMatcher(matcher, order.matcher);
        }
    }

    function _verify(address maker, bytes32 id, bytes calldata signature) internal view {
        bytes32 digest = _hashTypedDataV4(id);
        if (!Signatures.isOf(maker, digest, signature)) revert WrongSignature(maker, digest);
    }

    /// @dev A nonce that is over stays over: going back would bring later orders to life.
    function _cancel(address maker, uint64 lane, uint64 nonce) private {
        if (nonce < laneOf[maker][lane].nonce) return;
        laneOf[maker][lane] = Lane(nonce, Orders.CANCELLED);
        emit Cancelled(maker, lane, nonce);
    }
}
