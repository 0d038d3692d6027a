// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

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
/// @param index Which index of the market's {ISpotIndex} settles it.
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
/// parts to one lot; BANDED, the quote parts to Q(H) - Q(L) and there are no units. Quote in base units, units with
/// 18 decimals.
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
    /// @param lots Locked lots in all.
    /// @param price S, 8 decimals, once proposed.
    /// @param challengeEnds Unix time from which a proposed price can be made final.
    /// @param impaired Mask of grades unwound instead of delivered, known once final.
    /// @param lotsOf Per grade; of a BANDED series, the one number of its pairs.
    /// @param quotePerLot What LONG locks of quote, base units: Q(K), or Q(K) - Q(L) if BANDED.
    /// @param shortQuotePerLot What SHORT locks of quote: 0, or Q(H) - Q(K) if BANDED.
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

    event SeriesCreated(uint256 indexed series, SeriesTerms terms);
    event Opened(
        uint256 indexed series,
        uint256 grade,
        uint64 lots,
        address indexed long,
        address indexed short
    );
    event Merged(
        uint256 indexed series,
        uint256 grade,
        uint64 lots,
        address indexed long,
        address indexed short
    );
    /// @param coverage Seconds of [A, B) behind S.
    event Proposed(uint256 indexed series, uint64 price, uint32 coverage, uint40 challengeEnds);
    event Excluded(
        uint256 indexed series, uint40 from, uint40 to, uint64 price, uint40 challengeEnds
    );
    event Rejected(uint256 indexed series, uint64 price);
    event Settled(uint256 indexed series, Phase phase, uint64 price, uint8 impaired);
    event Redeemed(
        uint256 indexed position,
        address indexed holder,
        address indexed to,
        uint256 lots,
        uint256 quote
    );
    event Credited(address indexed token, address indexed account, uint256 amount);
    event Claimed(address indexed token, address indexed account, address to, uint256 amount);
    event PayoutAddressSet(address indexed holder, address to);
    event EntryStopped(bool stopped);
    event MonthCapSet(uint16 indexed index, uint64 lots);

    error BadTerms(string field);
    error SeriesExists(uint256 series);
    error UnknownSeries(uint256 series);
    error UnknownGrade(uint256 series, uint256 grade);
    error ReferenceOffMarket(uint64 referencePrice, uint64 spot);
    error EntryIsStopped();
    error GradeClosed(address unit);
    error MintingOver(uint40 deadline, uint256 timestamp);
    error CapReached(uint256 grade, uint256 lots, uint64 capLots);
    error MonthCapReached(uint16 index, uint256 month, uint256 lots, uint64 capLots);
    error OutOfBand(uint64 spot, uint64 low, uint64 high);
    error NoLots();
    error NotAuthorised(address account, address operator);
    error QuoteShort(uint256 arrived, uint256 expected);
    error WrongPhase(uint256 series, Phase phase);
    error NotReady(uint256 series, uint40 expiry);
    error CoverageTooLow(uint256 covered, uint256 required, bool longGap);
    error BetweenRungs(uint256 nextRung, uint256 timestamp);
    error ChallengeOpen(uint40 challengeEnds, uint256 timestamp);
    error ChallengeOver(uint40 challengeEnds, uint256 timestamp);
    error GuardianActed(uint256 series);
    error BadInterval(uint40 from, uint40 to);
    error NoDelivery(uint256 series);
    error NothingToClaim(address token, address account);

    /// @notice Lists a series. Curator.
    function create(SeriesTerms calldata terms) external returns (uint256 series);

    /// @notice Opens pairs: takes `lots` · Q(K) quote from `long` and `lots` lots of units from `short`; BANDED,
    /// `lots` · (Q(K) - Q(L)) and `lots` · (Q(H) - Q(K)) quote, with `grade` 0. Each party is the caller, or has made the caller its operator ({IERC6909-setOperator}).
    function open(uint256 series, uint256 grade, uint64 lots, address long, address short) external;

    /// @notice Closes pairs before settlement: burns both sides and gives each what {open} takes from it.
    function merge(uint256 series, uint256 grade, uint64 lots, address long, address short) external;

    /// @notice Fixes S from the rounds of the window; where no price is needed or possible, delivers or, if BANDED,
    /// settles at once. Anyone.
    function propose(uint256 series) external;

    /// @notice Makes a proposed price final after the challenge period. Anyone.
    function finalise(uint256 series) external;

    /// @notice {propose} or {finalise}, whichever is due. Anyone.
    function settle(uint256 series) external;

    /// @notice Recomputes S without [from, to): midnights, at most a tenth of the window. Guardian, once.
    function exclude(uint256 series, uint40 from, uint40 to) external;

    /// @notice Sends a COVERED series to delivery instead of the proposed price. Guardian, once.
    function reject(uint256 series) external;

    /// @notice Turns the caller's `lots` of `position` into their payout, settling first if that is due.
    function redeem(uint256 position, uint256 lots, address to) external;

    /// @notice Redeems everything these holders have of `position`, to each or the address it named. Anyone.
    /// Holders that are contracts and named no address are passed over: they redeem for themselves.
    function redeemFor(uint256 position, address[] calldata holders) external;

    /// @notice Where {redeemFor} pays the caller; zero for itself.
    function setPayoutAddress(address to) external;

    /// @notice Pays a leg that could not be delivered when it was redeemed.
    function claim(address token, address to) external;

    /// @notice Stops or allows new pairs. Guardian stops, curator allows.
    function stopEntry() external;
    function allowEntry() external;

    /// @notice Sets the most lots that all BANDED series of an index in one month may have open together; zero, as
    /// at first, for none. Never closes what is open. Admin: behind the delay of governance.
    function setMonthCap(uint16 index, uint64 lots) external;

    function series(uint256 series) external view returns (SeriesView memory);

    /// @notice All series, in order of listing.
    function seriesIds() external view returns (uint256[] memory);

    /// @notice What one lot is paid; reverts before the series is final.
    function payoff(uint256 series) external view returns (Payoff memory);

    /// @notice What redeeming `lots` of `position` would pay now: quote, and units per eligible grade, none if BANDED.
    function previewRedeem(uint256 position, uint256 lots)
        external
        view
        returns (uint256 quote, uint256[] memory units);

    /// @notice The id that terms get: also the id of the series' LONG. SHORT of grade g is that + 1 + g.
    function seriesIdOf(SeriesTerms calldata terms) external view returns (uint256);

    function claimable(address token, address account) external view returns (uint256);

    /// @notice Most lots of all BANDED series of an index in one month.
    function monthCap(uint256 index) external view returns (uint64);

    /// @notice BANDED lots open in an index and month: those opened less those merged.
    /// @param month Of the last day of the window, counted from January 1970.
    function monthLots(uint256 index, uint256 month) external view returns (uint64);
}
