// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { LoneReporter } from "./support/LoneReporter.sol";
import {
    FunctionsCoordinator
} from "@chainlink/contracts/src/v0.8/functions/v1_3_0/FunctionsCoordinator.sol";
import {
    FunctionsBillingConfig
} from "@chainlink/contracts/src/v0.8/functions/v1_3_0/interfaces/IFunctionsBilling.sol";

/// @notice A price-feed consumer that none of us wrote, as npm ships it: Chainlink Functions' coordinator bills
/// by two feeds. It reads ours through AggregatorV3Interface without knowing.
contract FeedConsumerTest is LoneReporter {
    uint64 private constant FALLBACK = 77 * USD;
    uint32 private constant STALE_AFTER = 2 hours;

    FunctionsCoordinator private _consumer;

    function setUp() public override {
        super.setUp();
        FunctionsBillingConfig memory config;
        config.feedStalenessSeconds = STALE_AFTER;
        config.fallbackUsdPerUnitLink = FALLBACK;
        config.fallbackUsdPerUnitLinkDecimals = 8;
        config.fallbackNativePerUnitLink = FALLBACK;
        config.minimumEstimateGasPriceWei = 1;
        address feed = _deploy("IndexFeed", abi.encode(index, 1));
        _consumer = new FunctionsCoordinator(address(1), config, feed, feed);
    }

    function test_consumer__fresh_round__reads_value_and_decimals_unchanged(uint64 value) public {
        vm.assume(value != 0);
        _record(value);
        (uint256 price, uint8 decimals) = _consumer.getUsdPerUnitLink();
        assertEq(price, value);
        assertEq(decimals, 8);
        assertEq(_consumer.getWeiPerUnitLink(), value);
    }

    function test_consumer__round_older_than_it_accepts__takes_its_own_fallback(uint256 age)
        public
    {
        _record(USD);
        skip(bound(age, STALE_AFTER + 1, 1000 days));
        (uint256 price,) = _consumer.getUsdPerUnitLink();
        assertEq(price, FALLBACK);
    }
}
