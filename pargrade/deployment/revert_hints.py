"""What a person can do about a contract's refusal, from the evidence in it."""

from dataclasses import fields
from typing import Any, Final

from pargrade.bindings import errors as refused
from pargrade.bindings.structs import Phase
from pargrade.chain.errors import ContractError, Reverted
from pargrade.text import moment
from pargrade.units import Price

_SECONDS: Final = frozenset(
    {
        "again_from",
        "challenge_ends",
        "deadline",
        "expiry",
        "next_rung",
        "ready_at",
        "time",
        "timestamp",
        "until",
        "valid_until",
    }
)

_PRICES: Final = frozenset({"high", "low", "spot"})

# The words in braces are the fields of the error.
HINTS: Final[dict[type[ContractError], str]] = {
    refused.AccessManagedUnauthorized: "Sign with a key whose role allows it; {caller}'s does not.",
    refused.AlreadyDelivered: "It arrived already; nothing is left to do for nonce {nonce}.",
    refused.AlreadyExpired: "The chain is at {timestamp}: derive the factor anew.",
    refused.AlreadyProven: "Nothing is left to do: the proof for this slot stands.",
    refused.BadPrice: "The price has to be on the tick, and exact in the quote token.",
    refused.BadTiming: "Correct --{field}: see `pargrade deploy --help`.",
    refused.BelowMinimum: "Accept less with --min, or wait until reserves recover.",
    refused.BetweenRungs: "It is too late to propose a price; from {next_rung} it ends without.",
    refused.BridgeGateEpochOver: (
        "Those attesters counted until {valid_until}: have it attested by the present ones."
    ),
    refused.CapReached: "The series takes {cap_lots} lots of this grade at most.",
    refused.ChallengeOpen: "The price can be made final from {challenge_ends}.",
    refused.CoverageTooLow: (
        "Seven days after expiry a coverage of 25 % is enough; after fourteen none is needed."
    ),
    refused.CouncilCanStart: "Name a council that is neither curator nor admin.",
    refused.CouncilCannotStop: "Give {council} the council's role first, without a delay.",
    refused.DecimalsDiffer: "State {reported} decimals: that is what the token reports.",
    refused.DelayedRecently: "Arrivals can be held back again from {again_from}.",
    refused.DepositCapReached: "The grade is full: wrap less, or wait until others unwrap.",
    refused.ERC20InsufficientAllowance: "The other party has to approve {spender} first.",
    refused.ERC20InsufficientBalance: "{sender} has to hold more first.",
    refused.ERC6909InsufficientBalance: "{sender} holds {balance} lots of this position.",
    refused.EntryIsStopped: "The guardian stopped entry; every way out goes on.",
    refused.EpochNotRising: "Take an epoch above {current}.",
    refused.FuturesExchangeEpochOver: (
        "The maker cancelled all orders below epoch {current}: ask for a new one."
    ),
    refused.GradeClosed: "Take another grade: this one takes no new locks.",
    refused.GradeExists: "These very terms are listed already: see `pargrade grade list`.",
    refused.GradeExpired: "Its factor was valid until {valid_until}; unwrapping goes on.",
    refused.GradeNotAllowed: "The order names its grade: take that one.",
    refused.HolderLimitReached: (
        "While the window runs an account opens up to {most} lots of a side: take fewer, or "
        "buy them."
    ),
    refused.InboundIsDelayed: "The guardian holds arrivals back until {until}.",
    refused.InvalidRecipient: "Name an account: a token or a gate of the route cannot receive.",
    refused.JailedReporter: "Leave {reporter} out: equivocation was proven against it.",
    refused.LegNotAllowed: "The order excludes this way of filling: take another leg.",
    refused.LimitNotReady: "The larger limit can be applied from {ready_at}.",
    refused.LockNotPaid: "The token paid the migrator too little; leave this series where it is.",
    refused.LotsExceeded: (
        "Take fewer lots, or ask the maker for a new order: see what remains of it first."
    ),
    refused.MintingOver: (
        "New pairs ended at {deadline}; positions can still be merged, or redeemed once settled."
    ),
    refused.MonthCapReached: (
        "All banded series of this index and month take {cap_lots} lots together."
    ),
    refused.NoCheckpoint: "The index has no round before {time}.",
    refused.NoPairsToMove: (
        "Holders of both sides have to agree first: {longs} lots of LONG could move, and {shorts} "
        "of SHORT."
    ),
    refused.NoShortageSeen: "Nobody has seen a shortage of this unit: nothing is to be cured.",
    refused.NonceOver: "The maker went on to a later order in this lane: ask for a new one.",
    refused.NotAuthorised: "{account} has to make {operator} its operator first.",
    refused.NotInSet: "{reporter} was not a reporter in epoch {epoch}: name the epoch of the slot.",
    refused.NotLike: "The two series differ in {field}: list one of the same terms.",
    refused.NotReady: (
        "It expires at {expiry} and is ready once a round from then on has landed, or none can."
    ),
    refused.NotSender: "Only {sender}, who sent it, can take it back.",
    refused.NotShort: "Its reserves cover its units, or all but ten basis points of them.",
    refused.NotSignedBy: (
        "The signature is of {recovered}: accuse that reporter, or check the statement."
    ),
    refused.NothingToMove: "Take a larger amount: this one is less than one base unit.",
    refused.OrderExpired: "Ask the maker for an order with a later expiry.",
    refused.OutOfBand: "The index is at {spot}: banded pairs open between {low} and {high}.",
    refused.OverLimit: "{budget} steps may go now: send fewer, or let the rest wait until it fits.",
    refused.PriceBeyondLimit: "Loosen the limit, which has to reach the maker's price and the fee.",
    refused.PriceOffIndex: (
        "The order keeps within {percent} % of the index, which is at {spot}: wait, or ask for "
        "another order."
    ),
    refused.PriceOutOfBand: "Banded pairs are minted between {low} and {high}: take another leg.",
    refused.ReferenceOffMarket: (
        "The index is at {spot}: K may be from half of it to half above it."
    ),
    refused.RevokedEpoch: "Have it attested again by the present attesters.",
    refused.RouteIsRunning: "Nothing is left to do: the council has not stopped it.",
    refused.RouteIsStopped: "The council stopped the route until {until}; cancel and claim go on.",
    refused.RouteShort: "No more can be released than was locked: {locked} steps.",
    refused.SameContent: "Both statements say the same: equivocation takes two different ones.",
    refused.SecondLookTooSoon: "The shortage has to last: look again from {ready_at}.",
    refused.SeriesExists: "These very terms are listed already: see `pargrade futures list`.",
    refused.SeriesExpired: (
        "It is no longer traded: positions can be merged, transferred or redeemed."
    ),
    refused.ShortReserves: "Only exits remain for this grade: unwrap pays the pro-rata share.",
    refused.SignatureExpired: "It counted until {deadline}: have it signed anew.",
    refused.SlotOutsideEpoch: "Name the epoch that could have recorded this slot.",
    refused.StaleIndex: "The index needs a fresh round first: see `pargrade oracle member run`.",
    refused.StillShort: "Return tokens to {unit} first, until it holds what its units need.",
    refused.TooFewAttestations: "{threshold} attesters have to sign.",
    refused.TookMore: (
        "The token takes a fee on top: claim an AMOUNT that leaves enough of {due} base units for "
        "it."
    ),
    refused.UnknownRoute: "The gate has no such route: compare gates, tokens and decimals.",
    refused.UnknownSeries: "See `pargrade futures list` for the series of this deployment.",
    refused.UnknownUnit: "See `pargrade grade list` for the grades of this deployment.",
    refused.WrapClosed: "Take another grade: this one is closed to new wraps, not to unwraps.",
    refused.WrongMatcher: "Only {allowed} may match this order.",
    refused.WrongOwnerSignature: (
        "{owner} did not sign this for this market and chain, or it was used: sign with its "
        "next nonce."
    ),
    refused.WrongSignature: "{maker} did not sign this order for this exchange and chain.",
    refused.WrongTaker: "Only {allowed} may take this order.",
}

_LISTING: Final = {
    "start": "The window has to open at a UTC midnight that is still to come.",
    "expiry": "The window has to close at a later UTC midnight, at most 100 days after it opens.",
    "units": "Take each grade once: REDEEMABLE, open, and valid until the series expires.",
    "capLots": "Give each grade room for at least one lot: SYMBOL:LOTS, or --cap if banded.",
    "low": "L has to be below K, on the tick, and exact in the quote token.",
    "high": "H has to be above K, on the tick, and exact in the quote token.",
    "quoteToken": "The quote token may have at most 36 decimals.",
    "referencePrice": "K has to be on the tick, and exact in the quote token.",
}

_PHASES: Final = {
    Phase.OPEN: "It is open: pairs can be merged, and are redeemed once it is settled.",
    Phase.PROPOSED: "Its price is proposed: `pargrade futures settle` makes it final in time.",
    Phase.SETTLED: "It is settled: `pargrade futures redeem` pays what is held of it.",
    Phase.DELIVERED: "It is delivered: `pargrade futures redeem` pays what is held of it.",
}


def explained(refusal: Reverted) -> Reverted:
    """The refusal, with the hint for its kind where there is one."""
    if isinstance(refusal, refused.BadTerms):
        refusal.hint = _LISTING.get(refusal.field, refusal.hint)
    elif isinstance(refusal, refused.WrongPhase):
        refusal.hint = _PHASES.get(refusal.phase, refusal.hint)
    elif isinstance(refusal, ContractError) and type(refusal) in HINTS:
        refusal.hint = HINTS[type(refusal)].format(**_evidence(refusal))
    return refusal


def _evidence(refusal: Any) -> dict[str, object]:
    stated = {field.name: getattr(refusal, field.name) for field in fields(refusal)}
    for name, value in stated.items():
        if name in _SECONDS:
            stated[name] = moment(value)
        elif name in _PRICES:
            stated[name] = Price(value).text()
    return stated
