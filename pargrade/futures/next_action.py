"""Where a series stands at one moment: what anyone may do for it now, or until when to wait.

Pure: the state of the chain comes in as values. The rungs of settlement are pargrade.payoff's.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from pargrade.bindings.structs import Phase, SeriesView, Style, Window
from pargrade.clock import DAY_S
from pargrade.futures.ladder import Rung, admits, rung
from pargrade.spot_index import accumulator

_FULL_RUNG: Final = 7 * DAY_S
_DELIVERY_RUNG: Final = 14 * DAY_S


class Due(Enum):
    """What can be done for a series."""

    NOTHING = "nothing"
    PROPOSE = "propose"
    FINALISE = "finalise"
    REDEEM = "redeem"


@dataclass(frozen=True, slots=True)
class IndexView:
    """What the spot index says about a series' window."""

    final: bool
    """No round can still fall before expiry."""
    max_age: int
    """Seconds after expiry at which it is final whatever happens."""
    window: Window | None
    """None while not final, or when the index has no history before the window."""
    compromised: bool
    """Enough reporters are proven to have signed two contents in the window."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer, with the rung of the ladder it comes from."""

    due: Due
    why: str
    rung: Rung | None = None
    """None where the ladder does not apply: not expired, already proposed, or no price needed."""
    next_at: int | None = None
    """Unix time at which the next rung or step opens; None when nothing opens by itself."""


def standing(series: SeriesView, index: IndexView, now: int) -> Standing:
    """The standing of a series at chain time `now`, Unix seconds."""
    terms = series.terms
    match series.phase:
        case Phase.SETTLED | Phase.DELIVERED:
            return Standing(Due.REDEEM, "final")
        case Phase.PROPOSED if now < series.challenge_ends:
            return Standing(Due.NOTHING, "in challenge", next_at=series.challenge_ends)
        case Phase.PROPOSED:
            return Standing(Due.FINALISE, "unchallenged")
    if now < terms.expiry:
        return Standing(Due.NOTHING, "trading", next_at=terms.expiry)
    if terms.style is Style.DELIVERY:
        return Standing(Due.PROPOSE, "needs no price")
    if index.compromised:
        return Standing(Due.PROPOSE, "reporters signed two contents: there is no price")
    return _on_the_ladder(terms.start, terms.expiry, index, now)


def _on_the_ladder(start: int, expiry: int, index: IndexView, now: int) -> Standing:
    ready_at = now if index.final else expiry + index.max_age
    step = rung(now, ready_at, expiry)
    delivery = expiry + _DELIVERY_RUNG
    match step:
        case Rung.DELIVER:
            return Standing(Due.PROPOSE, "no price was found in time", step)
        case Rung.WAITING:
            return Standing(Due.NOTHING, "a round may still fall before expiry", step, ready_at)
        case Rung.CLOSED:
            return Standing(Due.NOTHING, "too late for a price", step, delivery)
    opens = expiry + _FULL_RUNG if step is Rung.FULL else delivery
    found = _window(index.window, expiry - start)
    if found is None:
        return Standing(Due.NOTHING, "the index has no history there", step, opens)
    why = f"{_covered(found)} covered" + (", a gap over 24 h" if found.long_gap else "")
    return Standing(Due.PROPOSE if admits(step, found) else Due.NOTHING, why, step, opens)


def _window(read: Window | None, span: int) -> accumulator.Window | None:
    if read is None:
        return None
    return accumulator.Window(read.value_time, read.covered_time, span, read.long_gap)


def _covered(window: accumulator.Window) -> str:
    permille = window.covered_time * 1000 // window.span
    return f"{permille // 10}.{permille % 10} %"
