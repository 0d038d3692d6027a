// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IReporterSet } from "../src/interfaces/IReporterSet.sol";
import { Base } from "./Base.t.sol";

contract ReporterSetTest is Base {
    function _seatReporters() internal override {
        vm.prank(admin);
        reporterSet.setReporters(QUORUM, METHOD, _people(0, 7));
    }

    function test_reporterConfig__before_any_set__is_empty() public {
        IReporterSet fresh = IReporterSet(address(_newIndex(_timing(), _indexNames())));
        IReporterSet.ReporterConfig memory c = fresh.reporterConfig();
        assertEq(c.epoch, 0);
        assertEq(c.reporters.length, 0);
        (uint256 liars, uint256 silent) = fresh.tolerance();
        assertEq(liars, 0);
        assertEq(silent, 0);
    }

    function test_setReporters__any_size_and_odd_majority__is_read_back(
        uint256 n,
        uint256 quorum,
        bytes32 method
    ) public {
        vm.assume(method != 0);
        n = bound(n, 3, 32);
        quorum = _oddMajority(n, quorum);
        IReporterSet fresh = IReporterSet(address(_newIndex(_timing(), _indexNames())));
        address[] memory reporters = _people(0, n);
        vm.expectEmit();
        emit IReporterSet.ReportersChanged(1, uint8(quorum), method, reporters);
        vm.prank(admin);
        fresh.setReporters(uint8(quorum), method, reporters);

        IReporterSet.ReporterConfig memory c = fresh.reporterConfig();
        assertEq(c.epoch, 1);
        assertEq(c.quorum, quorum);
        assertEq(c.wideQuorum, (n + quorum + 1) / 2);
        assertEq(c.methodHash, method);
        assertEq(c.reporters, reporters);
        (uint256 liars, uint256 silent) = fresh.tolerance();
        assertEq(liars, (quorum - 1) / 2);
        assertEq(silent, n - quorum);
    }

    function test_setReporters__every_change__is_a_new_epoch(uint8 changes) public {
        changes = uint8(bound(changes, 1, 10));
        for (uint32 epoch = 2; epoch < 2 + uint32(changes); ++epoch) {
            _seatReporters();
            assertEq(reporterSet.reporterConfig().epoch, epoch);
        }
    }

    function test_setReporters__not_the_admin__refuses(address caller) public {
        vm.assume(caller != admin);
        _expectUnauthorized(caller);
        vm.prank(caller);
        reporterSet.setReporters(5, METHOD, _people(0, 7));
    }

    function test_setReporters__even_quorum__refuses(uint8 quorum) public {
        quorum = quorum & 0xfe;
        _expectRefusal(abi.encodeWithSelector(IReporterSet.QuorumNotOdd.selector, quorum));
        reporterSet.setReporters(quorum, METHOD, _people(0, 7));
    }

    function test_setReporters__quorum_above_the_set_or_no_majority__refuses(
        uint256 n,
        uint8 quorum
    ) public {
        n = bound(n, 0, 32);
        quorum = quorum | 1;
        vm.assume(quorum > n || 2 * uint256(quorum) <= n);
        _expectRefusal(abi.encodeWithSelector(IReporterSet.QuorumOutOfRange.selector, quorum, n));
        reporterSet.setReporters(quorum, METHOD, _people(0, n));
    }

    function test_setReporters__more_than_the_mask_holds__refuses() public {
        _expectRefusal(abi.encodeWithSelector(IReporterSet.TooManyReporters.selector, 33, 32));
        reporterSet.setReporters(17, METHOD, _people(0, 33));
    }

    function test_setReporters__no_method__refuses() public {
        _expectRefusal(abi.encodeWithSelector(IReporterSet.MethodMissing.selector));
        reporterSet.setReporters(5, 0, _people(0, 7));
    }

    function test_setReporters__zero_or_twice_the_same__refuses(uint256 position, uint256 twin)
        public
    {
        address[] memory reporters = _people(0, 7);
        position = bound(position, 1, 6);
        twin = bound(twin, 0, position - 1);
        reporters[position] = address(0);
        _expectRefusal(
            abi.encodeWithSelector(IReporterSet.InvalidReporter.selector, address(0), position)
        );
        reporterSet.setReporters(5, METHOD, reporters);

        reporters[position] = reporters[twin];
        _expectRefusal(
            abi.encodeWithSelector(IReporterSet.InvalidReporter.selector, reporters[twin], position)
        );
        reporterSet.setReporters(5, METHOD, reporters);
    }

    // ── additions ─────────────────────────────────────────────────────────────────────────────────────────────

    function test_additions__as_many_as_could_form_the_median__refuses(uint256 newcomers) public {
        newcomers = bound(newcomers, 3, 7);
        _expectRefusal(abi.encodeWithSelector(IReporterSet.TooManyAdditions.selector, newcomers, 2));
        reporterSet.setReporters(5, METHOD, _people(newcomers, newcomers + 7));
    }

    function test_additions__within_seven_days__add_up(uint256 wait) public {
        wait = bound(wait, 0, 7 days - 1);
        vm.startPrank(admin);
        reporterSet.setReporters(5, METHOD, _people(1, 8));
        skip(wait);
        reporterSet.setReporters(5, METHOD, _people(2, 9));
        skip(wait);
        vm.expectRevert(abi.encodeWithSelector(IReporterSet.TooManyAdditions.selector, 3, 2));
        reporterSet.setReporters(5, METHOD, _people(3, 10));
    }

    function test_additions__after_seven_quiet_days__start_anew(uint256 wait) public {
        wait = bound(wait, 7 days, 1000 days);
        vm.startPrank(admin);
        for (uint256 i = 2; i <= 10; i += 2) {
            reporterSet.setReporters(5, METHOD, _people(i, i + 7));
            skip(wait);
        }
        assertEq(reporterSet.reporterConfig().reporters, _people(10, 17));
    }

    function test_removals__any_number_at_any_time__are_free(uint256 removed) public {
        removed = bound(removed, 1, 4);
        vm.startPrank(admin);
        reporterSet.setReporters(uint8(_oddMajority(7 - removed, 0)), METHOD, _people(removed, 7));
        reporterSet.setReporters(1, METHOD, _people(6, 7));
        assertEq(reporterSet.reporterConfig().reporters.length, 1);
    }

    /// Lowering the quorum lowers how many newcomers are too many, whether or not any come along with it.
    function test_additions__quorum_lowered_afterwards__still_cannot_form_the_median(uint256 wait)
        public
    {
        vm.startPrank(admin);
        reporterSet.setReporters(9, METHOD, _people(0, 9));
        skip(7 days);
        reporterSet.setReporters(9, METHOD, _people(4, 13));
        skip(bound(wait, 0, 7 days - 1));
        vm.expectRevert(abi.encodeWithSelector(IReporterSet.TooManyAdditions.selector, 4, 2));
        reporterSet.setReporters(5, METHOD, _people(4, 13));
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev People number `from` to `to`, the latter excluded. Nobody here signs, so nobody needs a key.
    function _people(uint256 from, uint256 to) private pure returns (address[] memory people) {
        people = new address[](to - from);
        for (uint256 i; i < people.length; ++i) {
            people[i] = address(uint160(uint256(keccak256(abi.encode("person", from + i)))));
        }
    }

    function _expectRefusal(bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(admin);
    }

    /// @dev An odd number above n/2 and at most n; two reporters alone have none.
    function _oddMajority(uint256 n, uint256 seed) private pure returns (uint256 quorum) {
        quorum = bound(seed, n / 2 + 1, n);
        if (quorum % 2 == 0) quorum = quorum == n ? quorum - 1 : quorum + 1;
    }
}
