"""A keeper's alerts fire for real: real faults of its process, seen by a real Prometheus."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pargrade.process.ports import free_ports
from tests.support import command
from tests.support.figures import scrape
from tests.support.market import DAY, MIDNIGHT, PRICE, Market, account
from tests.support.nodes import until
from tests.support.prometheus import prometheus
from tests.support.proxy import FaultProxy, fault_proxy

EXPIRY = MIDNIGHT + 2 * DAY
PATIENCE_S = 180


@pytest.fixture
def proxy(market: Market) -> Iterator[FaultProxy]:
    with fault_proxy(market.net.url) as found:
        yield found


@contextmanager
def keeper(market: Market, folder: Path, url: str, port: int, *settings: str) -> Iterator[None]:
    """A running keeper whose figures can be read."""
    config = folder / "bridge.toml"
    lines = (
        f'rpc_url = "{url}"',
        f'deployment = "{market.write(folder / "31337.json")}"',
        f"api_port = {port}",
        "interval = 0.5",
        "reconcile_interval = 2",
        *settings,
    )
    config.write_text("\n".join(lines))
    with (folder / "keeper.log").open("a") as log:
        process = command.start("bridge", "run", config, stderr=log)

    def is_readable() -> bool:
        assert process.poll() is None, (folder / "keeper.log").read_text()
        try:
            return bool(scrape(f"http://127.0.0.1:{port}"))
        except OSError:
            return False

    try:
        until(is_readable, "figures", 60)
        yield
    finally:
        process.kill()
        process.communicate()


@pytest.mark.deep
def test_alerts__of_a_keeper__fire(market: Market, proxy: FaultProxy, tmp_path: Path) -> None:
    [port] = free_ports(1)
    instance = f"127.0.0.1:{port}"
    number = market.list_series("A1GH", name="NET-A1GH")
    market.spread(number, 3)
    market.cover(MIDNIGHT + DAY, EXPIRY, PRICE * 21 // 20)
    with prometheus(tmp_path / "scraper", {"pargrade-keeper": [instance]}) as scraper:
        with keeper(market, tmp_path, proxy.url, port):
            until(lambda: _fees(port) > 0, "fees")
            fees = _fees(port)
        with keeper(market, tmp_path, proxy.url, port, f'max_fee_per_day = "{fees * 1.1:.18f}"'):
            scraper.await_alert("FeesNearCap", instance, PATIENCE_S)
            unit, token = market.unit("A1GH"), market.token("A1GH")
            market.do_as(unit.address, token.transfer(account(9), 1))
            scraper.await_alert("BooksDiffer", instance, PATIENCE_S)
            proxy.break_with("hangs up")
            scraper.await_alert("PassesFail", instance, PATIENCE_S)
            scraper.await_alert("NoPass", instance, PATIENCE_S)


def _fees(port: int) -> float:
    return scrape(f"http://127.0.0.1:{port}").get("pargrade_fees_day_coins", 0)
