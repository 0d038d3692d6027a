// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Amount, AmountLib } from "../../src/libraries/Amount.sol";
import { Bucket, BucketLib } from "../../src/libraries/Bucket.sol";
import { Vectors } from "../support/Vectors.sol";
import { Test } from "forge-std/Test.sol";

/// @notice tests/vectors/gate.json: buckets and amounts.
contract GateVectorsTest is Test {
    using BucketLib for Bucket;
    using Vectors for string;

    struct Buckets {
        uint256[] caseOf;
        uint256[] capacity;
        uint256[] time;
        uint256[] isOut;
        uint256[] budget;
        uint256[] amount;
        uint256[] taken;
        uint256[] resized;
        uint256[] arrivals;
        uint256[] departures;
    }

    function test_bucket_vectors__agree() public view {
        string memory json = Vectors.file("gate");
        Buckets memory v = Buckets({
            caseOf: json.column("buckets", "case"),
            capacity: json.column("buckets", "capacity"),
            time: json.column("buckets", "now"),
            isOut: json.column("buckets", "isOut"),
            budget: json.column("buckets", "budget"),
            amount: json.column("buckets", "amount"),
            taken: json.column("buckets", "taken"),
            resized: json.column("buckets", "resized"),
            arrivals: json.column("buckets", "arrivals"),
            departures: json.column("buckets", "departures")
        });
        Bucket memory b;
        for (uint256 i; i < v.caseOf.length; ++i) {
            uint40 time = uint40(v.time[i]);
            if (i == 0 || v.caseOf[i] != v.caseOf[i - 1]) {
                b = BucketLib.rested(uint96(v.capacity[i]), time);
            }
            bool isOut = v.isOut[i] == 1;
            assertEq(b.budget(isOut, time), v.budget[i]);
            bool taken;
            (taken, b) = b.take(isOut, uint96(v.amount[i]), time);
            assertEq(taken, v.taken[i] == 1);
            b = b.resized(uint96(v.resized[i]), time);
            assertEq(b.budget(false, time), v.arrivals[i]);
            assertEq(b.budget(true, time), v.departures[i]);
        }
        assertGt(v.caseOf.length, 300);
    }

    function test_amount_vectors__agree() public view {
        string memory json = Vectors.file("gate");
        uint256[] memory base = json.column("amounts", "base");
        uint256[] memory here = json.column("amounts", "here");
        uint256[] memory there = json.column("amounts", "there");
        uint256[] memory value = json.column("amounts", "value");
        uint256[] memory taken = json.column("amounts", "taken");
        uint256[] memory given = json.column("amounts", "given");
        for (uint256 i; i < base.length; ++i) {
            uint8 least = uint8(here[i] < there[i] ? here[i] : there[i]);
            Amount a = AmountLib.fromBase(base[i], uint8(here[i]), least);
            assertEq(a.value(), value[i]);
            assertEq(a.toBase(uint8(here[i])), taken[i]);
            assertEq(a.toBase(uint8(there[i])), given[i]);
        }
        assertGt(base.length, 200);
    }
}
