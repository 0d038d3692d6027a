// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { TestToken } from "../src/devnet/TestToken.sol";
import { Fill, IFuturesExchange, Leg, Order, Side } from "../src/interfaces/IFuturesExchange.sol";
import { SeriesTerms } from "../src/interfaces/IFuturesMarket.sol";
import { Orders } from "../src/libraries/Orders.sol";
import { ExchangeTest } from "./support/ExchangeTest.sol";
import { FickleMaker } from "./support/Makers.sol";
import { BlocklistToken, CallbackToken } from "./support/Tokens.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { Multicall } from "@openzeppelin/contracts/utils/Multicall.sol";
import { Vm } from "forge-std/Vm.sol";

/// @notice Refuses one account with far more words than anybody needs.
contract WordyToken is TestToken {
    address private _refused;

    constructor() TestToken("Wordy", "WORDY", 6) { }

    function refuse(address account) external {
        _refused = account;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (from == _refused && to != address(0)) {
            assembly ("memory-safe") {
                mstore(0, shl(224, 0xdeadbeef))
                revert(0, 50000)
            }
        }
        super._update(from, to, amount);
    }
}

/// @notice A match that goes on without those who cannot trade, fills of what is left, and fees that wait.
/// forge-config: default.fuzz.runs = 96
contract ExchangeAvailableTest is ExchangeTest {
    /// @dev How a maker fails, and what the match says of it.
    enum Fault {
        CANCELLED,
        EPOCH_OVER,
        EXPIRED,
        DRAINED,
        REVOKED,
        BLOCKED,
        UNSIGNED,
        REFUSES,
        BURNS_GAS,
        ANOTHER_MATCHER,
        DEARER,
        SAME_SIDE
    }

    uint256 private constant MAKERS = 10;
    uint64 private constant LOTS = 7;

    uint256 private id;

    function setUp() public override {
        super.setUp();
        id = _create(1);
        _stock(id, alice, bob);
        _fund(carol);
    }

    // ── a match without the bad ones ──────────────────────────────────────────────────────────────────────────

    function test_matchAvailable__any_makers_are_bad__all_good_ones_are_filled(
        uint16 bad,
        uint256 seed
    ) public {
        (Fill[] memory fills, bytes4[] memory expected) = _makers(bad, seed);
        uint64 good;
        for (uint256 i; i < MAKERS; ++i) {
            if (expected[i] == 0) good += LOTS;
        }
        Order memory taker = _order(id, carol, Side.BUY, K, 1000);
        bytes memory signature = _sign(taker);
        vm.prank(stranger);
        (uint64 lots, bytes[] memory reasons) =
            exchange.matchAvailable(taker, signature, fills, good);
        assertEq(lots, good);
        assertEq(exchange.remaining(taker), 1000 - good);
        assertEq(positions.balanceOf(carol, _long(id)), good);
        for (uint256 i; i < MAKERS; ++i) {
            _checkOutcome(fills[i].order, reasons[i], expected[i]);
        }
    }

    function test_matchAvailable__passed_over__is_told_with_its_reason() public {
        Fill[] memory fills = _fills(_order(id, alice, Side.SELL, K, 9), _take(9, Leg.LONG));
        vm.prank(alice);
        exchange.cancelAll(1);
        bytes memory reason = abi.encodeWithSelector(IFuturesExchange.EpochOver.selector, 0, 1);
        Order memory taker = _order(id, carol, Side.BUY, K, 9);
        bytes memory signature = _sign(taker);
        vm.recordLogs();
        exchange.matchAvailable(taker, signature, fills, 0);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 1, "nothing was taken");
        assertEq(logs[0].topics[0], IFuturesExchange.PassedOver.selector);
        assertEq(logs[0].topics[1], Orders.hash(fills[0].order));
        assertEq(logs[0].topics[2], bytes32(uint256(uint160(alice))));
        assertEq(abi.decode(logs[0].data, (bytes)), reason);
    }

    function test_matchAvailable__nothing_filled__earlier_orders_of_the_lane_live_on() public {
        Order memory earlier = _order(id, carol, Side.BUY, K, 5);
        Order memory taker = _order(id, carol, Side.BUY, K, 9);
        taker.nonce = 1;
        Fill[] memory fills = _fills(_order(id, alice, Side.SELL, K, 9), _take(9, Leg.LONG));
        vm.prank(alice);
        exchange.cancelAll(1);
        exchange.matchAvailable(taker, _sign(taker), fills, 0);
        assertEq(exchange.remaining(earlier), 5);
        assertEq(exchange.remaining(taker), 9);
    }

    function test_matchAvailable__fewer_than_wanted__nothing_happens(uint64 least) public {
        least = uint64(bound(least, LOTS + 1, type(uint64).max));
        Fill[] memory fills = new Fill[](2);
        for (uint64 i; i < 2; ++i) {
            Order memory o = _order(id, i == 0 ? alice : bob, Side.SELL, K, LOTS);
            fills[i] = Fill(o, _sign(o), _take(LOTS, Leg.LONG));
        }
        vm.prank(bob);
        exchange.cancelAll(1);
        Order memory taker = _order(id, carol, Side.BUY, K, 100);
        bytes memory signature = _sign(taker);
        vm.expectRevert(abi.encodeWithSelector(IFuturesExchange.TooFewLots.selector, LOTS, least));
        exchange.matchAvailable(taker, signature, fills, least);
        assertEq(exchange.remaining(fills[0].order), LOTS);
    }

    function test_matchAvailable__maker_with_less_left__is_filled_for_that(uint64 taken) public {
        taken = uint64(bound(taken, 1, 99));
        Order memory o = _order(id, alice, Side.SELL, K, 100);
        _fill(o, _take(taken, Leg.LONG), bob);
        Order memory taker = _order(id, carol, Side.BUY, K, 1000);
        bytes memory signature = _sign(taker);
        Fill[] memory fills = _fills(o, _take(100, Leg.LONG));
        (uint64 lots, bytes[] memory reasons) = exchange.matchAvailable(taker, signature, fills, 1);
        assertEq(lots, 100 - taken);
        assertEq(reasons[0].length, 0);
        assertEq(exchange.remaining(o), 0);
    }

    function test_matchAvailable__more_than_the_taker_wants__fills_its_lots_and_no_more(uint64 most)
        public
    {
        most = uint64(bound(most, 1, 2 * LOTS));
        Fill[] memory fills = new Fill[](3);
        for (uint64 i; i < 3; ++i) {
            Order memory o = _order(id, i == 1 ? bob : alice, Side.SELL, K, LOTS);
            o.lane = i;
            fills[i] = Fill(o, _sign(o), _take(LOTS, Leg.LONG));
        }
        Order memory taker = _order(id, carol, Side.BUY, K, most);
        bytes memory signature = _sign(taker);
        (uint64 lots, bytes[] memory reasons) =
            exchange.matchAvailable(taker, signature, fills, most);
        assertEq(lots, most);
        assertEq(exchange.remaining(taker), 0);
        assertEq(bytes4(reasons[2]), IFuturesExchange.NoLots.selector);
        assertEq(exchange.remaining(fills[2].order), LOTS);
    }

    function test_matchAvailable__taker_cancels_from_inside__stays_cancelled() public {
        CallbackToken token = new CallbackToken(6);
        SeriesTerms memory t = _terms(1);
        t.quoteToken = IERC20(address(token));
        id = _create(t);
        FickleMaker contractTaker = new FickleMaker();
        _join(address(contractTaker));
        token.mint(address(contractTaker), 1e12);
        vm.prank(address(contractTaker));
        token.approve(address(exchange), type(uint256).max);
        vm.prank(alice);
        token.approve(address(market), type(uint256).max);
        token.mint(alice, 1e12);
        _open(id, 0, 9, alice, bob);
        Order memory taker = _order(id, address(contractTaker), Side.BUY, K, 100);
        bytes memory cancel = abi.encodeCall(exchange.cancel, (0, 0));
        token.arm(
            address(contractTaker), abi.encodeCall(contractTaker.act, (address(exchange), cancel))
        );
        Fill[] memory fills = new Fill[](2);
        for (uint64 i; i < 2; ++i) {
            Order memory o = _order(id, i == 0 ? alice : bob, Side.SELL, K, 9);
            fills[i] = Fill(o, _sign(o), _take(9, Leg.LONG));
        }
        vm.prank(bob);
        exchange.cancelAll(1);
        (uint64 lots,) = exchange.matchAvailable(taker, new bytes(65), fills, 1);
        assertEq(lots, 9);
        assertEq(exchange.remaining(taker), 0);
        (, uint64 filled) = exchange.laneOf(address(contractTaker), 0);
        assertEq(filled, type(uint64).max);
    }

    function test_matchAvailable__matcher_of_the_orders__is_who_submits() public {
        Fill[] memory fills = _fills(_order(id, alice, Side.SELL, K, 9), _take(9, Leg.LONG));
        fills[0].order.matcher = matcher;
        fills[0].signature = _sign(fills[0].order);
        Order memory taker = _order(id, carol, Side.BUY, K, 9);
        taker.matcher = matcher;
        bytes memory signature = _sign(taker);
        vm.expectRevert(
            abi.encodeWithSelector(IFuturesExchange.WrongMatcher.selector, stranger, matcher)
        );
        vm.prank(stranger);
        exchange.matchAvailable(taker, signature, fills, 0);
        vm.prank(matcher);
        (uint64 lots,) = exchange.matchAvailable(taker, signature, fills, 9);
        assertEq(lots, 9);
    }

    function test_matchAvailable__taker_unsigned_cancelled_or_stopped__refuses_all() public {
        Fill[] memory fills = _fills(_order(id, alice, Side.SELL, K, 9), _take(9, Leg.LONG));
        Order memory taker = _order(id, carol, Side.BUY, K, 9);
        bytes memory signature = _sign(taker);
        bytes32 digest = exchange.orderDigest(taker);
        vm.expectRevert(
            abi.encodeWithSelector(IFuturesExchange.WrongSignature.selector, carol, digest)
        );
        exchange.matchAvailable(taker, new bytes(65), fills, 0);
        vm.prank(guardian);
        exchange.stopEntry();
        vm.expectRevert(abi.encodeWithSelector(IFuturesExchange.EntryIsStopped.selector));
        exchange.matchAvailable(taker, signature, fills, 0);
        vm.prank(curator);
        exchange.allowEntry();
        vm.prank(carol);
        exchange.cancelAll(1);
        vm.expectRevert(abi.encodeWithSelector(IFuturesExchange.EpochOver.selector, 0, 1));
        exchange.matchAvailable(taker, signature, fills, 0);
    }

    function test_fillOne__by_anyone_but_the_exchange__is_refused(address caller) public {
        vm.assume(caller != address(exchange));
        Fill memory one = _fills(_order(id, alice, Side.SELL, K, 9), _take(9, Leg.LONG))[0];
        Order memory taker = _order(id, carol, Side.BUY, K, 9);
        bytes memory reason = abi.encodeWithSelector(IFuturesExchange.OnlyItself.selector, caller);
        vm.startPrank(caller);
        vm.expectRevert(reason);
        exchange.fillOne(caller, taker, 9, one);
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(exchange.fillOne, (caller, taker, 9, one));
        vm.expectRevert(reason);
        Multicall(address(exchange)).multicall(calls);
        vm.stopPrank();
    }

    function test_matchAvailable__maker_burns_gas__costs_no_more_than_is_allowed() public {
        FickleMaker fickle = new FickleMaker();
        fickle.become(FickleMaker.Mood.BURNS_GAS);
        Order memory o = _order(id, address(fickle), Side.SELL, K, 9);
        Fill[] memory fills = new Fill[](1);
        fills[0] = Fill(o, new bytes(65), _take(9, Leg.LONG));
        Order memory taker = _order(id, carol, Side.BUY, K, 9);
        bytes memory signature = _sign(taker);
        uint256 before = gasleft();
        exchange.matchAvailable(taker, signature, fills, 0);
        assertLt(before - gasleft(), exchange.SIGNATURE_GAS() + 400_000);
    }

    function test_matchAvailable__endless_reason__is_cut() public {
        WordyToken wordy = new WordyToken();
        SeriesTerms memory t = _terms(1);
        t.quoteToken = IERC20(address(wordy));
        id = _create(t);
        wordy.refuse(carol);
        vm.startPrank(alice);
        wordy.approve(address(market), type(uint256).max);
        vm.stopPrank();
        wordy.mint(alice, 1e12);
        _open(id, 0, 9, alice, bob);
        vm.prank(carol);
        wordy.approve(address(exchange), type(uint256).max);
        Order memory taker = _order(id, carol, Side.BUY, K, 9);
        Fill[] memory fills = _fills(_order(id, alice, Side.SELL, K, 9), _take(9, Leg.LONG));
        (, bytes[] memory reasons) = exchange.matchAvailable(taker, _sign(taker), fills, 0);
        assertEq(reasons[0].length, exchange.MOST_REASON());
        assertEq(bytes4(reasons[0]), bytes4(0xdeadbeef));
    }

    // ── what is left ──────────────────────────────────────────────────────────────────────────────────────────

    function test_fillAvailable__somebody_was_faster__takes_what_is_left(uint64 first, uint64 least)
        public
    {
        first = uint64(bound(first, 1, 99));
        least = uint64(bound(least, 0, 110));
        Order memory o = _order(id, alice, Side.SELL, K, 100);
        bytes memory signature = _sign(o);
        _fill(o, _take(first, Leg.LONG), bob);
        bool enough = least <= 100 - first;
        if (!enough) {
            vm.expectRevert(
                abi.encodeWithSelector(IFuturesExchange.TooFewLots.selector, 100 - first, least)
            );
        }
        vm.prank(carol);
        uint64 lots = exchange.fillAvailable(o, signature, _take(100, Leg.LONG), K, least);
        assertEq(lots, enough ? 100 - first : 0);
        assertEq(positions.balanceOf(carol, _long(id)), lots);
    }

    function test_fillAvailable__nothing_left__says_why() public {
        Order memory o = _order(id, alice, Side.SELL, K, 10);
        bytes memory signature = _sign(o);
        _fill(o, _take(10, Leg.LONG), bob);
        vm.startPrank(carol);
        vm.expectRevert(abi.encodeWithSelector(IFuturesExchange.LotsExceeded.selector, 13, 10));
        exchange.fillAvailable(o, signature, _take(3, Leg.LONG), K, 0);
        vm.stopPrank();
    }

    // ── oneself ───────────────────────────────────────────────────────────────────────────────────────────────

    function test_self_trade__by_fill_match_or_roll__is_refused() public {
        bytes memory reason = abi.encodeWithSelector(IFuturesExchange.SelfTrade.selector, alice);
        Order memory o = _order(id, alice, Side.SELL, K, 10);
        _expectFillRefusal(o, _take(1, Leg.LONG), alice, reason);
        Order memory taker = _order(id, alice, Side.BUY, K, 10);
        taker.lane = 1;
        bytes memory signature = _sign(taker);
        Fill[] memory fills = _fills(o, _take(1, Leg.MINT));
        vm.expectRevert(reason);
        exchange.matchOrders(taker, signature, fills);
        (, bytes[] memory reasons) = exchange.matchAvailable(taker, signature, fills, 0);
        assertEq(reasons[0], reason);
    }

    // ── fees ──────────────────────────────────────────────────────────────────────────────────────────────────

    function test_claimFees__recipient_is_blocked__fills_go_on_and_the_next_one_gets_them() public {
        vm.prank(admin);
        exchange.setFee(20, carol);
        quote.setBlocked(carol, true);
        Order memory o = _order(id, alice, Side.SELL, K, 1000);
        bytes memory signature = _sign(o);
        vm.prank(bob);
        exchange.fill(o, signature, _take(1000, Leg.LONG), K * 2);
        uint256 fee = 1000 * uint256(_value(K)) * 20 / 10_000;
        vm.expectRevert(abi.encodeWithSelector(BlocklistToken.Blocked.selector, carol));
        exchange.claimFees(quote);
        vm.prank(admin);
        exchange.setFee(0, stranger);
        vm.expectEmit(address(exchange));
        emit IFuturesExchange.FeesClaimed(address(quote), stranger, fee);
        vm.prank(bob);
        assertEq(exchange.claimFees(quote), fee);
        assertEq(quote.balanceOf(stranger), fee);
        assertEq(exchange.claimFees(quote), 0);
    }

    function test_claimFees__nobody_named__is_refused() public {
        vm.expectRevert(abi.encodeWithSelector(IFuturesExchange.NoFeeRecipient.selector));
        exchange.claimFees(quote);
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Ten makers of LONG at K, those in the mask each with a fault; the selector expected of each, 0 for a fill.
    function _makers(uint16 bad, uint256 seed)
        private
        returns (Fill[] memory fills, bytes4[] memory expected)
    {
        (fills, expected) = (new Fill[](MAKERS), new bytes4[](MAKERS));
        for (uint256 i; i < MAKERS; ++i) {
            (address maker, uint256 key) = makeAddrAndKey(string.concat("maker ", vm.toString(i)));
            keyOf[maker] = key;
            _join(maker);
            vm.prank(alice);
            positions.transfer(maker, _long(id), LOTS);
            Order memory o = _order(id, maker, Side.SELL, K, LOTS);
            fills[i] = Fill(o, "", _take(LOTS, Leg.LONG));
            if (bad & (1 << i) != 0) {
                Fault fault = Fault((seed >> (8 * i)) % 12);
                expected[i] = _break(fills[i], fault);
            } else {
                fills[i].signature = _sign(o);
            }
        }
    }

    /// @dev Signs the order with a fault; the selector of what the match says, or any where it says anything.
    function _break(Fill memory f, Fault fault) private returns (bytes4) {
        Order memory o = f.order;
        if (fault == Fault.EXPIRED) o.expiry = uint40(block.timestamp);
        if (fault == Fault.ANOTHER_MATCHER) o.matcher = bob;
        if (fault == Fault.DEARER) o.price = K + 1e6;
        if (fault == Fault.SAME_SIDE) o.side = Side.BUY;
        f.signature = fault == Fault.UNSIGNED ? new bytes(65) : _sign(o);
        vm.startPrank(o.maker);
        if (fault == Fault.CANCELLED) exchange.cancel(0, 0);
        if (fault == Fault.EPOCH_OVER) exchange.cancelAll(1);
        if (fault == Fault.DRAINED) positions.transfer(bob, _long(id), 1);
        if (fault == Fault.REVOKED) positions.setOperator(address(exchange), false);
        vm.stopPrank();
        if (fault == Fault.BLOCKED) quote.setBlocked(o.maker, true);
        if (fault == Fault.REFUSES || fault == Fault.BURNS_GAS) {
            FickleMaker fickle = new FickleMaker();
            fickle.become(
                fault == Fault.REFUSES ? FickleMaker.Mood.REFUSES : FickleMaker.Mood.BURNS_GAS
            );
            o.maker = address(fickle);
        }
        if (fault == Fault.CANCELLED) return IFuturesExchange.LotsExceeded.selector;
        if (fault == Fault.EPOCH_OVER) return IFuturesExchange.EpochOver.selector;
        if (fault == Fault.EXPIRED) return IFuturesExchange.OrderExpired.selector;
        if (fault == Fault.BLOCKED) return BlocklistToken.Blocked.selector;
        if (fault == Fault.ANOTHER_MATCHER) return IFuturesExchange.WrongMatcher.selector;
        if (fault == Fault.DEARER) return IFuturesExchange.PriceBeyondLimit.selector;
        if (fault == Fault.SAME_SIDE) return IFuturesExchange.NotOpposite.selector;
        if (fault == Fault.DRAINED || fault == Fault.REVOKED) return 0xffffffff;
        return IFuturesExchange.WrongSignature.selector;
    }

    function _checkOutcome(Order memory o, bytes memory reason, bytes4 expected) private view {
        if (expected == 0) {
            assertEq(reason.length, 0);
            assertEq(exchange.remaining(o), 0);
            return;
        }
        if (expected == 0xffffffff) assertGt(reason.length, 3);
        else assertEq(bytes4(reason), expected);
        (, uint64 filled) = exchange.laneOf(o.maker, o.lane);
        assertTrue(filled == 0 || filled == type(uint64).max, "a lane was spent");
    }
}
