// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Fill,
    IFuturesExchange,
    Leg,
    Order,
    Roll,
    Side,
    Take
} from "../../src/interfaces/IFuturesExchange.sol";
import { SeriesTerms } from "../../src/interfaces/IFuturesMarket.sol";
import { MarketTest } from "./MarketTest.sol";
import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @notice An exchange beside the market, whose traders have approved both and can sign.
abstract contract ExchangeTest is MarketTest {
    uint8 internal constant ANY_LEG = 0xf;
    /// @dev What a test trades at most, so that everybody can be given enough of everything.
    uint64 internal constant MOST_LOTS = 1e6;
    uint256 private constant NEVER = type(uint256).max;
    bytes32 private constant PERMIT_TYPE = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );
    string[4] internal NAMES = ["alice", "bob", "carol", "matcher"];

    IFuturesExchange internal exchange;
    mapping(address account => uint256) internal keyOf;

    function setUp() public virtual override {
        super.setUp();
        exchange =
            IFuturesExchange(_deploy("FuturesExchange", abi.encode(governance, address(market))));
        for (uint256 i; i < NAMES.length; ++i) {
            (address trader, uint256 key) = makeAddrAndKey(NAMES[i]);
            keyOf[trader] = key;
            _join(trader);
        }
        vm.startPrank(admin);
        _permitTo(GUARDIAN, exchange.stopEntry.selector);
        _permitTo(CURATOR, exchange.allowEntry.selector);
        vm.stopPrank();
    }

    // ── orders ────────────────────────────────────────────────────────────────────────────────────────────────

    function _order(uint256 id, address maker, Side side, uint64 price, uint64 lots)
        internal
        pure
        returns (Order memory o)
    {
        (o.series, o.maker, o.side, o.price, o.lots) = (id, maker, side, price, lots);
        (o.legs, o.expiry) = (ANY_LEG, EXPIRY + 1 days);
    }

    function _take(uint64 lots, Leg leg) internal pure returns (Take memory) {
        return Take(lots, leg, leg == Leg.LONG ? 0 : 1);
    }

    function _sign(Order memory o) internal view returns (bytes memory) {
        return _signed(o.maker, exchange.orderDigest(o));
    }

    function _signed(address signer, bytes32 digest) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keyOf[signer], digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev A call of the exchange that hands on an owner's permit (ERC-2612), so many nonces ahead.
    function _permitCall(
        address token,
        address owner,
        address spender,
        uint256 value,
        uint256 ahead
    ) internal view returns (bytes memory) {
        IERC20Permit t = IERC20Permit(token);
        bytes32 hash = keccak256(
            abi.encode(PERMIT_TYPE, owner, spender, value, t.nonces(owner) + ahead, NEVER)
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", t.DOMAIN_SEPARATOR(), hash));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keyOf[owner], digest);
        return abi.encodePacked(
            exchange.permit.selector, abi.encode(t, owner, spender, value, NEVER, v, r, s)
        );
    }

    /// @dev `taker` takes the order at its price.
    function _fill(Order memory o, Take memory take, address taker) internal {
        bytes memory signature = _sign(o);
        vm.prank(taker);
        exchange.fill(o, signature, take, o.price);
    }

    function _fills(Order memory o, Take memory take) internal view returns (Fill[] memory fills) {
        fills = new Fill[](1);
        fills[0] = Fill(o, _sign(o), take);
    }

    function _expectFillRefusal(
        Order memory o,
        Take memory take,
        address taker,
        bytes memory reason
    ) internal {
        bytes memory signature = _sign(o);
        vm.expectRevert(reason);
        vm.prank(taker);
        exchange.fill(o, signature, take, o.price);
    }

    // ── amounts ───────────────────────────────────────────────────────────────────────────────────────────────

    function _join(address trader) internal {
        vm.startPrank(trader);
        positions.setOperator(address(exchange), true);
        quote.approve(address(exchange), type(uint256).max);
        quote.approve(address(market), type(uint256).max);
        for (uint256 g; g < 3; ++g) {
            units[g].approve(address(exchange), type(uint256).max);
            units[g].approve(address(market), type(uint256).max);
        }
        vm.stopPrank();
    }

    /// @dev Enough quote and units of the first grade for anything a test trades.
    function _fund(address trader) internal {
        quote.mint(trader, 1e18);
        _giveUnits(0, trader, uint256(MOST_LOTS) * 10 * LOT);
    }

    /// @dev Both hold both positions, so that every leg can be traded either way.
    function _stock(uint256 id, address account, address other) internal {
        _fund(account);
        _fund(other);
        _open(id, 0, MOST_LOTS * 2, account, other);
        _open(id, 0, MOST_LOTS * 2, other, account);
    }

    /// @dev A series and one a month later; alice and bob hold both positions of both, carol has the means.
    function _nearAndFar() internal returns (uint256 near, uint256 far) {
        SeriesTerms memory t = _terms(1);
        near = _create(t);
        (t.start, t.expiry) = (START + 30 days, EXPIRY + 30 days);
        far = _create(t);
        _stock(near, alice, bob);
        _stock(far, alice, bob);
        _fund(carol);
    }

    /// @dev A price on the tick, from a cent to four times K.
    function _anyTick(uint64 seed) internal pure returns (uint64) {
        return uint64(bound(seed, 1, 1200)) * 1e6;
    }

    /// @dev What a lot is worth at a price, in the six decimals of the quote token.
    function _value(uint64 price) internal pure returns (int256) {
        return int256(uint256(price)) / 1e4;
    }

    function _permitTo(uint64 role, bytes4 selector) private {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        governance.setTargetFunctionRole(address(exchange), selectors, role);
    }
}
