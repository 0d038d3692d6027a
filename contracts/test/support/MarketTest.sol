// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesMarket, Phase, SeriesTerms, Style } from "../../src/interfaces/IFuturesMarket.sol";
import { ISpotIndexReader, Timing } from "../../src/interfaces/ISpotIndexReader.sol";
import { LoneReporter } from "./LoneReporter.sol";
import { Seen } from "./WindowModel.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice A market whose actors trust one matcher, and an index that a round a day covers.
abstract contract MarketTest is LoneReporter {
    uint256 internal constant LOT = 1e16;
    uint40 internal constant HOLD = 1 days;
    /// @dev The default series: A, B and K. A day is enough wherever only S matters.
    uint40 internal constant START = GENESIS + 3 days;
    uint40 internal constant EXPIRY = START + 1 days;
    uint64 internal constant K = 3 * USD;
    /// @dev Q(K) of one lot: $0.03 in six decimals.
    uint256 internal constant LOCK = 30_000;
    /// @dev The band of the default BANDED series, and Q(K) - Q(L) and Q(H) - Q(K) of one lot.
    uint64 internal constant LOW = 2 * USD;
    uint64 internal constant HIGH = 5 * USD;
    uint256 internal constant LONG_LOCK = 10_000;
    uint256 internal constant SHORT_LOCK = 20_000;
    uint64 internal constant MONTH_CAP = 2e9;

    address internal matcher = makeAddr("matcher");
    Seen[] internal seen;

    function setUp() public virtual override {
        super.setUp();
        address[4] memory traders = [alice, bob, carol, matcher];
        for (uint256 i; i < traders.length; ++i) {
            vm.startPrank(traders[i]);
            positions.setOperator(matcher, true);
            quote.approve(address(market), type(uint256).max);
            for (uint256 g; g < 3; ++g) {
                units[g].approve(address(market), type(uint256).max);
            }
            vm.stopPrank();
        }
        vm.prank(admin);
        market.setMonthCap(0, MONTH_CAP);
        vm.warp(GENESIS + 1 days);
        _see(K);
    }

    function _timing() internal pure virtual override returns (Timing memory t) {
        t = super._timing();
        (t.heartbeat, t.grace) = (23 hours, 1 hours);
    }

    // ── series ────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev The default series on the first `grades` grades.
    function _terms(uint256 grades) internal view returns (SeriesTerms memory t) {
        (t.index, t.start, t.expiry, t.referencePrice) = (0, START, EXPIRY, K);
        (t.quoteToken, t.style) = (IERC20(address(quote)), Style.NET);
        (t.units, t.capLots) = (new address[](grades), new uint64[](grades));
        for (uint256 g; g < grades; ++g) {
            (t.units[g], t.capLots[g]) = (address(units[g]), 1e9);
        }
    }

    /// @dev The default BANDED series.
    function _bandedTerms() internal view returns (SeriesTerms memory t) {
        t = _terms(0);
        (t.style, t.low, t.high) = (Style.BANDED, LOW, HIGH);
        t.capLots = new uint64[](1);
        t.capLots[0] = 1e9;
    }

    function _create(SeriesTerms memory t) internal returns (uint256 id) {
        vm.prank(curator);
        return market.create(t);
    }

    function _create(uint256 grades) internal returns (uint256 id) {
        return _create(_terms(grades));
    }

    function _long(uint256 id) internal pure returns (uint256) {
        return id;
    }

    function _short(uint256 id, uint256 g) internal pure returns (uint256) {
        return id + 1 + g;
    }

    function _phase(uint256 id) internal view returns (Phase) {
        return market.series(id).phase;
    }

    function _assertPhase(uint256 id, Phase phase) internal view {
        assertEq(uint8(_phase(id)), uint8(phase), "phase");
    }

    // ── pairs ─────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Gives both what they lock, and opens.
    function _open(uint256 id, uint256 g, uint64 lots, address long, address short) internal {
        IFuturesMarket.SeriesView memory s = market.series(id);
        quote.mint(long, lots * s.quotePerLot);
        if (s.terms.style == Style.BANDED) quote.mint(short, lots * s.shortQuotePerLot);
        else _giveUnits(g, short, lots * LOT);
        vm.prank(matcher);
        market.open(id, g, lots, long, short);
    }

    // ── time and price ────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Records and remembers a round of the present slot.
    function _see(uint64 value) internal {
        seen.push(Seen(_slot(), value));
        _record(value);
    }

    /// @dev A round every 24 hours after the last one, up to `until`, all of one value.
    function _cover(uint64 value, uint40 until) internal {
        while (seen[seen.length - 1].slot + 1 days <= until) {
            vm.warp(seen[seen.length - 1].slot + 1 days);
            _see(value);
        }
    }

    /// @dev Covers the window of the default series with `price`, which becomes S, and proposes.
    function _propose(uint256 id, uint64 price) internal {
        vm.warp(START - 1 hours);
        _see(price);
        _cover(price, EXPIRY - 1 hours);
        vm.warp(EXPIRY + 15 minutes);
        market.propose(id);
        assertEq(market.series(id).price, price);
    }

    /// @dev As {_propose}, and makes it final.
    function _settle(uint256 id, uint64 price) internal {
        _propose(id, price);
        skip(24 hours);
        market.finalise(id);
    }

    /// @dev An S on the settlement step of $0.0001, from nearly nothing to thirty times K.
    function _anyPrice(uint64 seed) internal pure returns (uint64) {
        return uint64(bound(seed, 1, 1e6)) * 1e4;
    }
}
