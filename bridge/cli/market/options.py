"""Arguments and options of the market's commands, and what they open."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from bridge.orders.client.client import RelayClient
from bridge.orders.funds.series_terms import SeriesDetail
from pargrade.chain.development import is_development
from pargrade.chain.keys import Key
from pargrade.cli.toolkit.session import NoKey
from pargrade.deployment.series import ListedSeries
from pargrade.deployment.session import Session, open_session
from pargrade.devnet.accounts import DESK
from pargrade.errors import PargradeError
from pargrade.keys.source import load_local_key

DEFAULT_RELAY: Final = "http://127.0.0.1:8575"

SeriesName = Annotated[str, typer.Argument(metavar="SERIES", help="Name of the series.")]
RelayUrl = Annotated[str, typer.Option("--relay", metavar="URL", help="The relay's API.")]
LotsCount = Annotated[
    str | None,
    typer.Option("--lots", metavar="N", help="How many lots of 0.01 SCU.", show_default=False),
]
ContractsCount = Annotated[
    str | None,
    typer.Option(
        "--contracts", metavar="N", help="Or how many contracts of 73,000 lots.", show_default=False
    ),
]
ReceiptsFile = Annotated[
    Path | None,
    typer.Option(
        "--receipts",
        metavar="FILE",
        help="Receipts, one a line.",
        show_default=False,
        dir_okay=False,
    ),
]


class NothingTraded(PargradeError):
    """A deployment of which every series has expired, or that has none."""

    hint = "List a series with `pargrade futures create`."

    def __init__(self) -> None:
        super().__init__("no series is traded")


@dataclass(frozen=True, slots=True)
class Desk:
    """A relay, and a series as the chain has it."""

    session: Session
    relay: RelayClient
    series: ListedSeries
    terms: SeriesDetail

    @classmethod
    def open(cls, relay: str, rpc_url: str, deployment: Path | None, name: str) -> "Desk":
        """Raises RpcDown, NotDeployed, UnknownSeries."""
        session = open_session(rpc_url, deployment)
        return cls.of_series(session, relay, ListedSeries.read(session, name, session.chain.head()))

    @classmethod
    def open_next(cls, relay: str, rpc_url: str, deployment: Path | None) -> "Desk":
        """The series that expires next. Raises RpcDown, NotDeployed, NothingTraded."""
        session = open_session(rpc_url, deployment)
        head = session.chain.head()
        listed = [ListedSeries.read(session, name, head) for name in session.deployment.series]
        open_ones = [each for each in listed if head.timestamp < each.view.terms.expiry]
        if not open_ones:
            raise NothingTraded
        nearest = min(open_ones, key=lambda each: (each.view.terms.expiry, each.name))
        return cls.of_series(session, relay, nearest)

    @classmethod
    def of_series(cls, session: Session, relay: str, series: ListedSeries) -> "Desk":
        """A series that was read."""
        terms = SeriesDetail.of_view(series.number, series.view, series.quote.decimals)
        return cls(session, RelayClient(relay), series, terms)


def load_key(text: str, chain_id: int) -> Key:
    """The key a person gave; on a development chain the desk's where none was. Raises NoKey."""
    if text:
        return load_local_key(text)
    if not is_development(chain_id):
        raise NoKey
    return DESK.key
