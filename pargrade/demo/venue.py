"""The demo's relay, and the orders that its parties send by the commands that anyone runs."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Self

import httpx

from pargrade.bindings.structs import Side
from pargrade.demo.clock import Clock
from pargrade.demo.services import start_relay
from pargrade.demo.trades import Floor, Meeting
from pargrade.devnet.accounts import Actor
from pargrade.devnet.anvil import DEVNET_KEYS
from pargrade.process.child import Child
from pargrade.world.errors import TooQuiet
from pargrade.world.place import Place
from pargrade.world.services import ask

PATIENCE_S: Final = 30
_TIMEOUT_S: Final = 10.0
_MINUTES: Final = 180
"""An order's life: an hourly call is at most an hour away."""


@dataclass(frozen=True, slots=True)
class DemoRelay:
    """A relay that runs."""

    place: Place
    relay: Child
    url: str

    @classmethod
    def start(cls, place: Place) -> Self:
        """Starts the relay and waits until it serves. Raises TooQuiet."""
        log = place.folder / "relay.log"
        relay = start_relay(place)
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            for line in log.read_text().splitlines():
                if line.startswith("{"):
                    return cls(place, relay, str(json.loads(line)["api"]))
            time.sleep(0.05)
        relay.stop()
        raise TooQuiet("relay", PATIENCE_S, str(place.folder))

    @property
    def chain_words(self) -> tuple[str, ...]:
        """Options that name chain and deployment."""
        return ("--rpc-url", self.place.rpc_url, "--deployment", str(self.place.deployment))

    def ask(self, actor: Actor, *words: str) -> Callable[[], Any]:
        """Starts a command of an actor at this relay; what is returned waits for its outcome."""
        where = ("--relay", self.url, *self.chain_words)
        return ask(*words, *where, "--key", DEVNET_KEYS[actor.number])

    def send(
        self, meeting: Meeting, side: Side, rule: str = "GTC", minutes: int = _MINUTES
    ) -> Callable[[], Any]:
        """Signs and sends the order of one party of a meeting, likewise."""
        actor = meeting.buyer if side is Side.BUY else meeting.seller
        return self.ask(
            actor,
            *("market", side.name.lower(), meeting.series, "--lots", str(meeting.lots)),
            *("--limit", meeting.price.text(), "--rule", rule, "--minutes", str(minutes)),
        )

    def block(self) -> int:
        """Up to which block the relay has looked at the chain."""
        return int(httpx.get(f"{self.url}/health", timeout=_TIMEOUT_S).json()["block"])

    def calls(self, series: int) -> list[dict[str, Any]]:
        """The newest hourly calls of a series, the newest first."""
        asked = httpx.get(f"{self.url}/calls/{series}", timeout=_TIMEOUT_S)
        return list(asked.raise_for_status().json())


@dataclass(frozen=True, slots=True)
class Trading:
    """Parties who meet at a venue, each with an order of its own."""

    venue: DemoRelay
    floor: Floor
    clock: Clock

    def meet(self, *meetings: Meeting) -> None:
        """Both parties of each send an order to the book; ends when the chain has the fills."""
        self.catch_up()
        filled = self._filled(meetings)
        waiting = [self.venue.send(each, side) for each in meetings for side in Side]
        for wait in waiting:
            wait()
        self.clock.until(filled, "fill of what was matched")
        self.catch_up()

    def enter_call(self, meeting: Meeting) -> Callable[[], dict[str, Any]]:
        """Both parties send an order to the next hourly call.

        What is returned waits, once that hour has come, for the fill: the call with its mark.
        """
        series = self.floor.series_id(meeting.series)
        # The hour in which the relay came up has a call, too, in which nobody was.
        self.clock.until(lambda: bool(self.venue.calls(series)), "first call")
        before = self.venue.calls(series)[0]["time"]
        filled = self._filled((meeting,))
        waiting = [self.venue.send(meeting, side, "CALL") for side in Side]
        for wait in waiting:
            wait()

        def result() -> dict[str, Any]:
            self.clock.until(lambda: self.venue.calls(series)[0]["time"] > before, "call")
            self.clock.until(filled, "fill of the call")
            call = next(call for call in self.venue.calls(series) if call["lots"] != "0")
            return {"series": meeting.series, **call}

        return result

    def catch_up(self) -> None:
        """Waits until the relay has seen all that the chain has: funds count from then on."""
        head = self.floor.chain.head().number
        self.clock.until(lambda: self.venue.block() >= head, "relay's look at the chain")

    def _filled(self, meetings: tuple[Meeting, ...]) -> Callable[[], bool]:
        """Whether every buyer has since gained its lots, by whichever leg."""
        floor = self.floor
        wanted = [(each, floor.net_lots(each.buyer, each.series) + each.lots) for each in meetings]
        return lambda: all(floor.net_lots(e.buyer, e.series) >= lots for e, lots in wanted)
