"""The keeper: sees what is due, does it, and pays holders page by page.

It holds no state of its own. Every decision comes from the chain at its newest block, the ledger
only says where to look, and what was on its way when an earlier run died is finished first. So it
may die anywhere, and several keepers may run: losing a race is not an error.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from structlog.contextvars import bind_contextvars, bound_contextvars

from bridge.keeper.actions import Act, Finalise, Propose, Redeem, short, side
from bridge.keeper.batches import Paging, next_page
from bridge.keeper.holder_reader import HolderReader
from bridge.keeper.reserves import ActSender, tend_reserves
from bridge.ledger.contracts import Contracts
from bridge.ledger.entry import PositionId
from bridge.ledger.follower import Follower
from bridge.ledger.journal import Cursor
from bridge.outbox.records import Outcome, Verdict
from pargrade.bindings.structs import SeriesView
from pargrade.chain.block import BlockStamp
from pargrade.chain.errors import Reverted
from pargrade.chain.hashing import Address
from pargrade.deployment.grade_shortage import Shortage
from pargrade.deployment.series_state import read_next_action
from pargrade.futures.next_action import Action, NextAction

_STEPS: Final = 4
"""Most acts on one series in one pass, redemption pages aside: it has two steps, and races."""

REDEEMS_ITSELF: Final = "a contract, redeems for itself"
"""Why a holder is not paid whom nobody may pay."""

_log = logging.getLogger("bridge.keeper")


class Sender(ActSender, Protocol):
    """Sends calls for real (Outbox) or only works out what would happen (Rehearsal)."""

    def recover(self) -> list[Outcome]:
        """Finishes what an earlier run left open."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A holder who was not paid, and why."""

    position: PositionId
    holder: Address
    why: str


@dataclass(frozen=True, slots=True)
class Tended:
    """One series after a pass."""

    series: int
    view: SeriesView
    next_action: NextAction
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass found and did."""

    head: BlockStamp
    cursor: Cursor
    recovered: tuple[Outcome, ...]
    outcomes: tuple[Outcome, ...]
    series: tuple[Tended, ...]
    shortages: tuple[Shortage, ...] = ()
    """The reserves of every grade, those left out that could not be read."""


class Keeper:
    """Settles and redeems the series of one market, and looks at the reserves of its grades."""

    def __init__(
        self,
        contracts: Contracts,
        follower: Follower,
        sender: Sender,
        paging: Paging,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        """`stopping` is asked between acts; once true, the pass ends early."""
        self._market = contracts.market
        self._registry = contracts.registry
        self._index = contracts.index
        self._holders = HolderReader(contracts.market)
        self._chain = contracts.market.chain
        self._follower = follower
        self._sender = sender
        self._paging = paging
        self._stopping = stopping

    def keep(self) -> Pass:
        """One pass over everything unfinished. Raises what chain, database and sender raise."""
        recovered = tuple(self._sender.recover())
        cursor = self._follower.sync()
        outcomes: list[Outcome] = []
        series = []
        for number in self._follower.ledger.unfinished():
            if self._stopping():
                break
            with bound_contextvars(series=short(number), block=cursor.number):
                series.append(self._tend(number, outcomes))
        shortages = tuple(self._look(outcomes))
        if outcomes:
            cursor = self._follower.sync()
        done = tuple(outcomes)
        return Pass(self._chain.head(), cursor, recovered, done, tuple(series), shortages)

    def _look(self, outcomes: list[Outcome]) -> Iterator[Shortage]:
        """The reserves of each grade, after the series; sends what is due about them."""
        for unit in self._follower.ledger.grades:
            if self._stopping():
                return
            shortage, done = tend_reserves(self._registry, unit, self._chain.head(), self._sender)
            outcomes.extend(() if done is None else (done,))
            if shortage is not None:
                yield shortage

    def _tend(self, number: int, outcomes: list[Outcome]) -> Tended:
        """Brings one series as far as it gets now."""
        skipped: tuple[Skipped, ...] = ()
        for _ in range(_STEPS):
            head = self._chain.head()
            bind_contextvars(block=head.number)
            before = len(outcomes)
            view = self._market.series(number, block=head)
            found = read_next_action(view, self._index, head)
            if found.action is Action.REDEEM:
                skipped = tuple(self._redeem(number, head, outcomes))
            # Where another sender took the nonce, whom it should have paid is read again.
            if _is_superseded(outcomes[before:]):
                continue
            if found.action in (Action.NOTHING, Action.REDEEM) or self._stopping():
                break
            act = Propose(number) if found.action is Action.PROPOSE else Finalise(number)
            done = self._perform(act)
            if done is None:
                break
            outcomes.append(done)
            if done.verdict is Verdict.PLANNED:
                break
        return Tended(number, view, found, skipped)

    def _perform(self, act: Act) -> Outcome | None:
        """Sends an act, or says why the chain does not take it now."""
        call = act.call(self._market)
        try:
            gas = self._sender.gas_limit(call)
        except Reverted as refusal:
            _log.info("%s: not now, %s", act, refusal.explain())
            return None
        return self._sender.send(call, str(act), gas)

    def _redeem(self, number: int, head: BlockStamp, outcomes: list[Outcome]) -> Iterator[Skipped]:
        """Pays all holders of a final series; yields those it could not pay."""
        for position, known in self._follower.ledger.holders(number).items():
            left = [holder for holder in known if self._holders.lots(holder, position, head)]
            payable = []
            for holder in left:
                if self._holders.must_redeem_itself(holder, head):
                    yield Skipped(position, holder, REDEEMS_ITSELF)
                else:
                    payable.append(holder)
            before = len(outcomes)
            yield from self._pay(position, payable, outcomes)
            if _is_superseded(outcomes[before:]):
                return

    def _pay(
        self, position: PositionId, holders: list[Address], outcomes: list[Outcome]
    ) -> Iterator[Skipped]:
        def gas_limit(page: tuple[Address, ...]) -> int:
            return self._sender.gas_limit(Redeem(position, page).call(self._market))

        while holders and not self._stopping():
            fitting = next_page(holders, self._paging, gas_limit)
            if fitting is None:
                holder, *holders = holders
                _log.warning("%s cannot be paid its %s", holder, side(position))
                yield Skipped(position, holder, "does not fit into a transaction, or is refused")
                continue
            page, gas = fitting
            act = Redeem(position, page)
            outcomes.append(self._sender.send(act.call(self._market), str(act), gas))
            if _is_superseded(outcomes):
                return
            holders = holders[len(page) :]


def _is_superseded(outcomes: list[Outcome]) -> bool:
    """Whether the last of them never happened because another transaction took its nonce."""
    return bool(outcomes) and outcomes[-1].verdict is Verdict.SUPERSEDED


def describe_pass(report: Pass) -> str:
    """One line about a pass for people."""
    acts = len(report.recovered) + len(report.outcomes)
    waiting = [
        f"{short(tended.series)} {tended.next_action.reason}"
        for tended in report.series
        if tended.next_action.is_waiting
    ]
    return (
        f"block {report.head.number}: {acts} acts" + ("; " if waiting else "") + ", ".join(waiting)
    )
