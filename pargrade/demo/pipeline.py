"""The third scene: a team's use of GPUs grows, and its pipeline locks April's price over a relay.

The pipeline is a process of its own, run by the command that anyone runs.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pargrade.bindings.structs import Side
from pargrade.clock import DAY_S
from pargrade.demo.cast import ASSIST, AURORA
from pargrade.demo.trades import Meeting
from pargrade.demo.venue import PATIENCE_S, DemoRelay
from pargrade.units import Price
from pargrade.world.services import ask

SERIES: Final = "NET-APRIL"
ASKED_LOTS: Final = 100_000
"""What the network offers at the relay, of 0.01 SCU."""
_FIRST: Final = date(2025, 8, 1)
_CENTI_HOURS: Final = 1_400
"""GPU-hours of the first day, in hundredths."""
_GROWTH_PPM: Final = 2_600
"""A day."""
_WEEKEND_PERCENT: Final = 70
_OFFERED_MINUTES: Final = 30 * DAY_S // 60
_POLICY: Final = {
    "team": "assist",
    "styles": ["NET"],
    "series": [SERIES],
    "share": "0.8",
    "last_lead": 1,
    "max_lots_a_month": 80_000,
    "max_lots": 80_000,
    "max_cash_usd": "4000",
    "max_price_usd": "3",
}


def used_centi_hours(day: date) -> int:
    """Hundredths of a GPU-hour that the team uses on a day: growing, less on weekends."""
    amount = _CENTI_HOURS * 10**6
    for _ in range((day - _FIRST).days):
        amount += amount * _GROWTH_PPM // 10**6
    return amount * (_WEEKEND_PERCENT if day.weekday() > 4 else 100) // 10**8


def april_lots() -> int:
    """What the team uses in April, in lots of 0.01 SCU: an hour of its hardware is an SCU."""
    return sum(used_centi_hours(date(2026, 4, 1) + timedelta(days=n)) for n in range(30))


def write_metrics(folder: Path, until: int) -> Path:
    """Days before an instant, unix seconds, as a table of GPU-hours."""
    last = datetime.fromtimestamp(until, UTC).date()
    lines = ["day,team,hardware,gpu_hours,remark\n"]
    for number in range((last - _FIRST).days):
        day = _FIRST + timedelta(days=number)
        used = used_centi_hours(day)
        lines.append(f"{day},assist,H100-SXM-80,{used // 100}.{used % 100:02d},\n")
    path = folder / "assist-days.csv"
    path.write_text("".join(lines))
    return path


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The team that buys over a relay, by the plans it keeps."""

    venue: DemoRelay

    def hedge(self, until: int, price: Price) -> Callable[[], Any]:
        """The network offers April at a price, and the team's pipeline looks and buys.

        Both are under way when this returns; what is returned waits for the plan's outcome.
        """
        folder = self.venue.place.folder
        days = write_metrics(folder, until)
        policy = folder / "assist-hedge.yaml"
        policy.write_text(json.dumps(_POLICY, indent=1) + "\n")
        offer = Meeting(SERIES, ASKED_LOTS, ASSIST, AURORA, price)
        offered = self.venue.send(offer, Side.SELL, minutes=_OFFERED_MINUTES)
        bought = self.venue.ask(
            ASSIST,
            *("hedge", "once", str(days), "--by", "gpu-hours", "--policy", str(policy)),
            *("--plans", str(folder / "plans"), "--await-offer", str(PATIENCE_S)),
        )

        def wait() -> Any:
            offered()
            return bought()

        return wait

    def bill(self) -> Callable[[], list[dict[str, str]]]:
        """The hedge as FOCUS rows; what is returned waits for them."""
        folder = self.venue.place.folder
        words = ("--plans", str(folder / "plans"), "--focus", str(folder / "assist-hedge.csv"))
        asked = ask("hedge", "bill", *words, *self.venue.chain_words)
        return lambda: list(asked()["rows"])


def bill_lines(rows: list[dict[str, str]], settlement: Price) -> Mapping[str, str]:
    """What April cost the team at S, the hedge's part, and both: dollars with 10 decimals."""
    at_spot = april_lots() * int(settlement)
    effects = [row["EffectiveCost"] for row in rows]
    hedge = sum(_cost10(text) for text in effects)
    lots = sum(int(row["x_HedgeLots"]) for row in rows if row["ChargeCategory"] == "Purchase")
    return {
        "lots_used": str(april_lots()),
        "lots_hedged": str(lots),
        "at_S": str(at_spot),
        "hedge": str(hedge),
        "with_hedge": str(at_spot + hedge),
    }


def _cost10(text: str) -> int:
    """An exact decimal of dollars in units of 1e-10."""
    whole, _, part = text.removeprefix("-").partition(".")
    amount = int(whole + part.ljust(10, "0"))
    return -amount if text.startswith("-") else amount
