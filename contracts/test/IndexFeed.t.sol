// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IndexFeed } from "../src/IndexFeed.sol";
import { ISpotIndexReader } from "../src/interfaces/ISpotIndexReader.sol";
import { LoneReporter } from "./support/LoneReporter.sol";
import { Draft, Reports } from "./support/Reports.sol";

contract IndexFeedTest is LoneReporter {
    IndexFeed private _feed;

    function setUp() public override {
        super.setUp();
        _feed = IndexFeed(_deploy("IndexFeed", abi.encode(index, 1)));
    }

    function test_feed__describes_itself() public view {
        assertEq(_feed.description(), "A100");
        assertEq(_feed.decimals(), 8);
        assertEq(_feed.version(), 2);
        assertEq(address(_feed.spotIndex()), address(index));
        assertEq(_feed.index(), 1);
    }

    function test_latestRoundData__any_value__is_the_latest_round(uint64 value, uint256 wait)
        public
    {
        vm.assume(value != 0);
        _record(USD);
        skip(bound(wait, 6 minutes, 1000 days));
        _record(value);
        (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredIn) =
            _feed.latestRoundData();
        assertEq(id, 2);
        assertEq(answeredIn, 2);
        assertEq(answer, int256(uint256(value)));
        assertEq(startedAt, _slot());
        assertEq(updatedAt, _slot());
        (, answer,,,) = _feed.getRoundData(1);
        assertEq(answer, int256(uint256(USD)));
    }

    function test_latestRoundData__index_left_out__keeps_the_slot_of_its_value() public {
        _record(3 * USD);
        uint40 slot = _slot();
        skip(1 hours);
        uint64[] memory values = new uint64[](INDICES);
        values[0] = USD;
        _record(values);
        (, int256 answer,, uint256 updatedAt,) = _feed.latestRoundData();
        assertEq(answer, int256(uint256(3 * USD)));
        assertEq(updatedAt, slot);
    }

    function test_getRoundData__no_value_of_this_index_yet__is_no_data() public {
        uint64[] memory values = new uint64[](INDICES);
        values[0] = USD;
        _record(values);
        vm.expectRevert(IndexFeed.NoData.selector);
        _feed.getRoundData(1);
        vm.expectRevert(IndexFeed.NoData.selector);
        _feed.latestRoundData();
    }

    function test_latestRoundData__no_round_at_all__is_no_data() public {
        vm.expectRevert(IndexFeed.NoData.selector);
        _feed.latestRoundData();
    }

    function test_getRoundData__no_such_round__refuses(uint80 id) public {
        vm.assume(id != 1);
        _record(USD);
        vm.expectRevert(abi.encodeWithSelector(ISpotIndexReader.RoundEvicted.selector, id));
        _feed.getRoundData(id);
    }

    function test_isReplayed__follows_the_latest_round() public {
        _record(USD);
        assertFalse(_feed.isReplayed());
        skip(1 hours);
        uint64[][] memory values = Reports.unanimous(Reports.filled(USD, INDICES), 1);
        bytes memory report = _replayed(values);
        index.submit(report);
        assertTrue(_feed.isReplayed());
    }

    function test_construction__unknown_index__fails(uint256 unknown) public {
        unknown = bound(unknown, INDICES, type(uint256).max);
        (address made,) = _create("IndexFeed", abi.encode(index, unknown));
        assertEq(made, address(0), "created all the same");
    }

    function _replayed(uint64[][] memory values) private view returns (bytes memory) {
        Draft memory d = Reports.draft(index, _slot(), 1, values);
        d.flags = 1;
        return Reports.signed(d, keys);
    }
}
