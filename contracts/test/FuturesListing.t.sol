// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { TestToken } from "../src/devnet/TestToken.sol";
import { IFuturesMarket, Phase, SeriesTerms, Style } from "../src/interfaces/IFuturesMarket.sol";
import { GradeTerms, IGradeRegistry, Kind } from "../src/interfaces/IGradeRegistry.sol";
import { ISpotIndexReader } from "../src/interfaces/ISpotIndexReader.sol";
import { MarketTest } from "./support/MarketTest.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice Which series may be listed, and that their terms are their id.
contract FuturesListingTest is MarketTest {
    function test_create__any_sound_terms__are_read_back_unchanged(
        uint40 daysAhead,
        uint40 length,
        uint64 ticks,
        uint64[3] memory caps,
        uint256 grades,
        bool delivery
    ) public {
        SeriesTerms memory t = _terms(bound(grades, 1, 3));
        t.start = GENESIS + uint40(bound(daysAhead, 2, 200)) * 1 days;
        t.expiry = t.start + uint40(bound(length, 1, 100)) * 1 days;
        t.referencePrice = uint64(bound(ticks, 150, 450)) * 1e6;
        t.style = delivery ? Style.DELIVERY : Style.NET;
        for (uint256 g; g < t.units.length; ++g) {
            t.capLots[g] = uint64(bound(caps[g], 1, type(uint48).max));
        }
        uint256 id = market.seriesIdOf(t);
        vm.expectEmit();
        emit IFuturesMarket.SeriesCreated(id, t);
        assertEq(_create(t), id);

        IFuturesMarket.SeriesView memory s = market.series(id);
        assertEq(abi.encode(s.terms), abi.encode(t));
        assertEq(uint8(s.phase), uint8(Phase.OPEN));
        assertEq(s.lots, 0);
        assertEq(s.quotePerLot, uint256(t.referencePrice) / 1e4);
        assertEq(market.seriesIds().length, 1);
        assertEq(market.seriesIds()[0], id);
    }

    function test_seriesIdOf__is_the_hash_of_chain_market_and_terms() public {
        SeriesTerms memory t = _terms(3);
        bytes32 hash = keccak256(abi.encode(block.chainid, address(market), t));
        assertEq(market.seriesIdOf(t), uint256(hash) >> 8 << 8);
        vm.chainId(1);
        assertNotEq(market.seriesIdOf(t), uint256(hash) >> 8 << 8);
    }

    function test_seriesIdOf__any_term_differs__so_does_the_id(uint256 field, uint16 change)
        public
        view
    {
        SeriesTerms memory t = _terms(3);
        uint256 id = market.seriesIdOf(t);
        change = uint16(bound(change, 1, type(uint16).max));
        field = bound(field, 0, 9);
        if (field == 0) t.index += change;
        if (field == 1) t.start += change;
        if (field == 2) t.expiry += change;
        if (field == 3) t.referencePrice += change;
        if (field == 4) t.quoteToken = IERC20(address(uint160(address(quote)) ^ change));
        if (field == 5) t.style = Style.DELIVERY;
        if (field == 6) (t.units[0], t.units[1]) = (t.units[1], t.units[0]);
        if (field == 7) t.capLots[change % 3] += change;
        if (field == 8) t.low += change;
        if (field == 9) t.high += change;
        assertNotEq(market.seriesIdOf(t), id);
    }

    function test_create__same_terms_twice__refuses() public {
        uint256 id = _create(1);
        vm.expectRevert(abi.encodeWithSelector(IFuturesMarket.SeriesExists.selector, id));
        _create(1);
    }

    // ── terms ─────────────────────────────────────────────────────────────────────────────────────────────────

    function test_style__none__refuses() public {
        SeriesTerms memory t = _terms(1);
        t.style = Style.NONE;
        _expectBad(t, "style");
    }

    function test_start__off_midnight_or_not_ahead__refuses(uint40 offset, uint40 behind) public {
        SeriesTerms memory t = _terms(1);
        t.start = START + uint40(bound(offset, 1, 1 days - 1));
        _expectBad(t, "start");
        t.start = GENESIS + 1 days - uint40(bound(behind, 0, 100)) * 1 days;
        _expectBad(t, "start");
    }

    function test_expiry__off_midnight_not_after_start_or_too_far__refuses(
        uint40 offset,
        uint40 behind,
        uint40 beyond
    ) public {
        SeriesTerms memory t = _terms(1);
        t.expiry = EXPIRY + uint40(bound(offset, 1, 1 days - 1));
        _expectBad(t, "expiry");
        t.expiry = START - uint40(bound(behind, 0, 100)) * 1 days;
        _expectBad(t, "expiry");
        t.expiry = START + uint40(bound(beyond, 101, 1e4)) * 1 days;
        _expectBad(t, "expiry");
    }

    function test_units__none_too_many_unmatched_or_twice__refuses() public {
        _expectBad(_terms(0), "units");
        SeriesTerms memory t = _terms(3);
        t.capLots = new uint64[](2);
        _expectBad(t, "units");
        (t.units, t.capLots) = (new address[](9), new uint64[](9));
        _expectBad(t, "units");
        t = _terms(3);
        t.units[2] = t.units[0];
        _expectBad(t, "units");
    }

    function test_units__eight_grades__is_the_most() public {
        SeriesTerms memory t = _terms(1);
        (t.units, t.capLots) = (new address[](8), new uint64[](8));
        for (uint256 g; g < 8; ++g) {
            (t.units[g], t.capLots[g]) = (_revision(0, uint40(g), Kind.REDEEMABLE), 1);
        }
        assertEq(market.series(_create(t)).terms.units.length, 8);
    }

    function test_units__collateral__is_never_deliverable() public {
        SeriesTerms memory t = _terms(1);
        t.units[0] = _revision(0, 0, Kind.COLLATERAL);
        _expectBad(t, "units");
    }

    function test_units__closed_or_impaired__refuses(bool impaired) public {
        if (impaired) {
            vm.prank(curator);
            registry.announceImpairment(address(units[0]));
        } else {
            vm.prank(guardian);
            registry.close(address(units[0]));
        }
        _expectBad(_terms(1), "units");
    }

    function test_units__factor_older_than_the_expiry__refuses(uint40 days_) public {
        SeriesTerms memory t = _terms(1);
        t.expiry = START + uint40(bound(days_, 1, 100)) * 1 days;
        GradeTerms memory grade = terms[0];
        grade.validUntil = t.expiry - 1;
        vm.startPrank(curator);
        t.units[0] = registry.list(grade, "Old", "OLD");
        vm.stopPrank();
        _expectBad(t, "units");
        grade.validUntil = t.expiry;
        vm.prank(curator);
        t.units[0] = registry.list(grade, "Just enough", "JUST");
        _create(t);
    }

    function test_units__not_listed__refuses(address unit) public {
        vm.assume(
            unit != address(units[0]) && unit != address(units[1]) && unit != address(units[2])
        );
        SeriesTerms memory t = _terms(1);
        t.units[0] = unit;
        _expectRefusal(t, abi.encodeWithSelector(IGradeRegistry.UnknownUnit.selector, unit));
    }

    function test_capLots__zero__refuses() public {
        SeriesTerms memory t = _terms(2);
        t.capLots[1] = 0;
        _expectBad(t, "capLots");
    }

    function test_capLots__more_than_48_bits__refuses() public {
        SeriesTerms memory t = _terms(2);
        t.capLots[1] = type(uint48).max;
        _create(t);
        t.capLots[1] += 1;
        _expectBad(t, "capLots");
    }

    // ── price and quote token ─────────────────────────────────────────────────────────────────────────────────

    function test_referencePrice__zero_off_tick_or_inexact_in_the_quote_token__refuses(uint64 offset)
        public
    {
        SeriesTerms memory t = _terms(1);
        t.referencePrice = 0;
        _expectBad(t, "referencePrice");
        t.referencePrice = K + uint64(bound(offset, 1, 1e6 - 1));
        _expectBad(t, "referencePrice");
        // $0.03 a lot is three base units of two decimals; $3.01 a contract's hundredth is not whole.
        t.quoteToken = IERC20(address(new TestToken("Cents", "CENT", 2)));
        t.referencePrice = K + 1e6;
        _expectBad(t, "referencePrice");
        t.referencePrice = K;
        assertEq(market.series(_create(t)).quotePerLot, 3);
    }

    function test_referencePrice__beyond_half_of_spot__refuses(uint64 spot, uint64 ticks) public {
        spot = uint64(bound(spot, 1e7, 1e12));
        skip(1 hours);
        _see(spot);
        SeriesTerms memory t = _terms(1);
        t.referencePrice = uint64(bound(ticks, 1, 2 * uint256(spot) / 1e6)) * 1e6;
        if (t.referencePrice < spot / 2 || 2 * uint256(t.referencePrice) > 3 * uint256(spot)) {
            _expectRefusal(
                t,
                abi.encodeWithSelector(
                    IFuturesMarket.ReferenceOffMarket.selector, t.referencePrice, spot
                )
            );
        } else {
            _create(t);
        }
    }

    function test_create__stale_or_unknown_index__refuses() public {
        SeriesTerms memory t = _terms(1);
        t.index = uint16(INDICES);
        _expectRefusal(t, abi.encodeWithSelector(ISpotIndexReader.UnknownIndex.selector, INDICES));
        t.index = 0;
        skip(HOLD + 1);
        _expectRefusal(
            t,
            abi.encodeWithSelector(
                ISpotIndexReader.StaleIndex.selector, 0, GENESIS + 1 days, GENESIS + 1 days + 1
            )
        );
    }

    function test_quoteToken__more_than_36_decimals__refuses(uint8 decimals) public {
        decimals = uint8(bound(decimals, 37, 255));
        SeriesTerms memory t = _terms(1);
        t.quoteToken = IERC20(address(new TestToken("Fine", "FINE", decimals)));
        _expectBad(t, "quoteToken");
    }

    function test_quoteToken__any_decimals__locks_the_exact_value(uint8 decimals) public {
        decimals = uint8(bound(decimals, 4, 36));
        SeriesTerms memory t = _terms(1);
        t.quoteToken = IERC20(address(new TestToken("Any", "ANY", decimals)));
        assertEq(market.series(_create(t)).quotePerLot, 3 * 10 ** (decimals - 2));
    }

    // ── strangers ─────────────────────────────────────────────────────────────────────────────────────────────

    function test_series__never_listed__is_unknown_everywhere(uint256 id) public {
        id = id >> 8 << 8;
        bytes memory unknown = abi.encodeWithSelector(IFuturesMarket.UnknownSeries.selector, id);
        bytes[10] memory calls = [
            abi.encodeCall(market.open, (id, 0, 1, alice, bob)),
            abi.encodeCall(market.merge, (id, 0, 1, alice, bob)),
            abi.encodeCall(market.propose, (id)),
            abi.encodeCall(market.finalise, (id)),
            abi.encodeCall(market.settle, (id)),
            abi.encodeCall(market.redeem, (id, 1, alice)),
            abi.encodeCall(market.redeemFor, (id, new address[](1))),
            abi.encodeCall(market.series, (id)),
            abi.encodeCall(market.payoff, (id)),
            abi.encodeCall(market.previewRedeem, (id, 1))
        ];
        for (uint256 i; i < calls.length; ++i) {
            (bool ok, bytes memory reason) = address(market).call(calls[i]);
            assertFalse(ok);
            assertEq(reason, unknown);
        }
        vm.startPrank(guardian);
        vm.expectRevert(unknown);
        market.exclude(id, START, EXPIRY);
        vm.expectRevert(unknown);
        market.reject(id);
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    function _expectBad(SeriesTerms memory t, string memory field) private {
        _expectRefusal(t, abi.encodeWithSelector(IFuturesMarket.BadTerms.selector, field));
    }

    function _expectRefusal(SeriesTerms memory t, bytes memory reason) private {
        vm.expectRevert(reason);
        _create(t);
    }

    /// @dev The terms of grade `g`, valid a little longer, as another kind.
    function _revision(uint256 g, uint40 longer, Kind kind) private returns (address unit) {
        GradeTerms memory t = terms[g];
        (t.validUntil, t.kind) = (t.validUntil + longer + 1, kind);
        vm.prank(curator);
        return registry.list(t, "Revision", "REV");
    }
}
