// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Payoff, Phase } from "../src/interfaces/IFuturesMarket.sol";
import { LOT, Settlement } from "../src/libraries/Settlement.sol";
import { Test } from "forge-std/Test.sol";

/// @notice The arithmetic of settlement, by its properties.
contract SettlementTest is Test {
    uint256 private constant PRICE_AND_LOT = 1e10;

    // ── payoff ────────────────────────────────────────────────────────────────────────────────────────────────

    function test_payoff__any_price_and_reference__divides_exactly_the_lock(
        uint64 price,
        uint64 reference_,
        uint8 decimals,
        bool delivered
    ) public pure {
        reference_ = uint64(bound(reference_, 1, type(uint64).max));
        uint256 unit = 10 ** bound(decimals, 0, 36);
        Phase phase = delivered ? Phase.DELIVERED : Phase.SETTLED;
        Payoff memory p = Settlement.payoff(phase, price, reference_, unit);
        assertEq(p.longQuote + p.shortQuote, Settlement.quoteOf(reference_, unit));
        assertEq(p.longUnits + p.shortUnits, LOT);
    }

    function test_payoff__up_to_the_reference__is_paid_in_quote_alone(
        uint64 price,
        uint64 reference_
    ) public pure {
        reference_ = uint64(bound(reference_, 1, type(uint64).max));
        price = uint64(bound(price, 0, reference_));
        Payoff memory p = Settlement.payoff(Phase.SETTLED, price, reference_, 1e18);
        assertEq(p.longUnits, 0);
        assertEq(p.longQuote, uint256(price) * 1e18 / PRICE_AND_LOT);
    }

    function test_payoff__beyond_the_reference__pays_long_all_quote_and_the_rest_in_units(
        uint64 price,
        uint64 reference_
    ) public pure {
        reference_ = uint64(bound(reference_, 1, type(uint64).max - 1));
        price = uint64(bound(price, reference_ + 1, type(uint64).max));
        Payoff memory p = Settlement.payoff(Phase.SETTLED, price, reference_, 1e18);
        assertEq(p.shortQuote, 0);
        // SHORT is worth K: what it keeps of the lot is worth at most K and less than a wei of units below it.
        assertLe(p.shortUnits * price, LOT * reference_);
        assertGt((p.shortUnits + 1) * price, LOT * reference_);
    }

    function test_payoff__higher_price__never_pays_long_less(
        uint64 low,
        uint64 high,
        uint64 reference_
    ) public pure {
        reference_ = uint64(bound(reference_, 1, type(uint64).max));
        if (low > high) (low, high) = (high, low);
        Payoff memory a = Settlement.payoff(Phase.SETTLED, low, reference_, 1e6);
        Payoff memory b = Settlement.payoff(Phase.SETTLED, high, reference_, 1e6);
        assertLe(a.longQuote, b.longQuote);
        assertLe(a.longUnits, b.longUnits);
    }

    function test_payoff__delivered__is_the_lot_for_long_and_the_reference_for_short(
        uint64 price,
        uint64 reference_
    ) public pure {
        Payoff memory p = Settlement.payoff(Phase.DELIVERED, price, reference_, 1e6);
        assertEq(p.longQuote, 0);
        assertEq(p.longUnits, LOT);
        assertEq(p.shortQuote, uint256(reference_) / 1e4);
        assertEq(p.shortUnits, 0);
    }

    function test_banded__any_price__divides_what_both_locked_and_never_pays_long_less_for_more(
        uint64 less,
        uint64 more,
        uint64[3] memory band,
        uint8 decimals
    ) public pure {
        if (less > more) (less, more) = (more, less);
        band[0] = uint64(bound(band[0], 0, type(uint64).max - 2));
        band[1] = uint64(bound(band[1], band[0] + 1, type(uint64).max - 1));
        band[2] = uint64(bound(band[2], band[1] + 1, type(uint64).max));
        uint256 unit = 10 ** bound(decimals, 0, 36);
        Payoff memory lock = Settlement.banded(band[1], band[0], band[2], unit);
        Payoff memory a = Settlement.banded(less, band[0], band[2], unit);
        Payoff memory b = Settlement.banded(more, band[0], band[2], unit);
        assertEq(a.longQuote + a.shortQuote, lock.longQuote + lock.shortQuote);
        assertEq(b.longQuote + b.shortQuote, lock.longQuote + lock.shortQuote);
        assertLe(a.longQuote, b.longQuote);
        if (less <= band[0]) assertEq(a.longQuote, 0);
        if (more >= band[2]) assertEq(b.shortQuote, 0);
    }

    function test_isExact__says_whether_a_lot_is_a_whole_number_of_base_units(
        uint64 price,
        uint8 decimals
    ) public pure {
        uint256 unit = 10 ** bound(decimals, 0, 36);
        bool exact = Settlement.quoteOf(price, unit) * PRICE_AND_LOT == price * unit;
        assertEq(Settlement.isExact(price, unit), exact);
    }

    // ── average ───────────────────────────────────────────────────────────────────────────────────────────────

    function test_average__any_sum__is_the_nearest_step_and_even_in_the_middle(
        uint256 valueTime,
        uint32 covered
    ) public pure {
        covered = uint32(bound(covered, 1, type(uint32).max));
        valueTime = bound(valueTime, 0, uint256(covered) * (type(uint64).max - 1e4));
        uint256 step = 1e4 * uint256(covered);
        uint256 average = Settlement.average(valueTime, covered);
        assertEq(average % 1e4, 0);
        uint256 back = average * covered;
        uint256 error = back > valueTime ? back - valueTime : valueTime - back;
        assertLe(2 * error, step);
        if (2 * error == step) assertEq(average / 1e4 % 2, 0);
    }

    function test_average__exactly_half_a_step__goes_to_the_even_one(uint32 covered, uint40 steps)
        public
        pure
    {
        covered = uint32(bound(covered, 1, type(uint32).max / 2)) * 2;
        uint256 half = uint256(covered) * 1e4 / 2;
        uint256 average = Settlement.average((2 * uint256(steps) + 1) * half, covered);
        assertEq(average, (uint256(steps) + steps % 2) * 1e4);
    }

    function test_average__of_one_value_on_the_step__is_that_value(uint64 steps, uint32 covered)
        public
        pure
    {
        covered = uint32(bound(covered, 1, type(uint32).max));
        uint64 value = uint64(bound(steps, 0, type(uint64).max / 1e4)) * 1e4;
        assertEq(Settlement.average(uint256(value) * covered, covered), value);
    }
}
