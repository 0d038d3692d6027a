// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IAccountable } from "../src/interfaces/IAccountable.sol";
import { IReportIntake } from "../src/interfaces/IReportIntake.sol";
import { IReportProofs } from "../src/interfaces/IReportProofs.sol";
import { IReporterSet } from "../src/interfaces/IReporterSet.sol";
import { Limits } from "../src/libraries/Limits.sol";
import { CommonDraft, CommonReports } from "./support/CommonReports.sol";
import { IndexV2Test } from "./support/IndexV2Test.sol";

/// @notice Two reports or two batches of one key for one slot: who is jailed by them, and what they void.
contract ReportProofsTest is IndexV2Test {
    function test_reports__two_for_one_slot__jail_at_once_and_keep_signatures_and_liars(uint256 position)
        public
    {
        position = bound(position, 0, 6);
        (CommonDraft memory x, CommonDraft memory y) = (_draft(USD), _draft(2 * USD));
        address reporter = vm.addr(keys[position]);
        vm.expectEmit();
        emit IAccountable.EquivocationProven(
            reporter, x.slot, 1, CommonReports.digest(x), CommonReports.digest(y)
        );
        vm.prank(stranger);
        _proveReports(position, x, y);
        assertTrue(reporterSet.isJailed(reporter));
        IReporterSet.ReporterConfig memory config = reporterSet.reporterConfig();
        assertEq(config.epoch, 2);
        assertEq(config.quorum, QUORUM);
        assertEq(config.reporters.length, 6);
        // Six seated afresh would tolerate one.
        (uint256 liars,) = reporterSet.tolerance();
        assertEq(liars, 2);
        assertEq(index.limitsOf(2).heartbeat, _limits()[2].heartbeat);
    }

    function test_reports__any_signed_field_differs__is_enough(uint8 field) public {
        (CommonDraft memory x, CommonDraft memory y) = (_draft(USD), _draft(USD));
        field = uint8(bound(field, 0, 5));
        if (field == 0) y.flags = 1;
        if (field == 1) y.methodHash = keccak256("another method");
        if (field == 2) y.values[2] = 0;
        if (field == 3) y.confidences[1] += 1;
        if (field == 4) y.providers[0] += 1;
        if (field == 5) y.inputRoot = keccak256("other inputs");
        _proveReports(3, x, y);
        assertTrue(reporterSet.isJailed(vm.addr(keys[3])));
    }

    function test_batches__two_roots_for_one_slot__jail(bytes32 a, bytes32 b) public {
        vm.assume(a != b);
        CommonDraft memory d = _draft(USD);
        _proveBatches(4, d, a, b);
        assertTrue(reporterSet.isJailed(vm.addr(keys[4])));
    }

    function test_same_content_twice__is_no_proof(bytes32 root) public {
        CommonDraft memory d = _draft(USD);
        vm.expectRevert(
            abi.encodeWithSelector(IAccountable.SameContent.selector, CommonReports.digest(d))
        );
        _proveReports(0, d, d);
        vm.expectPartialRevert(IAccountable.SameContent.selector);
        _proveBatches(0, d, root, root);
    }

    /// A batch and a report of one slot are two signatures that every honest node gives.
    function test_batch_and_report_of_one_slot__prove_nothing() public {
        CommonDraft memory d = _draft(USD);
        IReportProofs.SignedBatch memory a = CommonReports.batch(d, "a", keys[0]);
        IReportProofs.SignedBatch memory b = CommonReports.batch(d, "b", keys[0]);
        IReportProofs.SignedReport memory r = CommonReports.statement(d, keys[0]);
        (b.r, b.yParityAndS) = (r.r, r.yParityAndS);
        vm.expectPartialRevert(IAccountable.NotSignedBy.selector);
        index.proveDoubleBatch(vm.addr(keys[0]), 1, d.slot, a, b);
    }

    function test_other_chain_contract_epoch_slot_or_signer__proves_nothing(uint8 what) public {
        what = uint8(bound(what, 0, 4));
        (CommonDraft memory x, CommonDraft memory y) = (_draft(USD), _draft(2 * USD));
        if (what == 0) y.domain = keccak256("a fork");
        if (what == 1) y.domain = _newIndex(0, _names(), _limits()).domainSeparator();
        if (what == 2) y.epoch = 2;
        if (what == 3) y.slot -= 60;
        IReportProofs.SignedReport memory a = CommonReports.statement(x, keys[0]);
        IReportProofs.SignedReport memory b = CommonReports.statement(y, keys[what == 4 ? 1 : 0]);
        vm.expectPartialRevert(IAccountable.NotSignedBy.selector);
        index.proveDoubleReport(vm.addr(keys[0]), 1, x.slot, a, b);
    }

    function test_epoch_that_never_was_or_somebody_outside__refuses(uint32 epoch) public {
        vm.assume(epoch != 1);
        (CommonDraft memory x, CommonDraft memory y) = (_draft(USD), _draft(2 * USD));
        IReportProofs.SignedReport memory a = CommonReports.statement(x, _key(40));
        IReportProofs.SignedReport memory b = CommonReports.statement(y, _key(40));
        vm.expectRevert(abi.encodeWithSelector(IAccountable.UnknownEpoch.selector, epoch));
        index.proveDoubleReport(vm.addr(_key(40)), epoch, x.slot, a, b);
        vm.expectRevert(
            abi.encodeWithSelector(IAccountable.NotInSet.selector, vm.addr(_key(40)), 1)
        );
        index.proveDoubleReport(vm.addr(_key(40)), 1, x.slot, a, b);
    }

    /// The index set that a proof is of is the one of its epoch, whatever was appended since.
    function test_reports__of_an_epoch_with_fewer_indices__still_prove() public {
        (CommonDraft memory x, CommonDraft memory y) = (_draft(USD), _draft(2 * USD));
        string[] memory names = new string[](1);
        names[0] = "H200";
        Limits[] memory limits = new Limits[](1);
        limits[0] = _limits()[0];
        vm.prank(admin);
        index.append(names, limits);
        _proveReports(2, x, y);
        assertTrue(reporterSet.isJailed(vm.addr(keys[2])));
    }

    function test_jailed__its_signature_counts_no_more() public {
        _proveReports(6, _draft(USD), _draft(2 * USD));
        CommonDraft memory d = _draft(USD);
        d.signers = 0x5f;
        _expectRefusal(d, abi.encodeWithSelector(IReportIntake.UnknownPosition.selector, 6, 6));
        d.signers = 0x3f;
        assertEq(_submit(d), 7);
    }

    function test_isCompromised__more_than_the_tolerated_liars_in_the_window_alone(uint256 count)
        public
    {
        count = bound(count, 0, 5);
        uint40 slot = _slot();
        for (uint256 i; i < count; ++i) {
            CommonDraft memory d = _draft(USD);
            // All of the first epoch: a set that lost members by proof tolerates no fewer.
            (d.epoch, d.slot) = (1, slot);
            if (i % 2 == 0) _proveBatches(i, d, "a", "b");
            else _proveReports(i, d, _with(d, 2 * USD));
        }
        assertEq(index.isCompromised(slot - 1 hours, slot), count > 2);
        assertFalse(index.isCompromised(slot + 1, slot + 1 days));
    }

    function _with(CommonDraft memory d, uint64 value)
        private
        view
        returns (CommonDraft memory other)
    {
        other = _draft(value);
        (other.epoch, other.slot, other.inputRoot) = (d.epoch, d.slot, d.inputRoot);
    }

    function _proveReports(uint256 position, CommonDraft memory x, CommonDraft memory y) private {
        uint256 key = keys[position];
        IReportProofs.SignedReport memory a = CommonReports.statement(x, key);
        IReportProofs.SignedReport memory b = CommonReports.statement(y, key);
        index.proveDoubleReport(vm.addr(key), x.epoch, x.slot, a, b);
    }

    function _proveBatches(uint256 position, CommonDraft memory d, bytes32 x, bytes32 y) private {
        uint256 key = keys[position];
        IReportProofs.SignedBatch memory a = CommonReports.batch(d, x, key);
        IReportProofs.SignedBatch memory b = CommonReports.batch(d, y, key);
        index.proveDoubleBatch(vm.addr(key), d.epoch, d.slot, a, b);
    }
}
