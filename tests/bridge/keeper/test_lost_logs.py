"""An endpoint that leaves out logs costs no holder a payout."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from pargrade.bindings.structs import Style
from pargrade.chain.block import Tag
from tests.support.market import DAY, MIDNIGHT, Market, account
from tests.support.proxy import fault_proxy, lost_logs
from tests.support.service import serve

pytestmark = pytest.mark.full

HOLDERS = 30


def drawn(share: float) -> Callable[[dict[str, Any]], bool]:
    chance = Random(3)
    return lambda _: chance.random() < share


@pytest.mark.parametrize("share", [0.1, 1.0])
def test_keep__logs_left_out__every_holder_is_paid(market: Market, share: float) -> None:
    series = market.list_series("A1GH", style=Style.DELIVERY)
    market.spread(series, HOLDERS)
    market.cover(MIDNIGHT + DAY, MIDNIGHT + 2 * DAY)
    with fault_proxy(market.net.url) as proxy:
        proxy.break_with(lost_logs(drawn(share)), "eth_getLogs")
        service = serve(market, urls=(proxy.url,))
        service.keep()
        service.chain.close()
    held = [
        market.market.balance_of(account(number), series, block=Tag.LATEST)
        for number in range(1, HOLDERS + 1)
    ]
    assert held == [0] * HOLDERS
    assert service.follower.ledger.unfinished() == ()
