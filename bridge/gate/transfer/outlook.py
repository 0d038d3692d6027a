"""What would become of an amount if it were sent now: limits and waiting times, before signing."""

from dataclasses import dataclass
from typing import Any, Self

from bridge.gate.route.end import RouteSide
from bridge.gate.route.pair import RoutePair
from bridge.gate.route.reading import EndReading, read_pair
from pargrade.chain.block import Tag
from pargrade.errors import PargradeError
from pargrade.gate.rate_limit import Way
from pargrade.text import amount, moment


class CannotSend(PargradeError):
    """A route on which nothing can be sent now."""

    hint = "`pargrade bridge route show` says how the route stands."


class MustWait(PargradeError):
    """An amount beyond what may leave at once, of a sender who did not say that he waits."""

    def __init__(self, wanted: str, budget: str) -> None:
        self.hint = "Send less, or --queue: it then leaves as it fits, and can be taken back until."
        super().__init__(f"{wanted} are more than the {budget} that may leave now")


@dataclass(frozen=True, slots=True)
class Outlook:
    """An amount on its way, before it is."""

    source: RouteSide
    taken: int
    """Base units that would be taken: whole steps."""
    steps: int
    symbol: str
    decimals: int
    """Of the route."""
    leaves_now: bool
    budget_out: int
    budget_in: int
    threshold: int
    attesters: int
    held_until: int
    """Unix seconds until which arrivals are held back at the other end; 0 for not at all."""
    wait_out_s: int | None
    wait_in_s: int | None
    """Seconds until all of it fits, if nothing else crosses; None where it goes in parts."""

    @classmethod
    def read(cls, pair: RoutePair, source: RouteSide, raw: int) -> Self:
        """For base units of the source's token. Raises CannotSend, ChainError."""
        home, remote = read_pair(pair)
        here, there = (home, remote) if source is RouteSide.HOME else (remote, home)
        _require_open(here, there, source)
        gate = pair.end(source).gate
        found = gate.preview_send(pair.route.id, raw, block=Tag.LATEST)
        steps = found.taken // 10 ** (pair.decimals_at(source) - pair.route.decimals)
        if not steps:
            raise CannotSend("the amount is less than one step of the route")
        now = there.block.timestamp
        return cls(
            source=source,
            taken=found.taken,
            steps=steps,
            symbol=pair.home_token.symbol,
            decimals=pair.route.decimals,
            leaves_now=not found.queued,
            budget_out=here.budgets[0],
            budget_in=there.budgets[1],
            threshold=there.attesters.threshold,
            attesters=len(there.attesters.attesters),
            wait_out_s=here.bucket.wait(Way.OUT, steps, here.block.timestamp),
            wait_in_s=there.bucket.wait(Way.IN, steps, now),
            held_until=there.delayed_until if there.delayed_until > now else 0,
        )

    def require_now(self) -> None:
        """Raises MustWait for an amount that would wait to leave."""
        if not self.leaves_now:
            raise MustWait(self._shown(self.steps), self._shown(self.budget_out))

    def describe(self) -> str:
        """For people, before they sign."""
        lines = [f"{self._shown(self.steps)} of {self._shown(self.budget_out)} that may leave now"]
        if not self.leaves_now:
            lines.append(f"waits to leave, {_wait(self.wait_out_s)}; can be taken back until then")
        if self.steps > self.budget_in:
            may = self._shown(self.budget_in)
            lines.append(f"{may} may arrive now: waits at the other end, {_wait(self.wait_in_s)}")
        lines.append(f"{self.threshold} of {self.attesters} attesters have to sign it, once final")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "steps": str(self.steps),
            "budget_out": str(self.budget_out),
            "budget_in": str(self.budget_in),
            "leaves_now": self.leaves_now,
            "waits_there": self.steps > self.budget_in,
            "threshold": self.threshold,
            "attesters": self.attesters,
            "held_until": self.held_until,
            "wait_out_s": self.wait_out_s,
            "wait_in_s": self.wait_in_s,
        }

    def _shown(self, steps: int) -> str:
        return amount(steps, self.decimals, self.symbol)


def _wait(seconds: int | None) -> str:
    if seconds is None:
        return "and goes in parts as they fit"
    return f"some {-(-seconds // 60)} minutes if nothing else crosses"


def _require_open(here: EndReading, there: EndReading, source: RouteSide) -> None:
    if here.state is None or there.state is None:
        raise CannotSend("the route is not added at both ends")
    if source is RouteSide.HOME and here.state.entry_stopped:
        raise CannotSend("sending from home is stopped")
    for reading in (here, there):
        assert reading.state is not None
        if reading.state.stopped_until > reading.block.timestamp:
            until = moment(reading.state.stopped_until)
            raise CannotSend(f"the council stopped the route until {until}")
    if not there.attesters.epoch or there.attesters.revoked:
        raise CannotSend("nobody attests at the other end: it would not arrive")
