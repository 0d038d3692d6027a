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
        series = ListedSeries.read(session, name, session.chain.head())
        terms = SeriesDetail.of_view(series.number, series.view, series.quote.decimals)
        return cls(session, RelayClient(relay), series, terms)


def load_key(text: str, chain_id: int) -> Key:
    """The key a person gave; on a development chain the desk's where none was. Raises NoKey."""
    if text:
        return load_local_key(text)
    if not is_development(chain_id):
        raise NoKey
    return DESK.key
