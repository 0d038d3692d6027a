// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @notice BUY gains a lot of exposure to S for the price, SELL gives it up for the price.
enum Side {
    BUY,
    SELL
}

/// @notice How a trade comes about: buyer and seller each open a position or close one.
///
///             the seller opens (SHORT)   the seller closes (LONG)
///     buyer opens (LONG)       MINT                      LONG
///     buyer closes (SHORT)     SHORT                     MERGE
///
/// LONG and SHORT are the transfers of an existing position.
enum Leg {
    MINT,
    LONG,
    SHORT,
    MERGE
}

/// @notice What a maker signs (EIP-712, the fields in this order).
/// @param series The market's id of the series.
/// @param grade 0 for any eligible grade, else g + 1: SHORT of the grade is position `series + grade`.
/// @param legs Mask of the legs the signer allows: bit n is {Leg} n.
/// @param price USD per SCU, 8 decimals. A maker's is what it trades at: on the tick of $0.01 and exact per
/// lot in the quote token. A taker's is the worst it trades at, with the fee in it.
/// @param lots Most lots to be filled in all.
/// @param maker Who signs: an account or an ERC-1271 contract.
/// @param taker The only counterparty allowed; zero for anyone.
/// @param matcher The only account that may submit it; zero for anyone.
/// @param epoch Dead once the maker's epoch is above it.
/// @param lane One of 2^64 lanes of the maker, each with room for one order after the other. A random lane
/// does the work of a salt; a lane used again saves 17k gas on an order's first fill.
/// @param nonce Within the lane. Filling or cancelling a nonce ends all smaller ones for good. Orders of one
/// lane and nonce are alternatives: what fills one counts against the others.
/// @param expiry Unix time from which it is dead.
struct Order {
    uint256 series;
    Side side;
    uint8 grade;
    uint8 legs;
    uint64 price;
    uint64 lots;
    address maker;
    address taker;
    address matcher;
    uint64 epoch;
    uint64 lane;
    uint64 nonce;
    uint40 expiry;
}

/// @notice One intent of two orders, usually one that closes in a near series and one that opens in a far
/// one: equal lots of both are filled in one transaction, or of neither. Its signature covers the pair, so
/// neither half can be filled alone. The halves have opposite sides, and maker, lots, epoch, lane and nonce
/// in common: the pair is counted once.
struct Roll {
    Order near;
    Order far;
}

/// @notice How some lots of an order are to be filled.
/// @param leg Which of the four legs.
/// @param grade The grade it concerns, counted from 1; not looked at in a LONG.
struct Take {
    uint64 lots;
    Leg leg;
    uint8 grade;
}

/// @notice A maker's signed order and how to fill it.
struct Fill {
    Order order;
    bytes signature;
    Take take;
}

/// @title IFuturesExchange
/// @notice Signed orders for the positions of one {IFuturesMarket}. Holds nothing between calls: every
/// payment goes from one party to the other, every lock to the market.
///
/// What a lot of a series costs at price F, with Q(p) a lot's value at p in quote base units:
///
///     the premium    Q(F) - Q(K), the buyer to the seller; where it is negative, the seller to the buyer
///     MINT           buyer locks Q(K), seller locks one lot of units; buyer gets LONG, seller SHORT
///     LONG           buyer pays the seller Q(K), the lock in it, for LONG: with the premium Q(F)
///     SHORT          seller delivers one lot of units of the same grade, the lock in it, for SHORT
///     MERGE          the market returns Q(K) to the seller for LONG, the lot of units to the buyer for SHORT
///
/// So whichever legs fill it, a buyer pays Q(F) for a lot of exposure (opening), or pays the premium to have
/// a lot of units back (closing); a seller mirrors that. A price at which Q(F) is not a whole number of base
/// units is refused, so nothing is ever rounded and slicing an order changes nothing.
///
/// Both parties approve this contract for the quote token (and for units, to sell by SHORT) and make it
/// their operator on the market; whoever mints also approves the market for what is locked.
interface IFuturesExchange {
    /// @param order Hash of the maker's order, or of the roll it is half of, without the domain.
    /// @param fee Quote base units the taker paid on top.
    event Filled(
        bytes32 indexed order,
        address indexed maker,
        address indexed taker,
        uint256 series,
        Leg leg,
        uint8 grade,
        uint64 price,
        uint64 lots,
        uint256 fee
    );
    /// @notice A signed order, or roll, took `lots` from others.
    event Taken(bytes32 indexed order, address indexed taker, uint64 lots);
    event Cancelled(address indexed maker, uint64 lane, uint64 nonce);
    event AllCancelled(address indexed maker, uint64 epoch);
    event EntryStopped(bool stopped);
    event FeeSet(uint16 bps, address recipient);

    /// @notice The order's expiry has come.
    error OrderExpired(uint40 expiry, uint256 timestamp);
    /// @notice The series has come to its expiry: positions can only be merged, transferred or redeemed.
    error SeriesExpired(uint256 series, uint40 expiry, uint256 timestamp);
    /// @notice The maker cancelled all orders below `current`.
    error EpochOver(uint64 epoch, uint64 current);
    /// @notice The lane has gone on to a later nonce.
    error NonceOver(uint64 nonce, uint64 current);
    /// @notice More lots than the order has left; a cancelled one has none.
    error LotsExceeded(uint256 filled, uint64 lots);
    error NoLots();
    error WrongSignature(address maker, bytes32 digest);
    error WrongTaker(address taker, address allowed);
    error WrongMatcher(address matcher, address allowed);
    /// @notice Not a buyer and a seller of one series.
    error NotOpposite();
    error LegNotAllowed(Leg leg, uint8 legs);
    error GradeNotAllowed(uint8 grade, uint8 allowed);
    /// @notice Zero, off the tick, or not exact per lot in the quote token.
    error BadPrice(uint64 price);
    /// @notice A pair of a BANDED series is minted strictly between L and H.
    error PriceOutOfBand(uint64 price, uint64 low, uint64 high);
    /// @notice The taker's limit, with the fee, does not reach the maker's price.
    error PriceBeyondLimit(uint64 price, uint64 limit, uint16 feeBps);
    /// @notice The halves do not belong together, or their lots differ.
    error BadRoll();
    /// @notice Less arrived than was due, as with a token that takes a fee.
    error PaymentShort(address token, uint256 arrived, uint256 due);
    error EntryIsStopped();
    error BadFee(uint16 bps, address recipient);
    /// @notice An epoch only rises.
    error EpochNotRising(uint64 epoch, uint64 current);

    /// @notice The caller takes `take` of a signed order at the order's price, and pays the fee.
    /// @param limit What the caller buys or sells at, fee included, at worst; 8 decimals.
    function fill(Order calldata order, bytes calldata signature, Take calldata take, uint64 limit)
        external;

    /// @notice Fills one signed order from several makers, each at the maker's price: what is better than its
    /// own goes to the taker, who pays the fee. All or nothing. Anyone the orders allow may submit it.
    function matchOrders(Order calldata order, bytes calldata signature, Fill[] calldata fills)
        external;

    /// @notice Fills both halves of a signed roll from makers of the two series, near first, so that what
    /// closing pays can fund opening. The roll is the taker.
    function roll(
        Roll calldata roll_,
        bytes calldata signature,
        Fill[] calldata near,
        Fill[] calldata far
    ) external;

    /// @notice The caller takes both halves of a signed roll at their prices, near first, and pays the fee.
    function fillRoll(
        Roll calldata roll_,
        bytes calldata signature,
        Take calldata near,
        Take calldata far,
        uint64 nearLimit,
        uint64 farLimit
    ) external;

    /// @notice Ends the caller's orders of this nonce, and of smaller ones, in the lane. Never stopped.
    function cancel(uint64 lane, uint64 nonce) external;

    /// @notice Ends all of the caller's orders with an epoch below `epoch`. Never stopped.
    function cancelAll(uint64 epoch) external;

    /// @notice Hands an ERC-2612 permit to its token; a permit that fails or was used already is passed over.
    /// Meant to stand before a fill in one {Multicall-multicall}.
    function permit(
        IERC20Permit token,
        address owner,
        address spender,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Stops or allows fills; cancelling goes on. Guardian stops, curator allows.
    function stopEntry() external;
    function allowEntry() external;

    /// @notice Sets the taker's fee in basis points of Q(F), at most {MOST_FEE_BPS}, rounded down in the
    /// taker's favour, and who gets it. Admin.
    function setFee(uint16 bps, address recipient) external;

    /// @notice What a maker signs, domain included.
    function orderDigest(Order calldata order) external view returns (bytes32);

    function rollDigest(Roll calldata roll_) external view returns (bytes32);

    /// @notice Lots an order has left to fill; 0 once it is spent, cancelled or expired. Says nothing of its
    /// signature or of what its maker holds.
    function remaining(Order calldata order) external view returns (uint64);

    /// @notice The nonce a lane has come to, and the lots filled at it; 2^64 - 1 where that was cancelled.
    function laneOf(address maker, uint64 lane) external view returns (uint64 nonce, uint64 filled);

    /// @notice Orders with an epoch below this are dead.
    function epochOf(address maker) external view returns (uint64);

    function policy() external view returns (bool entryStopped, uint16 feeBps, address feeRecipient);

    function MOST_FEE_BPS() external view returns (uint16);
}
