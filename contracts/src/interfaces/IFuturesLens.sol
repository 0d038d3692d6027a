// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket } from "./IFuturesMarket.sol";

/// @title IFuturesLens
/// @notice What a front end asks of a {IFuturesMarket}, in one call each and without an indexer. Reads only; nothing
/// depends on it, so another lens can take its place at any time.
interface IFuturesLens {
    /// @notice A series and what one account has of it. Side 0 is LONG, side 1 + g the SHORT of grade g.
    /// @param id Of the series.
    /// @param held Lots of each side.
    /// @param quote What redeeming all of a side pays, base units; zero until the series is final.
    /// @param units The same in each eligible grade, by side then grade, wei.
    struct Holding {
        uint256 id;
        IFuturesMarket.SeriesView series;
        uint256[] held;
        uint256[] quote;
        uint256[][] units;
    }

    /// @notice No grade of the series takes another lot.
    error NoGradeOpen(uint256 series);
    error WrongPriceCount(uint256 prices, uint256 grades);

    /// @notice `account`'s holdings in up to `count` series from number `from`, in order of listing, and how many
    /// series there are: pages end where `from` reaches `total`.
    function holdings(address account, uint256 from, uint256 count)
        external
        view
        returns (Holding[] memory page, uint256 total);

    /// @notice What `account` can claim of each token.
    function claimables(address account, address[] calldata tokens)
        external
        view
        returns (uint256[] memory amounts);

    /// @notice What one lot of LONG is paid: quote, and wei of each eligible grade, rounded down.
    ///
    /// Once final, what redeeming pays. At a proposed price, what it would if that became final. Before, what
    /// delivery would pay now; of a BANDED series, whose LONG is quote alone, its payoff at a fresh index value.
    /// Grades flagged so far count as unwound.
    function basketOf(uint256 series) external view returns (uint256 quote, uint256[] memory units);

    /// @notice The grade that is cheapest to deliver at these prices, among those that still take lots: not closed
    /// and below their cap. No contract knows what grades trade at, so the caller says: `prices` are per SCU, one
    /// per eligible grade, in any one denomination; units are SCU already, so no factor enters. On equal prices the
    /// first of them.
    /// @return grade Its place in the terms.
    /// @return lots How many more it takes.
    function cheapest(uint256 series, uint256[] calldata prices)
        external
        view
        returns (uint256 grade, uint64 lots);
}
