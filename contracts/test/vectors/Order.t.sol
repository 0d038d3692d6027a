// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    IFuturesExchange,
    Leg,
    Order,
    Roll,
    Side
} from "../../src/interfaces/IFuturesExchange.sol";
import { Lane, Orders } from "../../src/libraries/Orders.sol";
import { Shipped } from "../support/Shipped.sol";
import { Vectors } from "../support/Vectors.sol";

/// @notice tests/vectors/order.json: typed hashes, digests, payments, limits and lanes on the library.
contract OrderVectorsTest is Shipped {
    using Vectors for string;

    string private _json;

    function setUp() public {
        _json = Vectors.file("order");
    }

    function test_order_vectors__hash_and_digest__agree() public {
        Order[] memory orders = _orders("order", "");
        uint256[] memory hashes = _json.column("order", "structHash");
        uint256[] memory digests = _json.column("order", "digest");
        uint256[] memory chains = _json.column("order", "chainId");
        uint256[] memory contracts_ = _json.column("order", "contract");
        assertGt(orders.length, 100);
        bytes memory code = _exchangeCode();
        for (uint256 i; i < orders.length; ++i) {
            assertEq(uint256(Orders.hash(orders[i])), hashes[i]);
            if (i % 10 != 0) continue;
            // The domain names an address and a chain, so the code is put where the vector has it.
            address place = address(uint160(contracts_[i]) | (1 << 159));
            vm.etch(place, code);
            vm.chainId(chains[i]);
            bytes32 expected = _digest(chains[i], place, bytes32(hashes[i]));
            assertEq(IFuturesExchange(place).orderDigest(orders[i]), expected);
            bytes32 stated = _digest(chains[i], address(uint160(contracts_[i])), bytes32(hashes[i]));
            assertEq(uint256(stated), digests[i]);
        }
    }

    function test_roll_vectors__hash__agrees() public view {
        Order[] memory near = _orders("roll", "near_");
        Order[] memory far = _orders("roll", "far_");
        uint256[] memory hashes = _json.column("roll", "structHash");
        assertGt(near.length, 50);
        for (uint256 i; i < near.length; ++i) {
            assertEq(uint256(Orders.hash(Roll(near[i], far[i]))), hashes[i]);
        }
    }

    function test_payment_vectors__payment_and_fee__agree() public view {
        uint256[][10] memory c = [
            _json.column("payment", "leg"),
            _json.column("payment", "price"),
            _json.column("payment", "referencePrice"),
            _json.column("payment", "lots"),
            _json.column("payment", "quoteDecimals"),
            _json.column("payment", "buyerPays"),
            _json.column("payment", "sellerPays"),
            _json.column("payment", "feeBps"),
            _json.column("payment", "low"),
            _json.column("payment", "high")
        ];
        uint256[] memory fees = _json.column("payment", "fee");
        assertGt(fees.length, 300);
        for (uint256 i; i < fees.length; ++i) {
            (uint64 price, uint64 lots) = (uint64(c[1][i]), uint64(c[3][i]));
            uint256 unit = 10 ** c[4][i];
            assertTrue(Orders.isTradable(price, unit));
            assertEq(
                Orders.payment(
                    Leg(c[0][i]),
                    price,
                    uint64(c[8][i]),
                    uint64(c[2][i]),
                    uint64(c[9][i]),
                    lots,
                    unit
                ),
                int256(c[5][i]) - int256(c[6][i])
            );
            assertEq(Orders.fee(price, lots, uint16(c[7][i]), unit), fees[i]);
        }
    }

    function test_price_vectors__tradable_and_within__agree() public view {
        uint256[] memory price = _json.column("tradable", "price");
        uint256[] memory decimals = _json.column("tradable", "quoteDecimals");
        uint256[] memory tradable = _json.column("tradable", "tradable");
        for (uint256 i; i < price.length; ++i) {
            assertEq(Orders.isTradable(uint64(price[i]), 10 ** decimals[i]), tradable[i] == 1);
        }
        price = _json.column("limit", "price");
        uint256[] memory side = _json.column("limit", "side");
        uint256[] memory limit = _json.column("limit", "limit");
        uint256[] memory bps = _json.column("limit", "feeBps");
        uint256[] memory within = _json.column("limit", "within");
        assertGt(price.length, 100);
        for (uint256 i; i < price.length; ++i) {
            assertEq(
                Orders.isWithin(Side(side[i]), uint64(price[i]), uint64(limit[i]), uint16(bps[i])),
                within[i] == 1
            );
        }
    }

    function test_near_vectors__distance_from_the_index__agrees() public view {
        uint256[] memory price = _json.column("near", "price");
        uint256[] memory spot = _json.column("near", "spot");
        uint256[] memory percent = _json.column("near", "percent");
        uint256[] memory near = _json.column("near", "near");
        assertGt(price.length, 100);
        for (uint256 i; i < price.length; ++i) {
            bool found = Orders.isNear(uint64(price[i]), uint64(spot[i]), uint8(percent[i]));
            assertEq(found, near[i] == 1);
        }
    }

    function test_lane_vectors__spend__agrees() public {
        uint256[][8] memory c = [
            _json.column("lane", "nonce"),
            _json.column("lane", "filled"),
            _json.column("lane", "orderNonce"),
            _json.column("lane", "orderLots"),
            _json.column("lane", "lots"),
            _json.column("lane", "fits"),
            _json.column("lane", "filledAfter"),
            _json.column("lane", "remaining")
        ];
        assertGt(c[0].length, 100);
        for (uint256 i; i < c[0].length; ++i) {
            Lane memory lane = Lane(uint64(c[0][i]), uint64(c[1][i]));
            if (c[5][i] == 0) vm.expectRevert();
            Lane memory spent = this.spend(lane, uint64(c[2][i]), uint64(c[3][i]), uint64(c[4][i]));
            if (c[5][i] == 0) continue;
            assertEq(spent.nonce, c[2][i]);
            assertEq(spent.filled, c[6][i]);
            assertEq(c[3][i] - spent.filled, c[7][i] - c[4][i]);
        }
    }

    function spend(Lane calldata lane, uint64 nonce, uint64 most, uint64 lots)
        external
        pure
        returns (Lane memory)
    {
        return Orders.spend(lane, nonce, most, lots);
    }

    // ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    function _exchangeCode() private returns (bytes memory) {
        return _deploy("FuturesExchange", abi.encode(address(this), address(this))).code;
    }

    function _digest(uint256 chain, address place, bytes32 hash) private pure returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("Pargrade FuturesExchange"),
                keccak256("1"),
                chain,
                place
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, hash));
    }

    function _orders(string memory group, string memory prefix)
        private
        view
        returns (Order[] memory orders)
    {
        string[13] memory names = [
            "series",
            "side",
            "grade",
            "legs",
            "price",
            "lots",
            "maker",
            "taker",
            "matcher",
            "epoch",
            "lane",
            "nonce",
            "expiry"
        ];
        uint256[][13] memory c;
        for (uint256 f; f < 13; ++f) {
            c[f] = _json.column(group, string.concat(prefix, names[f]));
        }
        orders = new Order[](c[0].length);
        for (uint256 i; i < orders.length; ++i) {
            Order memory o = orders[i];
            (o.series, o.side, o.grade, o.legs) =
            (c[0][i], Side(c[1][i]), uint8(c[2][i]), uint8(c[3][i]));
            (o.price, o.lots) = (uint64(c[4][i]), uint64(c[5][i]));
            (o.maker, o.taker) = (address(uint160(c[6][i])), address(uint160(c[7][i])));
            (o.matcher, o.epoch) = (address(uint160(c[8][i])), uint64(c[9][i]));
            (o.lane, o.nonce, o.expiry) = (uint64(c[10][i]), uint64(c[11][i]), uint40(c[12][i]));
        }
    }
}
