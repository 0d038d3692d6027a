// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Base } from "../Base.t.sol";
import { Reports } from "./Reports.sol";

/// @notice A set of one reporter, whom any move is allowed: for tests about time rather than about quorums.
abstract contract LoneReporter is Base {
    function _seatReporters() internal override {
        _setReporters(1, 1);
    }

    /// @dev Records `values` for the present slot; 0 leaves an index out.
    function _record(uint64[] memory values) internal {
        uint64[][] memory observed = Reports.unanimous(values, 1);
        index.submit(Reports.signed(Reports.draft(index, _slot(), 1, observed), keys));
    }

    function _record(uint64 value) internal {
        _record(Reports.filled(value, INDICES));
    }

    function _recordAt(uint40 slot, uint64 value) internal {
        vm.warp(slot);
        _record(value);
    }
}
