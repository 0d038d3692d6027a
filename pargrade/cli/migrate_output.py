"""What `pargrade migrate` prints: both markets, what would move, and what became of every lot."""

import typer

from pargrade.chain.hashing import Address
from pargrade.cli.toolkit.output import Table, report
from pargrade.deployment.migration.dust import UnitNeed
from pargrade.deployment.migration.forecast import Forecast, describe_self_redeeming, forecast
from pargrade.deployment.migration.listing import SeriesListing, find_refusals
from pargrade.deployment.migration.outcome import LotCount
from pargrade.deployment.migration.plan import Migration
from pargrade.deployment.migration.trust import Trust


def trust_table(trust: Trust) -> Table:
    """Whom both markets ask."""
    return Table(("", "old market", "new market"), trust.lines())


def report_plan(migration: Migration, trust: Trust, sender: Address | None, as_json: bool) -> None:
    """Prints what would move and what stays, with the reasons."""
    series = _forecasts(migration, sender)
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
        *_self_redeeming(series),
        *(each.describe() for each in dust),
        as_json=as_json,
    )


def report_listings(
    listings: tuple[SeriesListing, ...], gas: int | None = None, *, as_json: bool
) -> None:
    """Prints what was listed, or would be with so much gas. Exit code 1 where one was refused."""
    taken = [each for each in listings if not each.refusal]
    listed = {each.name: _id_of(each) for each in taken if each.is_new}
    recorded = {each.name: _id_of(each) for each in taken if not each.is_new}
    refused = {each.name: each.refusal for each in listings if each.refusal}
    dry_run = {"dry_run": gas is not None} | ({} if gas is None else {"gas": gas})
    names = ", ".join(listed) or "nothing"
    report(
        {"listed": listed, "recorded": recorded, "refused": refused, **dry_run},
        f"Listed: {names}." if gas is None else f"Dry run, nothing sent: {names} would be listed.",
        *(f"There already, and named in the file: {name}" for name in recorded),
        *(f"{name} refused: {why}" for name, why in refused.items()),
        as_json=as_json,
    )
    if refused:
        raise typer.Exit(1)


def _id_of(listing: SeriesListing) -> str | None:
    return None if listing.number is None else str(listing.number)


def _forecasts(migration: Migration, sender: Address | None) -> list[Forecast]:
    unlisted = find_refusals(migration)
    return [
        forecast(migration, each, sender, unlisted.get(each.series.number, ""))
        for each in migration.destinations
    ]


def _self_redeeming(series: list[Forecast]) -> list[str]:
    return [
        f"{each.destination.series.name}: {describe_self_redeeming(each.self_redeeming)}"
        for each in series
        if each.self_redeeming
    ]


def _dust(migration: Migration, sender: Address | None) -> list[UnitNeed]:
    return [
        UnitNeed.read(migration, unit, needed, sender) for unit, needed in migration.dust().items()
    ]


def report_pages(migration: Migration, trust: Trust, sender: Address, *, as_json: bool) -> None:
    """Prints how many transactions a run would send, and what it could not."""
    series = _forecasts(migration, sender)
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
        *_self_redeeming(series),
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
        *(
            f"{o.series}: {describe_self_redeeming(o.self_redeeming)}"
            for o in outcomes
            if o.self_redeeming
        ),
        "On a fork: the chain is as it was." if rehearsed else "What is left can be run again.",
        as_json=as_json,
    )
    if lost or any(outcome.refusals for outcome in outcomes):
        raise typer.Exit(1)
