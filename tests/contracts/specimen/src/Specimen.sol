// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Base, Leg, Mood } from "./Base.sol";

/// @notice One of everything an interface can have, for the tests of {Chain} and of the bindings.
contract Specimen is Base {
    struct Series {
        uint40 start;
        bytes32 id;
        Mood mood;
        Leg[] legs;
        uint64[3] three;
    }

    /// @notice The number is unlucky.
    error Unlucky(uint256 number, string why);
    error WrongMood(Mood mood, Leg leg);
    error Empty();

    /// @notice The counter moved.
    event Counted(address indexed who, uint256 indexed by, uint256 total);
    event Moved(Mood indexed mood, string indexed name, int64 delta, bytes4 tag, bool ok, Mood next);
    event Listed(uint256 indexed id, uint64[] values, Leg leg, string note);

    uint256 public total;

    constructor(uint256 start) payable {
        if (start == UNLUCKY) revert Unlucky(start, "at birth");
        total = start;
    }

    /// @notice Adds `by` to the total.
    function count(uint256 by) external returns (uint256) {
        if (by == UNLUCKY) revert Unlucky(by, "thirteen");
        if (by == 14) revert("fourteen");
        if (by == 15) revert WrongMood(Mood.BUSY, Leg(msg.sender, 3, "hi"));
        if (by == 16) revert Empty();
        if (by == 17) return by / (by - 17);
        if (by == 18) {
            assembly {
                mstore(0, hex"deadbeef")
                revert(0, 4)
            }
        }
        total += by;
        emit Counted(msg.sender, by, total);
        emit Moved(Mood.BUSY, "name", -5, 0x01020304, true, Mood.CALM);
        uint64[] memory values = new uint64[](2);
        (values[0], values[1]) = (1, 2);
        emit Listed(by, values, Leg(msg.sender, 7, "leg"), "note");
        return total;
    }

    /// @notice Works once per block time.
    function onlyAt(uint256 time) external {
        if (block.timestamp != time) revert Unlucky(block.timestamp, "wrong time");
        total++;
    }

    /// @notice Fails once the total has been moved.
    function first() external {
        if (total != 0) revert Unlucky(total, "not the first");
        total = 1;
    }

    function give() external payable returns (uint256) {
        return msg.value;
    }

    function echo(
        Series calldata series,
        bytes calldata extra,
        int256[] calldata numbers,
        bytes3 tag,
        bool ok
    ) external pure returns (Series memory, bytes memory, int256[] memory, bytes3, bool) {
        return (series, extra, numbers, tag, ok);
    }

    function now_() external view returns (uint256) {
        return block.timestamp;
    }

    function twice(uint256 number) external pure returns (uint256 result) {
        return 2 * number;
    }

    function twice(uint256 number, uint256 plus) external pure returns (uint256 result) {
        return 2 * number + plus;
    }

    function legs(address from) external pure returns (Leg[] memory found) {
        found = new Leg[](1);
        found[0] = Leg(from, 1, unicode"½");
    }
}
