// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesExchange, Leg, Order, Roll, Side } from "../interfaces/IFuturesExchange.sol";
import { Settlement } from "./Settlement.sol";

/// @notice Where a lane of orders has come to.
struct Lane {
    uint64 nonce;
    uint64 filled;
}

/// @title Orders
/// @notice Typed hashes and the arithmetic of fills, free of storage: what tests, proofs and the Python twin
/// compare. Quote amounts are base units, `quoteUnit` is 10^decimals of the quote token.
library Orders {
    uint64 internal constant TICK = 1e6;
    uint256 internal constant BPS = 10_000;
    /// @notice Lots no order reaches: the lane's nonce was cancelled.
    uint64 internal constant CANCELLED = type(uint64).max;

    string private constant ORDER = "Order(uint256 series,uint8 side,uint8 grade,uint8 legs,"
        "uint64 price,uint64 lots,address maker,address taker,address matcher,uint64 epoch,"
        "uint64 lane,uint64 nonce,uint40 expiry)";
    bytes32 private constant ORDER_TYPE = keccak256(bytes(ORDER));
    bytes32 private constant ROLL_TYPE =
        keccak256(abi.encodePacked("Roll(Order near,Order far)", ORDER));
    bytes32 private constant CANCELLATION_TYPE =
        keccak256("Cancellation(address maker,uint64 lane,uint64 nonce,uint256 deadline)");

    /// @notice EIP-712 hash of the struct.
    /// @dev In memory a struct lies as it is encoded; the word before it lends its place to the type.
    function hash(Order memory order) internal pure returns (bytes32 hash_) {
        bytes32 orderType = ORDER_TYPE;
        assembly ("memory-safe") {
            let start := sub(order, 0x20)
            let lent := mload(start)
            mstore(start, orderType)
            hash_ := keccak256(start, 0x1c0)
            mstore(start, lent)
        }
    }

    /// @notice EIP-712 hash of the struct.
    function hash(Roll memory roll) internal pure returns (bytes32) {
        return keccak256(abi.encode(ROLL_TYPE, hash(roll.near), hash(roll.far)));
    }

    /// @notice EIP-712 hash of a maker's word that its orders of a lane are over up to a nonce.
    function cancellationHash(address maker, uint64 lane, uint64 nonce, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(CANCELLATION_TYPE, maker, lane, nonce, deadline));
    }

    /// @notice Lots already filled that count against an order of `nonce`. Reverts for a nonce that is over.
    function filledAt(Lane memory lane, uint64 nonce) internal pure returns (uint64) {
        if (nonce < lane.nonce) revert IFuturesExchange.NonceOver(nonce, lane.nonce);
        return nonce == lane.nonce ? lane.filled : 0;
    }

    /// @notice The lane after `lots` more of an order of `most` lots; refuses what is beyond them.
    function spend(Lane memory lane, uint64 nonce, uint64 most, uint64 lots)
        internal
        pure
        returns (Lane memory)
    {
        if (lots == 0) revert IFuturesExchange.NoLots();
        uint256 filled = uint256(filledAt(lane, nonce)) + lots;
        if (filled > most) revert IFuturesExchange.LotsExceeded(filled, most);
        return Lane(nonce, uint64(filled));
    }

    /// @notice Whether a price can be traded: on the tick, and a lot of it a whole number of base units.
    function isTradable(uint64 price, uint256 quoteUnit) internal pure returns (bool) {
        return price != 0 && price % TICK == 0 && Settlement.isExact(price, quoteUnit);
    }

    /// @notice Whether a taker's limit allows the price with the fee on top: all-in, to the last digit.
    function isWithin(Side side, uint64 price, uint64 limit, uint16 feeBps)
        internal
        pure
        returns (bool)
    {
        unchecked {
            return side == Side.BUY
                ? price * (BPS + feeBps) <= limit * BPS
                : price * (BPS - feeBps) >= limit * BPS;
        }
    }

    /// @notice The farthest that an order lets its fills be from the index, in per cent of it; 0 for any distance.
    function percentOf(uint8 legs) internal pure returns (uint8) {
        return legs >> 4;
    }

    /// @notice Whether a price is within so many per cent of an index, to the last digit.
    function isNear(uint64 price, uint64 spot, uint8 percent) internal pure returns (bool) {
        uint256 distance = price > spot ? price - spot : spot - price;
        unchecked {
            return distance * 100 <= uint256(spot) * percent;
        }
    }

    /// @notice What the buyer pays the seller for `lots`, beside what moves into or out of locks; negative
    /// where the seller pays. Exact for tradable prices. What the leg hands over itself is worth Q(`low`) less of a
    /// LONG, Q(`high`) of a SHORT that goes, and Q(K) of a pair.
    /// @param low L, zero where COVERED.
    /// @param high H, K where COVERED: there a SHORT locks no quote.
    function payment(
        Leg leg,
        uint64 price,
        uint64 low,
        uint64 referencePrice,
        uint64 high,
        uint64 lots,
        uint256 quoteUnit
    ) internal pure returns (int256) {
        uint256 perLot = Settlement.quoteOf(price, quoteUnit);
        uint64 from = leg == Leg.LONG ? low : leg == Leg.SHORT ? high : referencePrice;
        uint256 lock = Settlement.quoteOf(from, quoteUnit);
        // Neither is above 2^64 · 10^36 / 10^10, with the lots 2^64 times that: far from 2^255.
        unchecked {
            return (int256(perLot) - int256(lock)) * int256(uint256(lots));
        }
    }

    /// @notice The taker's fee on `lots`, rounded down in the taker's favour.
    function fee(uint64 price, uint64 lots, uint16 feeBps, uint256 quoteUnit)
        internal
        pure
        returns (uint256)
    {
        uint256 perLot = Settlement.quoteOf(price, quoteUnit);
        unchecked {
            return perLot * lots * feeBps / BPS;
        }
    }
}
