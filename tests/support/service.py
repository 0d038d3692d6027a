"""A bridge service over a test market, in this process."""

from pathlib import Path
from typing import Any, Final

from bridge.service.service import Service, assemble
from bridge.service.settings import Settings
from pargrade.chain.keys import Key
from pargrade.devnet.anvil import devnet_keys
from tests.support.market import Market

KEEPER: Final = devnet_keys()[3]


def serve(
    market: Market, database: str = "sqlite://", key: Key | None = KEEPER, **settings: Any
) -> Service:
    """A service that counts every block at once; a database in memory unless one is named."""
    chosen = Settings(database=database, finality="latest", **settings)
    return assemble(market.chain, market.deployment, Path("unused.json"), chosen, key)
