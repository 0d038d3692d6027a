"""The demo itself: a whole delivery month, from the first quote to the last payout."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.structs import Phase
from pargrade.chain.block import Tag
from pargrade.chain.endpoint.head_feed import HeadFeed
from pargrade.clock import DAY_S
from pargrade.demo.agreement import sum_up
from pargrade.demo.cast import AURORA, CHAT, HOLDERS, LUMEN, SEARCH, VISION
from pargrade.demo.clock import HOUR, Clock
from pargrade.demo.hedges import fills, hedges
from pargrade.demo.members import DEAD, DemoMembers
from pargrade.demo.pipeline import SERIES, Pipeline, bill_lines
from pargrade.demo.rounds import RecordedRound, recorded_rounds
from pargrade.demo.services import place_in
from pargrade.demo.stage import ROUND_S, Stage, build, keeper
from pargrade.demo.summary import WorldState, summary
from pargrade.demo.trades import SEARCH_LOTS, SOLD_BACK, VISION_LOTS, Floor, Month, Prices
from pargrade.demo.venue import DemoRelay, Trading
from pargrade.deployment.session import Session
from pargrade.devnet.rounds import pass_finality
from pargrade.process.child import Child
from pargrade.units import Price


def _midnight(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp())


GENESIS: Final = _midnight(2026, 3, 1) + 21 * HOUR
"""The sample's first quotes were seen four seconds later."""
FIRST_SLOT: Final = _midnight(2026, 3, 2)
LISTING: Final = _midnight(2026, 3, 9)
"""Before the recorded prices of late March rose."""
MONTH: Final = Month(_midnight(2026, 4, 1), _midnight(2026, 5, 1))
DEATH: Final = _midnight(2026, 4, 29)
"""After the round of this slot a member is killed."""

_ASKED_DAYS: Final = 4
"""A node is asked on every fourth day why the value is what it is."""
_WITH_A_DEAD_STANDS_S: Final = 0.5
"""A member that is down is waited for by the chain's time, so that is let pass at once."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Performance:
    """How the story ended."""

    rpc_url: str
    summary: dict[str, Any]
    rounds: list[RecordedRound]
    explanations: list[dict[str, Any]]
    """Of some rounds, as a node gave them."""


@dataclass(slots=True)
class _Rounds:
    """Lets rounds come, counts them, and has some of them explained while a node still can."""

    clock: Clock
    members: DemoMembers
    total: int
    landed: Callable[[int, int], None]
    explanations: list[dict[str, Any]] = field(default_factory=list)
    _count: int = 0

    def run(self, slots: Iterable[int]) -> None:
        """Raises TooQuiet, ServiceEnded."""
        self.clock.run(slots, self._note)

    def _note(self, slot: int) -> None:
        self._count += 1
        self.landed(self._count, self.total)
        if slot % (_ASKED_DAYS * DAY_S) == 0 or self._count == self.total:
            self.explanations.append(self.members.explain(slot))


def play(
    folder: Path,
    running: ExitStack,
    oracle: Child,
    progress: Progress,
    landed: Callable[[int, int], None],
) -> Performance:
    """Runs everything; the chain stays up until `running` is closed, for whoever wants to look.

    `oracle` are the nodes, waiting for their configurations. `landed` hears of every round: how
    many have landed, and of how many. Raises TooQuiet, and what the chain raises.
    """
    stage = running.enter_context(build(folder, GENESIS, oracle, progress))
    heads = running.enter_context(HeadFeed(stage.devnet.nearest))
    clock = Clock(stage.chain, heads, stage.index, stage.services, str(folder))
    early = range(FIRST_SLOT, LISTING + 1, ROUND_S)
    late = range(LISTING + ROUND_S, MONTH.start, ROUND_S)
    month = range(MONTH.start, DEATH + 1, ROUND_S)
    last = range(DEATH + ROUND_S, MONTH.expiry + 1, ROUND_S)
    total = sum(map(len, (early, late, month, last)))
    rounds = _Rounds(clock, stage.members, total, landed)

    progress("March: five members agree on one report a day; the last one's source is corrupted")
    rounds.run(early)
    stage, floor, venue = _open_market(stage, running, progress)
    trading, prices = Trading(venue, floor, clock), Prices(_spot(stage))
    pipeline = Pipeline(venue)
    progress("A desk, networks and teams meet over the relay; a team's pipeline buys by its plan")
    called = _trade_early(trading, pipeline, prices)
    clock.pass_to(LISTING + HOUR)
    call = called()
    rounds.run(late)
    progress("The price has moved: those who come now lock another one")
    _trade_late(trading, Prices(_spot(stage)))
    with keeper(stage):
        progress("April, the delivery month")
        rounds.run(month)
        progress(f"Member {DEAD + 1} dies; four go on")
        stage.members.kill(DEAD)
        clock.stands_s = _WITH_A_DEAD_STANDS_S
        rounds.run(last)
        progress("Expired: the keeper proposes, waits a day, finalises and redeems")
        _settle(stage, clock)
    billed = pipeline.bill()
    floor.take_delivery()
    head = stage.chain.head()
    books = WorldState(stage.chain, stage.deployment, head)
    first, explanations = stage.deployment.block, rounds.explanations
    recorded = recorded_rounds(stage.index, first, head.number, explanations)
    return Performance(
        rpc_url=stage.devnet.url,
        summary=summary(books)
        | {"committee": sum_up(explanations, recorded)}
        | {"fills": fills(books), "call": call, "relay_url": venue.url}
        | {"hedges": hedges(books), "pipeline": _bill(books, billed())},
        rounds=recorded,
        explanations=explanations,
    )


def _open_market(
    stage: Stage, running: ExitStack, progress: Progress
) -> tuple[Stage, Floor, DemoRelay]:
    floor = Floor(stage.chain, stage.deployment)
    progress("Networks wrap their tokens; series are listed; a relay opens")
    floor.supply()
    floor.wrap()
    deployment = floor.list_series(MONTH, _spot(stage))
    deployment.write(stage.deployment_file)
    floor.admit_exchange()
    venue = DemoRelay.start(place_in(stage.folder, stage.devnet.url))
    running.enter_context(venue.relay)
    stage.services.append(venue.relay)
    return replace(stage, deployment=deployment), floor, venue


def _trade_early(
    trading: Trading, pipeline: Pipeline, prices: Prices
) -> Callable[[], dict[str, Any]]:
    """What is returned waits for the fill of the call, once its hour has come."""
    called = trading.enter_call(prices.delivery())
    hedged = pipeline.hedge(LISTING, trading.floor.reference(SERIES))
    trading.meet(prices.to_desk())
    trading.meet(prices.from_desk(CHAT))
    hedged()
    return called


def _trade_late(trading: Trading, prices: Prices) -> None:
    # One after the other: in one book the teams would meet whichever network came first.
    trading.meet(prices.to_desk(), prices.mix(SEARCH, AURORA, SEARCH_LOTS))
    trading.meet(prices.from_desk(SEARCH), prices.mix(VISION, LUMEN, VISION_LOTS))
    trading.meet(prices.mix(AURORA, SEARCH, SOLD_BACK))
    trading.floor.hand_on()


def _bill(books: WorldState, rows: list[dict[str, str]]) -> dict[str, Any]:
    number = int(books.deployment.series[SERIES].series_id)
    price = Price(books.market.series(number, block=books.block).price)
    return {"series": SERIES, "S": str(price), "rows": rows, **bill_lines(rows, price)}


def _spot(stage: Stage) -> Price:
    return Price(stage.index.fresh(0, block=Tag.LATEST).value)


def _settle(stage: Stage, clock: Clock) -> None:
    market = FuturesMarket(stage.chain, stage.deployment.address("FuturesMarket"))
    ids = [int(series.series_id) for series in stage.deployment.series.values()]

    def phases() -> set[Phase]:
        return {market.series(number, block=Tag.LATEST).phase for number in ids}

    def nothing_left() -> bool:
        block = stage.chain.head()
        grades = {number: len(market.series(number, block=block).terms.units) for number in ids}
        return not any(
            market.balance_of(holder.address, number + side, block=block)
            for number in ids
            for side in range(grades[number] + 1)
            for holder in HOLDERS
        )

    pass_finality(
        Session(stage.chain, stage.deployment, stage.deployment_file), stage.chain, MONTH.expiry
    )
    clock.until(lambda: phases() <= {Phase.PROPOSED, Phase.DELIVERED}, "proposal")
    ends = max(market.series(number, block=Tag.LATEST).challenge_ends for number in ids)
    stage.chain.advance(ends)
    clock.until(lambda: phases() <= {Phase.SETTLED, Phase.DELIVERED}, "settlement")
    clock.until(nothing_left, "redemption")
