// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AggregatorV2V3Interface } from "../src/interfaces/AggregatorInterface.sol";
import { ISpotIndexReader } from "../src/interfaces/ISpotIndexReader.sol";
import {
    AaveReader,
    CarefulReader,
    CometReader,
    EulerReader,
    GammaReader,
    GmxReader,
    GmxSynthReader,
    LiquityReader,
    MorphoReader,
    SynthetixReader
} from "./support/FeedReaders.sol";
import { IndexV2Test } from "./support/IndexV2Test.sol";

/// @notice Feeds over the second index as ten protocols read them, each with its own rules of staleness and rounds.
contract FeedReadersTest is IndexV2Test {
    uint40 private constant HOLD = 1 hours + 5 minutes;

    AggregatorV2V3Interface private _plain;
    AggregatorV2V3Interface private _strict;
    uint40 private _first;

    /// @dev Three rounds an hour apart: 2, 3 and 2.5 dollars.
    function setUp() public override {
        super.setUp();
        _plain = AggregatorV2V3Interface(_deploy("IndexFeed", abi.encode(index, 0)));
        _strict = AggregatorV2V3Interface(_deploy("StrictIndexFeed", abi.encode(index, 0)));
        _first = _slot();
        _push(2 * USD);
        skip(1 hours);
        _push(3 * USD);
        skip(1 hours);
        _push(5 * USD / 2);
    }

    function test_readers_without_a_rule_of_age__read_the_latest_and_an_error_once_it_halts(uint256 age)
        public
    {
        (AaveReader aave, MorphoReader morpho, CometReader comet) =
            (new AaveReader(), new MorphoReader(), new CometReader());
        comet.list(_strict);
        assertEq(aave.price(_strict), 5 * USD / 2);
        assertEq(morpho.price(_strict), 5 * USD / 2);
        assertEq(comet.price(_strict), 5 * USD / 2);
        skip(bound(age, HOLD + 1, 1000 days));
        // Over the plain feed they take what is old: for them there is the strict one.
        assertEq(morpho.price(_plain), 5 * USD / 2);
        bytes4 stale = ISpotIndexReader.StaleIndex.selector;
        vm.expectPartialRevert(stale);
        aave.price(_strict);
        vm.expectPartialRevert(stale);
        morpho.price(_strict);
        vm.expectPartialRevert(stale);
        comet.price(_strict);
    }

    function test_aave__before_the_first_round__takes_its_fallback() public {
        AaveReader aave = new AaveReader();
        index = _newIndex(0, _names(), _limits());
        AggregatorV2V3Interface bare =
            AggregatorV2V3Interface(_deploy("IndexFeed", abi.encode(index, 0)));
        assertEq(aave.price(bare), 1);
    }

    function test_euler_and_gmx_v2__their_own_greatest_age__binds(uint256 age, uint256 most)
        public
    {
        (EulerReader euler, GmxSynthReader gmx) = (new EulerReader(), new GmxSynthReader());
        age = bound(age, 0, 100 hours);
        most = bound(most, 1 minutes, 72 hours);
        uint256 updatedAt = block.timestamp;
        skip(age);
        if (age > most) {
            vm.expectRevert(abi.encodeWithSelector(EulerReader.TooStale.selector, age, most));
        }
        euler.price(_plain, most);
        if (age > most) {
            vm.expectRevert(
                abi.encodeWithSelector(GmxSynthReader.PriceFeedNotUpdated.selector, updatedAt, most)
            );
        }
        gmx.price(_plain, most);
    }

    function test_gmx_v1__samples_the_last_three_rounds_by_number() public {
        GmxReader gmx = new GmxReader();
        assertEq(gmx.price(_plain), 3 * USD);
        for (uint256 n; n < 2; ++n) {
            skip(1 hours);
            _push(2 * USD);
        }
        assertEq(gmx.price(_plain), 5 * USD / 2);
    }

    function test_gamma__first_round_after_an_expiry__is_proven_by_the_one_before() public {
        GammaReader gamma = new GammaReader();
        uint256 expiry = _first + 30 minutes;
        assertEq(gamma.expiryPrice(_plain, expiry, 2), 3 * USD);
        vm.expectRevert("previousRoundId not last round before expiry");
        gamma.expiryPrice(_plain, expiry, 3);
        vm.expectRevert("roundId not first after expiry");
        gamma.expiryPrice(_plain, expiry + 1 hours, 2);
    }

    function test_liquity__frozen_or_moved_by_more_than_half__is_not_trusted() public {
        LiquityReader liquity = new LiquityReader();
        assertTrue(liquity.isTrusted(_plain));
        skip(4 hours);
        assertTrue(liquity.isTrusted(_plain));
        skip(1);
        assertFalse(liquity.isTrusted(_plain));
        skip(1 minutes);
        _push(10 * USD);
        assertFalse(liquity.isTrusted(_plain));
        skip(1 hours);
        _push(9 * USD);
        assertTrue(liquity.isTrusted(_plain));
    }

    function test_synthetix__rates_in_force_and_their_staleness__are_found() public {
        SynthetixReader synthetix = new SynthetixReader();
        assertTrue(synthetix.list(_plain));
        (uint256 rate, bool isStale) = synthetix.rate(_plain);
        assertEq(rate, 25e17);
        assertFalse(isStale);
        assertEq(synthetix.roundBefore(_plain, 1, _first, 90 minutes), 2);
        assertEq(synthetix.roundBefore(_plain, 1, _first, 3 hours), 3);
        skip(25 hours + 1);
        (, isStale) = synthetix.rate(_plain);
        assertTrue(isStale);
        (rate, isStale) = synthetix.rate(_strict);
        assertEq(rate, 0);
        assertTrue(isStale);
    }

    /// The index of six hours is up to date between its rounds, however many the others have.
    function test_careful_readers__answered_in_this_round__also_of_a_slower_index() public {
        CarefulReader careful = new CarefulReader();
        AggregatorV2V3Interface slow =
            AggregatorV2V3Interface(_deploy("IndexFeed", abi.encode(index, 2)));
        for (uint256 n; n < 5; ++n) {
            skip(10 minutes);
            _push(5 * USD / 2);
            assertEq(careful.price(_plain), 5 * USD / 2);
            assertEq(careful.price(slow), 5 * USD / 2);
        }
        assertEq(slow.latestTimestamp(), _slot() - 50 minutes);
    }
}
