"""What a series waits for next, and from when it can be had."""

from typing import Final

from pargrade.bindings.structs import Phase, SeriesView, Style
from pargrade.clock import DAY_S
from pargrade.futures.ladder import Rung, admits, rung
from pargrade.spot_index.accumulator import Window
from pargrade.text import moment

_REDUCED: Final = 7 * DAY_S
_DELIVERED: Final = 14 * DAY_S


def next_step(view: SeriesView, now: int, final: bool, window: Window | None) -> str:
    """The next step of a series at chain time `now`, in a sentence.

    `final` is whether no round before its expiry can come any more, and `window` what the index
    accumulated in it if so.
    """
    if view.phase is Phase.OPEN:
        return _of_open(view, now, final, window)
    if view.phase is Phase.PROPOSED:
        if now < view.challenge_ends:
            return f"the price can be made final from {moment(view.challenge_ends)}"
        return "the price can be made final now"
    return "positions can be redeemed"


def _of_open(view: SeriesView, now: int, final: bool, window: Window | None) -> str:
    expiry = view.terms.expiry
    if now < expiry:
        return f"it expires at {moment(expiry)}"
    if view.terms.style is Style.DELIVERY:
        return "it can be delivered now"
    step = rung(now, now if final else now + 1, expiry)
    if step is Rung.WAITING:
        return "it waits for a round at or after its expiry"
    banded = view.terms.style is Style.BANDED
    if step is Rung.DELIVER:
        return "it can be settled now" if banded else "it can be delivered now"
    if window is not None and admits(step, window):
        return "its price can be proposed now"
    if step is Rung.FULL:
        return f"too little is covered: from {moment(expiry + _REDUCED)} a quarter is enough"
    ends = "settled by what there is" if banded else "delivered"
    return f"it is too late to propose a price: it is {ends} from {moment(expiry + _DELIVERED)}"
