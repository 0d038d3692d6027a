// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IndexFeed } from "../src/IndexFeed.sol";
import { StrictIndexFeed } from "../src/StrictIndexFeed.sol";
import { ISpotIndexReader } from "../src/interfaces/ISpotIndexReader.sol";
import { IndexV2Test } from "./support/IndexV2Test.sol";

/// @notice Both feeds over the second version: every reading of AggregatorV2V3, and an error in place of a stale answer.
contract StrictIndexFeedTest is IndexV2Test {
    uint40 private constant HOLD = 1 hours + 5 minutes;

    IndexFeed private _plain;
    StrictIndexFeed private _strict;

    function setUp() public override {
        super.setUp();
        _plain = IndexFeed(_deploy("IndexFeed", abi.encode(index, 1)));
        _strict = StrictIndexFeed(_deploy("StrictIndexFeed", abi.encode(index, 1)));
    }

    function test_latest__while_fresh__both_say_the_same(uint56 value, uint256 age) public {
        vm.assume(value != 0);
        _push(value);
        uint40 slot = _slot();
        skip(bound(age, 0, HOLD));
        assertEq(_read(_strict), abi.encode(1, value, slot, slot, 1));
        assertEq(_read(_plain), _read(_strict));
        assertEq(_strict.latestAnswer(), int256(uint256(value)));
        assertEq(_strict.latestTimestamp(), slot);
        assertEq(_strict.latestRound(), 1);
        assertFalse(_strict.isReplayed());
    }

    function test_latest__once_halted__the_strict_one_is_an_error_and_past_rounds_stay(uint256 age)
        public
    {
        _push(USD);
        uint40 slot = _slot();
        age = bound(age, HOLD + 1, 1000 days);
        skip(age);
        bytes memory reason = abi.encodeWithSelector(
            ISpotIndexReader.StaleIndex.selector, 1, slot, block.timestamp - HOLD
        );
        vm.expectRevert(reason);
        _strict.latestRoundData();
        vm.expectRevert(reason);
        _strict.latestAnswer();
        vm.expectRevert(reason);
        _strict.latestTimestamp();
        assertEq(_strict.getAnswer(1), int256(uint256(USD)));
        (, int256 answer,,,) = _strict.getRoundData(1);
        assertEq(answer, int256(uint256(USD)));
        assertEq(_plain.latestAnswer(), int256(uint256(USD)));
    }

    function test_singleFigures__round_that_is_not_kept__are_zero(uint256 id) public {
        assertEq(_plain.latestAnswer(), 0);
        assertEq(_plain.latestTimestamp(), 0);
        assertEq(_plain.latestRound(), 0);
        _push(USD);
        vm.assume(id != 1);
        assertEq(_plain.getAnswer(id), 0);
        assertEq(_plain.getTimestamp(id), 0);
        assertEq(_plain.getAnswer(1), int256(uint256(USD)));
        assertEq(_plain.getTimestamp(1), _slot());
    }

    function test_latestRoundData__before_the_first_round__is_no_data() public {
        vm.expectRevert(IndexFeed.NoData.selector);
        _plain.latestRoundData();
        vm.expectPartialRevert(ISpotIndexReader.StaleIndex.selector);
        _strict.latestRoundData();
    }

    /// Rounds of an index follow each other without holes, although others had more.
    function test_rounds__of_an_index_slower_than_others__count_its_own() public {
        IndexFeed slow = IndexFeed(_deploy("IndexFeed", abi.encode(index, 2)));
        for (uint256 n; n < 9; ++n) {
            _push(USD + uint64(n));
            skip(20 minutes);
        }
        assertEq(_plain.latestRound(), 9);
        assertEq(slow.latestRound(), 3);
        assertEq(_read(slow), abi.encode(3, USD + 6, _slot() - 1 hours, _slot() - 1 hours, 3));
    }

    function _read(IndexFeed feed) private view returns (bytes memory) {
        (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredIn) =
            feed.latestRoundData();
        return abi.encode(id, answer, startedAt, updatedAt, answeredIn);
    }
}
