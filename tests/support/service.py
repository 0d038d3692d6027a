"""A bridge service over a test market, in this process."""

from pathlib import Path
from typing import Any, Final

from bridge.service import Service, assemble
from bridge.settings import Settings
from pargrade.chain.devnet import devnet_keys
from pargrade.chain.keys import Key
from tests.support.market import Market

KEEPER: Final = devnet_keys()[3]


def serve(
    market: Market, database: str = "sqlite://", key: Key | None = KEEPER, **settings: Any
) -> Service:
    """A service that counts every block at once; a database in memory unless one is named."""
    chosen = Settings(database=database, finality="latest", **settings)
    return assemble(market.chain, market.deployment, Path("unused.json"), chosen, key)
