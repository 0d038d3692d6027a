"""What `pargrade migrate` prints: both markets, what would move, and what became of every lot."""

import typer

from pargrade.chain.hashing import Address
from pargrade.cli.toolkit.output import Table, report
from pargrade.deployment.migration.dust import UnitNeed
from pargrade.deployment.migration.forecast import forecast
from pargrade.deployment.migration.outcome import LotCount
from pargrade.deployment.migration.plan import Migration
from pargrade.deployment.migration.trust import Trust


def trust_table(trust: Trust) -> Table:
    """Whom both markets ask."""
    return Table(("", "old market", "new market"), trust.lines())


def report_plan(migration: Migration, trust: Trust, sender: Address | None, as_json: bool) -> None:
    """Prints what would move and what stays, with the reasons."""
    series = [forecast(migration, each, sender) for each in migration.destinations]
    agreed = len(migration.before.agreed)
    dust = _dust(migration, sender)
    report(
        {
            "migrator": migration.migrator,
            "block": migration.block.number,
            "agreed": agreed,
            "trust": trust.to_json(),
            "dust": [each.to_json() for each in dust],
            "series": [each.to_json() for each in series],
        },
        trust_table(trust),
        Table(
            ("series", "lots held", "can move", "transactions", "stays because"),
            [
                (f.destination.series.name, f.held, f.movable, f.pages, f.stays_because)
                for f in series
            ],
            numbers=frozenset({"lots held", "can move", "transactions"}),
        ),
        f"{agreed} holders agreed; lots are of both sides together",
        *(each.describe() for each in dust),
        as_json=as_json,
    )


def _dust(migration: Migration, sender: Address | None) -> list[UnitNeed]:
    return [
        UnitNeed.read(migration, unit, needed, sender) for unit, needed in migration.dust().items()
    ]


def report_pages(migration: Migration, trust: Trust, sender: Address, *, as_json: bool) -> None:
    """Prints how many transactions a run would send, and what it could not."""
    series = [forecast(migration, each, sender) for each in migration.destinations]
    count = sum(each.pages for each in series)
    dust = _dust(migration, sender)
    report(
        {
            "dry_run": True,
            "transactions": count,
            "trust": trust.to_json(),
            "dust": [each.to_json() for each in dust],
            "series": [each.to_json() for each in series],
        },
        f"Dry run, nothing sent: {count} transactions. --rehearse tries them on a fork.",
        *(
            f"{f.destination.series.name}: {f.why_not or '; '.join(f.refused)}"
            for f in series
            if f.why_not or f.refused
        ),
        *(each.describe() for each in dust),
        as_json=as_json,
    )


def report_outcomes(
    outcomes: tuple[LotCount, ...], trust: Trust, *, rehearsed: bool, as_json: bool
) -> None:
    """Prints what became of every lot. Exit code 1 where a page was refused or a lot is lost."""
    lost = sum(abs(outcome.lost) for outcome in outcomes)
    report(
        {
            "dry_run": False,
            "rehearsed": rehearsed,
            "lost": lost,
            "trust": trust.to_json(),
            "series": [outcome.to_json() for outcome in outcomes],
        },
        trust_table(trust),
        Table(
            ("series", "before", "moved", "redeemed", "left", "lost", "refused because"),
            [
                (o.series, o.before, o.moved, o.redeemed, o.left, o.lost, "; ".join(o.refusals))
                for o in outcomes
            ],
            numbers=frozenset({"before", "moved", "redeemed", "left", "lost"}),
        ),
        "On a fork: the chain is as it was." if rehearsed else "What is left can be run again.",
        as_json=as_json,
    )
    if lost or any(outcome.refusals for outcome in outcomes):
        raise typer.Exit(1)
