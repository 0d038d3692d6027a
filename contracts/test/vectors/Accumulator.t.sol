// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ISpotIndex } from "../../src/interfaces/ISpotIndex.sol";
import { Round, RoundLib } from "../../src/libraries/Round.sol";
import { Settlement } from "../../src/libraries/Settlement.sol";
import { LoneReporter } from "../support/LoneReporter.sol";
import { Vectors } from "../support/Vectors.sol";

/// @notice tests/vectors/accumulator.json, every round of it submitted.
contract AccumulatorVectorsTest is LoneReporter {
    using Vectors for string;

    uint40 private constant HOLD = 1 hours + 5 minutes;

    struct Rounds {
        uint256[] slot;
        uint256[] value;
        uint256[] valueTime;
        uint256[] coveredTime;
        uint256[] gaps;
    }

    struct Windows {
        uint256[] caseOf;
        uint256[] start;
        uint256[] end;
        uint256[] from;
        uint256[] to;
        uint256[] valueTime;
        uint256[] coveredTime;
        uint256[] longGap;
        uint256[] price;
    }

    string private _json;

    function setUp() public override {
        super.setUp();
        _json = Vectors.file("accumulator");
    }

    function test_vectors__are_of_this_timing() public view {
        assertEq(_json.column("timing", "heartbeat")[0], index.timing().heartbeat);
        assertEq(_json.column("timing", "grace")[0], index.timing().grace);
    }

    function test_round_and_window_vectors__submitted__agree() public {
        uint256[] memory first = _json.column("cases", "firstRound");
        uint256[] memory count = _json.column("cases", "rounds");
        Rounds memory r = _rounds();
        Windows memory w = _windows();
        assertGt(w.price.length, 100);
        uint256 next;
        for (uint256 c; c < first.length; ++c) {
            index = _newIndex(_timing(), _indexNames());
            reporterSet = _reporterSetOf(index);
            _setReporters(1, 1);
            for (uint256 i = first[c]; i < first[c] + count[c]; ++i) {
                _recordAt(uint40(r.slot[i]), uint64(r.value[i]));
                ISpotIndex.RoundView memory latest = index.latest(0);
                assertEq(latest.valueTime, r.valueTime[i]);
                assertEq(latest.coveredTime, r.coveredTime[i]);
            }
            skip(10 days);
            for (; next < w.caseOf.length && w.caseOf[next] == c; ++next) {
                _checkWindow(w, next);
            }
        }
        assertEq(next, w.caseOf.length);
    }

    function test_checkpoint_vectors__carried_by_the_library__agree() public view {
        uint256[] memory first = _json.column("cases", "firstRound");
        uint256[] memory caseOf = _json.column("checkpoints", "case");
        uint256[] memory midnight = _json.column("checkpoints", "midnight");
        uint256[] memory valueTime = _json.column("checkpoints", "valueTime");
        uint256[] memory coveredTime = _json.column("checkpoints", "coveredTime");
        uint256[] memory before = _json.column("checkpoints", "uncoveredBefore");
        uint256[] memory gaps = _json.column("checkpoints", "gaps");
        Rounds memory r = _rounds();
        for (uint256 c; c < caseOf.length; ++c) {
            uint256 last = first[caseOf[c]];
            while (r.slot[last + 1] < midnight[c]) ++last;
            Round round = RoundLib.pack(
                uint64(r.value[last]),
                uint40(r.slot[last]),
                uint96(r.valueTime[last]),
                uint32(r.coveredTime[last]),
                1,
                uint8(r.gaps[last]),
                0
            );
            (uint96 v, uint32 t, uint40 uncovered) = round.carry(uint40(midnight[c]), HOLD);
            assertEq(v, valueTime[c]);
            assertEq(t, coveredTime[c]);
            assertEq(uncovered, before[c]);
            assertEq(round.gaps(), gaps[c]);
        }
    }

    /// @dev A window, or the two parts that excluding [from, to) leaves of it.
    function _checkWindow(Windows memory w, uint256 i) private view {
        (uint40 start, uint40 end) = (uint40(w.start[i]), uint40(w.end[i]));
        (uint40 from, uint40 to) = (uint40(w.from[i]), uint40(w.to[i]));
        ISpotIndex.Window memory a = index.window(0, start, to == 0 ? end : from);
        ISpotIndex.Window memory b = index.window(0, to == 0 ? end : to, end);
        uint256 valueTime = a.valueTime + b.valueTime;
        uint256 coveredTime = a.coveredTime + b.coveredTime;
        assertEq(valueTime, w.valueTime[i]);
        assertEq(coveredTime, w.coveredTime[i]);
        assertEq(a.longGap || b.longGap, w.longGap[i] == 1);
        if (coveredTime == 0) return;
        assertEq(Settlement.average(valueTime, coveredTime), w.price[i]);
    }

    function _rounds() private view returns (Rounds memory r) {
        r.slot = _json.column("rounds", "slot");
        r.value = _json.column("rounds", "value");
        r.valueTime = _json.column("rounds", "valueTime");
        r.coveredTime = _json.column("rounds", "coveredTime");
        r.gaps = _json.column("rounds", "gaps");
    }

    function _windows() private view returns (Windows memory w) {
        w.caseOf = _json.column("windows", "case");
        w.start = _json.column("windows", "start");
        w.end = _json.column("windows", "end");
        w.from = _json.column("windows", "excludedFrom");
        w.to = _json.column("windows", "excludedTo");
        w.valueTime = _json.column("windows", "valueTime");
        w.coveredTime = _json.column("windows", "coveredTime");
        w.longGap = _json.column("windows", "longGap");
        w.price = _json.column("windows", "price");
    }
}
