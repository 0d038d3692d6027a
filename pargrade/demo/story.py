"""The demo itself: a whole delivery month, from the first quote to the last payout."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.structs import Phase
from pargrade.chain.block import Tag
from pargrade.chain.endpoint.head_feed import HeadFeed
from pargrade.clock import DAY_S
from pargrade.demo.cast import HOLDERS
from pargrade.demo.clock import HOUR, Clock
from pargrade.demo.rounds import RecordedRound, recorded_rounds
from pargrade.demo.sources import Sources, ask_sources
from pargrade.demo.stage import Stage, build, keeper
from pargrade.demo.summary import summary
from pargrade.demo.trades import Floor, Month
from pargrade.process.child import Child
from pargrade.units import Price


def _midnight(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp())


GENESIS: Final = _midnight(2026, 3, 1) + 21 * HOUR
"""The sample's first quotes were seen four seconds later."""
FIRST_SLOT: Final = _midnight(2026, 3, 2)
LISTING: Final = _midnight(2026, 3, 31)
MONTH: Final = Month(_midnight(2026, 4, 1), _midnight(2026, 5, 1))

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Performance:
    """How the story ended."""

    rpc_url: str
    summary: dict[str, Any]
    rounds: list[RecordedRound]
    sources: list[Sources]


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
    before = [*range(FIRST_SLOT, LISTING, DAY_S), *range(LISTING, MONTH.start, HOUR)]
    month = [*range(MONTH.start, MONTH.expiry + 1, HOUR)]
    slots, count = len(before) + len(month), iter(range(1, len(before) + len(month) + 1))

    progress("March: one round a day, then every hour")
    clock.run(before, lambda _: landed(next(count), slots))
    stage = _open_market(stage, progress)
    with keeper(stage):
        progress("April, the delivery month: a round every hour")
        clock.run(month, lambda _: landed(next(count), slots))
        progress("Expired: the keeper proposes, waits a day, finalises and redeems")
        _settle(stage, clock)
    floor = Floor(stage.chain, stage.deployment)
    floor.take_delivery()
    head = stage.chain.head()
    return Performance(
        rpc_url=stage.devnet.url,
        summary=summary(stage.chain, stage.deployment),
        rounds=recorded_rounds(stage.chain, stage.index, stage.deployment.block, head.number),
        sources=ask_sources(stage.nodes),
    )


def _open_market(stage: Stage, progress: Progress) -> Stage:
    floor = Floor(stage.chain, stage.deployment)
    progress("Networks wrap their tokens; series are listed; the desk opens pairs")
    floor.supply()
    floor.wrap()
    spot = Price(stage.index.fresh(0, block=Tag.LATEST).value)
    deployment = floor.list_series(MONTH, spot)
    deployment.write(stage.deployment_file)
    floor.trade(spot)
    return replace(stage, deployment=deployment)


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

    clock.until(lambda: phases() <= {Phase.PROPOSED, Phase.DELIVERED}, "proposal")
    ends = max(market.series(number, block=Tag.LATEST).challenge_ends for number in ids)
    stage.chain.advance(ends)
    clock.until(lambda: phases() <= {Phase.SETTLED, Phase.DELIVERED}, "settlement")
    clock.until(nothing_left, "redemption")
