// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Month
/// @notice Calendar months, UTC, counted from January 1970.
library Month {
    /// @notice Number of the month a Unix time lies in. Proleptic Gregorian: years are counted from a March so that the leap
    /// day is the last of its year, in eras of 400 years.
    function number(uint256 time) internal pure returns (uint256) {
        unchecked {
            // Day 0 is 0000-03-01.
            uint256 day = time / 1 days + 719_468;
            uint256 ofEra = day % 146_097;
            uint256 year = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365;
            uint256 ofYear = ofEra - (365 * year + year / 4 - year / 100);
            // Months from March come in a pattern of 153 days to five.
            uint256 fromMarch = (5 * ofYear + 2) / 153;
            return (day / 146_097 * 400 + year) * 12 + fromMarch + 2 - 1970 * 12;
        }
    }
}
