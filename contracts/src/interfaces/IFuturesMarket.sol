// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ISpotIndexReader } from "./ISpotIndexReader.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice NET: the settlement price decides how lock and quote are divided. DELIVERY: longs take the units,
/// shorts take K, no price needed. BANDED: both sides lock quote and divide it by the price between L and H.
/// The first two are COVERED: their shorts lock units.
enum Style {
    NONE,
    NET,
    DELIVERY,
    BANDED
}

/// @notice States only move forward. SETTLED and DELIVERED are final.
enum Phase {
    NONE,
    OPEN,
    PROPOSED,
    SETTLED,
    DELIVERED
}

/// @notice The terms of a series. Its id is their hash, so they cannot change.
/// @param index Which index of the market's {ISpotIndexReader} settles it.
/// @param start A: UTC midnight at which the delivery window opens.
/// @param expiry B: UTC midnight at which it closes; also the last moment to open a pair.
/// @param referencePrice K, USD per SCU, 8 decimals, on the tick of $0.01.
/// @param low L, USD per SCU, 8 decimals, on the tick: BANDED pays LONG nothing at or below it. Else zero.
/// @param high H: BANDED pays LONG no more above it; L < K < H. Else zero.
/// @param quoteToken What K is paid in.
/// @param style NET, DELIVERY or BANDED.
/// @param units Wrapped units of the eligible grades, 1 to 8; none if BANDED.
/// @param capLots Most lots of each grade, below 2^48; if BANDED the one cap of the series.
struct SeriesTerms {
    uint16 index;
    uint40 start;
    uint40 expiry;
    uint64 referencePrice;
    uint64 low;
    uint64 high;
    IERC20 quoteToken;
    Style style;
    address[] units;
    uint64[] capLots;
}

/// @notice What one lot of each side is paid, exactly: COVERED, the two quote parts sum to Q(K) and the two unit
/// parts to one lot; BANDED, the quote parts to Q(H) - Q(L) and there are no units.
/// @param longQuote Base units of quote for LONG.
/// @param shortQuote Base units of quote for SHORT.
/// @param longUnits Units for LONG, 18 decimals: what rounding leaves over is in it.
/// @param shortUnits Units for SHORT, 18 decimals, rounded down.
struct Payoff {
    uint256 longQuote;
    uint256 shortQuote;
    uint256 longUnits;
    uint256 shortUnits;
}

/// @title IFuturesMarket
/// @notice Expiring futures on the spot index, covered by locked wrapped units or by quote within a band.
///
/// A COVERED pair locks one lot (0.01 SCU) of an eligible grade from the short side and Q(K) quote from the long
/// side and mints one LONG and one SHORT of that grade (ERC-6909). At expiry the two divide the lock: LONG is worth
/// the settlement price S, SHORT is worth K, whatever S is, so no one is ever margined or liquidated.
///
/// A BANDED pair locks Q(K) - Q(L) from the long side and Q(H) - Q(K) from the short side. At expiry LONG is paid
/// Q(S) - Q(L) and SHORT Q(H) - Q(S), with S taken into [L, H]. It opens only while a fresh index lies strictly
/// between L and H, within the cap of the series and that of all BANDED series of its index and month.
///
/// S is the time average of the index over [A, B), over the time that fresh rounds covered. No function takes
/// a price. Settlement is a ladder with disjoint deadlines; its last rung needs no oracle at all:
///
///     [ready, B + 7 d)              coverage >= 90 %, no uncovered gap > 24 h
///     [B + 7 d, B + 14 d - 2 C)     coverage >= 25 %
///     [B + 14 d, ∞)                 COVERED delivers: longs take the units, shorts take K. BANDED settles at
///                                   the average of the window if 24 h of it are covered, else of the last
///                                   equally long span up to A, A - 1 d, … A - 30 d of which 24 h are, else at K
///
/// with C = 24 h between {propose} and {finalise}, in which the guardian may act once: {exclude} one interval
/// or, if COVERED, {reject} the price altogether. A window in which ⌈q/2⌉ reporters are proven to have signed two
/// contents has no price: COVERED delivers, BANDED settles at K. Redemption and merging have no role and no pause.
interface IFuturesMarket {
    /// @notice A series as it stands.
    /// @param terms Its terms.
    /// @param phase How far it has come.
    /// @param price S, USD per SCU, 8 decimals, once proposed.
    /// @param challengeEnds Unix time from which a proposed price can be made final.
    /// @param guardianActed Whether the guardian has used its one act.
    /// @param impaired Mask of grades unwound instead of delivered, known once final.
    /// @param lots Open lots of all grades.
    /// @param lotsOf Open lots per grade; of a BANDED series, the one number of its pairs.
    /// @param quotePerLot Base units of quote that LONG locks: Q(K), or Q(K) - Q(L) if BANDED.
    /// @param shortQuotePerLot Base units of quote that SHORT locks: 0, or Q(H) - Q(K) if BANDED.
    struct SeriesView {
        SeriesTerms terms;
        Phase phase;
        uint64 price;
        uint40 challengeEnds;
        bool guardianActed;
        uint8 impaired;
        uint64 lots;
        uint64[] lotsOf;
        uint256 quotePerLot;
        uint256 shortQuotePerLot;
    }

    /// @notice A series was listed.
    /// @param series Its id.
    /// @param terms Its terms.
    event SeriesCreated(uint256 indexed series, SeriesTerms terms);
    /// @notice Pairs were opened.
    /// @param series Id of the series.
    /// @param grade Place of the grade in the terms, from 0.
    /// @param lots Pairs opened.
    /// @param long Who got LONG and locked its part.
    /// @param short Who got SHORT and locked its part.
    event Opened(
        uint256 indexed series,
        uint256 grade,
        uint64 lots,
        address indexed long,
        address indexed short
    );
    /// @notice Pairs were closed before settlement.
    /// @param series Id of the series.
    /// @param grade Place of the grade in the terms, from 0.
    /// @param lots Pairs closed.
    /// @param long Who gave LONG and got back its part of the lock.
    /// @param short Who gave SHORT and got back its part.
    event Merged(
        uint256 indexed series,
        uint256 grade,
        uint64 lots,
        address indexed long,
        address indexed short
    );
    /// @notice A settlement price was proposed.
    /// @param series Id of the series.
    /// @param price S, USD per SCU, 8 decimals.
    /// @param coverage Seconds of [A, B) behind S.
    /// @param challengeEnds Unix time from which it can be made final.
    event Proposed(uint256 indexed series, uint64 price, uint32 coverage, uint40 challengeEnds);
    /// @notice The guardian took an interval out of the average.
    /// @param series Id of the series.
    /// @param from Unix time at which the interval opens.
    /// @param to Unix time at which it closes.
    /// @param price S without it, USD per SCU, 8 decimals.
    /// @param challengeEnds Unix time from which that can be made final.
    event Excluded(
        uint256 indexed series, uint40 from, uint40 to, uint64 price, uint40 challengeEnds
    );
    /// @notice The guardian rejected a proposed price, so the series delivers.
    /// @param series Id of the series.
    /// @param price The price rejected, USD per SCU, 8 decimals.
    event Rejected(uint256 indexed series, uint64 price);
    /// @notice A series became final.
    /// @param series Id of the series.
    /// @param phase SETTLED or DELIVERED.
    /// @param price S, USD per SCU, 8 decimals; 0 where no price was needed.
    /// @param impaired Mask of grades that are unwound: bit g is grade g.
    event Settled(uint256 indexed series, Phase phase, uint64 price, uint8 impaired);
    /// @notice A position was turned into its payout.
    /// @param position Id of the series for LONG, that + 1 + g for SHORT of grade g.
    /// @param holder Whose position.
    /// @param to Who was paid.
    /// @param lots Lots redeemed.
    /// @param quote Base units of quote paid; units show in their own transfers.
    event Redeemed(
        uint256 indexed position,
        address indexed holder,
        address indexed to,
        uint256 lots,
        uint256 quote
    );
    /// @notice A payment failed and waits for its owner to {claim} it.
    /// @param token Quote token or unit.
    /// @param account Who may claim it.
    /// @param amount Base units.
    event Credited(address indexed token, address indexed account, uint256 amount);
    /// @notice A payment that had failed was claimed.
    /// @param token Quote token or unit.
    /// @param account Whose it was.
    /// @param to Who was paid.
    /// @param amount Base units.
    event Claimed(address indexed token, address indexed account, address to, uint256 amount);
    /// @notice A holder named where {redeemFor} pays it.
    /// @param holder The holder.
    /// @param to The address named; zero for the holder itself.
    event PayoutAddressSet(address indexed holder, address to);
    /// @notice New pairs were stopped or allowed again.
    /// @param stopped Whether they are stopped now.
    event EntryStopped(bool stopped);
    /// @notice An index has another cap per month.
    /// @param index Number of the index.
    /// @param lots Most lots of all BANDED series of one month.
    event MonthCapSet(uint16 indexed index, uint64 lots);

    /// @notice A field of the terms is out of its range, or does not fit the style.
    /// @param field Name of the field.
    error BadTerms(string field);
    /// @notice A series of these terms is listed.
    /// @param series Its id.
    error SeriesExists(uint256 series);
    /// @notice No series has this id.
    /// @param series The id given.
    error UnknownSeries(uint256 series);
    /// @notice The series has no grade of this number.
    /// @param series Id of the series.
    /// @param grade The number given, from 0.
    error UnknownGrade(uint256 series, uint256 grade);
    /// @notice K must lie between half and one and a half times the index.
    /// @param referencePrice K, USD per SCU, 8 decimals.
    /// @param spot The index now, likewise.
    error ReferenceOffMarket(uint64 referencePrice, uint64 spot);
    /// @notice New entries are stopped; exits are not.
    error EntryIsStopped();
    /// @notice The grade takes no new locks.
    /// @param unit The grade's wrapped unit.
    error GradeClosed(address unit);
    /// @notice The time in which pairs may be opened is over.
    /// @param deadline Unix time from which it is: A where several grades are eligible, else B.
    /// @param timestamp Time of the block.
    error MintingOver(uint40 deadline, uint256 timestamp);
    /// @notice More lots of a grade would be open than the terms allow.
    /// @param grade Place of the grade in the terms, from 0.
    /// @param lots Lots that would be open.
    /// @param capLots Most that may.
    error CapReached(uint256 grade, uint256 lots, uint64 capLots);
    /// @notice More lots of BANDED series of an index and month would be open than may.
    /// @param index Number of the index.
    /// @param month Month of the last day of the window, counted from January 1970.
    /// @param lots Lots that would be open.
    /// @param capLots Most that may.
    error MonthCapReached(uint16 index, uint256 month, uint256 lots, uint64 capLots);
    /// @notice A BANDED pair opens only while the index lies strictly between L and H.
    /// @param spot The index now, USD per SCU, 8 decimals, as are the edges.
    /// @param low L.
    /// @param high H.
    error OutOfBand(uint64 spot, uint64 low, uint64 high);
    /// @notice It must be at least one lot.
    error NoLots();
    /// @notice The caller may not act for this account.
    /// @param account The account.
    /// @param operator The caller.
    error NotAuthorised(address account, address operator);
    /// @notice Less quote arrived than is to be locked, as with a token that takes a fee.
    /// @param arrived Base units that arrived.
    /// @param expected Base units to be locked.
    error QuoteShort(uint256 arrived, uint256 expected);
    /// @notice The series has not come so far, or has gone further.
    /// @param series Id of the series.
    /// @param phase How far it has come.
    error WrongPhase(uint256 series, Phase phase);
    /// @notice The window is not over, or a further round could still fall into it.
    /// @param series Id of the series.
    /// @param expiry B, Unix time.
    error NotReady(uint256 series, uint40 expiry);
    /// @notice Rounds cover too little of the window for a price on this rung.
    /// @param covered Seconds covered.
    /// @param required Seconds needed.
    /// @param longGap Whether an uncovered gap of more than 24 hours stands in the way.
    error CoverageTooLow(uint256 covered, uint256 required, bool longGap);
    /// @notice It is too late for a price to be challenged and too early for the last rung.
    /// @param nextRung Unix time from which the last rung applies.
    /// @param timestamp Time of the block.
    error BetweenRungs(uint256 nextRung, uint256 timestamp);
    /// @notice The proposed price can still be challenged.
    /// @param challengeEnds Unix time from which it can be made final.
    /// @param timestamp Time of the block.
    error ChallengeOpen(uint40 challengeEnds, uint256 timestamp);
    /// @notice The proposed price can no longer be challenged.
    /// @param challengeEnds Unix time from which it cannot.
    /// @param timestamp Time of the block.
    error ChallengeOver(uint40 challengeEnds, uint256 timestamp);
    /// @notice The guardian has used its one act.
    /// @param series Id of the series.
    error GuardianActed(uint256 series);
    /// @notice The interval lies outside the window, is empty, or is more than a tenth of it.
    /// @param from Unix time at which it opens.
    /// @param to Unix time at which it closes.
    error BadInterval(uint40 from, uint40 to);
    /// @notice A BANDED series has no units to deliver, so its price cannot be rejected.
    /// @param series Id of the series.
    error NoDelivery(uint256 series);
    /// @notice No payment of this token waits for this account.
    /// @param token Quote token or unit.
    /// @param account The caller.
    error NothingToClaim(address token, address account);

    /// @notice The deadline of a signature has passed.
    /// @param deadline Unix time, the last at which it counts.
    /// @param timestamp Time of the block.
    error SignatureExpired(uint256 deadline, uint256 timestamp);
    /// @notice The signature is not the owner's: another account's, over other words, or used before.
    /// @param owner Whose positions.
    /// @param digest EIP-712 digest it should have signed.
    error WrongOwnerSignature(address owner, bytes32 digest);

    /// @notice Lists a series. Curator.
    /// @param terms Its terms; they never change.
    /// @return series Its id, see {seriesIdOf}.
    function create(SeriesTerms calldata terms) external returns (uint256 series);

    /// @notice Opens pairs: takes `lots` · Q(K) quote from `long` and `lots` lots of units from `short`; BANDED,
    /// `lots` · (Q(K) - Q(L)) and `lots` · (Q(H) - Q(K)) quote. Each party is the caller, or has made the caller its
    /// operator ({IERC6909-setOperator}).
    /// @param series Id of the series.
    /// @param grade Place of the grade in the terms, from 0; 0 if BANDED.
    /// @param lots Pairs to open.
    /// @param long Gets LONG and locks its part.
    /// @param short Gets SHORT of the grade and locks its part.
    function open(uint256 series, uint256 grade, uint64 lots, address long, address short) external;

    /// @notice Closes pairs before settlement: burns both sides and gives each what {open} takes from it. Each party
    /// is the caller, or has made the caller its operator.
    /// @param series Id of the series.
    /// @param grade Place of the grade in the terms, from 0; 0 if BANDED.
    /// @param lots Pairs to close.
    /// @param long Whose LONG is burned, and who gets back its part of the lock.
    /// @param short Whose SHORT is burned, and who gets back its part.
    function merge(uint256 series, uint256 grade, uint64 lots, address long, address short) external;

    /// @notice Fixes S from the rounds of the window; where no price is needed or possible, delivers or, if BANDED,
    /// settles at once. Anyone.
    /// @param series Id of the series.
    function propose(uint256 series) external;

    /// @notice Makes a proposed price final after the challenge period. Anyone.
    /// @param series Id of the series.
    function finalise(uint256 series) external;

    /// @notice {propose} or {finalise}, whichever is due. Anyone.
    /// @param series Id of the series.
    function settle(uint256 series) external;

    /// @notice Recomputes S without [from, to), at most a tenth of the window. Guardian, once.
    /// @param series Id of the series.
    /// @param from Unix time of a midnight in the window.
    /// @param to Unix time of a later midnight in it.
    function exclude(uint256 series, uint40 from, uint40 to) external;

    /// @notice Sends a COVERED series to delivery instead of the proposed price. Guardian, once.
    /// @param series Id of the series.
    function reject(uint256 series) external;

    /// @notice Turns lots of the caller's into their payout, settling first if that is due. What of it cannot be paid
    /// is credited to the caller, who can {claim} it.
    /// @param position Id of the series for LONG, that + 1 + g for SHORT of grade g.
    /// @param lots Lots to redeem.
    /// @param to Receives the payout: quote exact, units of a LONG rounded down per grade.
    function redeem(uint256 position, uint256 lots, address to) external;

    /// @notice Redeems everything these holders have of a position, to each or the address it named. Anyone.
    /// Holders that are contracts and named no address are passed over: they redeem for themselves.
    /// @param position Id of the series for LONG, that + 1 + g for SHORT of grade g.
    /// @param holders Whose lots to redeem.
    function redeemFor(uint256 position, address[] calldata holders) external;

    /// @notice Names where {redeemFor} pays the caller.
    /// @param to The address; zero for the caller itself.
    function setPayoutAddress(address to) external;

    /// @notice Pays the caller what could not be paid when it merged or redeemed.
    /// @param token Quote token or unit.
    /// @param to Receives all of it.
    function claim(address token, address to) external;

    /// @notice As {IERC6909-setOperator}, on the owner's signature: anyone may submit it, once.
    /// @param owner Whose positions.
    /// @param operator Who may act for the owner, or no longer.
    /// @param approved Whether it may.
    /// @param deadline Unix time, the last at which it counts.
    /// @param signature The owner's over {operatorDigest} with the owner's next nonce: ECDSA of 65 bytes, compact of
    /// 64 (EIP-2098), or ERC-1271.
    function permitOperator(
        address owner,
        address operator,
        bool approved,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Stops new pairs; merging, settling and redeeming go on. Guardian.
    function stopEntry() external;

    /// @notice Allows new pairs again. Curator.
    function allowEntry() external;

    /// @notice Sets how many lots all BANDED series of an index in one month may have open together. Never closes
    /// what is open. Admin: behind the delay of governance.
    /// @param index Number of the index.
    /// @param lots Most lots; zero, as at first, for none.
    function setMonthCap(uint16 index, uint64 lots) external;

    /// @notice A series as it stands.
    /// @param series Its id.
    /// @return Its terms and how far it has come.
    function series(uint256 series) external view returns (SeriesView memory);

    /// @notice All series there are.
    /// @return Their ids, in order of listing.
    function seriesIds() external view returns (uint256[] memory);

    /// @notice What one lot is paid; reverts before the series is final. Impaired grades are left out of account.
    /// @param series Id of the series.
    /// @return What each side is paid.
    function payoff(uint256 series) external view returns (Payoff memory);

    /// @notice What redeeming would pay now; reverts before the series is final.
    /// @param position Id of the series for LONG, that + 1 + g for SHORT of grade g.
    /// @param lots Lots to redeem.
    /// @return quote Base units of the quote token.
    /// @return units Units with 18 decimals, by eligible grade, rounded down; none if BANDED.
    function previewRedeem(uint256 position, uint256 lots)
        external
        view
        returns (uint256 quote, uint256[] memory units);

    /// @notice The id that terms get.
    /// @param terms Terms of a series, listed or not.
    /// @return The id, whose last byte is zero: also the position id of LONG. SHORT of grade g is that + 1 + g.
    function seriesIdOf(SeriesTerms calldata terms) external view returns (uint256);

    /// @notice What an account can {claim}.
    /// @param token Quote token or unit.
    /// @param account Whose it is.
    /// @return Base units.
    function claimable(address token, address account) external view returns (uint256);

    /// @notice How many lots all BANDED series of an index in one month may have open together.
    /// @param index Number of the index.
    /// @return Most lots.
    function monthCap(uint256 index) external view returns (uint64);

    /// @notice BANDED lots open in an index and month: those opened less those merged.
    /// @param index Number of the index.
    /// @param month Month of the last day of the window, counted from January 1970.
    /// @return Open lots.
    function monthLots(uint256 index, uint256 month) external view returns (uint64);

    /// @notice What the owner of positions signs for {permitOperator} (EIP-712).
    /// @param owner Whose positions.
    /// @param operator Who may act for the owner, or no longer.
    /// @param approved Whether it may.
    /// @param nonce See {nonces}.
    /// @param deadline Unix time, the last at which it counts.
    /// @return Its digest, domain included.
    function operatorDigest(
        address owner,
        address operator,
        bool approved,
        uint256 nonce,
        uint256 deadline
    ) external view returns (bytes32);

    /// @notice How many operator permits of an owner were used.
    /// @param owner The owner.
    /// @return The nonce of the next.
    function nonces(address owner) external view returns (uint256);

    /// @notice The index that series settle on.
    /// @return Its contract.
    function spotIndex() external view returns (ISpotIndexReader);
}
