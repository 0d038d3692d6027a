// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ISpotIndexReader } from "../../src/interfaces/ISpotIndexReader.sol";
import { Limits } from "../../src/libraries/Limits.sol";
import { Seen, WindowModel } from "../support/WindowModel.sol";
import { CommonActions } from "./CommonActions.sol";

/// @notice Invariants 4, 13 and 17 of the second version: seven reporters, three indices of different pace, further
/// ones appended, reporters jailed and replaced.
contract CommonInvariants is CommonActions {
    function invariant_4_13_17__rounds_windows_and_reporters() public view {
        for (uint256 i; i < known; ++i) {
            _check4__rounds_are_those_signed_and_apart(i);
            if (steps % 4 == 0) _check13__windows_are_those_of_the_model(i);
        }
        for (uint256 j; j < jailed.length; ++j) {
            assertTrue(reporterSet.isJailed(jailed[j]), "17: let go");
        }
        assertEq(reporterSet.reporterConfig().epoch, epoch, "17: another epoch");
        (uint256 liars,) = reporterSet.tolerance();
        assertEq(liars, 2, "17: a proof made the set less careful");
    }

    function _check4__rounds_are_those_signed_and_apart(uint256 i) private view {
        uint256 n = seen[i].length;
        assertEq(index.roundsOf(i), n, "4: other rounds than those signed");
        if (n == 0) return;
        ISpotIndexReader.RoundView memory r = index.latest(i);
        assertEq(r.value, seen[i][n - 1].value, "4: value");
        assertEq(r.slot, seen[i][n - 1].slot, "4: slot");
        uint256 id = 1 + uint256(keccak256(abi.encode(block.timestamp, i))) % n;
        if (n - id < RING) {
            ISpotIndexReader.RoundView memory past = index.roundAt(i, id);
            assertEq(past.value, seen[i][id - 1].value, "4: past value");
            assertEq(past.slot, seen[i][id - 1].slot, "4: past slot");
        }
        if (n > 1) {
            uint256 apart = seen[i][n - 1].slot - seen[i][n - 2].slot;
            assertGe(apart, index.limitsOf(i).minInterval, "4: closer than its interval");
        }
    }

    function _check13__windows_are_those_of_the_model(uint256 i) private view {
        if (seen[i].length == 0) return;
        uint40 first = seen[i][0].slot / 1 days + 1;
        uint40 last = uint40((block.timestamp - 3 minutes) / 1 days);
        if (last <= first) return;
        uint256 seed = uint256(keccak256(abi.encode(i, block.timestamp, epoch)));
        uint40 day = first + uint40(seed % (last - first));
        uint40 end = day + 1 + uint40((seed >> 64) % (last - day));
        Limits memory l = index.limitsOf(i);
        uint40 hold = uint40(l.heartbeat) + l.grace;
        ISpotIndexReader.Window memory w = index.window(i, day * 1 days, end * 1 days);
        ISpotIndexReader.Window memory model =
            WindowModel.window(seen[i], hold, day * 1 days, end * 1 days);
        assertEq(w.valueTime, model.valueTime, "13: value time");
        assertEq(w.coveredTime, model.coveredTime, "13: covered time");
        assertEq(w.longGap, model.longGap, "13: long gap");
    }
}
