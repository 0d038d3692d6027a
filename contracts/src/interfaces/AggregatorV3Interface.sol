// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title AggregatorV3Interface
/// @notice The price-feed interface most lending and derivatives contracts already read (Chainlink's).
interface AggregatorV3Interface {
    /// @notice Decimals of every answer.
    /// @return Number of decimals.
    function decimals() external view returns (uint8);

    /// @notice What the feed is of.
    /// @return Name of the index.
    function description() external view returns (string memory);

    /// @notice Version of the feed's code.
    /// @return Whole number, rising with each version.
    function version() external view returns (uint256);

    /// @notice One past round. Reverts where it is no longer, or not yet, kept.
    /// @param roundId Number of the round, from 1.
    /// @return id The number asked for.
    /// @return answer Value of the round, in {decimals} decimals.
    /// @return startedAt Unix time the value is for.
    /// @return updatedAt Same as `startedAt`: a round is for one instant. Judge by it how old the value is.
    /// @return answeredInRound Same as `id`: no round is answered by a later one.
    function getRoundData(uint80 roundId)
        external
        view
        returns (
            uint80 id,
            int256 answer,
            uint256 startedAt,
            uint256 updatedAt,
            uint80 answeredInRound
        );

    /// @notice The latest round, however old. Reverts before the first.
    /// @return id Number of the round.
    /// @return answer Value of the round, in {decimals} decimals.
    /// @return startedAt Unix time the value is for.
    /// @return updatedAt Same as `startedAt`. Judge by it how old the value is.
    /// @return answeredInRound Same as `id`.
    function latestRoundData()
        external
        view
        returns (
            uint80 id,
            int256 answer,
            uint256 startedAt,
            uint256 updatedAt,
            uint80 answeredInRound
        );
}
