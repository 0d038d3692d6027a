// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { TestToken } from "../src/devnet/TestToken.sol";
import {
    Basis,
    Denomination,
    GradeTerms,
    IGradeRegistry,
    Kind,
    Precision
} from "../src/interfaces/IGradeRegistry.sol";
import { IWrappedUnit } from "../src/interfaces/IWrappedUnit.sol";
import { Base } from "./Base.t.sol";
import { IERC20Metadata } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

contract GradeRegistryTest is Base {
    // ── listing ───────────────────────────────────────────────────────────────────────────────────────────────

    function test_list__three_denominations__units_carry_the_frozen_terms() public view {
        address[] memory listed = registry.units();
        assertEq(listed.length, 3);
        for (uint256 g; g < 3; ++g) {
            bytes32 id = keccak256(abi.encode(terms[g]));
            assertEq(listed[g], address(units[g]));
            assertEq(registry.unitOf(id), address(units[g]));
            assertEq(units[g].gradeId(), id);
            assertEq(IERC20Metadata(address(units[g])).decimals(), 18);
            IWrappedUnit.Factor memory f = units[g].factor();
            assertEq(address(f.token), terms[g].token);
            assertEq(f.decimals, terms[g].decimals);
            assertEq(f.scuPerToken, terms[g].scuPerToken);
            assertEq(f.validUntil, terms[g].validUntil);
            assertEq(f.depositCap, terms[g].depositCap);
            IGradeRegistry.Grade memory grade = registry.grade(address(units[g]));
            assertEq(grade.id, id);
            assertEq(grade.validUntil, terms[g].validUntil);
            assertEq(uint8(grade.kind), uint8(Kind.REDEEMABLE));
            assertEq(grade.impairedAt, 0);
            assertFalse(grade.closed);
        }
    }

    function test_gradeIdOf__any_term_differs__so_does_the_id(uint256 field, uint128 change)
        public
        view
    {
        GradeTerms memory t = terms[2];
        bytes32 id = registry.gradeIdOf(t);
        assertEq(id, keccak256(abi.encode(t)));
        change = uint128(bound(change, 1, type(uint32).max / 2));
        field = bound(field, 0, 9);
        if (field == 0) t.network = string.concat(t.network, " two");
        if (field == 1) t.token = address(uint160(t.token) ^ uint160(change));
        if (field == 2) t.model = string.concat(t.model, "-chat");
        if (field == 3) t.precision = Precision.FP16;
        if (field == 4) t.inputTokens += uint32(change);
        if (field == 5) t.outputTokens += uint32(change);
        if (field == 6) t.quantity += change;
        if (field == 7) t.scuPerToken += change;
        if (field == 8) t.methodHash = bytes32(uint256(t.methodHash) ^ change);
        if (field == 9) t.validUntil += uint40(change);
        assertNotEq(registry.gradeIdOf(t), id);
    }

    function test_list__revision__is_a_new_grade_and_the_old_one_keeps_its_factor(uint128 steps)
        public
    {
        GradeTerms memory t = terms[0];
        t.scuPerToken = uint128(bound(steps, 1, 1e8)) * 1e14;
        vm.assume(t.scuPerToken != terms[0].scuPerToken);
        _giveUnits(0, alice, 5e18);
        uint256 held = units[0].balanceOf(alice);
        (uint256 before,) = units[0].previewUnwrap(held);

        address revised = _list(t);
        assertNotEq(revised, address(units[0]));
        assertEq(IWrappedUnit(revised).factor().scuPerToken, t.scuPerToken);
        (uint256 later,) = units[0].previewUnwrap(held);
        assertEq(later, before);
    }

    function test_list__same_terms_twice__refuses() public {
        bytes32 id = registry.gradeIdOf(terms[1]);
        vm.expectRevert(abi.encodeWithSelector(IGradeRegistry.GradeExists.selector, id));
        _list(terms[1]);
    }

    function test_list__anything_unsaid__names_the_field() public {
        string[9] memory common = [
            "network",
            "kind",
            "denomination",
            "quantity",
            "decimals",
            "scuPerToken",
            "methodHash",
            "depositCap",
            "model"
        ];
        for (uint256 i; i < common.length; ++i) {
            GradeTerms memory t = terms[0];
            if (i == 0) t.network = "";
            if (i == 1) t.kind = Kind.NONE;
            if (i == 2) t.denomination = Denomination.NONE;
            if (i == 3) t.quantity = 0;
            if (i == 4) t.decimals = 37;
            if (i == 5) t.scuPerToken = 0;
            if (i == 6) t.methodHash = 0;
            if (i == 7) t.depositCap = 0;
            if (i == 8) t.model = "";
            _expectUnderSpecified(t, common[i]);
        }
    }

    function test_list__flop_without_precision_or_basis__has_no_price() public {
        GradeTerms memory t = terms[1];
        t.precision = Precision.NONE;
        _expectUnderSpecified(t, "precision");
        t.precision = terms[1].precision;
        t.basis = Basis.NONE;
        _expectUnderSpecified(t, "basis");
        t.basis = terms[1].basis;
        t.model = "a FLOP has no model";
        _expectUnderSpecified(t, "model");
    }

    function test_list__inference_without_length_profile_or_precision__has_no_price() public {
        GradeTerms memory t = terms[2];
        t.inputTokens = 0;
        _expectUnderSpecified(t, "lengthProfile");
        t.inputTokens = terms[2].inputTokens;
        t.outputTokens = 0;
        _expectUnderSpecified(t, "lengthProfile");
        t.outputTokens = terms[2].outputTokens;
        t.precision = Precision.NONE;
        _expectUnderSpecified(t, "precision");
    }

    function test_list__field_of_another_denomination__refuses(uint32 input, uint32 output) public {
        GradeTerms memory t = terms[0];
        t.basis = Basis.PEAK;
        _expectUnderSpecified(t, "basis");
        t.basis = Basis.NONE;
        t.precision = Precision.BF16;
        _expectUnderSpecified(t, "precision");
        t.precision = Precision.NONE;
        vm.assume(input != 0 || output != 0);
        (t.inputTokens, t.outputTokens) = (input, output);
        _expectUnderSpecified(t, "lengthProfile");
    }

    function test_list__factor_with_a_fifth_decimal__refuses(uint128 scuPerToken) public {
        vm.assume(scuPerToken % 1e14 != 0);
        GradeTerms memory t = terms[0];
        t.scuPerToken = scuPerToken;
        vm.expectRevert(
            abi.encodeWithSelector(IGradeRegistry.FactorTooFine.selector, scuPerToken, 1e14)
        );
        _list(t);
    }

    function test_list__already_expired__refuses(uint40 validUntil) public {
        GradeTerms memory t = terms[0];
        t.validUntil = validUntil = uint40(bound(validUntil, 0, block.timestamp));
        vm.expectRevert(
            abi.encodeWithSelector(
                IGradeRegistry.AlreadyExpired.selector, validUntil, block.timestamp
            )
        );
        _list(t);
    }

    function test_list__decimals_differ_from_the_token__refuses(uint8 declared, uint8 reported)
        public
    {
        declared = uint8(bound(declared, 0, 36));
        vm.assume(declared != reported);
        GradeTerms memory t = terms[0];
        t.token = address(new TestToken("Odd", "ODD", reported));
        t.decimals = declared;
        vm.expectRevert(
            abi.encodeWithSelector(IGradeRegistry.DecimalsDiffer.selector, declared, reported)
        );
        _list(t);
    }

    function test_grade__not_listed__refuses(address unit) public {
        vm.assume(
            unit != address(units[0]) && unit != address(units[1]) && unit != address(units[2])
        );
        bytes memory unknown = abi.encodeWithSelector(IGradeRegistry.UnknownUnit.selector, unit);
        vm.expectRevert(unknown);
        registry.grade(unit);
        vm.expectRevert(unknown);
        registry.impair(unit);
        vm.startPrank(curator);
        vm.expectRevert(unknown);
        registry.reopen(unit);
        vm.expectRevert(unknown);
        registry.announceImpairment(unit);
        vm.expectRevert(unknown);
        registry.withdrawImpairment(unit);
        vm.stopPrank();
        vm.expectRevert(unknown);
        vm.prank(guardian);
        registry.close(unit);
    }

    function test_list__any_order_of_listing__address_follows_from_the_terms_alone(uint40 validUntil)
        public
    {
        GradeTerms memory t = terms[0];
        t.validUntil = uint40(bound(validUntil, GENESIS + 1, type(uint40).max));
        // Neither these terms nor those a second shorter are listed yet.
        vm.assume(t.validUntil != terms[0].validUntil);
        vm.assume(t.validUntil != terms[0].validUntil + 1);
        uint256 state = vm.snapshotState();
        address first = address(_list(t));
        vm.revertToState(state);
        t.validUntil -= 1;
        if (t.validUntil > GENESIS) _list(t);
        t.validUntil += 1;
        assertEq(address(_list(t)), first);
    }

    // ── closing ───────────────────────────────────────────────────────────────────────────────────────────────

    function test_close__then_reopen__stops_and_allows_wrapping() public {
        vm.expectEmit();
        emit IGradeRegistry.GradeClosed(address(units[0]), true);
        vm.prank(guardian);
        registry.close(address(units[0]));
        assertTrue(units[0].closed());
        assertTrue(registry.grade(address(units[0])).closed);
        vm.prank(curator);
        registry.reopen(address(units[0]));
        assertFalse(units[0].closed());
        _giveUnits(0, alice, 1e18);
    }

    // ── impairment ────────────────────────────────────────────────────────────────────────────────────────────

    function test_impair__short_at_two_looks_a_day_apart__anyone_flags(
        uint256 lost,
        uint256 wait,
        address caller
    ) public {
        _lose(0, bound(lost, 11, 10_000));
        uint40 from = uint40(block.timestamp) + 24 hours;
        vm.expectEmit();
        emit IGradeRegistry.ShortageSeen(address(units[0]), from);
        registry.impair(address(units[0]));
        assertEq(registry.grade(address(units[0])).impairedAt, 0);
        assertEq(registry.shortSince(address(units[0])), block.timestamp);
        assertTrue(units[0].closed());

        vm.warp(from - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IGradeRegistry.SecondLookTooSoon.selector, address(units[0]), from
            )
        );
        registry.impair(address(units[0]));

        vm.warp(from + bound(wait, 0, 6 days));
        vm.expectEmit();
        emit IGradeRegistry.GradeImpaired(address(units[0]), uint40(block.timestamp), true);
        vm.prank(caller);
        registry.impair(address(units[0]));
        assertEq(registry.grade(address(units[0])).impairedAt, block.timestamp);

        _expectImpaired(0);
        registry.impair(address(units[0]));
        tokens[0].mint(address(units[0]), 1e30);
        _expectImpaired(0);
        registry.cure(address(units[0]));
    }

    function test_impair__within_ten_basis_points__is_no_shortage(uint256 bps) public {
        _lose(0, bound(bps, 1, 10));
        assertTrue(units[0].isShort());
        vm.expectRevert(abi.encodeWithSelector(IGradeRegistry.NotShort.selector, address(units[0])));
        registry.impair(address(units[0]));
        assertFalse(units[0].closed());
    }

    function test_impair__second_look_after_a_week__is_a_first_one(uint256 late) public {
        _lose(0, 5000);
        registry.impair(address(units[0]));
        skip(bound(late, 7 days + 1, 1000 days));
        registry.impair(address(units[0]));
        assertEq(registry.grade(address(units[0])).impairedAt, 0);
        assertEq(registry.shortSince(address(units[0])), block.timestamp);
    }

    function test_cure__reserves_are_back__the_next_look_is_a_first_one(
        uint256 when,
        address anyone
    ) public {
        _lose(0, 5000);
        registry.impair(address(units[0]));
        skip(bound(when, 0, 6 days));
        vm.expectRevert(
            abi.encodeWithSelector(IGradeRegistry.StillShort.selector, address(units[0]))
        );
        registry.cure(address(units[0]));
        tokens[0].mint(address(units[0]), 1e30);
        vm.expectEmit();
        emit IGradeRegistry.ShortageCured(address(units[0]));
        vm.prank(anyone);
        registry.cure(address(units[0]));
        assertEq(registry.shortSince(address(units[0])), 0);
        assertTrue(units[0].closed());
        vm.expectRevert(
            abi.encodeWithSelector(IGradeRegistry.NoShortageSeen.selector, address(units[0]))
        );
        registry.cure(address(units[0]));
        vm.prank(curator);
        registry.reopen(address(units[0]));
        _shrink(0, tokens[0].balanceOf(address(units[0])));
        registry.impair(address(units[0]));
        assertEq(registry.grade(address(units[0])).impairedAt, 0);
    }

    function test_impair__token_reports_absurd_holdings__is_not_short() public {
        _giveUnits(0, alice, 5e18);
        tokens[0].mint(address(units[0]), type(uint256).max - tokens[0].totalSupply());
        vm.expectRevert(abi.encodeWithSelector(IGradeRegistry.NotShort.selector, address(units[0])));
        registry.impair(address(units[0]));
    }

    function test_impair__reserves_cover_the_units__refuses() public {
        _giveUnits(0, alice, 5e18);
        vm.expectRevert(abi.encodeWithSelector(IGradeRegistry.NotShort.selector, address(units[0])));
        registry.impair(address(units[0]));
    }

    function test_impair__while_an_announcement_is_pending__comes_into_force_now() public {
        _giveUnits(0, alice, 5e18);
        _announce();
        _shrink(0, tokens[0].balanceOf(address(units[0])) / 2);
        registry.impair(address(units[0]));
        skip(24 hours);
        registry.impair(address(units[0]));
        assertEq(registry.grade(address(units[0])).impairedAt, block.timestamp);
        vm.expectRevert(
            abi.encodeWithSelector(IGradeRegistry.NoPendingImpairment.selector, address(units[0]))
        );
        vm.prank(curator);
        registry.withdrawImpairment(address(units[0]));
    }

    function test_announceImpairment__curator__closes_now_and_flags_after_48_hours() public {
        uint40 impairedAt = uint40(block.timestamp) + 48 hours;
        vm.expectEmit();
        emit IGradeRegistry.GradeImpaired(address(units[0]), impairedAt, false);
        _announce();
        assertEq(registry.grade(address(units[0])).impairedAt, impairedAt);
        assertTrue(units[0].closed());

        _expectImpaired(0);
        _announce();
        _expectImpaired(0);
        vm.prank(curator);
        registry.reopen(address(units[0]));
    }

    function test_withdrawImpairment__before_it_counts__leaves_the_grade_closed_until_reopened(uint256 wait)
        public
    {
        _announce();
        skip(bound(wait, 0, 48 hours - 1));
        vm.expectEmit();
        emit IGradeRegistry.ImpairmentWithdrawn(address(units[0]));
        vm.prank(curator);
        registry.withdrawImpairment(address(units[0]));
        assertEq(registry.grade(address(units[0])).impairedAt, 0);
        assertTrue(units[0].closed());
        vm.prank(curator);
        registry.reopen(address(units[0]));
        assertFalse(units[0].closed());
    }

    function test_withdrawImpairment__none_or_in_force__refuses(uint256 wait) public {
        bytes memory none = abi.encodeWithSelector(
            IGradeRegistry.NoPendingImpairment.selector, address(units[0])
        );
        vm.expectRevert(none);
        vm.prank(curator);
        registry.withdrawImpairment(address(units[0]));

        _announce();
        skip(bound(wait, 48 hours, 1000 days));
        vm.expectRevert(none);
        vm.prank(curator);
        registry.withdrawImpairment(address(units[0]));
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    function _list(GradeTerms memory t) private returns (address) {
        vm.prank(curator);
        return registry.list(t, "Another", "ANO");
    }

    /// @dev Units of a grade lose so many basis points of what they need, and hold nothing beyond it.
    function _lose(uint256 g, uint256 bps) private {
        _giveUnits(g, alice, 5e18);
        uint256 needed =
            Math.ceilDiv(units[g].totalSupply() * 10 ** terms[g].decimals, terms[g].scuPerToken);
        uint256 kept = needed - needed * bps / 10_000;
        _shrink(g, tokens[g].balanceOf(address(units[g])) - kept);
    }

    function _announce() private {
        vm.prank(curator);
        registry.announceImpairment(address(units[0]));
    }

    function _expectUnderSpecified(GradeTerms memory t, string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(IGradeRegistry.UnderSpecified.selector, field));
        _list(t);
    }

    function _expectImpaired(uint256 g) private {
        address unit = address(units[g]);
        vm.expectRevert(
            abi.encodeWithSelector(
                IGradeRegistry.Impaired.selector, unit, registry.grade(unit).impairedAt
            )
        );
    }
}
