"""FuturesMarket's settlement decisions, read off the contract, and a table of states for them.

Shares nothing with `pargrade.futures.next_action`, so that a test which uses both compares two
readings of one rule. Each act gives the phase the series is in afterwards, or the name of the error
the contract refuses it with.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from pargrade.bindings.structs import Phase, SeriesTerms, SeriesView, Style
from pargrade.chain.hashing import ZERO_ADDRESS
from pargrade.futures.next_action import Action, IndexView, NextAction
from pargrade.spot_index.accumulator import Window

DAY: Final = 86_400
SPAN: Final = 20 * DAY
"""Of the window: a tenth of it may be uncovered in one gap over 24 h."""
START: Final = 20_000 * DAY
EXPIRY: Final = START + SPAN
MAX_AGE: Final = 900
PRICE: Final = 2 * 10**8

FINAL: Final = (Phase.SETTLED, Phase.DELIVERED)

Outcome = Phase | str


@dataclass(frozen=True)
class State:
    """What the contract looks at. Times are Unix seconds."""

    style: Style
    phase: Phase
    now: int
    final: bool = True
    """No round can fall before expiry any more."""
    history: bool = True
    covered: int = SPAN
    """Seconds of the window."""
    long_gap: bool = False
    compromised: bool = False
    challenge_ends: int = 0
    guardian_acted: bool = False

    def view(self) -> SeriesView:
        """The series as the market returns it."""
        banded = self.style is Style.BANDED
        units = () if banded else (ZERO_ADDRESS,)
        terms = SeriesTerms(
            index=0,
            start=START,
            expiry=EXPIRY,
            reference_price=PRICE,
            low=PRICE // 2 if banded else 0,
            high=PRICE * 2 if banded else 0,
            quote_token=ZERO_ADDRESS,
            style=self.style,
            units=units,
            cap_lots=(10,),
        )
        return SeriesView(
            terms=terms,
            phase=self.phase,
            price=PRICE if self.phase in (Phase.PROPOSED, Phase.SETTLED) else 0,
            challenge_ends=self.challenge_ends,
            guardian_acted=self.guardian_acted,
            impaired=0,
            lots=5,
            lots_of=(5,),
            quote_per_lot=20_000,
            short_quote_per_lot=0,
        )

    def index(self) -> IndexView:
        """What the index says of the window."""
        window = Window(PRICE * self.covered, self.covered, SPAN, self.long_gap)
        readable = self.final and self.history
        return IndexView(self.final, MAX_AGE, window if readable else None, self.compromised)


def propose(state: State) -> Outcome:
    """FuturesMarket.propose."""
    if state.phase is not Phase.OPEN:
        return "WrongPhase"
    if state.now < EXPIRY:
        return "NotReady"
    last = state.now >= EXPIRY + 14 * DAY
    if state.style is Style.DELIVERY or (last and state.style is Style.NET):
        return Phase.DELIVERED
    if state.compromised:
        return _concluded_unpriced(state)
    if last:
        return Phase.SETTLED
    if not state.final:
        return "NotReady"
    if not state.history:
        return "NoCheckpoint"
    if state.now < EXPIRY + 7 * DAY:
        return _proposed(state.covered, SPAN * 9_000 // 10_000, state.long_gap)
    if state.now < EXPIRY + 14 * DAY - 2 * DAY:
        return _proposed(state.covered, SPAN * 2_500 // 10_000, long_gap=False)
    return "BetweenRungs"


def finalise(state: State) -> Outcome:
    """FuturesMarket.finalise."""
    if state.phase is not Phase.PROPOSED:
        return "WrongPhase"
    if state.now < state.challenge_ends:
        return "ChallengeOpen"
    return _concluded_unpriced(state) if state.compromised else Phase.SETTLED


def settle(state: State) -> Outcome:
    """FuturesMarket.settle."""
    return propose(state) if state.phase is Phase.OPEN else finalise(state)


def redeem_for(state: State) -> Outcome:
    """FuturesMarket.redeemFor: settles first; a price that is only proposed undoes it all."""
    if state.phase in FINAL:
        return state.phase
    settled = settle(state)
    return "ChallengeOpen" if settled is Phase.PROPOSED else settled


def reject(state: State) -> Outcome:
    """FuturesMarket.reject, by the guardian."""
    if state.phase is not Phase.PROPOSED:
        return "WrongPhase"
    if state.now >= state.challenge_ends:
        return "ChallengeOver"
    if state.guardian_acted:
        return "GuardianActed"
    return "NoDelivery" if state.style is Style.BANDED else Phase.DELIVERED


def _concluded_unpriced(state: State) -> Phase:
    return Phase.SETTLED if state.style is Style.BANDED else Phase.DELIVERED


def _proposed(covered: int, required: int, long_gap: bool) -> Outcome:
    if covered == 0 or covered < required or long_gap:
        return "CoverageTooLow"
    return Phase.PROPOSED


# ── where next_action differs ─────────────────────────────────────────────────────────────────────


def disagreement(found: NextAction, state: State) -> str | None:
    """How a next action differs from what the contract would do; None where it does not."""
    accepts = {
        Action.PROPOSE: propose(state),
        Action.FINALISE: finalise(state),
        Action.REDEEM: state.phase if state.phase in FINAL else "not final",
    }
    open_acts = [act for act, outcome in accepts.items() if isinstance(outcome, Phase)]
    if open_acts != ([] if found.is_waiting else [found.action]):
        return f"{found.action} is due, the contract takes {open_acts or 'nothing'}"
    if not found.is_waiting and found.outcome is not accepts[found.action]:
        return f"leads to {found.outcome}, in the contract to {accepts[found.action]}"
    if found.leads_to_payout is isinstance(redeem_for(state), str):
        return f"pays out: {found.leads_to_payout}, the contract {redeem_for(state)}"
    if (found.guardian_until is None) is (reject(state) in (Phase.DELIVERED, "NoDelivery")):
        return f"guardian until {found.guardian_until}, the contract {reject(state)}"
    return None


# ── the table ─────────────────────────────────────────────────────────────────────────────────────

STYLES: Final = (Style.NET, Style.DELIVERY, Style.BANDED)
MOMENTS: Final = tuple(
    EXPIRY + after + second
    for after in (0, MAX_AGE, 7 * DAY, 12 * DAY, 14 * DAY)
    for second in (-1, 0, 1)
)
"""Around expiry and every edge of the ladder."""
QUARTER, NINE_TENTHS = SPAN // 4, SPAN * 9 // 10
COVERED: Final = (
    *(0, 1, QUARTER - 1, QUARTER, QUARTER + 1),
    *(NINE_TENTHS - 1, NINE_TENTHS, NINE_TENTHS + 1, SPAN),
)


def table() -> tuple[State, ...]:
    """Every state: style, phase, moment, finality, coverage, gap, history, proof, challenge."""
    return tuple(dict.fromkeys((*_open_states(), *_proposed_states(), *_final_states())))


def _open_states() -> Iterator[State]:
    axes = product(STYLES, MOMENTS, (False, True), (False, True))
    for style, now, round_after, compromised in axes:
        final = now >= EXPIRY and (round_after or now >= EXPIRY + MAX_AGE)
        state = State(style, Phase.OPEN, now, final=final, compromised=compromised)
        yield replace(state, history=False)
        for covered, long_gap in product(COVERED, (False, True)):
            yield replace(state, covered=covered, long_gap=long_gap)


def _proposed_states() -> Iterator[State]:
    proposed = (EXPIRY, EXPIRY + 7 * DAY, EXPIRY + 12 * DAY - 1)
    axes = product((Style.NET, Style.BANDED), proposed, (False, True), (False, True))
    for style, since, compromised, acted in axes:
        for second in (-1, 0, 1):
            ends = since + DAY
            yield State(
                style=style,
                phase=Phase.PROPOSED,
                now=ends + second,
                compromised=compromised,
                challenge_ends=ends,
                guardian_acted=acted,
            )


def _final_states() -> Iterator[State]:
    for style, phase, compromised in product(STYLES, FINAL, (False, True)):
        yield State(style, phase, EXPIRY + DAY, compromised=compromised)
