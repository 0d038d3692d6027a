// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { OrderLanes } from "./OrderLanes.sol";
import {
    Fill,
    IFuturesExchange,
    Leg,
    Order,
    Roll,
    Side,
    Take
} from "./interfaces/IFuturesExchange.sol";
import { IFuturesMarket, Style } from "./interfaces/IFuturesMarket.sol";
import { Lane, Orders } from "./libraries/Orders.sol";
import { LOT } from "./libraries/Settlement.sol";
import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { IERC6909 } from "@openzeppelin/contracts/interfaces/IERC6909.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { Multicall } from "@openzeppelin/contracts/utils/Multicall.sol";
import {
    ReentrancyGuardTransient
} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { SafeCast } from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title FuturesExchange
/// @notice See {IFuturesExchange}.
contract FuturesExchange is OrderLanes, AccessManaged, Multicall, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @inheritdoc IFuturesExchange
    uint16 public constant MOST_FEE_BPS = 20;
    /// @inheritdoc IFuturesExchange
    uint256 public constant MOST_REASON = 132;

    /// @dev What fills need of a series, in one word. Terms never change, so they are read once from the market.
    struct Terms {
        IERC20 quoteToken;
        uint64 referencePrice;
        uint16 expiryDay;
        uint8 quoteDecimals;
        bool banded;
    }

    /// @dev L and H of a BANDED series, zero of any other, and the index it settles on: for the fills that ask.
    struct Band {
        uint64 low;
        uint64 high;
        uint16 index;
    }

    /// @dev One word: stopping fills costs those that go on no read of their own.
    struct Policy {
        bool entryStopped;
        uint16 feeBps;
        address feeRecipient;
    }

    IFuturesMarket public immutable market;

    /// @inheritdoc IFuturesExchange
    Policy public policy;
    mapping(uint256 series => Terms) private _terms;
    mapping(uint256 series => Band) private _bands;
    mapping(uint256 position => IERC20) private _unitOf;

    constructor(address authority, IFuturesMarket market_) AccessManaged(authority) {
        market = market_;
    }

    // ── fills ──────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IFuturesExchange
    function fill(Order memory order, bytes calldata signature, Take memory take, uint64 limit)
        external
        nonReentrant
    {
        Policy memory p = _running();
        bytes32 id = Orders.hash(order);
        _spend(order, take.lots, msg.sender);
        _verify(order.maker, id, signature);
        _trade(p, id, order, take, msg.sender, limit);
    }

    /// @inheritdoc IFuturesExchange
    function fillAvailable(
        Order memory order,
        bytes calldata signature,
        Take memory take,
        uint64 limit,
        uint64 leastLots
    ) external nonReentrant returns (uint64 lots) {
        Policy memory p = _running();
        bytes32 id = Orders.hash(order);
        lots = take.lots = _available(order, take.lots);
        if (lots < leastLots) revert TooFewLots(lots, leastLots);
        _spend(order, lots, msg.sender);
        _verify(order.maker, id, signature);
        _trade(p, id, order, take, msg.sender, limit);
    }

    /// @inheritdoc IFuturesExchange
    function matchOrders(Order memory order, bytes calldata signature, Fill[] calldata fills)
        external
        nonReentrant
    {
        Policy memory p = _running();
        bytes32 id = Orders.hash(order);
        uint64 lots = _total(fills);
        _spend(order, lots, msg.sender);
        _verify(order.maker, id, signature);
        emit Taken(id, order.maker, lots);
        _fillAll(p, order, fills);
    }

    /// @inheritdoc IFuturesExchange
    /// @dev The taker's lots are counted before anything outside is called, and those not filled given back.
    /// Where none is filled all that was done is undone, and so is the lane: it has not gone on to this nonce.
    function matchAvailable(
        Order memory order,
        bytes calldata signature,
        Fill[] calldata fills,
        uint64 leastLots
    ) external nonReentrant returns (uint64 lots, bytes[] memory reasons) {
        _running();
        bytes32 id = Orders.hash(order);
        uint64 left = _available(order, _total(fills));
        Lane memory before = laneOf[order.maker][order.lane];
        _spend(order, left, msg.sender);
        _verify(order.maker, id, signature);
        reasons = new bytes[](fills.length);
        for (uint256 i; i < fills.length; ++i) {
            try this.fillOne(msg.sender, order, left, fills[i]) returns (uint64 filled) {
                (lots, left) = (lots + filled, left - filled);
            } catch {
                reasons[i] = _reason();
                Order memory maker = fills[i].order;
                emit PassedOver(Orders.hash(maker), maker.maker, reasons[i]);
            }
        }
        if (lots < leastLots) revert TooFewLots(lots, leastLots);
        if (lots == 0) {
            laneOf[order.maker][order.lane] = before;
        } else {
            _giveBack(order, left);
            emit Taken(id, order.maker, lots);
        }
    }

    /// @inheritdoc IFuturesExchange
    function fillOne(address matcher, Order memory order, uint64 most, Fill calldata one)
        external
        returns (uint64 lots)
    {
        if (msg.sender != address(this)) revert OnlyItself(msg.sender);
        (Order memory maker, Take memory take) = (one.order, one.take);
        lots = _available(maker, take.lots);
        if (lots > most) lots = most;
        take.lots = lots;
        _fillFrom(policy, order, maker, take, one.signature, matcher);
    }

    /// @inheritdoc IFuturesExchange
    function roll(
        Roll memory roll_,
        bytes calldata signature,
        Fill[] calldata near,
        Fill[] calldata far
    ) external nonReentrant {
        Policy memory p = _running();
        uint64 lots = _total(near);
        if (lots != _total(far)) revert BadRoll();
        bytes32 id = _spendRoll(roll_, signature, lots);
        emit Taken(id, roll_.near.maker, lots);
        _fillAll(p, roll_.near, near);
        _fillAll(p, roll_.far, far);
    }

    /// @inheritdoc IFuturesExchange
    function fillRoll(
        Roll memory roll_,
        bytes calldata signature,
        Take memory near,
        Take memory far,
        uint64 nearLimit,
        uint64 farLimit
    ) external nonReentrant {
        Policy memory p = _running();
        if (near.lots != far.lots) revert BadRoll();
        bytes32 id = _spendRoll(roll_, signature, near.lots);
        _trade(p, id, roll_.near, near, msg.sender, nearLimit);
        _trade(p, id, roll_.far, far, msg.sender, farLimit);
    }

    /// @inheritdoc IFuturesExchange
    function claimFees(IERC20 token) external nonReentrant returns (uint256 amount) {
        address recipient = policy.feeRecipient;
        if (recipient == address(0)) revert NoFeeRecipient();
        amount = token.balanceOf(address(this));
        emit FeesClaimed(address(token), recipient, amount);
        token.safeTransfer(recipient, amount);
    }

    /// @inheritdoc IFuturesExchange
    function permit(
        IERC20Permit token,
        address owner,
        address spender,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        if (address(token).code.length == 0) return;
        try token.permit(owner, spender, value, deadline, v, r, s) { } catch { }
    }

    /// @inheritdoc IFuturesExchange
    function permitOperator(address owner, uint256 deadline, bytes calldata signature) external {
        try market.permitOperator(owner, address(this), true, deadline, signature) { } catch { }
    }

    // ── roles ──────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IFuturesExchange
    function stopEntry() external restricted {
        policy.entryStopped = true;
        emit EntryStopped(true);
    }

    /// @inheritdoc IFuturesExchange
    function allowEntry() external restricted {
        policy.entryStopped = false;
        emit EntryStopped(false);
    }

    /// @inheritdoc IFuturesExchange
    function setFee(uint16 bps, address recipient) external restricted {
        if (bps > MOST_FEE_BPS || (bps != 0 && recipient == address(0))) {
            revert BadFee(bps, recipient);
        }
        (policy.feeBps, policy.feeRecipient) = (bps, recipient);
        emit FeeSet(bps, recipient);
    }

    // ── inside: who wants what ─────────────────────────────────────────────────────────────────────────────

    function _running() private view returns (Policy memory p) {
        p = policy;
        if (p.entryStopped) revert EntryIsStopped();
    }

    function _checkTake(Order memory order, Take memory take, address counterparty) private pure {
        if (order.taker != address(0) && order.taker != counterparty) {
            revert WrongTaker(counterparty, order.taker);
        }
        if (order.legs & (1 << uint8(take.leg)) == 0) revert LegNotAllowed(take.leg, order.legs);
        if (take.leg == Leg.LONG) return;
        if (take.grade == 0 || (order.grade != 0 && order.grade != take.grade)) {
            revert GradeNotAllowed(take.grade, order.grade);
        }
    }

    function _total(Fill[] calldata fills) private pure returns (uint64 lots) {
        for (uint256 i; i < fills.length; ++i) {
            lots += fills[i].take.lots;
        }
    }

    /// @dev Of so many lots those an order has left; all of them where it has none, so that its refusal says why.
    function _available(Order memory order, uint64 lots) private view returns (uint64) {
        uint64 left = remaining(order);
        return left == 0 || lots < left ? lots : left;
    }

    /// @dev What the call that failed last gave as its reason. A long one would be copied at the matcher's cost.
    function _reason() private pure returns (bytes memory reason) {
        uint256 most = MOST_REASON;
        assembly ("memory-safe") {
            let size := returndatasize()
            if gt(size, most) { size := most }
            reason := mload(0x40)
            mstore(reason, size)
            returndatacopy(add(reason, 0x20), 0, size)
            mstore(0x40, add(reason, and(add(size, 0x3f), not(0x1f))))
        }
    }

    // ── inside: fills ──────────────────────────────────────────────────────────────────────────────────────

    function _fillAll(Policy memory p, Order memory order, Fill[] calldata fills) private {
        for (uint256 i; i < fills.length; ++i) {
            Fill calldata f = fills[i];
            _fillFrom(p, order, f.order, f.take, f.signature, msg.sender);
        }
    }

    function _fillFrom(
        Policy memory p,
        Order memory order,
        Order memory maker,
        Take memory take,
        bytes calldata signature,
        address matcher
    ) private {
        if (maker.series != order.series || maker.side == order.side) {
            revert NotOpposite();
        }
        _checkTake(order, take, maker.maker);
        _checkNear(order, maker.price);
        bytes32 id = Orders.hash(maker);
        _spend(maker, take.lots, matcher);
        _verify(maker.maker, id, signature);
        _trade(p, id, maker, take, order.maker, order.price);
    }

    /// @dev At the maker's price, between its maker and `taker`, whose limit includes the fee.
    function _trade(
        Policy memory p,
        bytes32 id,
        Order memory order,
        Take memory take,
        address taker,
        uint64 limit
    ) private {
        if (order.maker == taker) revert SelfTrade(taker);
        _checkTake(order, take, taker);
        bool buying = order.side == Side.SELL;
        uint64 price = order.price;
        if (!Orders.isWithin(buying ? Side.BUY : Side.SELL, price, limit, p.feeBps)) {
            revert PriceBeyondLimit(price, limit, p.feeBps);
        }
        Terms memory t = _termsOf(order.series);
        uint256 quoteUnit = 10 ** t.quoteDecimals;
        if (!Orders.isTradable(price, quoteUnit)) revert BadPrice(price);
        _checkNear(order, price);
        uint256 fee = p.feeBps == 0 ? 0 : Orders.fee(price, take.lots, p.feeBps, quoteUnit);
        emit Filled(
            id, order.maker, taker, order.series, take.leg, take.grade, price, take.lots, fee
        );
        int256 due = _due(t, order.series, take, price, quoteUnit);
        if (buying) _settle(t, order.series, take, taker, order.maker, due);
        else _settle(t, order.series, take, order.maker, taker, due);
        // Kept here: a recipient that the token refuses would stop every fill.
        _pay(t.quoteToken, taker, address(this), fee);
    }

    /// @dev A stale index refuses with its own error.
    function _checkNear(Order memory order, uint64 price) private {
        uint8 percent = Orders.percentOf(order.legs);
        if (percent == 0) return;
        if (_terms[order.series].referencePrice == 0) _learn(order.series);
        (uint64 spot,) = market.spotIndex().fresh(_bands[order.series].index);
        if (!Orders.isNear(price, spot, percent)) revert PriceOffIndex(price, spot, percent);
    }

    /// @dev A BANDED pair is minted only where both sides have something to lose.
    function _due(Terms memory t, uint256 series, Take memory take, uint64 price, uint256 quoteUnit)
        private
        view
        returns (int256)
    {
        (uint64 low, uint64 high) = (0, t.referencePrice);
        if (t.banded) {
            (low, high) = (_bands[series].low, _bands[series].high);
            if (take.leg == Leg.MINT && (price <= low || price >= high)) {
                revert PriceOutOfBand(price, low, high);
            }
        }
        return Orders.payment(take.leg, price, low, t.referencePrice, high, take.lots, quoteUnit);
    }

    /// @dev The premium moves before a mint, so that who receives it may lock it, and after a merge, so that who
    /// owes it may pay from what is returned.
    /// @param due What the buyer pays the seller; negative where the seller pays.
    function _settle(
        Terms memory t,
        uint256 series,
        Take memory take,
        address buyer,
        address seller,
        int256 due
    ) private {
        (Leg leg, uint64 lots) = (take.leg, take.lots);
        if (leg == Leg.MERGE) market.merge(series, take.grade - 1, lots, seller, buyer);
        if (due > 0) _pay(t.quoteToken, buyer, seller, uint256(due));
        else _pay(t.quoteToken, seller, buyer, uint256(-due));
        if (leg == Leg.MINT) {
            market.open(series, take.grade - 1, lots, buyer, seller);
        } else if (leg == Leg.LONG) {
            _hand(seller, buyer, series, lots);
        } else if (leg == Leg.SHORT) {
            uint256 position = series + take.grade;
            _hand(buyer, seller, position, lots);
            if (!t.banded) _unitOf[position].safeTransferFrom(seller, buyer, lots * LOT);
        }
    }

    function _hand(address from, address to, uint256 position, uint64 lots) private {
        IERC6909(address(market)).transferFrom(from, to, position, lots);
    }

    /// @dev What arrives is what is due, or nothing happens.
    function _pay(IERC20 token, address from, address to, uint256 due) private {
        if (due == 0) return;
        uint256 held = token.balanceOf(to);
        token.safeTransferFrom(from, to, due);
        uint256 arrived = Math.saturatingSub(token.balanceOf(to), held);
        if (arrived < due) revert PaymentShort(address(token), arrived, due);
    }

    function _termsOf(uint256 series) private returns (Terms memory t) {
        t = _terms[series];
        if (t.referencePrice == 0) t = _learn(series);
        uint40 expiry = uint40(t.expiryDay) * 1 days;
        if (block.timestamp >= expiry) revert SeriesExpired(series, expiry, block.timestamp);
    }

    /// @dev The quote token's decimals follow from the quote a pair locks, which is exact: they are those the market
    /// listed with, whatever the token says today. An expiry is a midnight, so its day says it all, until 2149.
    function _learn(uint256 series) private returns (Terms memory t) {
        IFuturesMarket.SeriesView memory v = market.series(series);
        uint64 referencePrice = v.terms.referencePrice;
        bool banded = v.terms.style == Style.BANDED;
        uint64 span = banded ? v.terms.high - v.terms.low : referencePrice;
        uint256 quoteUnit = (v.quotePerLot + v.shortQuotePerLot) * 1e10 / span;
        t = Terms(
            v.terms.quoteToken,
            referencePrice,
            SafeCast.toUint16(v.terms.expiry / 1 days),
            uint8(Math.log10(quoteUnit)),
            banded
        );
        _terms[series] = t;
        _bands[series] = Band(v.terms.low, v.terms.high, v.terms.index);
        for (uint256 g; g < v.terms.units.length; ++g) {
            _unitOf[series + 1 + g] = IERC20(v.terms.units[g]);
        }
    }
}
