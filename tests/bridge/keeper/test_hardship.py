"""Every holder is paid, once, whatever becomes of processes, databases and disks on the way.

A holder cannot be paid twice: a payout burns the position. So what is looked at is that nobody is
left out, that ledger, journal and chain agree, and that every intent has an end.
"""

import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from random import Random

import pytest

from bridge.outbox.transaction_log import Intents
from bridge.service.daemon import Daemon
from bridge.service.service import Service
from bridge.service.settings import Settings
from pargrade.bindings.structs import Phase, Style
from pargrade.chain.block import Tag
from pargrade.chain.errors import ChainError
from pargrade.chain.keys import Key
from pargrade.database import DatabaseFull
from pargrade.devnet.anvil import devnet_keys
from pargrade.process.failpoint import VARIABLE
from tests.support.cli import run as run_here
from tests.support.command import run
from tests.support.market import DAY, MIDNIGHT, PRICE, Market, account
from tests.support.postgres import Postgres
from tests.support.proxy import fault_proxy, lost_logs
from tests.support.service import KEEPER, serve

pytestmark = pytest.mark.full

FEW = 24
SIZES = [FEW, pytest.param(500, marks=pytest.mark.deep)]
STEPS = ("intent-recorded:1", "transaction-sent:2", "end-seen:1", "outcome-recorded:1")
OTHER = devnet_keys()[10]
DEEPEST = 64


def due(market: Market, holders: int) -> int:
    """A series that has to be settled and paid now."""
    series = market.list_series("A1GH", style=Style.DELIVERY)
    market.spread(series, holders)
    market.chain.advance(MIDNIGHT + 2 * DAY)
    return series


def unpaid(market: Market, series: int, holders: int) -> list[int]:
    """The accounts that `spread` gave LONG, and the one it gave SHORT, that still hold some."""
    return [
        number
        for number in range(1, holders + 2)
        if market.market.balance_of(account(number), series + (number > holders), block=Tag.LATEST)
    ]


def require_paid(market: Market, series: int, holders: int, *databases: str) -> None:
    """Everyone is, and each database says what the chain says."""
    assert unpaid(market, series, holders) == []
    for database in databases:
        reader = serve(market, database, key=None)
        assert reader.reconcile().mismatches == ()
        assert reader.replay()[1] == ()
        assert reader.follower.ledger.unfinished() == ()


def wait_until(seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 240
    while not seen():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def keep_until_paid(service: Service) -> None:
    """Passes as the daemon makes them: what the chain refuses is tried again in the next one."""

    def pass_and_look() -> bool:
        with suppress(ChainError):
            service.keep()
        service.follow()
        return service.follower.ledger.unfinished() == ()

    wait_until(pass_and_look)


@pytest.mark.parametrize("holders", SIZES)
def test_keeper__killed_at_one_step_after_the_other__everyone_is_paid(
    market: Market, fresh: Callable[[], str], holders: int, tmp_path: Path
) -> None:
    series, database = due(market, holders), fresh()
    config = tmp_path / "bridge.toml"
    config.write_text(
        f'rpc_url = "{market.net.url}"\n'
        f'deployment = "{market.write(tmp_path / "deployment.json")}"\n'
        f'database = "{database}"\n'
        f'finality = "latest"\npage_size = {max(holders // 8, 2)}\npatience = 1\n'
    )
    for step in STEPS:
        killed = run("bridge", "once", config, env={VARIABLE: step})
        assert killed.returncode == -signal.SIGKILL, killed.stderr
    done = run("bridge", "once", config)
    assert done.returncode == 0, done.stderr
    require_paid(market, series, holders, database)


@pytest.mark.parametrize("holders", SIZES)
@pytest.mark.parametrize("second", [KEEPER, OTHER], ids=["same key", "another key"])
@pytest.mark.parametrize("databases", [1, 2])
def test_keep__two_keepers__on_one_database_or_two_everyone_is_paid(
    market: Market, fresh: Callable[[], str], databases: int, second: Key, holders: int
) -> None:
    series = due(market, holders)
    urls = [fresh() for _ in range(databases)]
    keepers = [
        serve(market, url, key=key, page_size=max(holders // 8, 2), patience=1)
        for url, key in zip((urls[0], urls[-1]), (KEEPER, second), strict=True)
    ]
    failures: list[Exception] = []

    def work(keeper: Service) -> None:
        try:
            keep_until_paid(keeper)
        except Exception as failure:  # noqa: BLE001  # shown by the assertion below
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(keeper,)) for keeper in keepers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    require_paid(market, series, holders, *urls)


@pytest.mark.parametrize("holders", SIZES)
def test_keep__blocks_go_away_after_every_pass__everyone_is_paid(
    market: Market, fresh: Callable[[], str], holders: int
) -> None:
    """Under the proposal, the price that stands, and each page of payments."""
    series, database, chance = market.list_series("A1GH"), fresh(), Random(5)
    market.spread(series, holders)
    market.cover(MIDNIGHT + DAY, MIDNIGHT + 2 * DAY, PRICE * 21 // 20)
    market.chain.mine(DEEPEST)
    base = market.chain.head().number
    page = max(holders // 8, 2)
    undone = set()
    for _ in range(12):
        # Opened anew, as a process does that was ended in between.
        service = serve(market, database, page_size=page, finality=str(DEEPEST))
        service.keep()
        phase = market.market.series(series, block=Tag.LATEST).phase
        market.chain.mine(chance.randrange(3))
        depth = min(chance.choice((1, 2, 8, 32, DEEPEST)), market.chain.head().number - base)
        if depth:
            market.reorg(depth)
            undone.add(phase)
        market.chain.advance(market.now + DAY // 2)
    assert undone == {Phase.PROPOSED, Phase.SETTLED}
    market.chain.advance(market.now + DAY)
    for _ in range(3):
        service.keep()
    market.chain.mine(DEEPEST)
    require_paid(market, series, holders, database)
    assert Intents(service.journal.engine, KEEPER.address).open() == []


@pytest.mark.parametrize("holders", SIZES)
def test_run__database_restarts_under_a_waiting_transaction__the_same_process_goes_on(
    market: Market, postgres: Postgres, holders: int, caplog: pytest.LogCaptureFixture
) -> None:
    series, database = due(market, holders), postgres.fresh()
    service = serve(market, database, page_size=max(holders // 8, 2))
    daemon = Daemon(service, Settings(interval=0.2), lambda _: None)
    ended: list[BaseException] = []

    def watch() -> None:
        try:
            daemon.run()
        except BaseException as failure:  # noqa: BLE001  # shown by the assertion below
            ended.append(failure)

    thread = threading.Thread(target=watch)
    market.chain.pause_mining()
    thread.start()
    try:
        wait_until(lambda: market.chain.request("txpool_status")["pending"] != "0x0")
        postgres.stop()
        market.chain.resume_mining()
        market.chain.mine()
        wait_until(lambda: "next pass" in caplog.text or "database postgresql" in caplog.text)
        left = unpaid(market, series, holders)
        postgres.start_again()
        wait_until(lambda: not unpaid(market, series, holders))
    finally:
        service.stop.set()
        market.chain.resume_mining()
        postgres.start_again()
        thread.join()
    assert ended == []
    assert left, "it has to happen before the end"
    require_paid(market, series, holders, database)


@pytest.mark.parametrize("holders", SIZES)
def test_keep__disk_is_full__one_error_and_everyone_is_paid_once_there_is_space(
    market: Market, holders: int, tmp_path: Path
) -> None:
    series, database = due(market, holders), f"sqlite:///{tmp_path / 'bridge.db'}"
    service = serve(market, database, page_size=max(holders // 8, 2))
    service.follow()

    def limit(pages: int) -> None:
        with service.journal.engine.connect() as connection:
            used = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {used + pages}")

    failures = 0
    for pages in range(40):
        limit(pages)
        try:
            service.keep()
            break
        except DatabaseFull:
            failures += 1
    assert failures > 0
    limit(1_000_000)
    keep_until_paid(service)
    require_paid(market, series, holders, database)
    assert Intents(service.journal.engine, KEEPER.address).open() == []


@pytest.mark.parametrize("holders", SIZES)
def test_keep__tenth_of_the_logs_is_lost_and_the_rest_comes__everyone_is_paid(
    market: Market, fresh: Callable[[], str], holders: int
) -> None:
    series, database, chance = due(market, holders), fresh(), Random(11)
    with fault_proxy(market.net.url) as proxy:
        proxy.break_with(lost_logs(lambda _: chance.random() < 0.1), "eth_getLogs")
        service = serve(market, database, urls=(proxy.url,))
        keep_until_paid(service)
        service.chain.close()
    require_paid(market, series, holders, database)


def test_status__file_is_overwritten_in_the_middle__one_error_and_a_restore_mends_it(
    market: Market, tmp_path: Path
) -> None:
    series = due(market, FEW)
    path = tmp_path / "31337.bridge.db"
    where = (
        "--rpc-url",
        market.net.url,
        "--deployment",
        str(market.write(tmp_path / "31337.json")),
    )
    service = serve(market, f"sqlite:///{path}")
    keep_until_paid(service)
    # Else it has the file open for as long as it is not collected.
    service.journal.engine.dispose()
    saved = tmp_path / "saved"
    assert run_here("bridge", "backup", str(saved), *where).code == 0
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4_096)
        file.write(b"\xff" * (size - 4_096))
    refused = run_here("bridge", "status", *where)
    assert "malformed" in refused.error
    assert "`pargrade bridge restore`" in refused.hint
    assert "`pargrade bridge reconcile`" in refused.hint
    assert run_here("bridge", "restore", str(saved), *where, "--replace").code == 0
    assert run_here("bridge", "reconcile", *where, "--replay").code == 0
    require_paid(market, series, FEW, f"sqlite:///{path}")
