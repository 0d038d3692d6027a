"""`pargrade hedge market`: prices, positions and lanes as a plan takes them."""

from bridge.cli.hedge.desk_options import HedgerPlace, PastPrices, paid_prices
from pargrade.cli.toolkit.option_group import with_groups
from pargrade.cli.toolkit.options import AsJson
from pargrade.cli.toolkit.output import Table, report


@with_groups
def market(
    place: HedgerPlace,
    past: PastPrices = None,
    as_json: AsJson = False,
) -> None:
    """Show what a plan may buy and what is held, from a relay and the chain.

    With --json it is a market file for `pargrade hedge plan`; past prices come over from --market.
    """
    with place.looking() as desk:
        found = desk.market(paid_prices(past))
    rows = [
        (
            offer.name,
            offer.month,
            offer.style,
            "-" if offer.price_usd is None else f"{offer.price_usd:.2f}",
            f"{offer.held_lots:,}",
            f"{offer.lane_filled:,}",
        )
        for offer in found.offers
    ]
    columns = ("series", "month", "style", "price", "held", "bought here")
    report(
        found.model_dump(mode="json"),
        Table(columns, rows, numbers=frozenset(columns[3:])) if rows else "Nothing is traded.",
        f"The index was {found.index_usd:.2f} USD at {found.observed_at}.",
        as_json=as_json,
    )
