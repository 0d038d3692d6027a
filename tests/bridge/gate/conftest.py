from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.two_chains import TwoChains, two_chains


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoChains]:
    with two_chains(tmp_path_factory.mktemp("chains")) as found:
        yield found


@pytest.fixture
def bare(built: TwoChains, tmp_path: Path) -> Iterator[TwoChains]:
    """Two chains with gates, and no route between them."""
    with built.restored(tmp_path) as found:
        yield found


@pytest.fixture
def chains(bare: TwoChains) -> TwoChains:
    """The same with a route, and attesters in force at both ends."""
    bare.provision()
    return bare
