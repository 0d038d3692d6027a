// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AggregatorInterface, AggregatorV2V3Interface } from "./interfaces/AggregatorInterface.sol";
import { AggregatorV3Interface } from "./interfaces/AggregatorV3Interface.sol";
import { ISpotIndexReader } from "./interfaces/ISpotIndexReader.sol";

/// @title IndexFeed
/// @notice One index as a price feed, whichever version records it. USD per SCU, 8 decimals.
///
/// As with every feed of this interface the reader judges `updatedAt`, which is the slot the value is for;
/// contracts that would rather get an error than a stale value read a {StrictIndexFeed}.
contract IndexFeed is AggregatorV2V3Interface {
    ISpotIndexReader public immutable spotIndex;
    uint256 public immutable index;
    /// @inheritdoc AggregatorV3Interface
    uint8 public constant decimals = 8;
    /// @inheritdoc AggregatorV3Interface
    uint256 public constant version = 2;
    /// @inheritdoc AggregatorV3Interface
    string public description;

    /// @notice No round yet.
    error NoData();

    constructor(ISpotIndexReader spotIndex_, uint256 index_) {
        (spotIndex, index) = (spotIndex_, index_);
        description = spotIndex_.indexNames()[index_];
    }

    /// @inheritdoc AggregatorV3Interface
    function latestRoundData()
        public
        view
        virtual
        returns (
            uint80 id,
            int256 answer,
            uint256 startedAt,
            uint256 updatedAt,
            uint80 answeredInRound
        )
    {
        uint256 newest = latestRound();
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
        ISpotIndexReader.RoundView memory r = spotIndex.roundAt(index, roundId);
        if (r.slot == 0) revert NoData();
        return (roundId, int256(uint256(r.value)), r.slot, r.slot, roundId);
    }

    /// @inheritdoc AggregatorInterface
    function latestRound() public view returns (uint256) {
        return spotIndex.roundsOf(index);
    }

    /// @inheritdoc AggregatorInterface
    function latestAnswer() public view virtual returns (int256) {
        return int256(uint256(spotIndex.latest(index).value));
    }

    /// @inheritdoc AggregatorInterface
    function latestTimestamp() public view virtual returns (uint256) {
        return spotIndex.latest(index).slot;
    }

    /// @inheritdoc AggregatorInterface
    function getAnswer(uint256 roundId) external view returns (int256) {
        return int256(uint256(_kept(roundId).value));
    }

    /// @inheritdoc AggregatorInterface
    function getTimestamp(uint256 roundId) external view returns (uint256) {
        return _kept(roundId).slot;
    }

    /// @notice True when the latest round is replayed history rather than live quotes.
    function isReplayed() external view returns (bool) {
        return spotIndex.latest(index).flags & 1 != 0;
    }

    /// @dev All zero for a round that the index does not keep; any other failure is passed on.
    function _kept(uint256 roundId) private view returns (ISpotIndexReader.RoundView memory r) {
        try spotIndex.roundAt(index, roundId) returns (ISpotIndexReader.RoundView memory found) {
            return found;
        } catch (bytes memory reason) {
            if (bytes4(reason) == ISpotIndexReader.RoundEvicted.selector) return r;
            assembly ("memory-safe") {
                revert(add(reason, 0x20), mload(reason))
            }
        }
    }
}
