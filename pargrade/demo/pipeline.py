"""The third scene: a team's use of GPUs grows, and its pipeline locks April's price over a relay.

The relay and the pipeline are processes of their own, run by the commands that anyone runs.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pargrade.demo.cast import ASSIST, AURORA
from pargrade.demo.services import start_relay
from pargrade.devnet.accounts import Actor
from pargrade.devnet.anvil import DEVNET_KEYS
from pargrade.process.child import Child
from pargrade.units import Price
from pargrade.world.errors import TooQuiet
from pargrade.world.place import Place
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
_PATIENCE_S: Final = 30
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
    """A relay that runs, and the team that buys over it."""

    place: Place
    relay: Child
    url: str

    @classmethod
    def start(cls, place: Place) -> "Pipeline":
        """Starts the relay; `url` waits until it serves. Raises TooQuiet."""
        log = place.folder / "relay.log"
        relay = start_relay(place)
        ends = time.monotonic() + _PATIENCE_S
        while time.monotonic() < ends:
            for line in log.read_text().splitlines():
                if line.startswith("{"):
                    return cls(place, relay, str(json.loads(line)["api"]))
            time.sleep(0.05)
        relay.stop()
        raise TooQuiet("relay", _PATIENCE_S, str(place.folder))

    def hedge(self, until: int, price: Price) -> Callable[[], Any]:
        """The network offers April at a price, and the team's pipeline looks and buys.

        Both are under way when this returns; what is returned waits for the plan's outcome.
        """
        folder = self.place.folder
        days = write_metrics(folder, until)
        policy = folder / "assist-hedge.yaml"
        policy.write_text(json.dumps(_POLICY, indent=1) + "\n")
        relay = ("--relay", self.url, *self._chain())
        offered = self._ask(
            AURORA,
            *("market", "sell", SERIES, "--lots", str(ASKED_LOTS), "--limit", price.text()),
            *("--minutes", "43200", *relay),
        )
        bought = self._ask(
            ASSIST,
            *("hedge", "once", str(days), "--by", "gpu-hours", "--policy", str(policy)),
            *("--plans", str(folder / "plans"), "--await-offer", str(_PATIENCE_S), *relay),
        )

        def wait() -> Any:
            offered()
            return bought()

        return wait

    def bill(self) -> Callable[[], list[dict[str, str]]]:
        """The hedge as FOCUS rows; what is returned waits for them."""
        folder = self.place.folder
        words = ("--plans", str(folder / "plans"), "--focus", str(folder / "assist-hedge.csv"))
        asked = ask("hedge", "bill", *words, *self._chain())
        return lambda: list(asked()["rows"])

    def _chain(self) -> tuple[str, ...]:
        return ("--rpc-url", self.place.rpc_url, "--deployment", str(self.place.deployment))

    def _ask(self, actor: Actor, *words: str) -> Callable[[], Any]:
        return ask(*words, "--key", DEVNET_KEYS[actor.number])


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
