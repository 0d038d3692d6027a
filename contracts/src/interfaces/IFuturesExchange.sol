// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
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
/// @param side Whether the maker buys or sells.
/// @param grade 0 for any eligible grade, else g + 1: SHORT of the grade is position `series + grade`.
/// @param legs Mask of the legs the signer allows: bit n is {Leg} n, of the lower four. The upper four, as a number
/// of per cent: other than zero, it is filled only at a price at most so far from what its series settles on, and
/// only while that index is fresh. So an order that rests does not trade against the news.
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
/// @param near Order in the series that expires first, by custom.
/// @param far Order in the other series.
struct Roll {
    Order near;
    Order far;
}

/// @notice How some lots of an order are to be filled.
/// @param lots How many.
/// @param leg Which of the four legs.
/// @param grade The grade it concerns, counted from 1; not looked at in a LONG.
struct Take {
    uint64 lots;
    Leg leg;
    uint8 grade;
}

/// @notice A maker's signed order and how to fill it.
/// @param order The order.
/// @param signature The maker's: ECDSA of 65 bytes, compact of 64 (EIP-2098), or ERC-1271.
/// @param take How many lots, and by which leg.
struct Fill {
    Order order;
    bytes signature;
    Take take;
}

/// @title IFuturesExchange
/// @notice Signed orders for the positions of one {IFuturesMarket}. Holds nothing but fees that nobody has
/// claimed yet: every payment goes from one party to the other, every lock to the market.
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
    /// @notice Lots of a maker's order were filled.
    /// @param order Hash of the maker's order, or of the roll it is half of, without the domain.
    /// @param maker Who signed it.
    /// @param taker The counterparty.
    /// @param series Id of the series.
    /// @param leg How the trade came about.
    /// @param grade The grade it concerns, counted from 1; not looked at in a LONG.
    /// @param price USD per SCU, 8 decimals.
    /// @param lots Lots filled.
    /// @param fee Quote base units the taker paid on top, rounded down in its favour.
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
    /// @notice A signed order, or roll, was filled from makers.
    /// @param order Hash of the order or roll, without the domain.
    /// @param taker Who signed it.
    /// @param lots Lots filled.
    event Taken(bytes32 indexed order, address indexed taker, uint64 lots);
    /// @notice A maker's order could not be filled in a match that goes on without it. Says nothing of the order
    /// by itself: anyone may submit a match, with another signature or for a taker without means.
    /// @param order Hash of the maker's order, without the domain.
    /// @param maker Who is named as its maker.
    /// @param reason Revert data of what refused it, cut after {MOST_REASON} bytes; empty where it gave none.
    event PassedOver(bytes32 indexed order, address indexed maker, bytes reason);
    /// @notice Fees went to their recipient.
    /// @param token The token they were paid in.
    /// @param recipient Who got them.
    /// @param amount Base units.
    event FeesClaimed(address indexed token, address indexed recipient, uint256 amount);
    /// @notice A maker ended its orders of a lane up to a nonce.
    /// @param maker The maker.
    /// @param lane The lane.
    /// @param nonce The last nonce that is over.
    event Cancelled(address indexed maker, uint64 lane, uint64 nonce);
    /// @notice A maker ended all orders of earlier epochs.
    /// @param maker The maker.
    /// @param epoch First epoch whose orders still count.
    event AllCancelled(address indexed maker, uint64 epoch);
    /// @notice Fills were stopped or allowed again.
    /// @param stopped Whether they are stopped now.
    event EntryStopped(bool stopped);
    /// @notice Another fee is in force.
    /// @param bps Basis points of Q(F) that takers pay.
    /// @param recipient Who gets it.
    event FeeSet(uint16 bps, address recipient);

    /// @notice The order's expiry has come.
    /// @param expiry Unix time of it.
    /// @param timestamp Time of the block.
    error OrderExpired(uint40 expiry, uint256 timestamp);
    /// @notice The series has come to its expiry: positions can only be merged, transferred or redeemed.
    /// @param series Id of the series.
    /// @param expiry Unix time of its expiry.
    /// @param timestamp Time of the block.
    error SeriesExpired(uint256 series, uint40 expiry, uint256 timestamp);
    /// @notice The maker cancelled all orders of this epoch.
    /// @param epoch Epoch of the order.
    /// @param current First epoch whose orders still count.
    error EpochOver(uint64 epoch, uint64 current);
    /// @notice The lane has gone on to a later nonce.
    /// @param nonce Nonce of the order.
    /// @param current Nonce of the lane.
    error NonceOver(uint64 nonce, uint64 current);
    /// @notice More lots than the order has left; a cancelled one has none.
    /// @param filled Lots that would be filled in all.
    /// @param lots Lots of the order.
    error LotsExceeded(uint256 filled, uint64 lots);
    /// @notice It must be at least one lot.
    error NoLots();
    /// @notice The signature is not the maker's.
    /// @param maker The maker.
    /// @param digest EIP-712 digest it should have signed.
    error WrongSignature(address maker, bytes32 digest);
    /// @notice The deadline of a signature has passed.
    /// @param deadline Unix time, the last at which it counts.
    /// @param timestamp Time of the block.
    error SignatureExpired(uint256 deadline, uint256 timestamp);
    /// @notice The order names another counterparty.
    /// @param taker The counterparty.
    /// @param allowed The one named.
    error WrongTaker(address taker, address allowed);
    /// @notice The order names another account to submit it.
    /// @param matcher The caller.
    /// @param allowed The one named.
    error WrongMatcher(address matcher, address allowed);
    /// @notice The two orders are not of a buyer and a seller of one series.
    error NotOpposite();
    /// @notice The order does not allow this leg.
    /// @param leg The leg.
    /// @param legs Mask of those allowed: bit n is {Leg} n.
    error LegNotAllowed(Leg leg, uint8 legs);
    /// @notice The order is for another grade, or the fill names none.
    /// @param grade The grade of the fill, counted from 1; 0 for none.
    /// @param allowed The grade of the order, likewise; 0 for any.
    error GradeNotAllowed(uint8 grade, uint8 allowed);
    /// @notice Zero, off the tick, or not exact per lot in the quote token.
    /// @param price USD per SCU, 8 decimals.
    error BadPrice(uint64 price);
    /// @notice The price is farther from the index than an order allows.
    /// @param price USD per SCU, 8 decimals.
    /// @param spot The index, likewise.
    /// @param percent Per cent of the index that the order allows.
    error PriceOffIndex(uint64 price, uint64 spot, uint8 percent);
    /// @notice A pair of a BANDED series is minted strictly between L and H.
    /// @param price USD per SCU, 8 decimals, as are the edges.
    /// @param low L.
    /// @param high H.
    error PriceOutOfBand(uint64 price, uint64 low, uint64 high);
    /// @notice The taker's limit, with the fee, does not reach the maker's price.
    /// @param price The maker's price, USD per SCU, 8 decimals.
    /// @param limit The taker's limit.
    /// @param feeBps Fee in basis points.
    error PriceBeyondLimit(uint64 price, uint64 limit, uint16 feeBps);
    /// @notice Maker and taker are the same account: such a trade would only show a price.
    /// @param account The account.
    error SelfTrade(address account);
    /// @notice Fewer lots can be filled than the caller wants at least.
    /// @param lots Lots that can be filled.
    /// @param least Lots wanted at least.
    error TooFewLots(uint64 lots, uint64 least);
    /// @notice Only the exchange itself may call this.
    /// @param caller The caller.
    error OnlyItself(address caller);
    /// @notice No recipient of fees is set.
    error NoFeeRecipient();
    /// @notice The halves do not belong together, or their lots differ.
    error BadRoll();
    /// @notice Less arrived than was due, as with a token that takes a fee.
    /// @param token The quote token.
    /// @param arrived Base units that arrived.
    /// @param due Base units that were due.
    error PaymentShort(address token, uint256 arrived, uint256 due);
    /// @notice New entries are stopped; exits are not.
    error EntryIsStopped();
    /// @notice The fee is above {MOST_FEE_BPS}, or nobody would get it.
    /// @param bps The fee given, basis points.
    /// @param recipient The recipient given.
    error BadFee(uint16 bps, address recipient);
    /// @notice An epoch only rises.
    /// @param epoch The epoch given.
    /// @param current The maker's epoch.
    error EpochNotRising(uint64 epoch, uint64 current);

    /// @notice The caller takes lots of a signed order at the order's price, and pays the fee.
    /// @param order The maker's order.
    /// @param signature The maker's; see {Fill}.
    /// @param take How many lots, and by which leg.
    /// @param limit What the caller buys or sells at, fee included, at worst; USD per SCU, 8 decimals.
    function fill(Order calldata order, bytes calldata signature, Take calldata take, uint64 limit)
        external;

    /// @notice As {fill}, for what is left where somebody was faster.
    /// @param order The maker's order.
    /// @param signature The maker's; see {Fill}.
    /// @param take How many lots at most, and by which leg.
    /// @param limit What the caller buys or sells at, fee included, at worst; USD per SCU, 8 decimals.
    /// @param leastLots Reverts with {TooFewLots} where fewer are left.
    /// @return lots Lots filled.
    function fillAvailable(
        Order calldata order,
        bytes calldata signature,
        Take calldata take,
        uint64 limit,
        uint64 leastLots
    ) external returns (uint64 lots);

    /// @notice Fills one signed order from several makers, each at the maker's price: what is better than its
    /// own goes to the taker, who pays the fee. All or nothing. Anyone the orders allow may submit it.
    /// @param order The taker's order.
    /// @param signature The taker's; see {Fill}.
    /// @param fills Makers' orders and how to fill each.
    function matchOrders(Order calldata order, bytes calldata signature, Fill[] calldata fills)
        external;

    /// @notice As {matchOrders}, but a maker that cancelled, drained, revoked or misbehaves stops nobody: its
    /// order is passed over with the reason, loses no lots, and the others are filled. Of an order that has
    /// fewer lots left than its fill asks for, those are filled. Called and not sent, it is a preview.
    /// @param order The taker's order.
    /// @param signature The taker's; see {Fill}.
    /// @param fills Makers' orders and how to fill each, at most.
    /// @param leastLots Reverts with {TooFewLots} where fewer can be filled in all.
    /// @return lots Lots filled in all.
    /// @return reasons Of each fill why it was passed over, as in {PassedOver}; empty for those filled.
    function matchAvailable(
        Order calldata order,
        bytes calldata signature,
        Fill[] calldata fills,
        uint64 leastLots
    ) external returns (uint64 lots, bytes[] memory reasons);

    /// @notice One fill of {matchAvailable}, for the exchange itself alone: what fails in it is undone in it.
    /// @param matcher Who submits the match.
    /// @param order The taker's order, its signature checked and its lots counted.
    /// @param most Most lots.
    /// @param one A maker's order and how to fill it, at most.
    /// @return lots Lots filled.
    function fillOne(address matcher, Order calldata order, uint64 most, Fill calldata one)
        external
        returns (uint64 lots);

    /// @notice Fills both halves of a signed roll from makers of the two series, near first, so that what
    /// closing pays can fund opening. The roll is the taker.
    /// @param roll_ The taker's roll.
    /// @param signature The taker's; see {Fill}.
    /// @param near Makers' orders in the near series.
    /// @param far Makers' orders in the far series, for as many lots.
    function roll(
        Roll calldata roll_,
        bytes calldata signature,
        Fill[] calldata near,
        Fill[] calldata far
    ) external;

    /// @notice The caller takes both halves of a signed roll at their prices, near first, and pays the fee.
    /// @param roll_ The maker's roll.
    /// @param signature The maker's; see {Fill}.
    /// @param near How to fill the near half.
    /// @param far How to fill the far half, for as many lots.
    /// @param nearLimit What the caller buys or sells near at, fee included, at worst; USD per SCU, 8 decimals.
    /// @param farLimit The same of the far half.
    function fillRoll(
        Roll calldata roll_,
        bytes calldata signature,
        Take calldata near,
        Take calldata far,
        uint64 nearLimit,
        uint64 farLimit
    ) external;

    /// @notice Ends the caller's orders of a nonce, and of smaller ones, in a lane. Never stopped.
    /// @param lane The lane.
    /// @param nonce The last nonce that shall be over.
    function cancel(uint64 lane, uint64 nonce) external;

    /// @notice As {cancel}, on a maker's signature: anyone may submit it, as often as they like. Never stopped.
    /// @param maker Whose orders.
    /// @param lane The lane.
    /// @param nonce The last nonce that shall be over.
    /// @param deadline Unix time, the last at which it counts.
    /// @param signature The maker's, over {cancellationDigest}; see {Fill}.
    function cancelSigned(
        address maker,
        uint64 lane,
        uint64 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Ends all of the caller's orders of earlier epochs. Never stopped.
    /// @param epoch First epoch whose orders shall still count; above the present one.
    function cancelAll(uint64 epoch) external;

    /// @notice Hands an ERC-2612 permit to its token; a permit that fails or was used already is passed over.
    /// Meant to stand before a fill in one {Multicall-multicall}.
    /// @param token The token.
    /// @param owner Whose tokens.
    /// @param spender Who may spend them.
    /// @param value Base units it may spend.
    /// @param deadline Unix time after which the permit is dead.
    /// @param v Of the owner's signature.
    /// @param r Of the owner's signature.
    /// @param s Of the owner's signature.
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

    /// @notice Hands an owner's signed word that this exchange is its operator to the market
    /// ({IFuturesMarket-permitOperator}); one that fails or was used already is passed over. Beside permits it is
    /// what a newcomer needs: all of them and a fill are one {Multicall-multicall}.
    /// @param owner Whose positions.
    /// @param deadline Unix time, the last at which the signature counts.
    /// @param signature The owner's; see {Fill}.
    function permitOperator(address owner, uint256 deadline, bytes calldata signature) external;

    /// @notice Stops fills; cancelling goes on. Guardian.
    function stopEntry() external;

    /// @notice Allows fills again. Curator.
    function allowEntry() external;

    /// @notice Sends the fees paid in a token to their recipient of the moment. Anyone may call it. A recipient
    /// that a token refuses waits; fills do not.
    /// @param token The token.
    /// @return amount Base units sent.
    function claimFees(IERC20 token) external returns (uint256 amount);

    /// @notice Sets the taker's fee, rounded down in the taker's favour. Fees that were not claimed before go to
    /// the new recipient. Admin.
    /// @param bps Basis points of Q(F), at most {MOST_FEE_BPS}.
    /// @param recipient Who gets it; not zero unless the fee is.
    function setFee(uint16 bps, address recipient) external;

    /// @notice What the maker of an order signs (EIP-712).
    /// @param order The order.
    /// @return Its digest, domain included.
    function orderDigest(Order calldata order) external view returns (bytes32);

    /// @notice What the maker of a roll signs (EIP-712).
    /// @param roll_ The roll.
    /// @return Its digest, domain included.
    function rollDigest(Roll calldata roll_) external view returns (bytes32);

    /// @notice What a maker signs to cancel (EIP-712).
    /// @param maker Whose orders.
    /// @param lane The lane.
    /// @param nonce The last nonce that shall be over.
    /// @param deadline Unix time, the last at which it counts.
    /// @return Its digest, domain included.
    function cancellationDigest(address maker, uint64 lane, uint64 nonce, uint256 deadline)
        external
        view
        returns (bytes32);

    /// @notice Lots an order has left to fill. Says nothing of its signature or of what its maker holds.
    /// @param order The order.
    /// @return Lots; 0 once it is filled, cancelled or expired.
    function remaining(Order calldata order) external view returns (uint64);

    /// @notice Where a lane of a maker has come to.
    /// @param maker The maker.
    /// @param lane The lane.
    /// @return nonce The nonce that counts now; smaller ones are over.
    /// @return filled Lots filled of orders with it; 2^64 - 1 where they were cancelled.
    function laneOf(address maker, uint64 lane) external view returns (uint64 nonce, uint64 filled);

    /// @notice The epoch of a maker.
    /// @param maker The maker.
    /// @return First epoch whose orders still count.
    function epochOf(address maker) external view returns (uint64);

    /// @notice Whether fills are stopped, and what they cost.
    /// @return entryStopped Whether fills are stopped.
    /// @return feeBps The taker's fee, in basis points of Q(F).
    /// @return feeRecipient Who gets it.
    function policy() external view returns (bool entryStopped, uint16 feeBps, address feeRecipient);

    /// @notice The highest fee there can be.
    /// @return Basis points of Q(F).
    function MOST_FEE_BPS() external view returns (uint16);

    /// @notice Gas that a maker's ERC-1271 contract may use to look at a signature.
    /// @return Units of gas.
    function SIGNATURE_GAS() external view returns (uint256);

    /// @notice The longest reason that a match gives for an order it passes over.
    /// @return Bytes.
    function MOST_REASON() external view returns (uint256);
}
