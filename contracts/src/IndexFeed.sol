// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AggregatorV3Interface } from "./interfaces/AggregatorV3Interface.sol";
import { ISpotIndex } from "./interfaces/ISpotIndex.sol";

/// @title IndexFeed
/// @notice One index of a {SpotIndex} as a price feed. USD per SCU, 8 decimals.
///
/// As with every feed of this interface the reader judges `updatedAt`, which is the slot the value is for;
/// contracts that would rather get an error than a stale value read {ISpotIndex-fresh}.
contract IndexFeed is AggregatorV3Interface {
    ISpotIndex public immutable spotIndex;
    uint256 public immutable index;
    /// @inheritdoc AggregatorV3Interface
    uint8 public constant decimals = 8;
    /// @inheritdoc AggregatorV3Interface
    uint256 public constant version = 1;
    /// @inheritdoc AggregatorV3Interface
    string public description;

    /// @notice No round yet.
    error NoData();

    constructor(ISpotIndex spotIndex_, uint256 index_) {
        (spotIndex, index) = (spotIndex_, index_);
        description = spotIndex_.indexNames()[index_];
    }

    /// @inheritdoc AggregatorV3Interface
    function latestRoundData()
        external
        view
        returns (
            uint80 id,
            int256 answer,
            uint256 startedAt,
            uint256 updatedAt,
            uint80 answeredInRound
        )
    {
        uint256 newest = spotIndex.rounds();
        if (newest == 0) revert NoData();
        return getRoundData(uint80(newest));
    }

    /// @inheritdoc AggregatorV3Interface
    function getRoundData(uint80 roundId)
        public
        view
        returns (
            uint80 id,
            int256 answer,
            uint256 startedAt,
            uint256 updatedAt,
            uint80 answeredInRound
        )
    {
        ISpotIndex.RoundView memory r = spotIndex.roundAt(index, roundId);
        if (r.slot == 0) revert NoData();
        return (roundId, int256(uint256(r.value)), r.slot, r.slot, roundId);
    }

    /// @notice True when the latest round is replayed history rather than live quotes.
    function isReplayed() external view returns (bool) {
        return spotIndex.latest(index).flags & 1 != 0;
    }
}
