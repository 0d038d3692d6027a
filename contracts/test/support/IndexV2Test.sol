// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IReporterSet } from "../../src/interfaces/IReporterSet.sol";
import { ISpotIndexV2 } from "../../src/interfaces/ISpotIndexV2.sol";
import { Limits } from "../../src/libraries/Limits.sol";
import { CommonDraft, CommonReports } from "./CommonReports.sol";
import { Reports } from "./Reports.sol";
import { Shipped } from "./Shipped.sol";
import { IAccessManager } from "@openzeppelin/contracts/access/manager/IAccessManager.sol";

/// @notice The second version of the index with three names and seven reporters, of whom two may lie and five sign.
/// B200 is slower than the others: it has a heartbeat of six hours and moves an hour apart.
abstract contract IndexV2Test is Shipped {
    uint40 internal constant GENESIS = 20_393 days;
    bytes32 internal constant METHOD = keccak256("spot index method");
    uint64 internal constant USD = 1e8;
    uint8 internal constant QUORUM = 5;
    uint32 internal constant ALL = 0x7f;
    /// @dev Five of the seven: a report, but no wide quorum.
    uint32 internal constant FIVE = 0x1f;
    uint32 internal constant GRID = 60;
    uint256 internal constant INDICES = 3;

    address internal admin = makeAddr("admin");
    address internal stranger = makeAddr("stranger");
    IAccessManager internal governance;
    ISpotIndexV2 internal index;
    IReporterSet internal reporterSet;
    /// @dev Keys by set position.
    uint256[] internal keys;

    function setUp() public virtual {
        vm.warp(GENESIS);
        governance = IAccessManager(_deploy("Governance", abi.encode(admin)));
        index = _newIndex(0, _names(), _limits());
        reporterSet = IReporterSet(address(index));
        _setReporters(7, QUORUM);
        vm.warp(GENESIS + 1 days);
    }

    function _newIndex(uint8 flags, string[] memory names, Limits[] memory limits)
        internal
        returns (ISpotIndexV2)
    {
        return ISpotIndexV2(
            _deploy("SpotIndexV2", abi.encode(governance, GRID, flags, names, limits))
        );
    }

    function _names() internal pure returns (string[] memory names) {
        names = new string[](INDICES);
        (names[0], names[1], names[2]) = ("H100", "A100", "B200");
    }

    function _limits() internal pure virtual returns (Limits[] memory limits) {
        limits = new Limits[](INDICES);
        limits[0] = Limits(1 hours, 5 minutes, 5 minutes, 25, 2000, 50);
        limits[1] = Limits(1 hours, 5 minutes, 5 minutes, 25, 2000, 50);
        limits[2] = Limits(6 hours, 10 minutes, 1 hours, 100, 500, 100);
    }

    function _setReporters(uint256 n, uint8 quorum) internal {
        delete keys;
        for (uint256 i; i < n; ++i) {
            keys.push(_key(i));
        }
        vm.prank(admin);
        reporterSet.setReporters(quorum, METHOD, _reporters(0, n));
    }

    function _key(uint256 i) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode("reporter", i)));
    }

    /// @dev Reporters number `from` to `to`, the latter excluded.
    function _reporters(uint256 from, uint256 to)
        internal
        pure
        returns (address[] memory reporters)
    {
        reporters = new address[](to - from);
        for (uint256 i; i < reporters.length; ++i) {
            reporters[i] = vm.addr(_key(from + i));
        }
    }

    /// @dev The latest slot that is not in the future.
    function _slot() internal view returns (uint40) {
        return uint40(block.timestamp - block.timestamp % GRID);
    }

    function _draft(uint64 value) internal view returns (CommonDraft memory) {
        return _draft(Reports.filled(value, index.indexNames().length));
    }

    function _draft(uint64[] memory values) internal view returns (CommonDraft memory) {
        return CommonReports.draft(index, _slot(), ALL, values);
    }

    function _of(uint64 a, uint64 b, uint64 c) internal pure returns (uint64[] memory values) {
        values = new uint64[](INDICES);
        (values[0], values[1], values[2]) = (a, b, c);
    }

    function _signed(CommonDraft memory d) internal view returns (bytes memory) {
        return CommonReports.signed(d, keys);
    }

    function _submit(CommonDraft memory d) internal returns (uint256) {
        return index.submit(CommonReports.signed(d, keys));
    }

    /// @dev Everybody signs `value` for every index, for the present slot.
    function _push(uint64 value) internal returns (uint256) {
        return _submit(_draft(value));
    }

    function _expectRefusal(CommonDraft memory d, bytes memory reason) internal {
        bytes memory report = CommonReports.signed(d, keys);
        vm.expectRevert(reason);
        index.submit(report);
    }
}
