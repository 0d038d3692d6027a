"""What may be done for a series now, or until when there is nothing to do.

The keeper, the commands and every page ask `next_action`; nothing else decides it. Chain state
comes in as values. Times are Unix seconds.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from pargrade.bindings.structs import Phase, SeriesView, Style
from pargrade.futures.ladder import DELIVER_FROM, REDUCED_FROM, Rung, admits, rung
from pargrade.spot_index.accumulator import Window
from pargrade.text import moment

_COMPROMISED: Final = "reporters signed two contents: there is no price"


class Action(Enum):
    """What anyone may do for a series."""

    NOTHING = "nothing"
    PROPOSE = "propose"
    FINALISE = "finalise"
    REDEEM = "redeem"


@dataclass(frozen=True, slots=True)
class IndexView:
    """What the spot index says of a series' window."""

    final: bool
    """No round can still fall before expiry."""
    max_age: int
    """Seconds after expiry at which it is final in any case."""
    window: Window | None
    """None while not final, or when the index has no history before the window."""
    compromised: bool
    """Enough reporters are proven to have signed two contents in the window."""


@dataclass(frozen=True, slots=True)
class NextAction:
    """What may be done for a series at one moment, and what it leads to."""

    action: Action
    reason: str
    """For people: why this, or why nothing yet."""
    outcome: Phase
    """The phase of the series once the action is done; of NOTHING and REDEEM, its present one."""
    rung: Rung | None = None
    """None where the ladder does not apply: not expired, already proposed, or no price needed."""
    next_at: int | None = None
    """When the next rung or step opens; None when nothing opens by itself."""
    guardian_until: int | None = None
    """Until when the guardian may act, once, on a proposed price; None where it may not."""

    @property
    def is_waiting(self) -> bool:
        """Nothing can be done yet."""
        return self.action is Action.NOTHING

    @property
    def leads_to_payout(self) -> bool:
        """Redemption goes through now, settling the series first where that is still to do."""
        return not self.is_waiting and self.outcome in (Phase.SETTLED, Phase.DELIVERED)

    def to_json(self) -> dict[str, Any]:
        """For machines, as the keys that all commands share."""
        return {
            "due": self.action.value,
            "why": self.reason,
            "outcome": self.outcome.name,
            "rung": None if self.rung is None else self.rung.name,
            "next_at": self.next_at,
            "guardian_until": self.guardian_until,
        }


def next_action(series: SeriesView, index: IndexView, now: int) -> NextAction:
    """What may be done at chain time `now` for a series as the market returns it."""
    match series.phase:
        case Phase.SETTLED | Phase.DELIVERED:
            return NextAction(Action.REDEEM, "final", series.phase)
        case Phase.PROPOSED:
            return _of_proposed(series, index, now)
        case _:
            return _of_open(series, index, now)


def describe(found: NextAction, style: Style) -> str:
    """The action as half a sentence for people; `style` says how an unpriced series ends."""
    if found.action is Action.REDEEM:
        return "positions can be redeemed"
    if found.action is Action.PROPOSE and found.outcome is Phase.PROPOSED:
        return "its price can be proposed now"
    if not found.is_waiting:
        return f"it can be {found.outcome.name.lower()} now"
    return _describe_wait(found, style)


def _of_proposed(series: SeriesView, index: IndexView, now: int) -> NextAction:
    ends = series.challenge_ends
    if now < ends:
        guardian = None if series.guardian_acted else ends
        return NextAction(
            Action.NOTHING, "in challenge", series.phase, next_at=ends, guardian_until=guardian
        )
    if index.compromised:
        return NextAction(Action.FINALISE, _COMPROMISED, _unpriced(series.terms.style))
    return NextAction(Action.FINALISE, "unchallenged", Phase.SETTLED)


def _of_open(series: SeriesView, index: IndexView, now: int) -> NextAction:
    terms = series.terms
    if now < terms.expiry:
        return NextAction(Action.NOTHING, "trading", series.phase, next_at=terms.expiry)
    if terms.style is Style.DELIVERY:
        return NextAction(Action.PROPOSE, "needs no price", Phase.DELIVERED)
    if index.compromised:
        return NextAction(Action.PROPOSE, _COMPROMISED, _unpriced(terms.style))
    return _on_ladder(series, index, now)


def _on_ladder(series: SeriesView, index: IndexView, now: int) -> NextAction:
    expiry, phase = series.terms.expiry, series.phase
    ready_at = now if index.final else expiry + index.max_age
    step = rung(now, ready_at, expiry)
    last = expiry + DELIVER_FROM
    match step:
        case Rung.DELIVER:
            outcome = _unpriced(series.terms.style)
            return NextAction(Action.PROPOSE, "no price was found in time", outcome, step)
        case Rung.WAITING:
            reason = "a round may still fall before expiry"
            return NextAction(Action.NOTHING, reason, phase, step, ready_at)
        case Rung.CLOSED:
            return NextAction(Action.NOTHING, "too late for a price", phase, step, last)
    opens = expiry + REDUCED_FROM if step is Rung.FULL else last
    if index.window is None:
        return NextAction(Action.NOTHING, "the index has no history there", phase, step, opens)
    covered = _describe_cover(index.window)
    if admits(step, index.window):
        return NextAction(Action.PROPOSE, covered, Phase.PROPOSED, step, opens)
    return NextAction(Action.NOTHING, covered, phase, step, opens)


def _unpriced(style: Style) -> Phase:
    """How a series ends without a price from its window: BANDED at an earlier average or K."""
    return Phase.SETTLED if style is Style.BANDED else Phase.DELIVERED


def _describe_cover(window: Window) -> str:
    permille = window.covered_time * 1000 // window.span
    gap = ", a gap over 24 h" if window.long_gap else ""
    return f"{permille // 10}.{permille % 10} % covered{gap}"


def _describe_wait(found: NextAction, style: Style) -> str:
    if found.next_at is None:
        return found.reason
    opens = moment(found.next_at)
    if found.outcome is Phase.PROPOSED:
        return f"the price can be made final from {opens}"
    ends = _unpriced(style).name.lower()
    match found.rung:
        case None:
            return f"it expires at {opens}"
        case Rung.WAITING:
            return f"it waits for a round at or after its expiry, until {opens}"
        case Rung.FULL:
            return f"{found.reason}: from {opens} a quarter is enough"
        case _:
            return f"{found.reason}: it is {ends} from {opens}"
