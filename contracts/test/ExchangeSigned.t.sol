// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesExchange, Leg, Order, Side } from "../src/interfaces/IFuturesExchange.sol";
import { ExchangeTest } from "./support/ExchangeTest.sol";
import { FickleMaker } from "./support/Makers.sol";
import { Multicall } from "@openzeppelin/contracts/utils/Multicall.sol";

/// @notice What an account without a coin of gas can do by signing: cancel, and come to the market.
/// forge-config: default.fuzz.runs = 96
contract ExchangeSignedTest is ExchangeTest {
    uint256 private constant FOREVER = type(uint256).max;

    uint256 private id;

    function setUp() public override {
        super.setUp();
        id = _create(1);
        _stock(id, alice, bob);
    }

    // ── cancelling ────────────────────────────────────────────────────────────────────────────────────────────

    function test_cancelSigned__brought_by_anyone__ends_what_the_maker_s_own_would(
        address bringer,
        uint64 lane,
        uint64 nonce
    ) public {
        nonce = uint64(bound(nonce, 0, type(uint64).max - 1));
        Order memory o = _order(id, alice, Side.SELL, K, 10);
        (o.lane, o.nonce) = (lane, nonce);
        _fill(o, _take(3, Leg.LONG), bob);
        bytes memory signature = _signedCancel(alice, lane, nonce, FOREVER);
        vm.expectEmit();
        emit IFuturesExchange.Cancelled(alice, lane, nonce);
        vm.prank(bringer);
        exchange.cancelSigned(alice, lane, nonce, FOREVER, signature);
        assertEq(exchange.remaining(o), 0);
        Order memory next = _order(id, alice, Side.SELL, K, 1);
        (next.lane, next.nonce) = (lane, nonce + 1);
        _fill(next, _take(1, Leg.LONG), bob);
    }

    function test_cancelSigned__brought_again_after_the_lane_went_on__changes_nothing() public {
        bytes memory signature = _signedCancel(alice, 7, 3, FOREVER);
        exchange.cancelSigned(alice, 7, 3, FOREVER, signature);
        Order memory next = _order(id, alice, Side.SELL, K, 10);
        (next.lane, next.nonce) = (7, 4);
        _fill(next, _take(4, Leg.LONG), bob);
        exchange.cancelSigned(alice, 7, 3, FOREVER, signature);
        assertEq(exchange.remaining(next), 6);
        (uint64 nonce, uint64 filled) = exchange.laneOf(alice, 7);
        assertEq(nonce, 4);
        assertEq(filled, 4);
    }

    function test_cancelSigned__by_another_or_over_other_terms__refuses() public {
        bytes memory signature = _signedCancel(alice, 7, 3, FOREVER);
        _expectUnsigned(bob, 7, 3, FOREVER, signature);
        _expectUnsigned(alice, 3, 3, FOREVER, signature);
        _expectUnsigned(alice, 7, 4, FOREVER, signature);
        _expectUnsigned(alice, 7, 3, FOREVER - 1, signature);
        _expectUnsigned(alice, 7, 3, FOREVER, new bytes(65));
        vm.chainId(7777);
        _expectUnsigned(alice, 7, 3, FOREVER, signature);
    }

    function test_cancelSigned__signature_over_an_order__is_no_cancellation() public {
        Order memory o = _order(id, alice, Side.SELL, K, 10);
        _expectUnsigned(alice, o.lane, o.nonce, FOREVER, _sign(o));
    }

    function test_cancelSigned__until_its_deadline__and_not_a_second_longer(uint40 deadline)
        public
    {
        deadline = uint40(bound(deadline, block.timestamp, type(uint40).max - 1));
        bytes memory first = _signedCancel(alice, 1, 1, deadline);
        bytes memory second = _signedCancel(alice, 1, 2, deadline);
        vm.warp(deadline);
        exchange.cancelSigned(alice, 1, 1, deadline, first);
        vm.warp(deadline + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFuturesExchange.SignatureExpired.selector, deadline, deadline + 1
            )
        );
        exchange.cancelSigned(alice, 1, 2, deadline, second);
    }

    function test_cancelSigned__of_a_contract__is_asked_of_it() public {
        FickleMaker fickle = new FickleMaker();
        exchange.cancelSigned(address(fickle), 1, 1, FOREVER, "");
        (uint64 nonce,) = exchange.laneOf(address(fickle), 1);
        assertEq(nonce, 1);
        fickle.become(FickleMaker.Mood.REFUSES);
        _expectUnsigned(address(fickle), 1, 2, FOREVER, "");
    }

    function test_stopEntry__signed_cancelling_goes_on() public {
        vm.prank(guardian);
        exchange.stopEntry();
        vm.prank(admin);
        governance.setTargetClosed(address(exchange), true);
        exchange.cancelSigned(alice, 1, 1, FOREVER, _signedCancel(alice, 1, 1, FOREVER));
        (, uint64 filled) = exchange.laneOf(alice, 1);
        assertEq(filled, type(uint64).max);
    }

    // ── onboarding ────────────────────────────────────────────────────────────────────────────────────────────

    function test_onboarding__permits_operator_and_first_fill__are_one_transaction() public {
        address newcomer = _newcomer();
        bytes[] memory calls = _onboarding(newcomer, 6);
        calls[5] = abi.encodeCall(
            exchange.fill, (_order(id, alice, Side.SELL, K, 9), _offer(), _take(9, Leg.MINT), K)
        );
        vm.prank(newcomer);
        Multicall(address(exchange)).multicall(calls);
        assertEq(positions.balanceOf(newcomer, _long(id)), 9);
        assertTrue(positions.isOperator(newcomer, address(exchange)));
    }

    function test_onboarding__brought_by_a_stranger__a_newcomer_without_gas_can_make() public {
        address newcomer = _newcomer();
        vm.prank(stranger);
        Multicall(address(exchange)).multicall(_onboarding(newcomer, 5));
        _fill(_order(id, newcomer, Side.SELL, K, 9), _take(9, Leg.MINT), bob);
        assertEq(positions.balanceOf(newcomer, _short(id, 0)), 9);
    }

    function test_onboarding__somebody_used_the_signatures_first__goes_through() public {
        address newcomer = _newcomer();
        bytes[] memory calls = _onboarding(newcomer, 5);
        for (uint256 i; i < 5; ++i) {
            vm.prank(stranger);
            (bool ok,) = address(exchange).call(calls[i]);
            assertTrue(ok);
        }
        vm.prank(newcomer);
        Multicall(address(exchange)).multicall(calls);
        assertTrue(positions.isOperator(newcomer, address(exchange)));
        assertEq(market.nonces(newcomer), 1);
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    function _signedCancel(address maker, uint64 lane, uint64 nonce, uint256 deadline)
        private
        view
        returns (bytes memory)
    {
        return _signed(maker, exchange.cancellationDigest(maker, lane, nonce, deadline));
    }

    function _expectUnsigned(
        address maker,
        uint64 lane,
        uint64 nonce,
        uint256 deadline,
        bytes memory signature
    ) private {
        bytes32 digest = exchange.cancellationDigest(maker, lane, nonce, deadline);
        vm.expectRevert(
            abi.encodeWithSelector(IFuturesExchange.WrongSignature.selector, maker, digest)
        );
        exchange.cancelSigned(maker, lane, nonce, deadline, signature);
    }

    /// @dev Holds quote and units, and has approved nothing and nobody.
    function _newcomer() private returns (address newcomer) {
        uint256 key;
        (newcomer, key) = makeAddrAndKey("newcomer");
        keyOf[newcomer] = key;
        _fund(newcomer);
    }

    function _offer() private view returns (bytes memory) {
        return _sign(_order(id, alice, Side.SELL, K, 9));
    }

    /// @dev Four permits and the operator's, then room for calls that follow.
    function _onboarding(address owner, uint256 room) private view returns (bytes[] memory calls) {
        calls = new bytes[](room);
        address[2] memory spenders = [address(exchange), address(market)];
        for (uint256 i; i < 2; ++i) {
            uint256 most = type(uint256).max;
            // The second permit of a token is signed for the nonce after the first.
            calls[i] = _permitCall(address(quote), owner, spenders[i], most, i);
            calls[2 + i] = _permitCall(address(units[0]), owner, spenders[i], most, i);
        }
        bytes32 digest =
            market.operatorDigest(owner, address(exchange), true, market.nonces(owner), FOREVER);
        calls[4] = abi.encodeCall(exchange.permitOperator, (owner, FOREVER, _signed(owner, digest)));
    }
}
