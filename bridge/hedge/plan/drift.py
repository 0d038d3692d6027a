"""Whether a plan still holds: what has moved since, and how held lots stand to today's need."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from bridge.hedge.plan.plan import FORMAT, HedgePlan
from bridge.hedge.plan.policy import Policy
from pargrade.canonical import content_hash
from pargrade.errors import PargradeError

_KEYS: Final = frozenset(
    {
        *("format", "team", "made_from", "observed_at", "index8", "ratio", "months"),
        *("account", "valid_until"),
    }
)


_EXIT_KEYS: Final = frozenset(
    {"format", "team", "account", "policy", "observed_at", "valid_until", "orders"}
)
EXIT_FORMAT: Final = "pargrade-hedge-exit-1"


class NotAPlan(PargradeError):
    """A file that is no plan, or was changed since it was made."""

    hint = "Make the plan again with `pargrade hedge plan`."

    def __init__(self, why: str) -> None:
        super().__init__(f"not a plan: {why}")


@dataclass(frozen=True, slots=True)
class Standing:
    """Held lots of a month beside what today's forecast wants."""

    month: str
    held_lots: int
    wanted_lots: int
    is_off: bool
    """Further apart than the policy's need_tolerance of what is wanted."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One thing that is not as the plan had it."""

    what: str
    was: str
    now: str

    def describe(self) -> str:
        """In one line."""
        return f"{self.what}: {self.was} then, {self.now} now"


def require_plan(document: Any, name: str) -> Mapping[str, Any]:
    """A plan's or an exit's document, unchanged since it was named by its hash. Raises NotAPlan."""
    if not isinstance(document, dict):
        raise NotAPlan("no object")
    keys = {FORMAT: _KEYS, EXIT_FORMAT: _EXIT_KEYS}.get(str(document.get("format"))[:80])
    if keys is None:
        raise NotAPlan(f"format {str(document.get('format'))[:80]!r}")
    if document.keys() != keys:
        raise NotAPlan("other keys than a plan has")
    found = "0x" + content_hash(document).hex()
    if found != name:
        raise NotAPlan(f"its content is {found[:10]}…, and it is called {name[:10]}…")
    return document


def standings(today: HedgePlan, policy: Policy) -> list[Standing]:
    """How the hedges of each month stand to today's need."""
    found = []
    for line in today.months:
        apart = abs(line.wanted_lots - line.held_lots)
        is_off = apart > line.wanted_lots * Fraction(policy.need_tolerance)
        found.append(Standing(line.month, line.held_lots, line.wanted_lots, is_off))
    return found


def moved_since(
    then: Mapping[str, Any],
    today: HedgePlan,
    policy: Policy,
    filled: Mapping[str, int] | None = None,
) -> list[Moved]:
    """What differs, beyond the policy's tolerances, between a plan and the one of today.

    Any such thing means that the plan may no longer be carried out. A history grows every day, so
    not its hash but the need of each month is compared. `filled` are the lots that the plan's own
    orders have bought since, by series.
    """
    own = filled or {}
    found = []
    for source, was in then["made_from"].items():
        now = today.made_from[source]
        if source == "policy" and was != now:
            found.append(Moved("policy", was[:10], now[:10]))
    lines = {line.month: line for line in today.months}
    for old in then["months"]:
        line = lines.get(old["month"])
        if line is None:
            found.append(Moved(f"{old['month']}", "planned", "out of reach"))
            continue
        found += _moved_price(old, line.price8, policy)
        found += _moved_need(old, Fraction(line.forecast_scu), policy)
        expected = old["held_lots"] + own.get(old["series"], 0)
        if expected != line.held_lots:
            found.append(Moved(f"{old['month']} position", str(expected), str(line.held_lots)))
    return found


def _moved_price(old: Mapping[str, Any], now8: int, policy: Policy) -> list[Moved]:
    was8 = int(old["price8"])
    if abs(now8 - was8) <= was8 * Fraction(policy.price_tolerance):
        return []
    what = f"{old['month']} price"
    return [Moved(what, f"{was8 / 10**8:.2f} USD", f"{now8 / 10**8:.2f} USD")]


def _moved_need(old: Mapping[str, Any], now: Fraction, policy: Policy) -> list[Moved]:
    was = Fraction(old["forecast_scu"])
    if abs(now - was) <= was * Fraction(policy.need_tolerance):
        return []
    what = f"{old['month']} need"
    return [Moved(what, f"{float(was):,.1f} SCU", f"{float(now):,.1f} SCU")]
