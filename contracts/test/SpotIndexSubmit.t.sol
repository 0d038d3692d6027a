// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IReportIntake } from "../src/interfaces/IReportIntake.sol";
import { ISpotIndex } from "../src/interfaces/ISpotIndex.sol";
import { Base } from "./Base.t.sol";
import { Draft, Reports } from "./support/Reports.sol";

/// @notice Which reports become a round: slot, quorum, signers, lengths, replays.
contract SpotIndexSubmitTest is Base {
    function setUp() public override {
        super.setUp();
        vm.warp(GENESIS + 1 days);
    }

    function test_submit__unanimous__records_every_index(uint64 value) public {
        vm.assume(value != 0);
        for (uint256 i; i < INDICES; ++i) {
            vm.expectEmit();
            emit ISpotIndex.RoundRecorded(i, _slot(), value, 1, ALL);
        }
        vm.prank(stranger);
        assertEq(index.submit(Reports.signed(_draft(value), keys)), 7);
        assertEq(index.rounds(), 1);
        for (uint256 i; i < INDICES; ++i) {
            ISpotIndex.RoundView memory r = index.latest(i);
            assertEq(r.value, value);
            assertEq(r.slot, _slot());
            assertEq(r.signers, 7);
            assertEq(r.flags, 0);
        }
    }

    function test_submit__no_reporters_yet__refuses() public {
        ISpotIndex bare = _newIndex(_timing(), _indexNames());
        bytes memory report = Reports.signed(_draft(USD), keys);
        vm.expectRevert(IReportIntake.NotConfigured.selector);
        bare.submit(report);
    }

    function test_submit__replayed_history__is_marked(uint8 flags) public {
        Draft memory d = _draft(USD);
        d.flags = flags;
        index.submit(Reports.signed(d, keys));
        assertEq(index.latest(0).flags, flags);
    }

    // ── slots ─────────────────────────────────────────────────────────────────────────────────────────────────

    function test_slot__off_the_grid__refuses(uint40 offset) public {
        skip(100);
        Draft memory d = _draft(USD);
        offset = uint40(bound(offset, 1, 59));
        d.slot -= offset;
        _expectRefusal(d, abi.encodeWithSelector(IReportIntake.OffGrid.selector, d.slot, 60));
    }

    function test_slot__in_the_future__refuses(uint40 steps, uint256 second_) public {
        skip(bound(second_, 0, 59));
        Draft memory d = _draft(USD);
        d.slot += 60 * uint40(bound(steps, 1, 1e6));
        _expectRefusal(
            d, abi.encodeWithSelector(IReportIntake.SlotInFuture.selector, d.slot, block.timestamp)
        );
    }

    function test_slot__older_than_max_age__refuses(uint256 age) public {
        Draft memory d = _draft(USD);
        skip(bound(age, 15 minutes + 1, 1000 days));
        _expectRefusal(
            d,
            abi.encodeWithSelector(
                IReportIntake.SlotTooOld.selector, d.slot, block.timestamp - 15 minutes
            )
        );
    }

    function test_slot__exactly_max_age_old__is_recorded() public {
        Draft memory d = _draft(USD);
        skip(15 minutes);
        index.submit(Reports.signed(d, keys));
        assertEq(index.latest(0).slot, d.slot);
    }

    function test_slot__within_min_interval_of_the_last__refuses(uint40 steps) public {
        _push(USD);
        uint40 earliest = _slot() + 5 minutes;
        skip(60 * bound(steps, 0, 4));
        _expectRefusal(
            _draft(USD), abi.encodeWithSelector(ISpotIndex.SlotTooSoon.selector, _slot(), earliest)
        );
    }

    function test_slot__before_the_last_one__refuses_though_young_enough() public {
        Draft memory d = _draft(USD);
        skip(10 minutes);
        _push(USD);
        _expectRefusal(
            d, abi.encodeWithSelector(ISpotIndex.SlotTooSoon.selector, d.slot, _slot() + 5 minutes)
        );
    }

    function test_slot__exactly_min_interval_later__is_recorded() public {
        _push(USD);
        skip(5 minutes);
        _push(USD);
        assertEq(index.rounds(), 2);
    }

    // ── signers ───────────────────────────────────────────────────────────────────────────────────────────────

    function test_signers__fewer_than_the_quorum__refuses(uint32 mask) public {
        mask &= ALL;
        uint256 given = _count(mask);
        vm.assume(given != 0 && given < QUORUM);
        _expectRefusal(
            _signedBy(mask),
            abi.encodeWithSelector(IReportIntake.TooFewSignatures.selector, given, QUORUM)
        );
    }

    function test_signers__position_outside_the_set__refuses(uint8 position) public {
        position = uint8(bound(position, 7, 31));
        _expectRefusal(
            _signedBy(uint32(0x1f | (1 << position))),
            abi.encodeWithSelector(IReportIntake.UnknownPosition.selector, position, 7)
        );
    }

    function test_signers__someone_elses_key__names_position_and_both_addresses(
        uint256 position,
        uint256 key
    ) public {
        position = bound(position, 0, 6);
        key = boundPrivateKey(key);
        address expected = vm.addr(keys[position]);
        vm.assume(vm.addr(key) != expected);
        keys[position] = key;
        _expectRefusal(
            _draft(USD),
            abi.encodeWithSelector(
                IReportIntake.WrongSigner.selector, position, vm.addr(key), expected
            )
        );
    }

    function test_signers__same_reporter_at_two_positions__refuses(uint256 position) public {
        position = bound(position, 1, 6);
        keys[position] = keys[position - 1];
        _expectWrongSigner(_draft(USD));
    }

    function test_signature__of_zeroes__refuses() public {
        bytes memory report = Reports.signed(_draft(USD), keys);
        for (uint256 i = 13; i < 77; ++i) {
            report[i] = 0;
        }
        vm.expectRevert(
            abi.encodeWithSelector(
                IReportIntake.WrongSigner.selector, 0, address(0), vm.addr(keys[0])
            )
        );
        index.submit(report);
    }

    // ── what a signature covers ───────────────────────────────────────────────────────────────────────────────

    function test_replay__other_domain_set_epoch_method_flags_or_slot__refuses(
        uint256 field,
        uint256 change
    ) public {
        skip(1 hours);
        Draft memory honest = _draft(USD);
        Draft memory d = _draft(USD);
        change = bound(change, 1, type(uint16).max);
        field = bound(field, 0, 5);
        if (field == 0) d.domain = bytes32(uint256(d.domain) ^ change);
        if (field == 1) d.indexSet = bytes32(uint256(d.indexSet) ^ change);
        if (field == 2) d.epoch += uint32(change);
        if (field == 3) d.methodHash = bytes32(uint256(d.methodHash) ^ change);
        bytes memory report = Reports.signed(d, keys);
        // Slot and flags are in the open: what is spoiled is the copy the contract reads.
        if (field == 4) report[5] = bytes1(uint8(change % 255) + 1);
        if (field == 5) report = _withSlot(report, honest.slot - 60);
        vm.expectPartialRevert(IReportIntake.WrongSigner.selector);
        index.submit(report);
    }

    function test_replay__any_byte_behind_the_ranks_changed__refuses(uint256 offset, uint8 change)
        public
    {
        vm.assume(change != 0);
        bytes memory report = Reports.signed(_draft(USD), keys);
        offset = bound(offset, 13, report.length - 1);
        report[offset] = bytes1(uint8(report[offset]) ^ change);
        vm.expectPartialRevert(IReportIntake.WrongSigner.selector);
        index.submit(report);
    }

    function test_replay__on_another_chain__refuses(uint64 chainId) public {
        vm.assume(chainId != 0 && chainId != block.chainid);
        bytes memory report = Reports.signed(_draft(USD), keys);
        vm.chainId(chainId);
        vm.expectPartialRevert(IReportIntake.WrongSigner.selector);
        index.submit(report);
    }

    function test_replay__on_another_index_of_the_same_reporters__refuses() public {
        bytes memory report = Reports.signed(_draft(USD), keys);
        ISpotIndex twin = _newIndex(_timing(), _indexNames());
        (index, reporterSet) = (twin, _reporterSetOf(twin));
        _setReporters(7, QUORUM);
        vm.expectPartialRevert(IReportIntake.WrongSigner.selector);
        twin.submit(report);
    }

    function test_replay__after_the_set_was_renewed__refuses() public {
        bytes memory report = Reports.signed(_draft(USD), keys);
        _setReporters(7, QUORUM);
        vm.expectPartialRevert(IReportIntake.WrongSigner.selector);
        index.submit(report);
    }

    function test_replay__same_report_twice__refuses() public {
        bytes memory report = Reports.signed(_draft(USD), keys);
        index.submit(report);
        vm.expectPartialRevert(ISpotIndex.SlotTooSoon.selector);
        index.submit(report);
    }

    // ── lengths ───────────────────────────────────────────────────────────────────────────────────────────────

    function test_length__cut_short__refuses(uint256 length) public {
        bytes memory report = Reports.signed(_draft(USD), keys);
        uint256 expected = report.length;
        length = bound(length, 10, expected - 1);
        assembly ("memory-safe") {
            mstore(report, length)
        }
        vm.expectRevert(
            abi.encodeWithSelector(IReportIntake.BadReportLength.selector, length, expected)
        );
        index.submit(report);
    }

    function test_length__with_a_tail__refuses(bytes memory tail) public {
        vm.assume(tail.length != 0);
        bytes memory report = Reports.signed(_draft(USD), keys);
        vm.expectRevert(
            abi.encodeWithSelector(
                IReportIntake.BadReportLength.selector, report.length + tail.length, report.length
            )
        );
        index.submit(bytes.concat(report, tail));
    }

    function test_submit__any_bytes_at_all__record_nothing(bytes memory report) public {
        (bool ok,) = address(index).call(abi.encodeCall(index.submit, (report)));
        assertFalse(ok);
        assertEq(index.rounds(), 0);
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    function _expectRefusal(Draft memory d, bytes memory reason) private {
        bytes memory report = Reports.signed(d, keys);
        vm.expectRevert(reason);
        index.submit(report);
    }

    function _expectWrongSigner(Draft memory d) private {
        bytes memory report = Reports.signed(d, keys);
        vm.expectPartialRevert(IReportIntake.WrongSigner.selector);
        index.submit(report);
    }

    function _signedBy(uint32 mask) private view returns (Draft memory) {
        uint64[][] memory values = Reports.unanimous(Reports.filled(USD, INDICES), _count(mask));
        return Reports.draft(index, _slot(), mask, values);
    }

    function _withSlot(bytes memory report, uint40 slot) private pure returns (bytes memory) {
        for (uint256 i; i < 5; ++i) {
            report[i] = bytes5(slot)[i];
        }
        return report;
    }

    function _count(uint32 mask) private pure returns (uint256 bits) {
        for (; mask != 0; mask >>= 1) {
            bits += mask & 1;
        }
    }
}
