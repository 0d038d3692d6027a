"""`pargrade hedge unwind` and `pargrade hedge roll`: plans to give up what is held."""

from typing import Annotated

import typer

from bridge.cli.hedge.desk_options import HedgerPlace
from bridge.cli.market.options import LotsCount, SeriesName
from bridge.cli.market.views import LimitPrice
from bridge.hedge.trade.exits import ExitPlan
from pargrade.cli.toolkit.option_group import with_groups
from pargrade.cli.toolkit.options import AsJson
from pargrade.cli.toolkit.output import Table, report
from pargrade.cli.toolkit.parse import lots_of, reference_price
from pargrade.units import Price

FarSeries = Annotated[str, typer.Argument(metavar="LATER", help="The series to hold instead.")]
FarLimit = Annotated[
    str | None,
    typer.Option(
        "--far-limit",
        metavar="USD",
        help="Most to pay for the later series, with the fee in it.",
        show_default="what the book asks",
    ),
]


@with_groups
def unwind(
    series: SeriesName,
    place: HedgerPlace,
    lots: LotsCount = None,
    limit: LimitPrice = None,
    as_json: AsJson = False,
) -> None:
    """Plan to sell lots that are held, all of them by default, and write the plan under its hash.

    Nothing is sold until `pargrade hedge apply HASH`.
    """
    with place.looking() as desk:
        found = desk.plan_exit(series, _lots(lots), (_price(limit), 0))
    _report_exit(found, place, as_json)


@with_groups
def roll(
    series: SeriesName,
    far: FarSeries,
    place: HedgerPlace,
    lots: LotsCount = None,
    limit: LimitPrice = None,
    far_limit: FarLimit = None,
    as_json: AsJson = False,
) -> None:
    """Plan to move lots into a later series: both in one transaction, or neither.

    Nothing moves until `pargrade hedge apply HASH`.
    """
    with place.looking() as desk:
        limits = (_price(limit), _price(far_limit))
        found = desk.plan_exit(series, _lots(lots), limits, far)
    _report_exit(found, place, as_json)


def _lots(text: str | None) -> int | None:
    return None if text is None else lots_of(text, None)


def _price(text: str | None) -> int:
    return 0 if text is None else int(reference_price(text))


def _report_exit(found: ExitPlan, place: HedgerPlace, as_json: bool) -> None:
    order = found.order
    facts = [
        (order.action.lower(), f"{order.lots:,} of {order.held_lots:,} lots"),
        (f"{order.series} at least", Price(order.limit8).text()),
    ]
    if order.far:
        facts.append((f"{order.far} at most", Price(order.far_limit8).text()))
    path = place.plans / f"{found.hash}.json"
    report(
        {"hash": found.hash, "file": str(path), **found.to_json()},
        Table(("exit", ""), facts),
        f"Plan {found.hash}",
        f"Written: {path}",
        as_json=as_json,
    )
