// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AggregatorV3Interface } from "./AggregatorV3Interface.sol";

/// @title AggregatorInterface
/// @notice The older price-feed interface, by single figures (Chainlink's): some contracts still read it. A round that
/// is no longer, or not yet, kept is 0 here, as with every feed of this interface.
interface AggregatorInterface {
    /// @notice A round got its answer. Feeds over an index emit nothing: the index does.
    /// @param current The answer.
    /// @param roundId Number of the round.
    /// @param updatedAt Unix time the value is for.
    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);
    /// @notice A round began. Feeds over an index emit nothing: the index does.
    /// @param roundId Number of the round.
    /// @param startedBy Who began it.
    /// @param startedAt Unix time at which it began.
    event NewRound(uint256 indexed roundId, address indexed startedBy, uint256 startedAt);

    /// @notice The latest answer, however old.
    /// @return Value of the latest round; 0 before the first.
    function latestAnswer() external view returns (int256);

    /// @notice When the latest answer was.
    /// @return Unix time it is for; 0 before the first round.
    function latestTimestamp() external view returns (uint256);

    /// @notice The latest round.
    /// @return Its number; 0 before the first.
    function latestRound() external view returns (uint256);

    /// @notice The answer of one round.
    /// @param roundId Number of the round.
    /// @return Its value; 0 where it is not kept.
    function getAnswer(uint256 roundId) external view returns (int256);

    /// @notice When the answer of one round was.
    /// @param roundId Number of the round.
    /// @return Unix time it is for; 0 where it is not kept.
    function getTimestamp(uint256 roundId) external view returns (uint256);
}

/// @title AggregatorV2V3Interface
/// @notice Both in one (Chainlink's name for it).
interface AggregatorV2V3Interface is AggregatorInterface, AggregatorV3Interface { }
