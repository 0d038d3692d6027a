// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Fill, Leg, Order, Roll, Side, Take } from "../../src/interfaces/IFuturesExchange.sol";
import { IFuturesMarket, SeriesTerms } from "../../src/interfaces/IFuturesMarket.sol";
import { Lane, Orders } from "../../src/libraries/Orders.sol";
import { Counted } from "../support/Counted.sol";
import { ExchangeTest } from "../support/ExchangeTest.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice What makers, takers, matchers and cheats do to an exchange, and a ledger of what each is due.
abstract contract ExchangeActions is ExchangeTest, Counted {
    /// @dev An order that was signed and shown around.
    struct Made {
        Order order;
        bytes signature;
        uint64 filled;
    }

    uint64 internal constant LANES = 3;
    uint64 internal constant MOST_ORDER = 600;
    uint64 internal constant FEE_BPS = 7;
    /// @dev A near and a far series, and a far one that is BANDED.
    uint256 internal constant SERIES = 3;
    uint256 internal constant IN_BAND = 2;
    /// @dev What an account may open of IN_BAND while its window runs: a little more than each has from the start.
    uint64 internal constant SHARE = 2 * MOST_LOTS + 300;

    address[4] internal traders;
    uint256[SERIES] internal seriesOf;
    mapping(uint256 id => uint40) internal expiryOf;
    Made[] internal made;
    /// @dev The model's own account of quote, positions of LONG, and lanes.
    mapping(address account => int256) internal quoteOf;
    mapping(uint256 id => mapping(address account => int256)) internal longOf;
    mapping(uint256 id => mapping(address account => int256)) internal shortOf;
    mapping(address maker => mapping(uint64 lane => Lane)) internal lanes;
    mapping(address maker => mapping(uint64 lane => uint64)) internal nextNonce;
    mapping(address maker => uint64) internal epochs;
    int256 internal fees;
    int256 internal claimed;
    bool internal stopped;

    function setUp() public virtual override {
        super.setUp();
        traders = [alice, bob, carol, matcher];
        for (uint256 s; s < SERIES; ++s) {
            SeriesTerms memory t = s == IN_BAND ? _bandedTerms() : _terms(1);
            t.start = GENESIS + (s == 0 ? 25 days : s == IN_BAND ? 10 days : 225 days);
            // A campaign of 200 calls is over before the window that it spends its time in.
            t.expiry = t.start + (s == IN_BAND ? 100 days : 1 days);
            seriesOf[s] = _create(t);
            expiryOf[seriesOf[s]] = t.expiry;
            _stock(seriesOf[s], alice, bob);
            _stock(seriesOf[s], carol, matcher);
        }
        vm.startPrank(admin);
        market.setMonthCap(0, SHARE * 10);
        exchange.setFee(uint16(FEE_BPS), stranger);
        vm.stopPrank();
        for (uint256 i; i < 4; ++i) {
            quoteOf[traders[i]] = int256(quote.balanceOf(traders[i]));
            for (uint256 s; s < SERIES; ++s) {
                (uint256 id, address trader) = (seriesOf[s], traders[i]);
                longOf[id][trader] = int256(positions.balanceOf(trader, id));
                shortOf[id][trader] = int256(positions.balanceOf(trader, id + 1));
            }
        }
        _act("fill", this.fill.selector);
        _act("matchMany", this.matchMany.selector);
        _act("matchAvailable", this.matchAvailable.selector);
        _act("rollOver", this.rollOver.selector);
        _act("claim", this.claim.selector);
        _act("cancel", this.cancel.selector);
        _act("cancelAll", this.cancelAll.selector);
        _act("cheat", this.cheat.selector);
        _act("stop", this.stop.selector);
        _act("pass", this.pass.selector);
        _targetActions();
    }

    // ── fills ─────────────────────────────────────────────────────────────────────────────────────────────────

    function fill(uint256 seed) external counted {
        seed = _mix(seed);
        Made storage m = made[_live(seed)];
        address taker = _other(m.order.maker, seed);
        Take memory take = _take(_part(m, seed), _leg(m.order, seed >> 16));
        if (!_isWithinShares(m.order, take, taker)) {
            _allow();
            vm.expectPartialRevert(IFuturesMarket.HolderLimitReached.selector);
            vm.prank(taker);
            exchange.fill(m.order, m.signature, take, _within(m.order));
            take = _take(take.lots, Leg.LONG);
        }
        if (Orders.percentOf(m.order.legs) != 0) _freshen();
        _allow();
        vm.prank(taker);
        exchange.fill(m.order, m.signature, take, _within(m.order));
        _filled(m, take.lots);
        _traded(m.order, take, taker);
        _effective();
    }

    /// @dev Two makers of one series against a third trader, whose limit is just what the worse one asks.
    function matchMany(uint256 seed) external counted {
        seed = _mix(seed);
        Made[2] memory m;
        Fill[] memory fills = new Fill[](2);
        (Side side, uint256 s) = (Side(seed % 2), _openSeries(seed >> 1));
        uint64 worst = side == Side.BUY ? type(uint64).max : 0;
        address taker = traders[(seed / 7 + 2) % 4];
        for (uint256 i; i < 2; ++i) {
            uint256 orderSeed = uint256(keccak256(abi.encode(seed, i)));
            m[i] = made[_make(orderSeed, traders[(seed / 7 + i) % 4], side, s)];
            Take memory take = _take(
                uint64(_magnitude(orderSeed >> 8, m[i].order.lots)),
                _leg(m[i].order, orderSeed >> 16)
            );
            // One that fails would undo the other, so that neither may.
            Take memory both = _take(take.lots + MOST_ORDER, take.leg);
            if (!_isWithinShares(m[i].order, both, taker)) take = _take(take.lots, Leg.LONG);
            fills[i] = Fill(m[i].order, m[i].signature, take);
            uint64 limit = _within(m[i].order);
            if (side == Side.BUY ? limit < worst : limit > worst) worst = limit;
        }
        Made storage t = made[_make(seed >> 3, taker, side == Side.BUY ? Side.SELL : Side.BUY, s)];
        t.order.price = worst;
        t.order.lots = fills[0].take.lots + fills[1].take.lots + uint64(seed % 3);
        t.signature = _sign(t.order);
        _allow();
        vm.prank(stranger);
        exchange.matchOrders(t.order, t.signature, fills);
        _filled(t, fills[0].take.lots + fills[1].take.lots);
        for (uint256 i; i < 2; ++i) {
            _filled(made[made.length - 3 + i], fills[i].take.lots);
            _traded(fills[i].order, fills[i].take, taker);
        }
        _effective();
    }

    /// @dev Three makers of one series against a fourth trader, any of them bad: the others are filled.
    function matchAvailable(uint256 seed) external counted {
        seed = _mix(seed);
        (Side side, uint256 s) = (Side(seed % 2), _openSeries(seed >> 1));
        address taker = traders[(seed / 7 + 3) % 4];
        uint256 t = _make(seed >> 3, taker, side == Side.BUY ? Side.SELL : Side.BUY, s);
        made[t].order.price = side == Side.BUY ? 1 : type(uint64).max;
        made[t].signature = _sign(made[t].order);
        Fill[] memory fills = _offers(seed, side, s);
        _allow();
        vm.prank(stranger);
        exchange.matchAvailable(made[t].order, made[t].signature, fills, 0);
        for (uint256 i; i < 3; ++i) {
            Order memory o = fills[i].order;
            uint64 lots = uint64(Math.min(_left(o), _left(made[t].order)));
            fills[i].take.lots = lots;
            if (lots == 0 || !_isWithinShares(o, fills[i].take, taker)) continue;
            _filled(made[t], lots);
            _filled(made[t + 1 + i], lots);
            _traded(o, fills[i].take, taker);
        }
        _effective();
    }

    function claim(uint256) external counted {
        claimed += int256(exchange.claimFees(quote));
        _effective();
    }

    function rollOver(uint256 seed) external counted {
        seed = _mix(seed);
        if (_hasEnded(seriesOf[0])) return _refusedRoll(seed);
        address maker = traders[seed % 4];
        Roll memory r;
        r.near = made[_make(seed, maker, Side.SELL, 0)].order;
        // Copied from storage: a memory struct assigned to another is the same one.
        r.far = made[made.length - 1].order;
        (r.far.series, r.far.side) = (seriesOf[1 + (seed >> 80) % 2], Side.BUY);
        r.far.price = uint64(bound(seed >> 64, LOW / 1e6 + 1, HIGH / 1e6 - 1)) * 1e6;
        bytes memory signature = _signed(maker, exchange.rollDigest(r));
        uint64 lots = uint64(_magnitude(seed >> 8, r.near.lots));
        (Take memory near, Take memory far) = (_take(lots, Leg.LONG), _take(lots, Leg.MINT));
        address taker = _other(maker, seed);
        if (!_isWithinShares(r.far, far, taker)) {
            r.far.series = seriesOf[1];
            signature = _signed(maker, exchange.rollDigest(r));
        }
        _allow();
        _freshen();
        vm.prank(taker);
        exchange.fillRoll(r, signature, near, far, _within(r.near), _within(r.far));
        _filled(made[made.length - 1], lots);
        _traded(r.near, near, taker);
        _traded(r.far, far, taker);
        _effective();
    }

    // ── ends ──────────────────────────────────────────────────────────────────────────────────────────────────

    function cancel(uint256 seed) external counted {
        seed = _mix(seed);
        Order memory o = made[_live(seed)].order;
        if (seed % 2 == 0) _kill(o);
        else _killSigned(o);
        _effective();
    }

    function cancelAll(uint256 seed) external counted {
        seed = _mix(seed);
        address maker = traders[seed % 4];
        epochs[maker] += 1 + uint64(seed >> 8) % 3;
        vm.prank(maker);
        exchange.cancelAll(epochs[maker]);
        _effective();
    }

    /// @dev One way after the other to fill what may not be filled. All of them have to fail.
    function cheat(uint256 seed) external counted {
        seed = _mix(seed);
        _allow();
        Made memory m = made[_live(seed)];
        (address taker, Take memory take) = (_other(m.order.maker, seed), _take(1, Leg.LONG));
        uint64 limit = _within(m.order);
        uint256 kind = (seed >> 16) % 11;
        if (kind == 0) take.lots = _left(m.order) + 1;
        if (kind == 1) m.signature = _signed(taker, exchange.orderDigest(m.order));
        if (kind == 2) {
            m.order.price = m.order.side == Side.BUY ? m.order.price + 1e6 : m.order.price - 1e6;
        }
        if (kind == 3) m.order.nonce += 1;
        if (kind == 4) m.order.epoch += 1;
        if (kind == 5) limit = m.order.side == Side.BUY ? m.order.price + 1 : m.order.price - 1;
        if (kind == 6) {
            m.order.expiry = uint40(block.timestamp);
            m.signature = _sign(m.order);
        }
        if (kind == 7) _kill(m.order);
        if (kind == 8) {
            (m.order.series, m.order.price) = (seriesOf[IN_BAND], seed % 2 == 0 ? LOW : HIGH);
            (m.signature, take, limit) = (_sign(m.order), _take(1, Leg.MINT), _within(m.order));
            _freshen();
        }
        if (kind == 9) {
            (m.order.legs, m.order.price) = (ANY_LEG | 1 << 4, seed % 2 == 0 ? K + 4e6 : K - 4e6);
            (m.signature, limit) = (_sign(m.order), _within(m.order));
            _freshen();
        }
        if (kind == 10) _killSigned(m.order);
        _refused(m, take, taker, limit);
        _effective();
    }

    function stop(uint256 seed) external counted {
        seed = _mix(seed);
        Made memory m = made[_live(seed)];
        vm.prank(guardian);
        exchange.stopEntry();
        stopped = true;
        _refused(m, _take(1, Leg.LONG), _other(m.order.maker, seed), _within(m.order));
        _effective();
    }

    function pass(uint256 seed) external counted {
        skip(bound(_mix(seed), 1 minutes, 2 days));
        _effective();
    }

    // ── model ─────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Lots the model says an order has left.
    function _left(Order memory o) internal view returns (uint64) {
        Lane memory lane = lanes[o.maker][o.lane];
        if (block.timestamp >= o.expiry || o.epoch < epochs[o.maker] || o.nonce < lane.nonce) {
            return 0;
        }
        uint64 filled = o.nonce == lane.nonce ? lane.filled : 0;
        return filled < o.lots ? o.lots - filled : 0;
    }

    function _filled(Made storage m, uint64 lots) private {
        Lane storage lane = lanes[m.order.maker][m.order.lane];
        if (lane.nonce != m.order.nonce) (lane.nonce, lane.filled) = (m.order.nonce, 0);
        lane.filled += lots;
        m.filled += lots;
    }

    /// @dev The maker's price, whoever takes; the taker's fee on top. Whoever gets LONG pays what it locks to the
    /// market or, less Q(L), to its seller; BANDED, SHORT locks quote as well.
    function _traded(Order memory o, Take memory take, address taker) private {
        int256 lots = int256(uint256(take.lots));
        (address buyer, address seller) = o.side == Side.BUY ? (o.maker, taker) : (taker, o.maker);
        (int256 longLock, int256 shortLock, uint64 low, uint64 high) = o.series == seriesOf[IN_BAND]
            ? (int256(LONG_LOCK), int256(SHORT_LOCK), LOW, HIGH)
            : (int256(LOCK), int256(0), uint64(0), K);
        uint64 base = take.leg == Leg.LONG ? low : take.leg == Leg.SHORT ? high : K;
        int256 premium = lots * (_value(o.price) - _value(base));
        quoteOf[buyer] -= premium;
        quoteOf[seller] += premium;
        if (take.leg == Leg.MINT) {
            quoteOf[buyer] -= lots * longLock;
            quoteOf[seller] -= lots * shortLock;
        }
        if (take.leg == Leg.MERGE) {
            quoteOf[seller] += lots * longLock;
            quoteOf[buyer] += lots * shortLock;
        }
        if (take.leg == Leg.MINT || take.leg == Leg.LONG) longOf[o.series][buyer] += lots;
        if (take.leg == Leg.MERGE || take.leg == Leg.LONG) longOf[o.series][seller] -= lots;
        if (take.leg == Leg.MINT || take.leg == Leg.SHORT) shortOf[o.series][seller] += lots;
        if (take.leg == Leg.MERGE || take.leg == Leg.SHORT) shortOf[o.series][buyer] -= lots;
        int256 fee = lots * _value(o.price) * int256(uint256(FEE_BPS)) / 10_000;
        quoteOf[taker] -= fee;
        fees += fee;
    }

    // ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Makes and signs an order on the next nonce of some lane of its maker.
    function _make(uint256 seed, address maker, Side side, uint256 s) private returns (uint256) {
        uint64 lots = uint64(_magnitude(seed >> 40, MOST_ORDER));
        Order memory o = _order(seriesOf[s], maker, side, _price(seed), lots);
        (o.lane, o.epoch) = (uint64(seed >> 24) % LANES, epochs[maker]);
        o.nonce = nextNonce[maker][o.lane]++;
        o.expiry = uint40(block.timestamp + bound(seed >> 96, 1, 10 days));
        made.push(Made(o, _sign(o), 0));
        return made.length - 1;
    }

    /// @dev Orders of three makers, about a third of them cancelled, and fills of all their lots.
    function _offers(uint256 seed, Side side, uint256 s) private returns (Fill[] memory fills) {
        fills = new Fill[](3);
        for (uint256 i; i < 3; ++i) {
            uint256 orderSeed = uint256(keccak256(abi.encode(seed, i)));
            Made memory m = made[_make(orderSeed, traders[(seed / 7 + i) % 4], side, s)];
            Take memory take = _take(m.order.lots, _leg(m.order, orderSeed >> 16));
            fills[i] = Fill(m.order, m.signature, take);
            if (orderSeed % 3 == 0) _kill(m.order);
        }
    }

    /// @dev An order that can be filled: an earlier one as often as one made for it.
    function _live(uint256 seed) private returns (uint256) {
        for (uint256 tries; tries < 4 && made.length != 0 && seed % 2 == 0; ++tries) {
            uint256 i = (seed >> (32 + 8 * tries)) % made.length;
            Order memory o = made[i].order;
            if (_left(o) != 0 && !_hasEnded(o.series)) {
                // A taker's limit is not a maker's price.
                if (o.price % 1e6 == 0) return i;
            }
        }
        uint256 made_ =
            _make(seed, traders[(seed >> 8) % 4], Side((seed >> 1) % 2), _openSeries(seed >> 2));
        if (seed % 3 == 0) _keepNear(made[made_], seed >> 16);
        return made_;
    }

    /// @dev The order at a price near the index, and only there.
    function _keepNear(Made storage m, uint256 seed) private {
        m.order.legs = ANY_LEG | 15 << 4;
        m.order.price = uint64(bound(seed, K * 85 / 1e8, K * 115 / 1e8)) * 1e6;
        m.signature = _sign(m.order);
    }

    /// @dev As {_kill}, brought by somebody else.
    function _killSigned(Order memory o) private {
        uint256 deadline = block.timestamp;
        bytes32 digest = exchange.cancellationDigest(o.maker, o.lane, o.nonce, deadline);
        bytes memory signature = _signed(o.maker, digest);
        vm.prank(stranger);
        exchange.cancelSigned(o.maker, o.lane, o.nonce, deadline, signature);
        lanes[o.maker][o.lane] = Lane(o.nonce, type(uint64).max);
    }

    function _kill(Order memory o) private {
        vm.prank(o.maker);
        exchange.cancel(o.lane, o.nonce);
        lanes[o.maker][o.lane] = Lane(o.nonce, type(uint64).max);
    }

    /// @dev After the near series has ended a roll of it fails, whoever is willing.
    function _refusedRoll(uint256 seed) private {
        Made memory m = made[_make(seed, traders[seed % 4], Side.SELL, 0)];
        _allow();
        _refused(m, _take(1, Leg.LONG), _other(m.order.maker, seed), _within(m.order));
        _effective();
    }

    function _refused(Made memory m, Take memory take, address taker, uint64 limit) private {
        bytes memory call = abi.encodeCall(exchange.fill, (m.order, m.signature, take, limit));
        vm.prank(taker);
        (bool ok,) = address(exchange).call(call);
        assertFalse(ok, "8: filled what may not be filled");
    }

    function _allow() private {
        if (!stopped) return;
        vm.prank(curator);
        exchange.allowEntry();
        stopped = false;
    }

    function _part(Made storage m, uint256 seed) private view returns (uint64) {
        return uint64(_magnitude(seed >> 48, _left(m.order)));
    }

    /// @dev The best limit with which a taker still gets the maker's price, fee included.
    function _within(Order memory o) private pure returns (uint64) {
        uint256 scaled = uint256(o.price);
        return o.side == Side.SELL
            ? uint64((scaled * (10_000 + FEE_BPS) + 9999) / 10_000)
            : uint64(scaled * (10_000 - FEE_BPS) / 10_000);
    }

    function _price(uint256 seed) private pure returns (uint64) {
        return uint64(100 + seed % 500) * 1e6;
    }

    /// @dev Pairs in a band are minted at a price inside it and while the index is fresh. Elsewhere, LONG changes
    /// hands instead.
    function _leg(Order memory o, uint256 seed) private returns (Leg leg) {
        leg = Leg(seed % 4);
        if (leg != Leg.MINT || o.series != seriesOf[IN_BAND]) return leg;
        if (o.price <= LOW || o.price >= HIGH) return Leg.LONG;
        _freshen();
    }

    /// @dev While the window of IN_BAND runs, what is minted may bring nobody above its share.
    function _isWithinShares(Order memory o, Take memory take, address taker)
        private
        view
        returns (bool)
    {
        bool runs = block.timestamp >= GENESIS + 10 days;
        if (o.series != seriesOf[IN_BAND] || take.leg != Leg.MINT || !runs) return true;
        (address buyer, address seller) = o.side == Side.BUY ? (o.maker, taker) : (taker, o.maker);
        int256 lots = int256(uint256(take.lots));
        int256 most = int256(uint256(SHARE));
        return longOf[o.series][buyer] + lots <= most && shortOf[o.series][seller] + lots <= most;
    }

    function _freshen() private {
        if (block.timestamp > seen[seen.length - 1].slot + HOLD) _see(K);
    }

    function _openSeries(uint256 seed) private view returns (uint256) {
        return _hasEnded(seriesOf[0]) ? 1 + seed % 2 : seed % SERIES;
    }

    function _hasEnded(uint256 id) private view returns (bool) {
        return block.timestamp >= expiryOf[id];
    }

    function _other(address maker, uint256 seed) private view returns (address) {
        for (uint256 i;; ++i) {
            address trader = traders[(seed + i) % 4];
            if (trader != maker) return trader;
        }
        revert("nobody");
    }
}
