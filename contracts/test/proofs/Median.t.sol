// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Report } from "../../src/libraries/Report.sol";
import { Test } from "forge-std/Test.sol";

/// @notice Invariant 4 for every choice of values: what {Report-tally} lets pass as the median lies within the
/// honest observations while liars are at most ⌈q/2⌉ - 1. Liars are the first of the report; counting does not
/// know positions.
contract MedianProofs is Test {
    function check_median__three_observations_one_liar__lies_within_the_honest(
        uint64 lie,
        uint64 a,
        uint64 b,
        uint64 candidate
    ) public view {
        vm.assume(a != 0 && b != 0 && lie != 0);
        uint64[] memory values = new uint64[](3);
        (values[0], values[1], values[2]) = (lie, a, b);
        if (!this.isMedian(_report(values), candidate, 3)) return;
        assert(candidate >= (a < b ? a : b));
        assert(candidate <= (a > b ? a : b));
    }

    function check_median__five_observations_two_liars__lies_within_the_honest(
        uint64[2] memory lies,
        uint64 a,
        uint64 b,
        uint64 c,
        uint64 candidate
    ) public view {
        vm.assume(a != 0 && b != 0 && c != 0 && lies[0] != 0 && lies[1] != 0);
        uint64[] memory values = new uint64[](5);
        (values[0], values[1], values[2], values[3], values[4]) = (lies[0], lies[1], a, b, c);
        if (!this.isMedian(_report(values), candidate, 5)) return;
        uint64 low = a < b ? a : b;
        uint64 high = a > b ? a : b;
        assert(candidate >= (low < c ? low : c));
        assert(candidate <= (high > c ? high : c));
    }

    /// Whatever the values, somebody's observation passes: an honest submitter is never stuck.
    function check_median__three_observations__one_of_them_passes(uint64 a, uint64 b, uint64 c)
        public
        view
    {
        vm.assume(a != 0 && b != 0 && c != 0);
        uint64[] memory values = new uint64[](3);
        (values[0], values[1], values[2]) = (a, b, c);
        bytes memory report = _report(values);
        assert(
            this.isMedian(report, a, 3) || this.isMedian(report, b, 3)
                || this.isMedian(report, c, 3)
        );
    }

    /// @dev The rule of {SpotIndex-_median}, on calldata as there.
    function isMedian(bytes calldata report, uint256 candidate, uint256 count)
        external
        pure
        returns (bool)
    {
        (uint256 below, uint256 equal, uint256 present) =
            Report.tally(report, 1, 0, count, candidate);
        assert(present == count);
        uint256 middle = (present - 1) / 2;
        return middle >= below && middle < below + equal;
    }

    /// @dev A report of one index whose signatures nobody looks at.
    function _report(uint64[] memory values) private pure returns (bytes memory report) {
        report = new bytes(11);
        for (uint256 i; i < values.length; ++i) {
            report = abi.encodePacked(report, bytes32(0), bytes32(0), bytes32(0), values[i]);
        }
    }
}
