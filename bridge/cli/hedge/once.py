"""`pargrade hedge once`: market, plan and apply in one run, as a scheduler calls it."""

import time
from typing import Annotated, Final

import typer

from bridge.cli.hedge.apply import OPEN, describe
from bridge.cli.hedge.desk_options import DeskPlace, PastPrices, paid_prices
from bridge.cli.hedge.exposure_options import ConversionOptions
from bridge.cli.hedge.forecast import OutlookFile, read_outlook
from bridge.cli.hedge.options import Files, ReadingOptions
from bridge.hedge.desk.desk import HedgeDesk
from bridge.hedge.exposure.exposure import expose
from bridge.hedge.plan.policy import MarketSnapshot, PaidMonth
from pargrade.cli.toolkit.option_group import with_groups
from pargrade.cli.toolkit.options import AsJson
from pargrade.cli.toolkit.output import report

_LOOK_S: Final = 0.1


@with_groups
def once(
    files: Files,
    conversion: ConversionOptions,
    reading: ReadingOptions,
    place: DeskPlace,
    past: PastPrices = None,
    patience: Annotated[
        int,
        typer.Option(
            "--await-offer",
            min=0,
            max=3_600,
            metavar="SECONDS",
            help="How long to wait for an offer of an allowed series.",
        ),
    ] = 0,
    outlook: OutlookFile = None,
    as_json: AsJson = False,
) -> None:
    """Read the market, plan on today's need, and carry the plan out where it buys something.

    The same as `market`, `plan` and `apply` one after the other. Exit code 3: not all was filled.
    """
    exposure = expose(reading.read(files), conversion.choice())
    planned = read_outlook(outlook)
    prices = paid_prices(past)
    with place.signing() as desk:
        plan = desk.plan(exposure, _await_offer(desk, prices, patience), planned).plan
        if not any(month.buy_lots for month in plan.months):
            why = {month.month: "; ".join(month.bounds) for month in plan.months}
            lines = [f"{month}: {reason or 'enough is held'}" for month, reason in why.items()]
            machine = {"plan": plan.hash, "whole": True, "orders": [], "bounds": why}
            report(machine, "Nothing to buy.", *lines, as_json=as_json)
            return
        outcome = desk.apply(plan.hash, exposure, prices, planned)
    report(outcome.to_json(), *describe(outcome), f"Plan {plan.hash}", as_json=as_json)
    if not outcome.is_whole:
        raise typer.Exit(OPEN)


def _await_offer(desk: HedgeDesk, prices: tuple[PaidMonth, ...], patience_s: int) -> MarketSnapshot:
    """The market, once something that the policy allows is offered, or as it is at the end."""
    ends = time.monotonic() + patience_s
    while True:
        found = desk.market(prices)
        allowed = [each for each in found.offers if each.name in desk.policy.series]
        if any(each.price_usd for each in allowed) or time.monotonic() >= ends:
            return found
        time.sleep(_LOOK_S)
