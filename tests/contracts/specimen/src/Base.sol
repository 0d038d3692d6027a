// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

enum Mood {
    CALM,
    BUSY
}

struct Leg {
    address grade;
    uint128 lots;
    string note;
}

/// @notice What the specimen inherits; changing it changes the specimen.
abstract contract Base {
    uint256 internal constant UNLUCKY = 13;
}
