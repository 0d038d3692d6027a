// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { TestToken } from "../../src/devnet/TestToken.sol";
import {
    IFuturesMarket,
    Payoff,
    Phase,
    SeriesTerms,
    Style
} from "../../src/interfaces/IFuturesMarket.sol";
import { GradeTerms } from "../../src/interfaces/IGradeRegistry.sol";
import { IWrappedUnit } from "../../src/interfaces/IWrappedUnit.sol";
import { Settlement } from "../../src/libraries/Settlement.sol";
import { MarketTest } from "../support/MarketTest.sol";
import { Vectors } from "../support/Vectors.sol";

/// @notice tests/vectors/payoff.json: payoffs and averages on the library, redemptions and the ladder on a market.
contract PayoffVectorsTest is MarketTest {
    using Vectors for string;

    struct Redemptions {
        uint256[] price;
        uint256[] reference_;
        uint256[] delivered;
        uint256[] lots0;
        uint256[] lots1;
        uint256[] impaired;
        uint256[] redeemed;
        uint256[] lots;
        uint256[] quote;
        uint256[] units0;
        uint256[] units1;
    }

    string private _json;

    function setUp() public override {
        super.setUp();
        _json = Vectors.file("payoff");
    }

    // ── library ────────────────────────────────────────────────────────────────────────────────────────────

    function test_payoff_vectors__library__agrees() public view {
        uint256[] memory price = _json.column("payoff", "price");
        uint256[] memory reference_ = _json.column("payoff", "referencePrice");
        uint256[] memory decimals = _json.column("payoff", "quoteDecimals");
        uint256[] memory delivered = _json.column("payoff", "delivered");
        uint256[][5] memory expected = [
            _json.column("payoff", "longQuote"),
            _json.column("payoff", "shortQuote"),
            _json.column("payoff", "longUnits"),
            _json.column("payoff", "shortUnits"),
            _json.column("payoff", "quotePerLot")
        ];
        assertGt(price.length, 100);
        for (uint256 i; i < price.length; ++i) {
            Phase phase = delivered[i] == 1 ? Phase.DELIVERED : Phase.SETTLED;
            Payoff memory p = Settlement.payoff(phase, price[i], reference_[i], 10 ** decimals[i]);
            assertEq(p.longQuote, expected[0][i]);
            assertEq(p.shortQuote, expected[1][i]);
            assertEq(p.longUnits, expected[2][i]);
            assertEq(p.shortUnits, expected[3][i]);
            assertEq(Settlement.quoteOf(reference_[i], 10 ** decimals[i]), expected[4][i]);
        }
    }

    function test_average_vectors__library__agrees() public view {
        uint256[] memory valueTime = _json.column("average", "valueTime");
        uint256[] memory coveredTime = _json.column("average", "coveredTime");
        uint256[] memory price = _json.column("average", "price");
        assertGt(price.length, 100);
        for (uint256 i; i < price.length; ++i) {
            assertEq(Settlement.average(valueTime[i], coveredTime[i]), price[i]);
        }
    }

    // ── market ─────────────────────────────────────────────────────────────────────────────────────────────

    function test_redeem_vectors__settled_on_a_market__agree() public {
        Redemptions memory r = _redemptions();
        assertGt(r.price.length, 100);
        for (uint256 i; i < r.price.length; ++i) {
            uint256 id = _settled(r, i);
            if (r.redeemed[i] != 0) {
                vm.prank(alice);
                market.redeem(id, r.redeemed[i], alice);
            }
            (uint256 quote_, uint256[] memory units_) = market.previewRedeem(id, r.lots[i]);
            assertEq(quote_, r.quote[i]);
            assertEq(units_[0], r.units0[i]);
            assertEq(units_[1], r.units1[i]);
        }
    }

    /// @dev Where half of the window is covered, all five rungs answer differently. An index whose maximal age is
    /// fifteen minutes is ready at expiry (a round is there) or that much later, so these rows can be had.
    function test_ladder_vectors__proposed_at_their_second__agree() public {
        uint256[] memory expiry = _json.column("ladder", "expiry");
        uint256[] memory readyAt = _json.column("ladder", "readyAt");
        uint256[] memory now_ = _json.column("ladder", "now");
        uint256[] memory rung = _json.column("ladder", "rung");
        vm.warp(expiry[0] - 4 days);
        _see(K);
        SeriesTerms memory t = _terms(1);
        (t.start, t.expiry) = (uint40(expiry[0]) - 2 days, uint40(expiry[0]));
        uint256 id = _create(t);
        vm.warp(t.start);
        _see(K);
        uint256 snapshot = vm.snapshotState();
        uint256 checked;
        for (uint256 i; i < rung.length; ++i) {
            uint256 ready = readyAt[i] - expiry[i];
            if (ready != 0 && ready != 15 minutes) continue;
            if (ready == 0 && now_[i] >= expiry[i]) {
                vm.warp(expiry[i]);
                _see(K);
            }
            vm.warp(now_[i]);
            assertEq(_rungOf(id), rung[i]);
            vm.revertToState(snapshot);
            ++checked;
        }
        assertGt(checked, 20);
    }

    /// @dev WAITING, FULL, REDUCED, CLOSED, DELIVER, from what proposing does.
    function _rungOf(
        uint256 id
    ) private returns (uint256) {
        try market.propose(id) {
            return _phase(id) == Phase.DELIVERED ? 4 : 2;
        } catch (bytes memory reason) {
            if (bytes4(reason) == IFuturesMarket.NotReady.selector) return 0;
            if (bytes4(reason) == IFuturesMarket.CoverageTooLow.selector) return 1;
            assertEq(bytes4(reason), IFuturesMarket.BetweenRungs.selector);
            return 3;
        }
    }

    /// @dev Row `i` as a series of two fresh grades, all LONG with Alice, final at the row's price.
    function _settled(
        Redemptions memory r,
        uint256 i
    ) private returns (uint256 id) {
        for (uint256 g; g < 2; ++g) {
            _freshGrade(g);
        }
        skip(1 hours);
        _see(uint64(r.reference_[i]));
        SeriesTerms memory t = _terms(2);
        t.start = uint40(block.timestamp / 1 days + 2) * 1 days;
        t.expiry = t.start + 1 days;
        t.referencePrice = uint64(r.reference_[i]);
        if (r.delivered[i] == 1) t.style = Style.DELIVERY;
        id = _create(t);
        _open(id, 0, uint64(r.lots0[i]), alice, bob);
        _open(id, 1, uint64(r.lots1[i]), alice, bob);
        for (uint256 g; g < 2; ++g) {
            if ((r.impaired[i] >> g) & 1 == 0) continue;
            _shrink(g, tokens[g].balanceOf(address(units[g])));
            registry.impair(address(units[g]));
        }
        vm.warp(t.start);
        _see(uint64(r.price[i]));
        vm.warp(t.expiry + 15 minutes);
        market.propose(id);
        if (r.delivered[i] == 1) return id;
        skip(24 hours);
        market.finalise(id);
        assertEq(market.series(id).price, r.price[i]);
    }

    function _freshGrade(
        uint256 g
    ) private {
        GradeTerms memory t = terms[g];
        tokens[g] = new TestToken("Vector", "VEC", t.decimals);
        (t.token, t.validUntil) = (address(tokens[g]), uint40(block.timestamp) + 365 days);
        vm.prank(curator);
        units[g] = IWrappedUnit(registry.list(t, "Vector", "VEC"));
        terms[g] = t;
        vm.prank(bob);
        units[g].approve(address(market), type(uint256).max);
    }

    function _redemptions() private view returns (Redemptions memory r) {
        r.price = _json.column("redeem", "price");
        r.reference_ = _json.column("redeem", "referencePrice");
        r.delivered = _json.column("redeem", "delivered");
        r.lots0 = _json.column("redeem", "lots0");
        r.lots1 = _json.column("redeem", "lots1");
        r.impaired = _json.column("redeem", "impaired");
        r.redeemed = _json.column("redeem", "redeemed");
        r.lots = _json.column("redeem", "lots");
        r.quote = _json.column("redeem", "quote");
        r.units0 = _json.column("redeem", "units0");
        r.units1 = _json.column("redeem", "units1");
    }
}
