"""A bridge service over a test market, in this process."""

from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine

from bridge.schema import BRIDGE
from bridge.service.service import Service, assemble
from bridge.service.settings import Settings
from pargrade.chain.keys import Key
from pargrade.chain.rpc import Chain
from pargrade.database import open_database
from pargrade.devnet.anvil import devnet_keys
from tests.support.market import Market

KEEPER: Final = devnet_keys()[3]


def open_tables(url: str = "sqlite://") -> Engine:
    """A database with the tables of the bridge, in memory unless one is named."""
    return open_database(url, BRIDGE)


def serve(
    market: Market,
    database: str = "sqlite://",
    key: Key | None = KEEPER,
    *,
    urls: tuple[str, ...] = (),
    **settings: Any,
) -> Service:
    """A service over a database in memory unless one is named.

    Every block counts at once unless a finality is named. It reaches the chain at `urls`, where
    there are some, else like the market.
    """
    chain = Chain.connect(*urls) if urls else market.chain
    chosen = Settings(database=database, **{"finality": "latest", **settings})
    return assemble(chain, market.deployment, Path("unused.json"), chosen, key)
