// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IReportIntake } from "../src/interfaces/IReportIntake.sol";
import { IReporterSet } from "../src/interfaces/IReporterSet.sol";
import { ISpotIndexReader, State, Timing } from "../src/interfaces/ISpotIndexReader.sol";
import { ISpotIndexV2 } from "../src/interfaces/ISpotIndexV2.sol";
import { Limits } from "../src/libraries/Limits.sol";
import { CommonDraft } from "./support/CommonReports.sol";
import { IndexV2Test } from "./support/IndexV2Test.sol";
import { Reports } from "./support/Reports.sol";
import { IAccessManaged } from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

/// @notice What a set of indices may be, who may sign for it, and how it grows.
contract SpotIndexV2TermsTest is IndexV2Test {
    // ── bounds of a committee ─────────────────────────────────────────────────────────────────────────────────

    function test_setReporters__signatures_from_f_plus_one_to_n_minus_f_alone(
        uint256 n,
        uint8 signatures
    ) public {
        n = bound(n, 1, 32);
        signatures = uint8(bound(signatures, 0, 33));
        uint256 f = (n - 1) / 3;
        ISpotIndexV2 bare = _newIndex(0, _names(), _limits());
        address[] memory reporters = _reporters(0, n);
        bool isPossible = signatures >= f + 1 && signatures <= n - f;
        if (!isPossible) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    ISpotIndexV2.SignaturesOutOfRange.selector, signatures, f + 1, n - f
                )
            );
        }
        vm.prank(admin);
        _set(bare).setReporters(signatures, METHOD, reporters);
        if (!isPossible) return;
        (uint256 liars, uint256 silent) = _set(bare).tolerance();
        uint256 prepares = (n + f) / 2 + 1;
        assertEq(liars, f);
        assertEq(silent, n - (prepares > signatures ? prepares : signatures));
        assertLe(f, silent, "the tolerated liars alone stop it by silence");
    }

    function test_setReporters__nobody__refuses() public {
        vm.expectRevert(abi.encodeWithSelector(ISpotIndexV2.SignaturesOutOfRange.selector, 1, 1, 0));
        vm.prank(admin);
        reporterSet.setReporters(1, METHOD, new address[](0));
    }

    function test_setReporters__more_newcomers_in_a_week_than_may_lie__refuses() public {
        address[] memory three = _reporters(0, 7);
        for (uint256 i; i < 3; ++i) {
            three[i] = vm.addr(_key(20 + i));
        }
        vm.expectRevert(abi.encodeWithSelector(IReporterSet.TooManyAdditions.selector, 3, 2));
        vm.prank(admin);
        reporterSet.setReporters(QUORUM, METHOD, three);
        three[2] = vm.addr(_key(2));
        vm.prank(admin);
        reporterSet.setReporters(QUORUM, METHOD, three);
        assertEq(reporterSet.reporterConfig().epoch, 2);
    }

    function test_setReporters__not_the_admin__refuses(address caller) public {
        vm.assume(caller != admin);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller)
        );
        vm.prank(caller);
        reporterSet.setReporters(QUORUM, METHOD, _reporters(0, 7));
    }

    // ── limits ────────────────────────────────────────────────────────────────────────────────────────────────

    function test_construction__limits_that_could_never_work__are_refused(uint8 field) public {
        field = uint8(bound(field, 0, 7));
        Limits[] memory limits = _limits();
        string memory name;
        if (field == 0) (limits[1].minInterval, name) = (59, "minInterval");
        if (field == 1) (limits[1].heartbeat, name) = (4 minutes, "heartbeat");
        if (field == 2) (limits[1].grace, name) = (1 days, "grace");
        if (field == 3) (limits[1].deviationBps, name) = (0, "deviationBps");
        if (field == 4) (limits[1].deviationBps, name) = (10_001, "deviationBps");
        if (field == 5) (limits[1].bandBps, name) = (0, "bandBps");
        if (field == 6) (limits[1].bandBps, name) = (10_001, "bandBps");
        if (field == 7) (limits[1].widePercent, name) = (101, "widePercent");
        (address made, bytes memory reason) =
            _create("SpotIndexV2", abi.encode(governance, GRID, uint8(0), _names(), limits));
        assertEq(made, address(0));
        assertEq(reason, abi.encodeWithSelector(ISpotIndexV2.BadLimits.selector, 1, name));
    }

    function test_construction__grid_that_is_no_part_of_a_day__is_refused(uint32 grid) public {
        vm.assume(grid == 0 || 1 days % grid != 0 || uint256(grid) * 3 > 1 days);
        vm.assume(grid <= type(uint32).max / 3);
        (, bytes memory reason) =
            _create("SpotIndexV2", abi.encode(governance, grid, uint8(0), _names(), _limits()));
        assertEq(reason, abi.encodeWithSelector(ISpotIndexV2.BadGrid.selector, grid));
    }

    function test_construction__no_index_or_more_than_fit_or_a_limit_missing__is_refused() public {
        uint256[2][3] memory counts = [[uint256(0), 0], [uint256(17), 17], [uint256(3), 2]];
        for (uint256 i; i < 3; ++i) {
            (string[] memory names, Limits[] memory limits) = _many(counts[i][0], counts[i][1]);
            (, bytes memory reason) =
                _create("SpotIndexV2", abi.encode(governance, GRID, uint8(0), names, limits));
            assertEq(reason, abi.encodeWithSelector(IReportIntake.NoIndices.selector));
        }
    }

    function test_limitsOf__any_possible__are_as_given(Limits memory l) public {
        l.minInterval = uint32(bound(l.minInterval, GRID, 12 hours));
        l.heartbeat = uint32(bound(l.heartbeat, l.minInterval, 1 days));
        l.grace = uint32(bound(l.grace, 0, 1 days - l.heartbeat));
        l.deviationBps = uint16(bound(l.deviationBps, 1, 10_000));
        l.bandBps = uint16(bound(l.bandBps, 1, 10_000));
        l.widePercent = uint8(bound(l.widePercent, 0, 100));
        Limits[] memory limits = _limits();
        (limits[1].deviationBps, limits[2]) = (26, l);
        ISpotIndexV2 made = _newIndex(0, _names(), limits);
        assertEq(abi.encode(made.limitsOf(2)), abi.encode(l));
        Timing memory t = made.timingOf(2);
        assertEq(
            abi.encode(t),
            abi.encode(
                Timing(
                    GRID, l.heartbeat, l.grace, 3 * GRID, l.minInterval, l.deviationBps, l.bandBps
                )
            )
        );
        assertEq(abi.encode(made.timing()), abi.encode(made.timingOf(0)));
    }

    function test_reporterConfig__wide_quorum__is_the_most_that_any_index_asks_for(uint8[3] memory percents)
        public
    {
        Limits[] memory limits = _limits();
        uint256 most;
        for (uint256 i; i < INDICES; ++i) {
            limits[i].widePercent = uint8(bound(percents[i], 0, 100));
            // Of the two whom a report does not need, rounded up.
            uint256 wide = QUORUM + (2 * uint256(limits[i].widePercent) + 99) / 100;
            if (wide > most) most = wide;
        }
        index = _newIndex(0, _names(), limits);
        reporterSet = IReporterSet(address(index));
        _setReporters(7, QUORUM);
        assertEq(reporterSet.reporterConfig().wideQuorum, most);
    }

    function test_reporterConfig__no_index_asks_for_more__wide_quorum_is_the_quorum() public {
        Limits[] memory limits = _limits();
        for (uint256 i; i < INDICES; ++i) {
            limits[i].widePercent = 0;
        }
        index = _newIndex(0, _names(), limits);
        reporterSet = IReporterSet(address(index));
        _setReporters(7, QUORUM);
        assertEq(reporterSet.reporterConfig().wideQuorum, QUORUM);
    }

    function test_views__unknown_index__refuse(uint256 unknown) public {
        unknown = bound(unknown, INDICES, type(uint256).max);
        bytes memory reason =
            abi.encodeWithSelector(ISpotIndexReader.UnknownIndex.selector, unknown);
        vm.expectRevert(reason);
        index.limitsOf(unknown);
        vm.expectRevert(reason);
        index.latest(unknown);
        vm.expectRevert(reason);
        index.fresh(unknown);
        vm.expectRevert(reason);
        index.status(unknown);
        vm.expectRevert(reason);
        index.roundsOf(unknown);
        vm.expectRevert(reason);
        index.roundAt(unknown, 1);
        vm.expectRevert(reason);
        index.quality(unknown, 1);
        vm.expectRevert(reason);
        index.window(unknown, GENESIS, GENESIS + 1 days);
        // Before it is asked whether the window is one.
        vm.expectRevert(reason);
        index.window(unknown, GENESIS + 1, GENESIS + 1 days);
    }

    // ── status ────────────────────────────────────────────────────────────────────────────────────────────────

    function test_status__each_index_has_its_own_heartbeat(uint256 age) public {
        _push(2 * USD);
        uint40 slot = _slot();
        age = bound(age, 0, 8 hours);
        skip(age);
        for (uint256 i; i < INDICES; ++i) {
            uint256 hold = i == 2 ? 6 hours + 10 minutes : 1 hours + 5 minutes;
            ISpotIndexReader.Status memory s = index.status(i);
            assertEq(uint8(s.state), uint8(age <= hold ? State.LIVE : State.HALTED));
            assertEq(s.latest.value, 2 * USD);
            assertEq(s.name, _names()[i]);
            assertEq(s.quorum, QUORUM);
            assertEq(s.wideQuorum, i == 2 ? 7 : 6);
            assertEq(s.reporters, 7);
            assertEq(s.indexSet, keccak256(abi.encode(_names())));
            if (age > hold) {
                vm.expectRevert(
                    abi.encodeWithSelector(
                        ISpotIndexReader.StaleIndex.selector, i, slot, block.timestamp - hold
                    )
                );
            }
            index.fresh(i);
        }
    }

    function test_status__signed_by_no_more_than_asked_for__is_thin() public {
        _push(USD);
        skip(1 hours);
        CommonDraft memory d = _draft(USD);
        d.signers = FIVE;
        _submit(d);
        assertEq(uint8(index.status(0).state), uint8(State.THIN));
        (uint64 value,) = index.fresh(0);
        assertEq(value, USD);
    }

    // ── further indices ───────────────────────────────────────────────────────────────────────────────────────

    function test_append__further_indices__leave_rounds_numbers_and_limits_alone() public {
        for (uint256 i; i < 3; ++i) {
            _push(USD + uint64(i));
            skip(1 hours);
        }
        bytes memory before = _everything();
        (string[] memory names, Limits[] memory limits) = _many(5, 5);
        CommonDraft memory stale = _draft(USD);
        vm.prank(admin);
        index.append(names, limits);
        assertEq(_everything(), before);
        assertEq(index.indexNames().length, 8);
        assertEq(index.indexNames()[3], names[0]);
        assertEq(index.indexSet(), keccak256(abi.encode(index.indexNames())));
        assertEq(reporterSet.reporterConfig().epoch, 2);
        assertEq(reporterSet.reporterConfig().reporters, _reporters(0, 7));

        // What was signed of the old set is of an epoch that is over.
        bytes memory report = _signed(stale);
        vm.expectPartialRevert(IReportIntake.BadReportLength.selector);
        index.submit(report);

        assertEq(_push(USD), 0xff);
        for (uint256 i; i < 8; ++i) {
            assertEq(index.latest(i).value, USD);
            assertEq(index.roundsOf(i), i < 3 ? 4 : 1);
        }
    }

    function test_append__not_the_admin_or_too_many_or_closer_than_the_ring_holds__refuses()
        public
    {
        (string[] memory names, Limits[] memory limits) = _many(14, 14);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger)
        );
        vm.prank(stranger);
        index.append(names, limits);
        vm.prank(admin);
        vm.expectRevert(IReportIntake.NoIndices.selector);
        index.append(names, limits);
        (names, limits) = _many(1, 1);
        limits[0].minInterval = 4 minutes;
        vm.prank(admin);
        vm.expectRevert(
            abi.encodeWithSelector(ISpotIndexV2.BadLimits.selector, INDICES, "minInterval")
        );
        index.append(names, limits);
    }

    function test_append__before_anybody_was_seated__waits_for_the_first_set() public {
        ISpotIndexV2 bare = _newIndex(0, _names(), _limits());
        (string[] memory names, Limits[] memory limits) = _many(13, 13);
        vm.startPrank(admin);
        bare.append(names, limits);
        assertEq(_set(bare).reporterConfig().epoch, 0);
        _set(bare).setReporters(QUORUM, METHOD, _reporters(0, 7));
        vm.stopPrank();
        index = bare;
        assertEq(_push(USD), 0xffff);
        skip(1 hours);
        assertEq(_push(USD + 1), 0xffff);
        for (uint256 i; i < 16; ++i) {
            assertEq(index.roundsOf(i), 2);
            assertEq(index.latest(i).value, USD + 1);
        }
    }

    function _everything() private view returns (bytes memory all) {
        for (uint256 i; i < INDICES; ++i) {
            all = abi.encode(
                all, index.limitsOf(i), index.latest(i), index.roundsOf(i), index.roundAt(i, 1)
            );
        }
    }

    function _set(ISpotIndexV2 of_) private pure returns (IReporterSet) {
        return IReporterSet(address(of_));
    }

    function _many(uint256 n, uint256 m)
        private
        pure
        returns (string[] memory names, Limits[] memory limits)
    {
        (names, limits) = (new string[](n), new Limits[](m));
        for (uint256 i; i < n; ++i) {
            names[i] = string.concat("X", vm.toString(i));
        }
        for (uint256 i; i < m; ++i) {
            limits[i] = Limits(1 hours, 5 minutes, 5 minutes, 25, 2000, 50);
        }
    }
}
