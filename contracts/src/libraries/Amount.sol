// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What crosses between chains: a count of steps that both sides can represent, and the decimals the
/// count is in. Value u96 | decimals u8; two amounts of different decimals never meet.
type Amount is uint104;

using { add as +, sub as -, lt as <, le as <=, eq as == } for Amount global;
using AmountLib for Amount global;

error DecimalsMismatch(uint8 left, uint8 right);
error AmountTooLarge(uint256 value);
error AmountTooSmall(uint256 left, uint256 right);

function add(Amount a, Amount b) pure returns (Amount) {
    return AmountLib.pack(uint256(a.value()) + b.value(), AmountLib.common(a, b));
}

/// @dev Reverts with AmountTooSmall rather than going below zero.
function sub(Amount a, Amount b) pure returns (Amount) {
    uint8 decimals = AmountLib.common(a, b);
    if (a.value() < b.value()) revert AmountTooSmall(a.value(), b.value());
    unchecked {
        return AmountLib.pack(a.value() - b.value(), decimals);
    }
}

function lt(Amount a, Amount b) pure returns (bool) {
    AmountLib.common(a, b);
    return a.value() < b.value();
}

function le(Amount a, Amount b) pure returns (bool) {
    AmountLib.common(a, b);
    return a.value() <= b.value();
}

function eq(Amount a, Amount b) pure returns (bool) {
    AmountLib.common(a, b);
    return a.value() == b.value();
}

/// @title AmountLib
/// @notice Between base units of a token and amounts that cross.
library AmountLib {
    /// @notice An amount of `value` steps. Reverts with AmountTooLarge beyond 96 bits.
    function pack(uint256 value_, uint8 decimals_) internal pure returns (Amount) {
        if (value_ > type(uint96).max) revert AmountTooLarge(value_);
        return Amount.wrap(uint104((value_ << 8) | decimals_));
    }

    /// @notice The most whole steps in `base` units of a token with `tokenDecimals`: rounds down, and what is
    /// left over stays with whoever has it.
    function fromBase(uint256 base, uint8 tokenDecimals, uint8 decimals_)
        internal
        pure
        returns (Amount)
    {
        return pack(base / step(tokenDecimals, decimals_), decimals_);
    }

    /// @notice Base units of a token with `tokenDecimals`: exact.
    function toBase(Amount a, uint8 tokenDecimals) internal pure returns (uint256) {
        return a.value() * step(tokenDecimals, a.decimals());
    }

    /// @notice Base units in one step. Reverts where a token has fewer decimals than the amount.
    function step(uint8 tokenDecimals, uint8 decimals_) internal pure returns (uint256) {
        if (tokenDecimals < decimals_) revert DecimalsMismatch(tokenDecimals, decimals_);
        unchecked {
            return 10 ** uint256(tokenDecimals - decimals_);
        }
    }

    function value(Amount a) internal pure returns (uint96) {
        return uint96(Amount.unwrap(a) >> 8);
    }

    function decimals(Amount a) internal pure returns (uint8) {
        return uint8(Amount.unwrap(a));
    }

    /// @notice The decimals of both. Reverts where they differ.
    function common(Amount a, Amount b) internal pure returns (uint8) {
        if (a.decimals() != b.decimals()) revert DecimalsMismatch(a.decimals(), b.decimals());
        return a.decimals();
    }
}
