import pytest

from bridge.outbox.transaction_log import Intents
from tests.support.service import KEEPER, open_tables


@pytest.fixture
def intents() -> Intents:
    return Intents(open_tables(), KEEPER.address)
