// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IReportIntake } from "../src/interfaces/IReportIntake.sol";
import { IReporterSet } from "../src/interfaces/IReporterSet.sol";
import { ISpotIndexReader } from "../src/interfaces/ISpotIndexReader.sol";
import { ISpotIndexV2, Refusal } from "../src/interfaces/ISpotIndexV2.sol";
import { CommonDraft, CommonReports } from "./support/CommonReports.sol";
import { IndexV2Test } from "./support/IndexV2Test.sol";

/// @notice Which common reports become rounds: slot, quorum, signers, content, and each index by itself.
contract SpotIndexV2SubmitTest is IndexV2Test {
    uint64 private constant MOST = type(uint56).max;

    function test_submit__any_values__records_them_with_confidence_and_providers(
        uint64[3] memory values,
        uint64[3] memory confidences,
        uint8[3] memory providers
    ) public {
        CommonDraft memory d = _draft(USD);
        for (uint256 i; i < INDICES; ++i) {
            d.values[i] = uint64(bound(values[i], 1, MOST));
            (d.confidences[i], d.providers[i]) = (confidences[i], providers[i]);
        }
        bytes memory report = CommonReports.signed(d, keys);
        vm.expectEmit();
        emit ISpotIndexV2.ReportRecorded(d.inputRoot, 1, ALL);
        for (uint256 i; i < INDICES; ++i) {
            vm.expectEmit();
            emit ISpotIndexV2.RoundRecorded(i, d.slot, d.values[i], confidences[i], providers[i]);
        }
        vm.prank(stranger);
        assertEq(index.submit(report), 7);
        for (uint256 i; i < INDICES; ++i) {
            ISpotIndexReader.RoundView memory r = index.latest(i);
            assertEq(r.value, d.values[i]);
            assertEq(r.slot, d.slot);
            assertEq(r.signers, 7);
            assertEq(r.valueTime, 0);
            (uint16 bps, uint8 count) = index.quality(i, 1);
            uint256 exact = (uint256(confidences[i]) * 10_000 + d.values[i] - 1) / d.values[i];
            assertEq(bps, exact > 65_535 ? 65_535 : exact);
            assertEq(count, providers[i]);
        }
    }

    function test_submit__no_reporters_yet__refuses() public {
        ISpotIndexV2 bare = _newIndex(0, _names(), _limits());
        bytes memory report = CommonReports.signed(_draft(USD), keys);
        vm.expectRevert(IReportIntake.NotConfigured.selector);
        bare.submit(report);
    }

    function test_submit__other_flags_than_the_contract__refuses(uint8 flags) public {
        vm.assume(flags != 0);
        CommonDraft memory d = _draft(USD);
        d.flags = flags;
        _expectRefusal(d, abi.encodeWithSelector(ISpotIndexV2.OtherFlags.selector, flags, 0));
    }

    function test_submit__index_of_replayed_history__marks_every_round_and_takes_no_live_one()
        public
    {
        index = _newIndex(1, _names(), _limits());
        vm.prank(admin);
        IReporterSet(address(index)).setReporters(QUORUM, METHOD, _reporters(0, 7));
        CommonDraft memory d = _draft(USD);
        _submit(d);
        assertEq(index.latest(0).flags, 1);
        skip(1 hours);
        d = _draft(USD);
        d.flags = 0;
        _expectRefusal(d, abi.encodeWithSelector(ISpotIndexV2.OtherFlags.selector, 0, 1));
    }

    // ── slots ─────────────────────────────────────────────────────────────────────────────────────────────────

    function test_slot__off_the_grid__refuses(uint40 offset) public {
        CommonDraft memory d = _draft(USD);
        d.slot -= uint40(bound(offset, 1, 59));
        _expectRefusal(d, abi.encodeWithSelector(IReportIntake.OffGrid.selector, d.slot, 60));
    }

    function test_slot__in_the_future__refuses(uint40 steps, uint256 second_) public {
        skip(bound(second_, 0, 59));
        CommonDraft memory d = _draft(USD);
        d.slot += 60 * uint40(bound(steps, 1, 1e6));
        _expectRefusal(
            d, abi.encodeWithSelector(IReportIntake.SlotInFuture.selector, d.slot, block.timestamp)
        );
    }

    function test_slot__three_slots_old__is_the_last_that_is_recorded() public {
        CommonDraft memory d = _draft(USD);
        skip(3 minutes);
        assertEq(_submit(d), 7);
        d = _draft(USD);
        skip(3 minutes + 1);
        _expectRefusal(
            d,
            abi.encodeWithSelector(
                IReportIntake.SlotTooOld.selector, d.slot, block.timestamp - 3 minutes
            )
        );
    }

    // ── signers ───────────────────────────────────────────────────────────────────────────────────────────────

    function test_signers__fewer_than_asked_for__refuses(uint32 mask) public {
        CommonDraft memory d = _draft(USD);
        d.signers = mask & ALL;
        uint256 given = _count(d.signers);
        vm.assume(given != 0 && given < QUORUM);
        _expectRefusal(
            d, abi.encodeWithSelector(IReportIntake.TooFewSignatures.selector, given, QUORUM)
        );
    }

    function test_signers__none_at_all__refuses() public {
        CommonDraft memory d = _draft(USD);
        d.signers = 0;
        _expectRefusal(
            d, abi.encodeWithSelector(IReportIntake.TooFewSignatures.selector, 0, QUORUM)
        );
    }

    function test_signers__position_beyond_the_set__refuses(uint8 position) public {
        position = uint8(bound(position, 7, 31));
        CommonDraft memory d = _draft(USD);
        d.signers = FIVE | uint32(1 << position);
        _expectRefusal(
            d, abi.encodeWithSelector(IReportIntake.UnknownPosition.selector, position, 7)
        );
    }

    function test_signers__one_signature_of_another_key__refuses(uint256 position) public {
        position = bound(position, 0, 6);
        bytes memory report = CommonReports.signed(_draft(USD), _withKey(position, _key(99)));
        vm.expectRevert(
            abi.encodeWithSelector(
                IReportIntake.WrongSigner.selector,
                position,
                vm.addr(_key(99)),
                vm.addr(keys[position])
            )
        );
        index.submit(report);
    }

    /// Everything that a report says is under the signatures: any byte of it turned makes them another's.
    function test_signers__any_bit_of_the_content_turned__refuses(uint256 at, uint8 bit) public {
        CommonDraft memory d = _draft(USD);
        bytes memory report = CommonReports.signed(d, keys);
        at = bound(at, 10, 42 + 17 * INDICES - 1);
        report[at] = bytes1(uint8(report[at]) ^ uint8(1 << (bit % 8)));
        vm.expectPartialRevert(IReportIntake.WrongSigner.selector);
        index.submit(report);
    }

    function test_signers__digest_of_another_contract_chain_epoch_set_or_method__refuses(uint8 what)
        public
    {
        what = uint8(bound(what, 0, 4));
        CommonDraft memory d = _draft(USD);
        if (what == 0) d.domain = _newIndex(0, _names(), _limits()).domainSeparator();
        if (what == 1) d.domain = keccak256("a fork");
        if (what == 2) d.epoch = 2;
        if (what == 3) d.indexSet = keccak256("others");
        if (what == 4) d.methodHash = keccak256("another method");
        bytes memory report = CommonReports.signed(d, keys);
        vm.expectPartialRevert(IReportIntake.WrongSigner.selector);
        index.submit(report);
    }

    function test_replay__chain_id_changed_by_a_fork__refuses(uint64 id) public {
        id = uint64(bound(id, 1, type(uint64).max));
        vm.assume(id != block.chainid);
        bytes memory report = CommonReports.signed(_draft(USD), keys);
        vm.chainId(id);
        vm.expectPartialRevert(IReportIntake.WrongSigner.selector);
        index.submit(report);
    }

    function test_length__any_other__refuses(uint256 length) public {
        bytes memory report = CommonReports.signed(_draft(USD), keys);
        uint256 right = report.length;
        length = bound(length, 10, right + 100);
        vm.assume(length != right);
        bytes memory other = new bytes(length);
        for (uint256 i; i < length && i < right; ++i) {
            other[i] = report[i];
        }
        vm.expectRevert(
            abi.encodeWithSelector(IReportIntake.BadReportLength.selector, length, right)
        );
        index.submit(other);
    }

    // ── each index by itself ──────────────────────────────────────────────────────────────────────────────────

    function test_absent__one_index__is_named_and_stops_no_other(uint256 which) public {
        which = bound(which, 0, 2);
        _push(USD);
        skip(1 hours);
        CommonDraft memory d = _draft(2 * USD);
        d.values[which] = 0;
        bytes memory report = CommonReports.signed(d, keys);
        vm.expectEmit();
        emit ISpotIndexV2.IndexRefused(which, d.slot, Refusal.ABSENT, USD, 0);
        assertEq(index.submit(report), 7 ^ (1 << which));
        assertEq(index.latest(which).value, USD);
        assertEq(index.latest(which).slot, d.slot - 1 hours);
        assertEq(index.roundsOf(which), 1);
        assertEq(index.roundsOf((which + 1) % 3), 2);
    }

    function test_value__greater_than_fits__is_named_and_stops_no_other(uint64 value) public {
        value = uint64(bound(value, MOST + 1, type(uint64).max));
        CommonDraft memory d = _draft(_of(value, USD, USD));
        bytes memory report = CommonReports.signed(d, keys);
        vm.expectEmit();
        emit ISpotIndexV2.IndexRefused(0, d.slot, Refusal.OUT_OF_RANGE, 0, value);
        assertEq(index.submit(report), 6);
        assertEq(index.latest(0).slot, 0);
    }

    function test_value__just_as_great_as_fits__is_recorded_and_one_more_is_not() public {
        assertEq(_submit(_draft(_of(MOST, MOST + 1, USD))), 5);
        assertEq(index.latest(0).value, MOST);
        assertEq(index.latest(1).slot, 0);
    }

    function test_interval__each_index_has_its_own(uint256 wait) public {
        _push(USD);
        wait = bound(wait, 1, 100) * 60;
        skip(wait);
        uint256 expected = (wait >= 5 minutes ? 3 : 0) | (wait >= 1 hours ? 4 : 0);
        CommonDraft memory d = _draft(USD);
        if (expected == 0) {
            _expectRefusal(
                d,
                abi.encodeWithSelector(
                    ISpotIndexV2.AllRefused.selector, 0, Refusal.TOO_SOON, USD, USD
                )
            );
        } else {
            assertEq(_submit(d), expected);
        }
    }

    function test_interval__slot_before_the_last__refuses_though_young_enough() public {
        CommonDraft memory d = _draft(USD);
        skip(2 minutes);
        _push(USD);
        _expectRefusal(
            d,
            abi.encodeWithSelector(ISpotIndexV2.AllRefused.selector, 0, Refusal.TOO_SOON, USD, USD)
        );
    }

    function test_replay__same_report_again__refuses() public {
        CommonDraft memory d = _draft(USD);
        _submit(d);
        _expectRefusal(
            d,
            abi.encodeWithSelector(ISpotIndexV2.AllRefused.selector, 0, Refusal.TOO_SOON, USD, USD)
        );
    }

    function test_speed__each_index_has_its_own_limit_and_wide_quorum(
        uint256 move,
        uint256 wait,
        uint256 signers
    ) public {
        _push(1000 * USD);
        wait = bound(wait, 60, 720) * 60;
        skip(wait);
        uint64 value = uint64(bound(move, 500, 2000)) * USD;
        uint256 silent = bound(signers, 0, 2);
        CommonDraft memory d = _draft(value);
        d.signers = uint32(ALL >> silent);
        uint256 change = value > 1000 * USD ? value - 1000 * USD : 1000 * USD - value;
        bool isSlow = change * 10_000 * 1 hours <= 2000 * wait * 1000 * USD;
        bool isSlowThere = change * 10_000 * 6 hours <= 500 * wait * 1000 * USD;
        // Half of the other two is one more, all of them are two more.
        uint256 expected = (isSlow || silent <= 1 ? 3 : 0) | (isSlowThere || silent == 0 ? 4 : 0);
        if (expected == 0) {
            _expectRefusal(
                d,
                abi.encodeWithSelector(
                    ISpotIndexV2.AllRefused.selector, 0, Refusal.TOO_FAST, 1000 * USD, value
                )
            );
        } else {
            assertEq(_submit(d), expected);
        }
    }

    function test_speed__to_the_last_unit__binds_those_whom_few_signed(uint256 wait, bool up)
        public
    {
        uint64 last = 1000 * USD;
        _push(last);
        wait = bound(wait, 5, 200) * 60;
        skip(wait);
        // A fifth an hour.
        uint64 most = uint64(last * 2000 * wait / (10_000 * 1 hours));
        uint64 within = up ? last + most : last - most;
        uint64 beyond = up ? within + 1 : within - 1;
        CommonDraft memory d = _draft(_of(within, beyond, 0));
        d.signers = FIVE;
        assertEq(_submit(d), 1);
    }

    function test_speed__first_value_of_an_index__asks_for_its_wide_quorum() public {
        CommonDraft memory d = _draft(USD);
        d.signers = FIVE;
        _expectRefusal(
            d, abi.encodeWithSelector(ISpotIndexV2.AllRefused.selector, 0, Refusal.TOO_FAST, 0, USD)
        );
        d.signers = 0x3f;
        assertEq(_submit(d), 3);
    }

    function test_submit__all_absent__refuses() public {
        _expectRefusal(
            _draft(0),
            abi.encodeWithSelector(ISpotIndexV2.AllRefused.selector, 0, Refusal.ABSENT, 0, 0)
        );
    }

    function _withKey(uint256 position, uint256 key) private view returns (uint256[] memory all) {
        all = keys;
        all[position] = key;
    }

    function _count(uint32 mask) private pure returns (uint256 bits) {
        for (; mask != 0; mask >>= 1) {
            bits += mask & 1;
        }
    }
}
