// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IAccountable } from "../src/interfaces/IAccountable.sol";
import { IEquivocation } from "../src/interfaces/IEquivocation.sol";
import { IReportIntake } from "../src/interfaces/IReportIntake.sol";
import { IReporterSet } from "../src/interfaces/IReporterSet.sol";
import { Base } from "./Base.t.sol";
import { Accusations } from "./support/Accusations.sol";
import { Draft, Reports } from "./support/Reports.sol";

contract EquivocationTest is Base {
    // ── proof ─────────────────────────────────────────────────────────────────────────────────────────────────

    function test_proof__two_contents_for_one_slot__jails_at_once_and_keeps_the_quorum(
        uint256 position,
        uint64 a,
        uint64 b
    ) public {
        position = bound(position, 0, 6);
        vm.assume(a != b);
        (Draft memory x, Draft memory y) = (_said(a), _said(b));
        address reporter = vm.addr(keys[position]);
        vm.expectEmit();
        emit IAccountable.EquivocationProven(
            reporter, x.slot, 1, Reports.digest(x, position, 0), Reports.digest(y, position, 0)
        );
        vm.prank(stranger);
        _prove(position, x, y);

        assertTrue(reporterSet.isJailed(reporter));
        IReporterSet.ReporterConfig memory config = reporterSet.reporterConfig();
        assertEq(config.epoch, 2);
        assertEq(config.quorum, QUORUM);
        assertEq(config.methodHash, METHOD);
        assertEq(config.reporters.length, 6);
        for (uint256 i; i < 6; ++i) {
            assertEq(config.reporters[i], vm.addr(keys[i < position ? i : i + 1]));
        }
    }

    function test_proof__any_signed_field_differs__is_enough(uint8 field) public {
        (Draft memory x, Draft memory y) = (_said(USD), _said(USD));
        field = uint8(bound(field, 0, 2));
        if (field == 0) y.flags = 1;
        if (field == 1) y.methodHash = keccak256("another method");
        if (field == 2) y.values[0][2] = 0;
        _prove(3, x, y);
        assertTrue(reporterSet.isJailed(vm.addr(keys[3])));
    }

    function test_proof__same_content_again__refuses(uint64 value) public {
        Draft memory x = _said(value);
        vm.expectRevert(
            abi.encodeWithSelector(IAccountable.SameContent.selector, Reports.digest(x, 0, 0))
        );
        _prove(0, x, x);
    }

    function test_proof__malleated_signature_of_one_content__refuses(uint64 value) public {
        Draft memory x = _said(value);
        IEquivocation.Statement memory s = Accusations.statement(x, keys[0], 0);
        IEquivocation.Statement memory twin = Accusations.malleated(s);
        assertTrue(s.yParityAndS != twin.yParityAndS);
        vm.expectRevert(
            abi.encodeWithSelector(IAccountable.SameContent.selector, Reports.digest(x, 0, 0))
        );
        index.proveEquivocation(vm.addr(keys[0]), 1, x.slot, s, twin);
    }

    function test_proof__one_of_the_two_signed_by_another__refuses(uint256 other) public {
        other = bound(other, 1, 6);
        (Draft memory x, Draft memory y) = (_said(USD), _said(2 * USD));
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccountable.NotSignedBy.selector, vm.addr(keys[0]), vm.addr(keys[other])
            )
        );
        index.proveEquivocation(
            vm.addr(keys[0]),
            1,
            x.slot,
            Accusations.statement(x, keys[0], 0),
            Accusations.statement(y, keys[other], 0)
        );
    }

    /// Chain and contract are the domain; epoch and slot are signed. Each makes it another statement.
    function test_proof__other_chain_contract_epoch_or_slot__refuses(uint8 what) public {
        what = uint8(bound(what, 0, 3));
        (Draft memory x, Draft memory y) = (_said(USD), _said(2 * USD));
        if (what == 0) y.domain = keccak256("a fork");
        if (what == 1) y.domain = _newIndex(_timing(), _indexNames()).domainSeparator();
        if (what == 2) y.epoch = 2;
        if (what == 3) y.slot -= 60;
        address reporter = vm.addr(keys[0]);
        IEquivocation.Statement memory a = Accusations.statement(x, keys[0], 0);
        IEquivocation.Statement memory b = Accusations.statement(y, keys[0], 0);
        vm.expectPartialRevert(IAccountable.NotSignedBy.selector);
        index.proveEquivocation(reporter, 1, x.slot, a, b);
        assertFalse(reporterSet.isJailed(reporter));
    }

    function test_proof__chain_id_changed_by_a_fork__old_signatures_prove_nothing(uint64 id)
        public
    {
        id = uint64(bound(id, 1, type(uint64).max));
        vm.assume(id != block.chainid);
        (Draft memory x, Draft memory y) = (_said(USD), _said(2 * USD));
        vm.chainId(id);
        vm.expectPartialRevert(IAccountable.NotSignedBy.selector);
        this.prove(0, x, y);
    }

    function test_proof__signature_of_nobody__refuses() public {
        IEquivocation.Statement memory none;
        none.values = new uint64[](INDICES);
        IEquivocation.Statement memory s = Accusations.statement(_said(USD), keys[0], 0);
        (address reporter, uint40 slot) = (vm.addr(keys[0]), _slot());
        vm.expectRevert(
            abi.encodeWithSelector(IAccountable.NotSignedBy.selector, reporter, address(0))
        );
        index.proveEquivocation(reporter, 1, slot, s, none);
        vm.expectRevert(abi.encodeWithSelector(IAccountable.NotInSet.selector, address(0), 1));
        index.proveEquivocation(address(0), 1, slot, none, s);
    }

    function test_proof__not_of_that_set__refuses(uint256 key) public {
        key = bound(key, 1, 1 << 250);
        address someone = vm.addr(key);
        uint40 slot = _slot();
        IEquivocation.Statement memory a = Accusations.statement(_said(USD), key, 0);
        IEquivocation.Statement memory b = Accusations.statement(_said(2 * USD), key, 0);
        vm.expectRevert(abi.encodeWithSelector(IAccountable.NotInSet.selector, someone, 1));
        index.proveEquivocation(someone, 1, slot, a, b);
    }

    function test_proof__twice_for_one_slot__refuses() public {
        (Draft memory x, Draft memory y) = (_said(3 * USD), _said(4 * USD));
        _prove(0, _said(USD), _said(2 * USD));
        vm.expectRevert(
            abi.encodeWithSelector(IAccountable.AlreadyProven.selector, vm.addr(keys[0]), x.slot)
        );
        _prove(0, x, y);
        assertEq(reporterSet.reporterConfig().epoch, 2);
    }

    // ── epochs ────────────────────────────────────────────────────────────────────────────────────────────────

    /// However many sets came after, and whether or not the reporter is still in one of them.
    /// forge-config: default.fuzz.runs = 96
    function test_proof__of_any_past_epoch__counts(uint8 later, bool gone) public {
        (Draft memory x, Draft memory y) = (_said(USD), _said(2 * USD));
        later = uint8(bound(later, 1, 8));
        for (uint256 i; i < later; ++i) {
            skip(1 days);
            if (gone) _removeFirst();
            else _setReporters(7, QUORUM);
        }
        _prove(0, x, y);
        assertTrue(reporterSet.isJailed(vm.addr(keys[0])));
        assertEq(reporterSet.reporterConfig().epoch, 1 + later + (gone ? 0 : 1));
    }

    function test_proof__unknown_epoch__refuses(uint32 epoch) public {
        vm.assume(epoch != 1);
        Draft memory x = _said(USD);
        x.epoch = epoch;
        vm.expectRevert(abi.encodeWithSelector(IAccountable.UnknownEpoch.selector, epoch));
        _prove(0, x, x);
    }

    /// Who left cannot be bought to void a window it had no part in.
    function test_proof__slot_after_its_epoch__refuses(uint40 wait) public {
        uint40 until = uint40(block.timestamp);
        _removeFirst();
        skip(bound(wait, 60, 1000 days));
        (Draft memory x, Draft memory y) = (_said(USD), _said(2 * USD));
        (x.epoch, y.epoch) = (1, 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccountable.SlotOutsideEpoch.selector, x.slot, until - 15 minutes, until
            )
        );
        _prove(0, x, y);
    }

    function test_proof__slot_before_its_epoch_or_to_come__refuses(uint40 slot) public {
        skip(1 hours);
        vm.assume(slot < GENESIS - 15 minutes || slot > block.timestamp);
        (Draft memory x, Draft memory y) = (_said(USD), _said(2 * USD));
        (x.slot, y.slot) = (slot, slot);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccountable.SlotOutsideEpoch.selector, slot, GENESIS - 15 minutes, block.timestamp
            )
        );
        _prove(0, x, y);
    }

    // ── jail ──────────────────────────────────────────────────────────────────────────────────────────────────

    function test_jailed__its_signature_counts_no_more() public {
        Draft memory before = _draft(USD);
        _prove(0, _said(USD), _said(2 * USD));
        bytes memory old = Reports.signed(before, keys);
        vm.expectPartialRevert(IReportIntake.WrongSigner.selector);
        index.submit(old);

        Draft memory d = Reports.draft(
            index, _slot(), 0x3f, Reports.unanimous(Reports.filled(USD, INDICES), 6)
        );
        bytes memory withIt = Reports.signed(d, keys);
        vm.expectPartialRevert(IReportIntake.WrongSigner.selector);
        index.submit(withIt);
        bytes memory without = Reports.signed(d, _keysFrom(1));
        index.submit(without);
        assertEq(index.rounds(), 1);
    }

    function test_jailed__can_never_be_added_again(uint256 wait) public {
        _prove(2, _said(USD), _said(2 * USD));
        skip(bound(wait, 0, 1000 days));
        address[] memory seats = _reporters(0, 7);
        vm.expectRevert(
            abi.encodeWithSelector(IReporterSet.JailedReporter.selector, vm.addr(keys[2]), 2)
        );
        vm.prank(admin);
        reporterSet.setReporters(QUORUM, METHOD, seats);
    }

    function test_jailed__fewer_than_the_quorum_left__rounds_stop_until_the_admin_adds() public {
        for (uint256 i; i < 3; ++i) {
            _prove(i, _said(USD), _said(2 * USD));
        }
        Draft memory d = Reports.draft(
            index, _slot(), 0x0f, Reports.unanimous(Reports.filled(USD, INDICES), 4)
        );
        bytes memory report = Reports.signed(d, _keysFrom(3));
        vm.expectRevert(abi.encodeWithSelector(IReportIntake.TooFewSignatures.selector, 4, QUORUM));
        index.submit(report);
        (uint256 liars, uint256 silent) = reporterSet.tolerance();
        assertEq(liars, 2);
        assertEq(silent, 0);

        vm.prank(admin);
        reporterSet.setReporters(QUORUM, METHOD, _reporters(3, 9));
        d = Reports.draft(index, _slot(), 0x3f, Reports.unanimous(Reports.filled(USD, INDICES), 6));
        while (keys.length < 9) keys.push(_key(keys.length));
        index.submit(Reports.signed(d, _keysFrom(3)));
        assertEq(index.rounds(), 1);
    }

    function test_jailed__everybody__set_is_empty_and_views_answer() public {
        for (uint256 i; i < 7; ++i) {
            _prove(i, _said(USD), _said(2 * USD));
        }
        assertEq(reporterSet.reporterConfig().reporters.length, 0);
        (, uint256 silent) = reporterSet.tolerance();
        assertEq(silent, 0);
        assertEq(index.status(0).reporters, 0);
        bytes memory nobody = abi.encodePacked(_slot(), uint8(0), uint32(0), new bytes(INDICES));
        vm.expectRevert(abi.encodeWithSelector(IReportIntake.TooFewSignatures.selector, 0, QUORUM));
        index.submit(nobody);
    }

    // ── windows ───────────────────────────────────────────────────────────────────────────────────────────────

    /// forge-config: default.fuzz.runs = 96
    function test_isCompromised__half_of_the_quorum_proven_inside__says_so(
        uint256 proven,
        uint256 seed
    ) public {
        proven = bound(proven, 0, 7);
        (uint40 from, uint40 to) = (GENESIS + 1 days, GENESIS + 3 days);
        uint40[7] memory slots;
        vm.warp(to);
        for (uint256 i; i < proven; ++i) {
            slots[i] = uint40(bound(uint256(keccak256(abi.encode(seed, i))), from, to));
            _proveAt(i, slots[i]);
        }
        assertEq(index.isCompromised(from, to), proven >= 3);
        vm.warp(to + 30 days);
        assertEq(index.isCompromised(from, to), proven >= 3, "later");
    }

    /// forge-config: default.fuzz.runs = 96
    function test_isCompromised__any_slots_and_window__counts_distinct_reporters_inside(
        uint40[12] memory slots,
        uint40 from,
        uint40 to
    ) public {
        from = GENESIS + uint40(bound(from, 0, 2 days));
        // A window over a midnight: the record keeps first and last slot of each day.
        to = uint40(bound(to, (from / 1 days + 1) * 1 days, GENESIS + 4 days));
        vm.warp(GENESIS + 4 days);
        bool[4] memory inside;
        for (uint256 i; i < slots.length; ++i) {
            slots[i] = GENESIS + uint40(bound(slots[i], 0, 4 days));
            Draft memory x = _said(USD);
            Draft memory y = _said(2 * USD);
            (x.slot, y.slot, x.epoch, y.epoch) = (slots[i], slots[i], 1, 1);
            // A slot between two that are known for its day is refused, and adds nothing.
            try this.prove(i % 4, x, y) { } catch { }
            if (slots[i] >= from && slots[i] <= to) inside[i % 4] = true;
        }
        uint256 count;
        for (uint256 i; i < 4; ++i) {
            if (inside[i]) ++count;
        }
        assertEq(index.isCompromised(from, to), count >= 3);
    }

    function test_proof__between_two_of_its_day__adds_nothing_and_outside_them_counts() public {
        vm.warp(GENESIS + 3 days);
        uint40 day = GENESIS + 1 days;
        for (uint256 i; i < 3; ++i) {
            _proveAt(i, day + 12 hours);
            _proveAt(i, day + 18 hours);
            _proveAt(i, day + 6 hours);
            bytes memory reason = abi.encodeWithSelector(
                IAccountable.AlreadyProven.selector, vm.addr(keys[i]), day + 9 hours
            );
            vm.expectRevert(reason);
            this.proveAt(i, day + 9 hours);
        }
        assertTrue(index.isCompromised(GENESIS, day + 6 hours), "up to the first");
        assertFalse(index.isCompromised(GENESIS, day + 6 hours - 1), "before the first");
        assertTrue(index.isCompromised(day + 18 hours, day + 1 days), "from the last");
        assertFalse(index.isCompromised(day + 18 hours + 1, day + 1 days), "after the last");
    }

    /// A liar cannot accuse itself of something harmless in order to be safe from what matters.
    function test_isCompromised__jailed_for_another_day_before__still_counts_inside() public {
        vm.warp(GENESIS + 3 days);
        for (uint256 i; i < 3; ++i) {
            _proveAt(i, GENESIS + 1 hours);
        }
        assertFalse(index.isCompromised(GENESIS + 1 days, GENESIS + 2 days));
        for (uint256 i; i < 3; ++i) {
            _proveAt(i, GENESIS + 1 days + 1 hours);
        }
        assertTrue(index.isCompromised(GENESIS + 1 days, GENESIS + 2 days));
        assertEq(reporterSet.reporterConfig().reporters.length, 4);
    }

    function test_isCompromised__one_reporter_many_times__is_one() public {
        vm.warp(GENESIS + 10 days);
        for (uint40 day; day < 10; ++day) {
            _proveAt(0, GENESIS + day * 1 days);
        }
        assertFalse(index.isCompromised(GENESIS, GENESIS + 10 days));
    }

    function test_isCompromised__smaller_quorum_of_its_epoch__needs_fewer() public {
        vm.startPrank(admin);
        reporterSet.setReporters(3, METHOD, _reporters(0, 5));
        vm.stopPrank();
        skip(1 hours);
        for (uint256 i; i < 2; ++i) {
            assertFalse(index.isCompromised(GENESIS, GENESIS + 1 hours));
            Draft memory x = _said(USD);
            Draft memory y = _said(2 * USD);
            (x.epoch, y.epoch) = (2, 2);
            _prove(i, x, y);
        }
        assertTrue(index.isCompromised(GENESIS, GENESIS + 1 hours));
    }

    function test_isCompromised__nobody_proven_or_empty_window__is_false(uint40 from, uint40 to)
        public
    {
        assertFalse(index.isCompromised(from, to));
        for (uint256 i; i < 3; ++i) {
            _prove(i, _said(USD), _said(2 * USD));
        }
        from = uint40(bound(from, GENESIS + 1, GENESIS + 1000 days));
        assertFalse(index.isCompromised(from, from - 1));
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    function prove(uint256 position, Draft memory x, Draft memory y) external {
        _prove(position, x, y);
    }

    function _prove(uint256 position, Draft memory x, Draft memory y) private {
        index.proveEquivocation(
            vm.addr(keys[position]),
            x.epoch,
            x.slot,
            Accusations.statement(x, keys[position], position),
            Accusations.statement(y, keys[position], position)
        );
    }

    function proveAt(uint256 position, uint40 slot) external {
        _proveAt(position, slot);
    }

    /// @dev Two contents of epoch 1 for a slot.
    function _proveAt(uint256 position, uint40 slot) private {
        (Draft memory x, Draft memory y) = (_said(USD), _said(2 * USD));
        (x.slot, y.slot, x.epoch, y.epoch) = (slot, slot, 1, 1);
        _prove(position, x, y);
    }

    /// @dev Everybody would sign `value` for every index now.
    function _said(uint64 value) private view returns (Draft memory) {
        return _draft(value);
    }

    function _removeFirst() private {
        vm.prank(admin);
        reporterSet.setReporters(QUORUM, METHOD, _reporters(1, 7));
    }

    function _keysFrom(uint256 first) private view returns (uint256[] memory rest) {
        rest = new uint256[](keys.length - first);
        for (uint256 i; i < rest.length; ++i) {
            rest[i] = keys[first + i];
        }
    }
}
