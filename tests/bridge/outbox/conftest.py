import pytest

from bridge.keeper.actions import Act, Propose
from bridge.outbox.transaction_log import Intents
from pargrade.bindings.structs import Style
from tests.support.market import DAY, MIDNIGHT, Market
from tests.support.service import KEEPER, open_tables


@pytest.fixture
def intents() -> Intents:
    return Intents(open_tables(), KEEPER.address)


@pytest.fixture
def acts(market: Market) -> list[Act]:
    """Three proposals that anyone may make."""
    numbers = [
        market.list_series("A1GH", start=MIDNIGHT + days * DAY, style=Style.DELIVERY)
        for days in (1, 2, 3)
    ]
    market.chain.advance(MIDNIGHT + 5 * DAY)
    return [Propose(number) for number in numbers]
