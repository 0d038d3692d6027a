"""What became of every lot of a market while it was migrated, from the events of both contracts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pargrade.bindings.futures_market import Merged, Opened, Redeemed
from pargrade.bindings.market_migrator import MarketMigrator, Moved
from pargrade.chain.block import BlockStamp
from pargrade.deployment.migration.holders import Holders
from pargrade.deployment.migration.plan import Migration
from pargrade.deployment.series import ListedSeries, market_of


@dataclass(frozen=True, slots=True)
class LotCount:
    """Lots of a series, of all its sides together."""

    series: str
    before: int
    opened: int
    """By anybody, meanwhile."""
    moved: int
    redeemed: int
    merged: int
    """By their holders, meanwhile."""
    left: int
    self_redeeming: int
    """Of what is left: of contracts without a payout address, which only they can redeem."""
    refusals: tuple[str, ...] = ()
    """Why pages were refused, each reason once."""

    @property
    def lost(self) -> int:
        """0, or something happened to positions that no event tells of."""
        gone = self.moved + self.redeemed + self.merged + self.left
        return self.before + self.opened - gone

    def to_json(self) -> dict[str, Any]:
        """The outcome for machines."""
        return {
            "series": self.series,
            "before": self.before,
            "opened": self.opened,
            "moved": self.moved,
            "redeemed": self.redeemed,
            "merged": self.merged,
            "left": self.left,
            "self_redeeming": self.self_redeeming,
            "lost": self.lost,
            "refused": list(self.refusals),
        }


def read_outcomes(
    migration: Migration, refusals: Mapping[int, Sequence[str]]
) -> tuple[LotCount, ...]:
    """The outcome of each series that had positions when the migration was read, up to the head.

    `refusals` are of pages, by id of the series.
    """
    head = migration.source.chain.head()
    holders = migration.read_holders(head)
    counts = _count(migration, head)
    return tuple(
        replace(
            _outcome(migration, each.series, holders, counts),
            refusals=tuple(dict.fromkeys(refusals.get(each.series.number, ()))),
        )
        for each in migration.destinations
        if migration.lots_of(each.series)
    )


def _outcome(
    migration: Migration,
    series: ListedSeries,
    holders: Holders,
    counts: dict[str, Counter[int]],
) -> LotCount:
    def counted(kind: str) -> int:
        return counts[kind][series.number]

    return LotCount(
        series=series.name,
        before=migration.lots_of(series),
        opened=counted("opened"),
        moved=counted("moved"),
        redeemed=counted("redeemed"),
        merged=counted("merged"),
        left=sum(holders.total(series.number + side) for side in series.sides),
        self_redeeming=migration.self_redeeming_lots(series, holders),
    )


def _count(migration: Migration, head: BlockStamp) -> dict[str, Counter[int]]:
    """Lots by kind of event and id of the old series, since the migration was read."""
    counts: dict[str, Counter[int]] = {
        kind: Counter() for kind in ("opened", "moved", "redeemed", "merged")
    }
    first = migration.block.number + 1
    if first > head.number:
        return counts
    market, chain = market_of(migration.source), migration.source.chain
    for _, event in market.history(Opened, Merged, Redeemed, first=first, last=head.number):
        if isinstance(event, Redeemed):
            counts["redeemed"][_series_of(event.position)] += event.lots
        elif isinstance(event, Opened):
            counts["opened"][event.series] += 2 * event.lots
        elif isinstance(event, Merged) and event.long != migration.migrator:
            counts["merged"][event.series] += 2 * event.lots
    migrator = MarketMigrator(chain, migration.migrator)
    for _, moved in migrator.history(Moved, first=first, last=head.number):
        counts["moved"][_series_of(moved.from_)] += moved.lots
    return counts


def _series_of(position: int) -> int:
    """A position is its series' id with the side in the last byte."""
    return position & ~0xFF
