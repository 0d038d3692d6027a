// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { TestToken } from "../src/devnet/TestToken.sol";
import { IFuturesExchange, Leg, Order, Side } from "../src/interfaces/IFuturesExchange.sol";
import { SeriesTerms } from "../src/interfaces/IFuturesMarket.sol";
import { ExchangeTest } from "./support/ExchangeTest.sol";
import { FickleMaker } from "./support/Makers.sol";
import { BlocklistToken, CallbackToken, FeeToken } from "./support/Tokens.sol";
import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import { Multicall } from "@openzeppelin/contracts/utils/Multicall.sol";
import {
    ReentrancyGuardTransient
} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @notice An upgrade gives it other decimals.
contract ShiftingToken is ERC20 {
    uint8 private _decimals = 6;

    constructor() ERC20("Shifting", "SHIFT") { }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function shift(uint8 decimals_) external {
        _decimals = decimals_;
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }
}

/// @notice Makers and quote tokens that do not play by the rules.
contract ExchangeHostileTest is ExchangeTest {
    uint256 private id;
    FickleMaker private fickle;

    function setUp() public override {
        super.setUp();
        id = _create(1);
        _stock(id, alice, bob);
        fickle = new FickleMaker();
        _join(address(fickle));
        vm.prank(alice);
        positions.transfer(address(fickle), _long(id), 1000);
    }

    // ── makers ────────────────────────────────────────────────────────────────────────────────────────────────

    function test_contract_maker__agrees__is_filled_whatever_the_signature(bytes calldata signature)
        public
    {
        Order memory o = _order(id, address(fickle), Side.SELL, K, 10);
        vm.prank(bob);
        exchange.fill(o, signature, _take(4, Leg.LONG), K);
        assertEq(quote.balanceOf(address(fickle)), 4 * LOCK);
        assertEq(exchange.remaining(o), 6);
    }

    function test_contract_maker__refuses_reverts_or_answers_short__counts_as_unsigned(uint8 mood)
        public
    {
        FickleMaker.Mood mood_ = FickleMaker.Mood(bound(mood, 1, 3));
        fickle.become(mood_);
        _expectUnsigned(_order(id, address(fickle), Side.SELL, K, 10));
    }

    function test_contract_maker__burns_all_gas__nothing_happens() public {
        fickle.become(FickleMaker.Mood.BURNS_GAS);
        Order memory o = _order(id, address(fickle), Side.SELL, K, 10);
        bytes memory call = abi.encodeCall(exchange.fill, (o, new bytes(65), _take(1, Leg.LONG), K));
        vm.prank(bob);
        (bool ok,) = address(exchange).call{ gas: 5_000_000 }(call);
        assertFalse(ok);
        assertEq(exchange.remaining(o), 10);
    }

    function test_contract_maker__reenters_when_asked__counts_as_unsigned() public {
        Order memory o = _order(id, address(fickle), Side.SELL, K, 10);
        fickle.arm(
            address(exchange),
            abi.encodeCall(exchange.fill, (o, new bytes(65), _take(10, Leg.LONG), K))
        );
        _expectUnsigned(o);
        fickle.arm(address(exchange), abi.encodeCall(exchange.cancel, (1, 1)));
        _expectUnsigned(o);
    }

    function test_delegating_account__signs_as_ever() public {
        vm.etch(alice, abi.encodePacked(hex"ef0100", address(fickle)));
        // The code runs on the account's own storage.
        FickleMaker(alice).become(FickleMaker.Mood.REFUSES);
        _fill(_order(id, alice, Side.SELL, K, 10), _take(1, Leg.LONG), bob);
    }

    function test_maker_without_what_it_sells__reverts_and_spends_no_lots() public {
        Order memory o = _order(id, carol, Side.SELL, K, 10);
        bytes memory signature = _sign(o);
        vm.expectRevert();
        vm.prank(bob);
        exchange.fill(o, signature, _take(1, Leg.LONG), K);
        assertEq(exchange.remaining(o), 10);
    }

    // ── tokens ────────────────────────────────────────────────────────────────────────────────────────────────

    function test_quote_token_takes_a_fee__refuses_what_arrives_short() public {
        uint256 other = _seriesIn(new FeeToken(6));
        Order memory o = _order(other, alice, Side.BUY, K + 2e8, 10);
        _expectFillRefusal(
            o,
            _take(10, Leg.MINT),
            bob,
            abi.encodeWithSelector(
                IFuturesExchange.PaymentShort.selector,
                market.series(other).terms.quoteToken,
                198_000,
                200_000
            )
        );
    }

    function test_quote_token_calls_back__every_fill_is_refused() public {
        CallbackToken token = new CallbackToken(6);
        uint256 other = _seriesIn(token);
        Order memory o = _order(other, alice, Side.BUY, K + 1e6, 10);
        bytes memory signature = _sign(o);
        token.arm(
            address(exchange),
            abi.encodeCall(exchange.fill, (o, signature, _take(1, Leg.MINT), o.price))
        );
        _expectFillRefusal(
            o,
            _take(1, Leg.MINT),
            bob,
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
    }

    function test_quote_token_calls_back_to_cancel__changes_only_the_caller_s_lanes() public {
        CallbackToken token = new CallbackToken(6);
        uint256 other = _seriesIn(token);
        Order memory o = _order(other, alice, Side.BUY, K + 1e6, 10);
        token.arm(address(exchange), abi.encodeCall(exchange.cancel, (0, 0)));
        _fill(o, _take(1, Leg.MINT), bob);
        assertEq(exchange.remaining(o), 9);
    }

    function test_quote_token_blocks_the_maker__only_its_orders_wait() public {
        quote.setBlocked(alice, true);
        _expectFillRefusal(
            _order(id, alice, Side.SELL, K, 10),
            _take(1, Leg.LONG),
            bob,
            abi.encodeWithSelector(BlocklistToken.Blocked.selector, alice)
        );
        _fill(_order(id, bob, Side.SELL, K, 10), _take(1, Leg.LONG), alice);
    }

    function test_quote_token_reports_other_decimals_later__prices_stay_what_they_were() public {
        ShiftingToken token = new ShiftingToken();
        uint256 other = _seriesIn(TestToken(address(token)));
        token.shift(18);
        uint256 held = token.balanceOf(alice);
        _fill(_order(other, alice, Side.SELL, K + 1e6, 10), _take(10, Leg.MINT), bob);
        assertEq(token.balanceOf(alice) - held, 10 * 100);
    }

    function test_price__inexact_in_the_quote_token__refuses() public {
        uint256 other = _seriesIn(new TestToken("Coarse", "C", 2));
        _expectFillRefusal(
            _order(other, alice, Side.BUY, K + 1e6, 10),
            _take(10, Leg.MINT),
            bob,
            abi.encodeWithSelector(IFuturesExchange.BadPrice.selector, K + 1e6)
        );
        _fill(_order(other, alice, Side.BUY, K + 1e8, 10), _take(10, Leg.MINT), bob);
    }

    // ── permits ───────────────────────────────────────────────────────────────────────────────────────────────

    function test_permit__before_a_fill_in_one_call__needs_no_approval() public {
        vm.prank(bob);
        units[0].approve(address(exchange), 0);
        Order memory o = _order(id, alice, Side.BUY, K, 10);
        bytes[] memory calls = new bytes[](2);
        calls[0] = _permitCall(address(units[0]), bob, address(exchange), 10 * LOT, 0);
        calls[1] = abi.encodeCall(exchange.fill, (o, _sign(o), _take(10, Leg.SHORT), K));
        vm.prank(bob);
        Multicall(address(exchange)).multicall(calls);
        assertEq(positions.balanceOf(bob, _short(id, 0)), MOST_LOTS * 2 + 10);
        // Somebody may have used the permit first: it is passed over.
        (bool ok,) = address(exchange).call(calls[0]);
        assertTrue(ok);
    }

    function test_permit__failing_or_to_no_contract__is_passed_over(address token) public {
        assumeNotPrecompile(token);
        assumeNotForgeAddress(token);
        exchange.permit(IERC20Permit(token), bob, alice, 1, 0, 27, bytes32(0), bytes32(0));
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev A series paid in `token`, of which both have plenty.
    function _seriesIn(TestToken token) private returns (uint256) {
        SeriesTerms memory t = _terms(1);
        t.quoteToken = IERC20(address(token));
        address[2] memory both = [alice, bob];
        for (uint256 i; i < 2; ++i) {
            token.mint(both[i], 1e18);
            vm.startPrank(both[i]);
            token.approve(address(exchange), type(uint256).max);
            token.approve(address(market), type(uint256).max);
            vm.stopPrank();
        }
        return _create(t);
    }

    function _expectUnsigned(Order memory o) private {
        bytes32 digest = exchange.orderDigest(o);
        vm.expectRevert(
            abi.encodeWithSelector(IFuturesExchange.WrongSignature.selector, o.maker, digest)
        );
        vm.prank(bob);
        exchange.fill(o, new bytes(65), _take(1, Leg.LONG), K);
        assertEq(exchange.remaining(o), o.lots);
    }
}
