// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket } from "./IFuturesMarket.sol";

/// @title IFuturesLens
/// @notice What a front end asks of a {IFuturesMarket}, in one call each and without an indexer. Reads only; nothing
/// depends on it, so another lens can take its place at any time.
interface IFuturesLens {
    /// @notice A series and what one account has of it. Side 0 is LONG, side 1 + g the SHORT of grade g.
    /// @param id Id of the series.
    /// @param series The series.
    /// @param held Lots the account has, by side.
    /// @param quote What redeeming all of a side pays, in base units, by side; zero until the series is final.
    /// @param units The same in units, 18 decimals, by side, then by eligible grade.
    struct Holding {
        uint256 id;
        IFuturesMarket.SeriesView series;
        uint256[] held;
        uint256[] quote;
        uint256[][] units;
    }

    /// @notice No grade of the series takes another lot.
    /// @param series Id of the series.
    error NoGradeOpen(uint256 series);
    /// @notice There must be one price per eligible grade.
    /// @param prices Prices given.
    /// @param grades Grades of the series.
    error WrongPriceCount(uint256 prices, uint256 grades);

    /// @notice What an account has of some series, in order of listing. Pages end where `from` reaches `total`.
    /// @param account Whose holdings.
    /// @param from Number of the first series, from 0.
    /// @param count Most series to return.
    /// @return page One holding per series.
    /// @return total Number of all series.
    function holdings(address account, uint256 from, uint256 count)
        external
        view
        returns (Holding[] memory page, uint256 total);

    /// @notice What an account can claim of some tokens.
    /// @param account Whose claims.
    /// @param tokens Quote tokens or units.
    /// @return amounts Base units, by token.
    function claimables(address account, address[] calldata tokens)
        external
        view
        returns (uint256[] memory amounts);

    /// @notice What one lot of LONG is paid.
    ///
    /// Once final, what redeeming pays. At a proposed price, what it would if that became final. Before, what
    /// delivery would pay now; of a BANDED series, whose LONG is quote alone, its payoff at a fresh index value.
    /// Grades flagged so far count as unwound.
    /// @param series Id of the series.
    /// @return quote Base units of the quote token, rounded down.
    /// @return units Units with 18 decimals, by eligible grade, rounded down.
    function basketOf(uint256 series) external view returns (uint256 quote, uint256[] memory units);

    /// @notice The grade that is cheapest to deliver among those that still take lots: not closed and below their
    /// cap. No contract knows what grades trade at, so the caller gives prices. Units are SCU already, so no factor
    /// enters. Of equal prices the first counts.
    /// @param series Id of the series.
    /// @param prices Prices per SCU, one per eligible grade, all in the same denomination.
    /// @return grade Its place in the terms, from 0.
    /// @return lots How many more it takes.
    function cheapest(uint256 series, uint256[] calldata prices)
        external
        view
        returns (uint256 grade, uint64 lots);
}
