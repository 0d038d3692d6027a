// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IndexFeed } from "./IndexFeed.sol";
import { AggregatorInterface } from "./interfaces/AggregatorInterface.sol";
import { AggregatorV3Interface } from "./interfaces/AggregatorV3Interface.sol";
import { ISpotIndexReader } from "./interfaces/ISpotIndexReader.sol";

/// @title StrictIndexFeed
/// @notice An {IndexFeed} whose latest answer is fresh or an error: {ISpotIndexReader-StaleIndex} once the index is
/// halted. For readers that never look at `updatedAt`. Past rounds stay readable.
contract StrictIndexFeed is IndexFeed {
    constructor(ISpotIndexReader spotIndex_, uint256 index_) IndexFeed(spotIndex_, index_) { }

    /// @inheritdoc AggregatorV3Interface
    function latestRoundData()
        public
        view
        override
        returns (
            uint80 id,
            int256 answer,
            uint256 startedAt,
            uint256 updatedAt,
            uint80 answeredInRound
        )
    {
        spotIndex.fresh(index);
        return super.latestRoundData();
    }

    /// @inheritdoc AggregatorInterface
    function latestAnswer() public view override returns (int256) {
        (uint64 value,) = spotIndex.fresh(index);
        return int256(uint256(value));
    }

    /// @inheritdoc AggregatorInterface
    function latestTimestamp() public view override returns (uint256) {
        (, uint40 slot) = spotIndex.fresh(index);
        return slot;
    }
}
