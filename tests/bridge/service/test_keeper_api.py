"""A keeper's /health and /metrics, asked of a real process; and its log."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from pargrade.bindings.structs import Phase
from pargrade.chain.block import Tag
from pargrade.process.ports import free_ports
from tests.support import command
from tests.support.command import KEEPER_KEY
from tests.support.figures import scrape, status_of
from tests.support.market import DAY, MIDNIGHT, PRICE, Market
from tests.support.nodes import until
from tests.support.proxy import fault_proxy

EXPIRY = MIDNIGHT + 2 * DAY


@pytest.fixture
def series(market: Market) -> int:
    """A covered series that has expired, with three LONG holders and one SHORT holder."""
    number = market.list_series("A1GH", name="NET-A1GH")
    market.spread(number, 3)
    market.cover(MIDNIGHT + DAY, EXPIRY, PRICE * 21 // 20)
    return number


class Keeper:
    """A running keeper, with a second endpoint that wants a password."""

    def __init__(self, market: Market, folder: Path, second: str) -> None:
        [self.port] = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "keeper.log"
        config = folder / "bridge.toml"
        config.write_text(
            f'rpc_url = "{market.net.url},{second}"\ninterval = 0.5\nlog_format = "json"\n'
            f'deployment = "{market.write(folder / "31337.json")}"\napi_port = {self.port}\n'
            'max_fee_per_day = "0.5"\n'
        )
        with self.log.open("w") as stderr:
            words = ("bridge", "run", config, "--verbose")
            self.process = command.start(*words, stderr=stderr)

    @property
    def figures(self) -> dict[str, float]:
        return scrape(self.url)

    def answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return status_of(f"{self.url}/health")[0] == 200
        except OSError:
            return False


@pytest.fixture
def keeper(market: Market, series: int, tmp_path: Path) -> Iterator[Keeper]:
    with fault_proxy(market.net.url) as proxy:
        running = Keeper(market, tmp_path, proxy.url.replace("//", "//keeper:hunter2-secret@"))
        try:
            until(running.answers, "health", 60)
            yield running
        finally:
            running.process.kill()
            running.process.communicate()


def test_keeper__settles_and_pays__its_figures_and_its_log_say_so_without_a_secret(
    market: Market, series: int, keeper: Keeper
) -> None:
    def phase() -> Phase:
        return market.market.series(series, block=Tag.LATEST).phase

    until(lambda: phase() is Phase.PROPOSED, "proposal")
    market.chain.advance(market.now + DAY)
    until(lambda: keeper.figures['pargrade_bridge_acts_total{verdict="done"}'] >= 4, "payouts")
    until(lambda: keeper.figures.get("pargrade_bridge_mismatches") == 0, "a reconciliation")
    until(lambda: keeper.figures['pargrade_bridge_passes_total{outcome="done"}'] > 1, "passes")
    figures = keeper.figures
    assert figures['pargrade_bridge_holders_unpaid{why="refused"}'] == 0
    assert figures["pargrade_fees_day_cap_coins"] == 0.5
    assert figures["pargrade_key_balance_coins"] > 0
    assert figures["pargrade_transactions_pending"] == 0
    assert 0 < figures["process_resident_memory_bytes"] < 300e6
    endpoints = [name for name in figures if name.startswith("pargrade_endpoint_fit")]
    assert len(endpoints) == 2

    assert status_of(f"{keeper.url}/nothing")[0] == 404
    keeper.process.send_signal(signal.SIGTERM)
    assert keeper.process.wait(timeout=30) == 143
    text = keeper.log.read_text()
    for secret in (KEEPER_KEY.removeprefix("0x"), "hunter2"):
        assert secret not in text + str(figures)
    lines = [json.loads(line) for line in text.splitlines()]
    assert all(line["node"].startswith("keeper-0x") for line in lines)
    settled = [line for line in lines if line["event"].startswith(("propose", "finalise"))]
    assert settled
    assert all(line["block"] and line["series"] for line in settled)


def test_keeper__whose_chain_is_gone__is_not_well_once_no_pass_is_done(
    market: Market, keeper: Keeper
) -> None:
    failed = 'pargrade_bridge_passes_total{outcome="failed"}'
    assert keeper.figures[failed] == 0
    market.net.stop()
    until(lambda: keeper.figures[failed] >= 2, "failed passes", 60)
    assert keeper.figures["pargrade_bridge_pass_age_seconds"] > 0
