// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ISpotIndex } from "../../src/interfaces/ISpotIndex.sol";

/// @notice One value of one index, as the chain recorded it.
struct Seen {
    uint40 slot;
    uint64 value;
}

/// @title WindowModel
/// @notice What a window of an index holds, from the list of all its rounds: each value covers from its slot to
/// the next, for at most `hold`. No accumulators, no checkpoints, no counters: nothing the contract uses.
library WindowModel {
    uint40 private constant LONG_GAP = 24 hours;

    function window(Seen[] memory rounds, uint40 hold, uint40 start, uint40 end)
        internal
        pure
        returns (ISpotIndex.Window memory w)
    {
        uint40 coveredUntil = start;
        for (uint256 i; i < rounds.length; ++i) {
            uint40 from = _most(rounds[i].slot, start);
            uint40 until = _least(rounds[i].slot + hold, end);
            if (i + 1 < rounds.length) until = _least(until, rounds[i + 1].slot);
            if (until <= from) continue;
            w.valueTime += uint96(rounds[i].value) * (until - from);
            w.coveredTime += uint32(until - from);
            if (from - coveredUntil > LONG_GAP) w.longGap = true;
            coveredUntil = until;
        }
        if (end - coveredUntil > LONG_GAP) w.longGap = true;
    }

    function _least(uint40 a, uint40 b) private pure returns (uint40) {
        return a < b ? a : b;
    }

    function _most(uint40 a, uint40 b) private pure returns (uint40) {
        return a > b ? a : b;
    }
}
