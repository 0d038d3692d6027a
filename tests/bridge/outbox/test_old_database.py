"""A database from before blocks of outcomes were kept."""

from pathlib import Path

from bridge.keeper.actions import Propose
from bridge.outbox.outbox import Outbox
from bridge.outbox.records import Verdict
from bridge.outbox.transaction_log import Intents
from pargrade.bindings.structs import Style
from pargrade.database import transaction
from tests.support.market import DAY, MIDNIGHT, Market
from tests.support.service import KEEPER, open_tables


def test_open_tables__without_inclusions__old_outcomes_are_final_and_new_ones_are_kept(
    market: Market, tmp_path: Path
) -> None:
    numbers = [
        market.list_series("A1GH", start=MIDNIGHT + days * DAY, style=Style.DELIVERY)
        for days in (1, 2)
    ]
    market.chain.advance(MIDNIGHT + 4 * DAY)
    url = f"sqlite:///{tmp_path / 'bridge.db'}"
    old = open_tables(url)
    first, second = (Propose(number) for number in numbers)
    call = first.call(market.market)
    sender = Outbox(market.chain, KEEPER, Intents(old, KEEPER.address))
    sender.send(call, str(first), sender.gas_limit(call))
    with transaction(old) as connection:
        for table in ("inclusion", "agreement", "alembic_version"):
            connection.exec_driver_sql(f"DROP TABLE {table}")

    intents = Intents(open_tables(url), KEEPER.address)
    (known,) = intents.outcomes()
    assert (known.verdict, known.inclusion) == (Verdict.DONE, None)
    assert intents.provisional() == []
    assert intents.expenses(0) == []
    sender = Outbox(market.chain, KEEPER, intents)
    assert sender.recover() == []
    call = second.call(market.market)
    sender.send(call, str(second), sender.gas_limit(call))
    assert len(intents.provisional()) == 1
