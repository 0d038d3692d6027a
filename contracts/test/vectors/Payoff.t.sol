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

    struct Redemption {
        uint256 price;
        uint256 reference_;
        bool delivered;
        uint256[2] lotsOf;
        uint256 impaired;
        uint256 redeemed;
        uint256 lots;
        uint256 quote;
        uint256[2] units;
    }

    string private _json;

    function setUp() public override {
        super.setUp();
        _json = Vectors.file("payoff");
    }

    // ── library ───────────────────────────────────────────────────────────────────────────────────────────────

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

    function test_banded_vectors__library__agrees() public view {
        uint256[] memory price = _json.column("banded", "price");
        uint256[][7] memory c = [
            _json.column("banded", "low"),
            _json.column("banded", "referencePrice"),
            _json.column("banded", "high"),
            _json.column("banded", "longLock"),
            _json.column("banded", "shortLock"),
            _json.column("banded", "longQuote"),
            _json.column("banded", "shortQuote")
        ];
        uint256[] memory decimals = _json.column("banded", "quoteDecimals");
        assertGt(price.length, 100);
        for (uint256 i; i < price.length; ++i) {
            uint256 unit = 10 ** decimals[i];
            Payoff memory lock = Settlement.banded(c[1][i], c[0][i], c[2][i], unit);
            Payoff memory p = Settlement.banded(price[i], c[0][i], c[2][i], unit);
            assertEq(lock.longQuote, c[3][i]);
            assertEq(lock.shortQuote, c[4][i]);
            assertEq(p.longQuote, c[5][i]);
            assertEq(p.shortQuote, c[6][i]);
            assertEq(p.longUnits + p.shortUnits, 0);
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

    // ── market ────────────────────────────────────────────────────────────────────────────────────────────────

    function test_redeem_vectors__settled_on_a_market__agree() public {
        Redemption[] memory rows = _redemptions();
        assertGt(rows.length, 100);
        // Three hundred settlements do not fit into one transaction of this world.
        vm.pauseGasMetering();
        for (uint256 i; i < rows.length; ++i) {
            this.checkRedemption(rows[i]);
        }
    }

    /// @dev Called rather than jumped to, so that each row starts with an empty memory.
    function checkRedemption(Redemption calldata row) external {
        uint256 id = _settled(row);
        if (row.redeemed != 0) {
            vm.prank(alice);
            market.redeem(id, row.redeemed, alice);
        }
        (uint256 quote_, uint256[] memory units_) = market.previewRedeem(id, row.lots);
        assertEq(quote_, row.quote);
        assertEq(units_[0], row.units[0]);
        assertEq(units_[1], row.units[1]);
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
    function _rungOf(uint256 id) private returns (uint256) {
        try market.propose(id) {
            return _phase(id) == Phase.DELIVERED ? 4 : 2;
        } catch (bytes memory reason) {
            if (bytes4(reason) == IFuturesMarket.NotReady.selector) return 0;
            if (bytes4(reason) == IFuturesMarket.CoverageTooLow.selector) return 1;
            assertEq(bytes4(reason), IFuturesMarket.BetweenRungs.selector);
            return 3;
        }
    }

    /// @dev The row as a series of two fresh grades, all LONG with Alice, final at the row's price.
    function _settled(Redemption calldata row) private returns (uint256 id) {
        for (uint256 g; g < 2; ++g) {
            _freshGrade(g);
        }
        skip(1 hours);
        _see(uint64(row.reference_));
        SeriesTerms memory t = _terms(2);
        t.start = uint40(block.timestamp / 1 days + 2) * 1 days;
        t.expiry = t.start + 1 days;
        t.referencePrice = uint64(row.reference_);
        if (row.delivered) t.style = Style.DELIVERY;
        id = _create(t);
        for (uint256 g; g < 2; ++g) {
            _open(id, g, uint64(row.lotsOf[g]), alice, bob);
            if ((row.impaired >> g) & 1 == 0) continue;
            _shrink(g, tokens[g].balanceOf(address(units[g])));
            _impairNow(g);
        }
        vm.warp(t.start);
        _see(uint64(row.price));
        vm.warp(t.expiry + 15 minutes);
        market.propose(id);
        if (row.delivered) return id;
        skip(24 hours);
        market.finalise(id);
        assertEq(market.series(id).price, row.price);
    }

    function _freshGrade(uint256 g) private {
        GradeTerms memory t = terms[g];
        tokens[g] = new TestToken("Vector", "VEC", t.decimals);
        (t.token, t.validUntil) = (address(tokens[g]), uint40(block.timestamp) + 365 days);
        vm.prank(curator);
        units[g] = IWrappedUnit(registry.list(t, "Vector", "VEC"));
        terms[g] = t;
        vm.prank(bob);
        units[g].approve(address(market), type(uint256).max);
    }

    function _redemptions() private view returns (Redemption[] memory rows) {
        uint256[] memory price = _json.column("redeem", "price");
        rows = new Redemption[](price.length);
        uint256[][11] memory c = [
            price,
            _json.column("redeem", "referencePrice"),
            _json.column("redeem", "delivered"),
            _json.column("redeem", "lots0"),
            _json.column("redeem", "lots1"),
            _json.column("redeem", "impaired"),
            _json.column("redeem", "redeemed"),
            _json.column("redeem", "lots"),
            _json.column("redeem", "quote"),
            _json.column("redeem", "units0"),
            _json.column("redeem", "units1")
        ];
        for (uint256 i; i < rows.length; ++i) {
            rows[i] = Redemption({
                price: c[0][i],
                reference_: c[1][i],
                delivered: c[2][i] == 1,
                lotsOf: [c[3][i], c[4][i]],
                impaired: c[5][i],
                redeemed: c[6][i],
                lots: c[7][i],
                quote: c[8][i],
                units: [c[9][i], c[10][i]]
            });
        }
    }
}
