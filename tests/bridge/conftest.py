from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pargrade.devnet.anvil import Devnet
from tests.support.market import MIDNIGHT, Market
from tests.support.postgres import Postgres


@pytest.fixture
def net() -> Iterator[Devnet]:
    with Devnet(genesis=MIDNIGHT) as net:
        yield net


@pytest.fixture
def market(net: Devnet) -> Market:
    """A market with one grade, quote in hand and a fresh index."""
    return Market.ready(net)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with Postgres(tmp_path_factory.mktemp("pg") / "server") as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Makes URLs of new, empty databases."""
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        return server.fresh
    numbers = iter(range(100))
    return lambda: f"sqlite:///{tmp_path / f'{next(numbers)}.db'}"
