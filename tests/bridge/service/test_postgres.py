"""The same bridge on PostgreSQL, where several workers share one journal."""

import threading
from pathlib import Path

import pytest

from bridge.ledger.journal import Journal
from bridge.ledger.snapshot import digest
from pargrade.bindings.structs import Style
from pargrade.chain.block import Tag
from pargrade.database import open_database
from tests.support.market import DAY, MIDNIGHT, PRICE, Market, account
from tests.support.postgres import Postgres
from tests.support.service import open_tables, serve


@pytest.fixture
def database(postgres: Postgres) -> str:
    return postgres.fresh()


def test_keep__on_postgresql__settles_pays_and_reconciles_like_on_sqlite(
    market: Market, database: str, tmp_path: Path
) -> None:
    series = market.list_series("A1GH")
    market.spread(series, 3)
    market.cover(MIDNIGHT + DAY, MIDNIGHT + 2 * DAY, PRICE * 21 // 20)
    service = serve(market, database)
    service.keep()
    market.chain.advance(market.now + DAY)
    service.keep()
    assert market.market.balance_of(account(3), series, block=Tag.LATEST) == 0
    assert service.reconcile().mismatches == ()
    service.replay()

    sqlite = serve(market, f"sqlite:///{tmp_path / 'bridge.db'}", key=None)
    sqlite.follow()
    assert digest(sqlite.follower.ledger) == digest(service.follower.ledger)
    assert sqlite.journal.balances() == service.journal.balances()
    assert sqlite.journal.read()[1] == service.journal.read()[1]


def test_sync__reorg_on_postgresql__ledger_equals_a_replay(market: Market, database: str) -> None:
    series = market.list_series("A1GH")
    service = serve(market, database, key=None)
    service.follow()
    market.spread(series, 3)
    service.follow()
    market.reorg(4)
    assert service.follow().rollbacks == 1
    fresh, mismatches = service.replay()
    assert mismatches == ()
    assert fresh == digest(service.follower.ledger)


def test_sync__four_workers_at_once__every_entry_is_journalled_exactly_once(
    market: Market, database: str
) -> None:
    series = market.list_series("A1GH")
    market.spread(series, 10)
    workers = [serve(market, database, key=None) for _ in range(4)]
    barrier = threading.Barrier(len(workers) + 1)
    failures: list[Exception] = []

    def follow(number: int) -> None:
        try:
            barrier.wait()
            for _ in range(15):
                workers[number].follow()
        except Exception as failure:  # noqa: BLE001  # shown by the assertion below
            failures.append(failure)

    threads = [threading.Thread(target=follow, args=(n,)) for n in range(len(workers))]
    for thread in threads:
        thread.start()
    barrier.wait()
    for lots in range(1, 12):
        market.open(series, lots)
    for thread in threads:
        thread.join()
    assert failures == []
    for worker in workers:
        worker.follow()
    (kept,) = {digest(worker.follower.ledger) for worker in workers}
    assert workers[0].replay() == (kept, ())
    places = [entry.place for entry in workers[0].journal.read()[1]]
    assert places == sorted(set(places))


def test_keep__two_keepers_with_one_database__neither_fails_and_all_are_paid(
    market: Market, database: str
) -> None:
    from pargrade.devnet.anvil import devnet_keys

    series = market.list_series("A1GH", style=Style.DELIVERY)
    market.spread(series, 6)
    market.chain.advance(MIDNIGHT + 2 * DAY)
    keepers = [serve(market, database, key=key, page_size=2) for key in devnet_keys()[10:12]]
    threads = [threading.Thread(target=keeper.keep) for keeper in keepers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for keeper in keepers:
        keeper.follow()
        assert keeper.follower.ledger.unfinished() == ()
    assert keepers[0].reconcile().mismatches == ()


def test_open_database__password_in_the_url__never_in_the_error(postgres: Postgres) -> None:
    from pargrade.database import DatabaseDown

    with pytest.raises(DatabaseDown) as refused:
        open_database("postgresql://someone:s3cret@127.0.0.1:1/none")
    assert "s3cret" not in str(refused.value)
    engine = open_tables(postgres.fresh())
    Journal(engine, 31337, account(1))
