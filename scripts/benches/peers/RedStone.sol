// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    PriceFeedsAdapterWithRoundsMock
} from "@redstone-finance/on-chain-relayer/contracts/mocks/PriceFeedsAdapterWithRoundsMock.sol";

/// @notice RedStone's adapter with rounds, for their own test signers: one feed, and a threshold.
contract Adapter is PriceFeedsAdapterWithRoundsMock {
    uint8 private immutable _threshold;

    constructor(
        uint8 threshold
    ) {
        _threshold = threshold;
    }

    function getUniqueSignersThreshold() public view override returns (uint8) {
        return _threshold;
    }
}
