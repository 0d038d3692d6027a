// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFuturesExchange, Leg, Order, Side } from "../src/interfaces/IFuturesExchange.sol";
import { ExchangeTest } from "./support/ExchangeTest.sol";
import { Safe } from "@safe-global/safe-contracts/contracts/Safe.sol";
import { Enum } from "@safe-global/safe-contracts/contracts/common/Enum.sol";
import {
    CompatibilityFallbackHandler
} from "@safe-global/safe-contracts/contracts/handler/CompatibilityFallbackHandler.sol";
import {
    SafeProxyFactory
} from "@safe-global/safe-contracts/contracts/proxies/SafeProxyFactory.sol";

/// @notice A real Safe of two owners signs an order, approves what it needs and is filled.
contract ExchangeSafeTest is ExchangeTest {
    uint256 private id;
    Safe private safe;
    CompatibilityFallbackHandler private handler;

    function setUp() public override {
        super.setUp();
        id = _create(1);
        _stock(id, alice, bob);
        handler = new CompatibilityFallbackHandler();
        address[] memory owners = new address[](2);
        (owners[0], owners[1]) = alice < carol ? (alice, carol) : (carol, alice);
        bytes memory setup = abi.encodeCall(
            Safe.setup,
            (owners, 2, address(0), "", address(handler), address(0), 0, payable(address(0)))
        );
        SafeProxyFactory factory = new SafeProxyFactory();
        safe = Safe(payable(address(factory.createProxyWithNonce(address(new Safe()), setup, 1))));
        quote.mint(address(safe), 1e12);
        _execute(
            address(positions), abi.encodeCall(positions.setOperator, (address(exchange), true))
        );
        _execute(address(quote), abi.encodeCall(quote.approve, (address(exchange), 1e12)));
        _execute(address(quote), abi.encodeCall(quote.approve, (address(market), 1e12)));
    }

    function test_safe__both_owners_sign__buys_by_mint_and_by_transfer() public {
        Order memory o = _order(id, address(safe), Side.BUY, K + 1e6, 10);
        bytes memory signature = _signatures(_messageHash(o));
        vm.startPrank(bob);
        exchange.fill(o, signature, _take(4, Leg.MINT), o.price);
        exchange.fill(o, signature, _take(6, Leg.LONG), o.price);
        vm.stopPrank();
        assertEq(positions.balanceOf(address(safe), _long(id)), 10);
        assertEq(1e12 - quote.balanceOf(address(safe)), 10 * (LOCK + 100));
        assertEq(exchange.remaining(o), 0);
    }

    function test_safe__one_owner_alone__has_not_signed() public {
        Order memory o = _order(id, address(safe), Side.BUY, K, 10);
        bytes memory signature = _signed(alice, _messageHash(o));
        bytes32 digest = exchange.orderDigest(o);
        vm.expectRevert(
            abi.encodeWithSelector(IFuturesExchange.WrongSignature.selector, address(safe), digest)
        );
        vm.prank(bob);
        exchange.fill(o, signature, _take(1, Leg.LONG), K);
    }

    function test_safe__cancels__its_signature_counts_no_more() public {
        Order memory o = _order(id, address(safe), Side.BUY, K, 10);
        bytes memory signature = _signatures(_messageHash(o));
        _execute(address(exchange), abi.encodeCall(exchange.cancel, (0, 0)));
        vm.expectPartialRevert(IFuturesExchange.LotsExceeded.selector);
        vm.prank(bob);
        exchange.fill(o, signature, _take(1, Leg.LONG), K);
    }

    /// @dev What owners of a Safe sign for its ERC-1271 answer.
    function _messageHash(Order memory o) private view returns (bytes32) {
        return handler.getMessageHashForSafe(safe, abi.encode(exchange.orderDigest(o)));
    }

    /// @dev In rising order of the owners, as a Safe wants them.
    function _signatures(bytes32 hash) private view returns (bytes memory) {
        (address first, address second) = alice < carol ? (alice, carol) : (carol, alice);
        return bytes.concat(_signed(first, hash), _signed(second, hash));
    }

    function _execute(address to, bytes memory data) private {
        Enum.Operation call = Enum.Operation.Call;
        bytes32 hash = safe.getTransactionHash(
            to, 0, data, call, 0, 0, 0, address(0), address(0), safe.nonce()
        );
        safe.execTransaction(
            to, 0, data, call, 0, 0, 0, address(0), payable(address(0)), _signatures(hash)
        );
    }
}
