from collections.abc import Iterator

import pytest

from pargrade.devnet.anvil import Devnet
from tests.support.market import MIDNIGHT, Market


@pytest.fixture
def net() -> Iterator[Devnet]:
    with Devnet(genesis=MIDNIGHT) as net:
        yield net


@pytest.fixture
def market(net: Devnet) -> Market:
    """A market with one grade, quote in hand and a fresh index."""
    return Market.ready(net)
