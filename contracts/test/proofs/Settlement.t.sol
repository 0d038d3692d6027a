// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Payoff, Phase } from "../../src/interfaces/IFuturesMarket.sol";
import { LOT, Settlement } from "../../src/libraries/Settlement.sol";
import { Test } from "forge-std/Test.sol";

/// @notice The split of a lock, at every price: for a symbolic checker (`check_`), which takes the arguments as
/// unknowns. Prices have their full width. Sums that cannot overflow are unchecked: their check is a division.
contract SettlementProofs is Test {
    /// @dev Six decimals, those of the dollars that are about; a constant keeps divisions linear.
    uint256 private constant QUOTE_UNIT = 1e6;
    uint256 private constant TICK = 1e6;

    /// LONG and SHORT get the quote and the lot that were locked, no more and no less.
    function check_net__divides_the_lock(uint64 price, uint64 reference_) public pure {
        vm.assume(reference_ != 0);
        Payoff memory p = Settlement.payoff(Phase.SETTLED, price, reference_, QUOTE_UNIT);
        assert(p.longQuote + p.shortQuote == Settlement.quoteOf(reference_, QUOTE_UNIT));
        assert(p.longUnits + p.shortUnits == LOT);
    }

    /// Up to K nothing of the lot leaves SHORT; beyond it all quote is LONG's.
    function check_net__pays_units_only_beyond_the_reference(uint64 price, uint64 reference_)
        public
        pure
    {
        vm.assume(reference_ != 0);
        Payoff memory p = Settlement.payoff(Phase.SETTLED, price, reference_, QUOTE_UNIT);
        if (price <= reference_) assert(p.longUnits == 0);
        else assert(p.shortQuote == 0);
    }

    /// Beyond K, SHORT's part of the lot is worth at most K, and less than a wei of units below it.
    function check_net__short_is_worth_the_reference(uint64 price, uint64 reference_) public pure {
        vm.assume(reference_ != 0 && price > reference_);
        Payoff memory p = Settlement.payoff(Phase.SETTLED, price, reference_, QUOTE_UNIT);
        unchecked {
            assert(p.shortUnits * price <= LOT * reference_);
            assert((p.shortUnits + 1) * price > LOT * reference_);
        }
    }

    /// Delivery swaps the two halves of the lock, whatever S was.
    function check_delivered__swaps_the_lock(uint64 price, uint64 reference_) public pure {
        Payoff memory p = Settlement.payoff(Phase.DELIVERED, price, reference_, QUOTE_UNIT);
        assert(p.longQuote == 0 && p.longUnits == LOT);
        assert(p.shortUnits == 0);
        assert(p.shortQuote == Settlement.quoteOf(reference_, QUOTE_UNIT));
    }

    /// At every S the two get what they locked together at K.
    function check_banded__divides_what_both_locked(
        uint64 price,
        uint64 low,
        uint64 reference_,
        uint64 high
    ) public pure {
        vm.assume(low < reference_ && reference_ < high);
        Payoff memory lock = Settlement.banded(reference_, low, high, QUOTE_UNIT);
        Payoff memory p = Settlement.banded(price, low, high, QUOTE_UNIT);
        assert(p.longQuote + p.shortQuote == lock.longQuote + lock.shortQuote);
        assert(p.longUnits == 0 && p.shortUnits == 0);
    }

    /// At and beyond an edge one side takes all.
    function check_banded__beyond_an_edge__one_side_takes_all(uint64 price, uint64 low, uint64 high)
        public
        pure
    {
        vm.assume(low < high);
        Payoff memory p = Settlement.banded(price, low, high, QUOTE_UNIT);
        if (price <= low) assert(p.longQuote == 0);
        if (price >= high) assert(p.shortQuote == 0);
    }

    /// A higher S never pays LONG less, nor SHORT more.
    function check_banded__is_monotonic(uint64 less, uint64 more, uint64 low, uint64 high)
        public
        pure
    {
        vm.assume(low < high && less <= more);
        Payoff memory a = Settlement.banded(less, low, high, QUOTE_UNIT);
        Payoff memory b = Settlement.banded(more, low, high, QUOTE_UNIT);
        assert(a.longQuote <= b.longQuote);
        assert(a.shortQuote >= b.shortQuote);
    }

    /// On the tick of a six-decimal token a lot is a whole number of base units.
    function check_isExact__on_the_tick(uint64 ticks) public pure {
        unchecked {
            uint256 price = uint256(ticks) * TICK;
            assert(Settlement.isExact(price, QUOTE_UNIT));
            assert(Settlement.quoteOf(price, QUOTE_UNIT) == uint256(ticks) * 100);
        }
    }
}
