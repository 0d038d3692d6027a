// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AggregatorV2V3Interface } from "../../src/interfaces/AggregatorInterface.sol";

// How contracts that nobody here wrote read a price feed: their calls, checks and errors, written anew from their
// sources (named at each). None of them knows more of ours than AggregatorV2V3Interface.

/// @notice Aave v3, AaveOracle.getAssetPrice: the single figure, and a fallback where it is not positive.
contract AaveReader {
    uint256 internal constant FALLBACK = 1;

    function price(AggregatorV2V3Interface feed) external view returns (uint256) {
        int256 answer = feed.latestAnswer();
        return answer > 0 ? uint256(answer) : FALLBACK;
    }
}

/// @notice Morpho Blue, ChainlinkDataFeedLib.getPrice: any answer that is not negative, however old.
contract MorphoReader {
    function price(AggregatorV2V3Interface feed) external view returns (uint256) {
        (, int256 answer,,,) = feed.latestRoundData();
        require(answer >= 0, "negative answer");
        return uint256(answer);
    }
}

/// @notice Compound III, Comet: eight decimals at listing, a positive answer at reading.
contract CometReader {
    error BadDecimals();
    error BadPrice();

    function list(AggregatorV2V3Interface feed) external view {
        if (feed.decimals() != 8) revert BadDecimals();
    }

    function price(AggregatorV2V3Interface feed) external view returns (uint256) {
        (, int256 answer,,,) = feed.latestRoundData();
        if (answer <= 0) revert BadPrice();
        return uint256(answer);
    }
}

/// @notice Euler price oracle, ChainlinkOracle: positive, and no older than its greatest staleness.
contract EulerReader {
    error InvalidAnswer();
    error TooStale(uint256 staleness, uint256 most);

    function price(AggregatorV2V3Interface feed, uint256 most) external view returns (uint256) {
        (, int256 answer,, uint256 updatedAt,) = feed.latestRoundData();
        if (answer <= 0) revert InvalidAnswer();
        uint256 staleness = block.timestamp - updatedAt;
        if (staleness > most) revert TooStale(staleness, most);
        return uint256(answer);
    }
}

/// @notice GMX v1, VaultPriceFeed.getPrimaryPrice: the greatest of the last three rounds, by number.
contract GmxReader {
    uint80 internal constant SAMPLES = 3;

    function price(AggregatorV2V3Interface feed) external view returns (uint256 greatest) {
        uint80 roundId = uint80(feed.latestRound());
        for (uint80 i; i < SAMPLES; ++i) {
            if (roundId <= i) break;
            int256 answer;
            if (i == 0) answer = feed.latestAnswer();
            else (, answer,,,) = feed.getRoundData(roundId - i);
            require(answer > 0, "VaultPriceFeed: invalid price");
            if (uint256(answer) > greatest) greatest = uint256(answer);
        }
        require(greatest > 0, "VaultPriceFeed: could not fetch price");
    }
}

/// @notice GMX v2, ChainlinkPriceFeedUtils.getPriceFeedPrice: positive, and updated within a heartbeat.
contract GmxSynthReader {
    error InvalidFeedPrice(int256 price);
    error PriceFeedNotUpdated(uint256 timestamp, uint256 heartbeat);

    function price(AggregatorV2V3Interface feed, uint256 heartbeat)
        external
        view
        returns (uint256)
    {
        (, int256 answer,, uint256 timestamp,) = feed.latestRoundData();
        if (answer <= 0) revert InvalidFeedPrice(answer);
        if (block.timestamp > timestamp && block.timestamp - timestamp > heartbeat) {
            revert PriceFeedNotUpdated(timestamp, heartbeat);
        }
        return uint256(answer);
    }
}

/// @notice Opyn Gamma, ChainlinkPricer.setExpiryPriceInOracle: the first round at or after an expiry, proven by the
/// round before it.
contract GammaReader {
    function expiryPrice(AggregatorV2V3Interface feed, uint256 expiry, uint80 roundId)
        external
        view
        returns (uint256)
    {
        (, int256 answer,, uint256 roundTimestamp,) = feed.getRoundData(roundId);
        require(expiry <= roundTimestamp, "roundId not first after expiry");
        require(answer >= 0, "invalid price");
        uint80 previous = roundId - 1;
        while (true) {
            (,,, uint256 timestamp,) = feed.getRoundData(previous);
            if (timestamp != 0) {
                require(timestamp < expiry, "previousRoundId not last round before expiry");
                return uint256(answer);
            }
            require(previous > 0, "invalid previousRoundId");
            --previous;
        }
        return 0;
    }
}

/// @notice Liquity v1, PriceFeed: broken, frozen for four hours, or moved by more than half since the round before.
contract LiquityReader {
    uint256 internal constant TIMEOUT = 14_400;

    function isTrusted(AggregatorV2V3Interface feed) external view returns (bool) {
        (uint80 id, int256 answer,, uint256 timestamp,) = feed.latestRoundData();
        (uint80 idBefore, int256 answerBefore,, uint256 before,) = feed.getRoundData(id - 1);
        if (_isBad(id, answer, timestamp) || _isBad(idBefore, answerBefore, before)) return false;
        if (block.timestamp - timestamp > TIMEOUT) return false;
        (uint256 a, uint256 b) = (uint256(answer), uint256(answerBefore));
        (uint256 low, uint256 high) = a < b ? (a, b) : (b, a);
        return (high - low) * 1e18 / high <= 5e17;
    }

    function _isBad(uint80 id, int256 answer, uint256 timestamp) private view returns (bool) {
        return id == 0 || timestamp == 0 || timestamp > block.timestamp || answer <= 0;
    }
}

/// @notice Synthetix v2, ExchangeRates: a call whose failure is a rate of zero, and rates stale after a period.
contract SynthetixReader {
    uint256 internal constant STALE_PERIOD = 25 hours;

    function list(AggregatorV2V3Interface feed) external view returns (bool) {
        require(feed.latestTimestamp() > 0, "Given Aggregator is invalid");
        require(feed.decimals() <= 18, "Aggregator decimals should be lower or equal to 18");
        return true;
    }

    function rate(AggregatorV2V3Interface feed) external view returns (uint256, bool isStale) {
        (bool ok, bytes memory data) =
            address(feed).staticcall(abi.encodeCall(feed.latestRoundData, ()));
        if (!ok) return (0, true);
        (, int256 answer,, uint256 updatedAt,) =
            abi.decode(data, (uint80, int256, uint256, uint256, uint80));
        return (uint256(answer) * 1e10, updatedAt + STALE_PERIOD < block.timestamp);
    }

    /// @dev getRoundIdBeforeElapsedSecs: the round in force some seconds after a start.
    function roundBefore(
        AggregatorV2V3Interface feed,
        uint256 roundId,
        uint256 start,
        uint256 elapsed
    ) external view returns (uint256) {
        while (true) {
            (,,, uint256 timestamp,) = feed.getRoundData(uint80(roundId + 1));
            if (timestamp == 0 || timestamp > start + elapsed) return roundId;
            ++roundId;
            if (roundId == feed.latestRound()) return roundId;
        }
        return 0;
    }
}

/// @notice The checks that Chainlink's documentation asked for, as Alchemix, Benqi and many others have them.
contract CarefulReader {
    function price(AggregatorV2V3Interface feed) external view returns (uint256) {
        (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound) =
            feed.latestRoundData();
        require(answer > 0, "price");
        require(startedAt != 0 && updatedAt != 0, "round not complete");
        require(answeredInRound >= id, "stale price");
        return uint256(answer);
    }
}
