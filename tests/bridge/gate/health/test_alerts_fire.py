"""Alerts of a route fire for real: real faults of real processes, seen by a real Prometheus."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from bridge.gate.attester.service import create_journal
from pargrade.devnet.anvil import DEVNET_KEYS
from pargrade.process.ports import free_ports
from tests.support import command
from tests.support.figures import scrape
from tests.support.nodes import until
from tests.support.prometheus import prometheus
from tests.support.proxy import body, lost_logs
from tests.support.theft import steal
from tests.support.two_chains import ATTESTERS, CARRIER, TwoChains

pytestmark = pytest.mark.deep

PATIENCE_S = 240


@contextmanager
def service(folder: Path, port: int, key: str, *words: object) -> Iterator[str]:
    """A running process of the bridge whose figures can be read: its host and port."""
    with (folder / f"{words[0]}.log").open("w") as log:
        process = command.start("bridge", *words, "--http-port", port, key=key, stderr=log)

    def is_readable() -> bool:
        assert process.poll() is None, (folder / f"{words[0]}.log").read_text()
        try:
            return bool(scrape(f"http://127.0.0.1:{port}"))
        except OSError:
            return False

    try:
        until(is_readable, "figures", 60)
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


def test_alerts__of_a_route__fire(chains: TwoChains, tmp_path: Path) -> None:
    for net in (chains.home, chains.remote):
        net.chain.advance(int(time.time()))  # Services compare it with the machine's clock.
    create_journal(chains.pair(), ATTESTERS[0], tmp_path / "a", key_is_new=True)
    ports = free_ports(3)
    targets = [f"127.0.0.1:{port}" for port in ports]
    route = chains.path
    attesting = ("attest", route, "--data", tmp_path / "a", "--most-tokens", "4")
    carrying = ("carry", route, "--data", tmp_path / "c")
    watching = ("watch", route, "--data", tmp_path / "w")
    with ExitStack() as open_ones:
        attester = open_ones.enter_context(service(tmp_path, ports[0], DEVNET_KEYS[10], *attesting))
        carrier = open_ones.enter_context(service(tmp_path, ports[1], DEVNET_KEYS[15], *carrying))
        watcher = open_ones.enter_context(service(tmp_path, ports[2], DEVNET_KEYS[9], *watching))
        scraper = open_ones.enter_context(
            prometheus(tmp_path / "scraper", {"pargrade-gate": targets})
        )
        until(lambda: len(scraper.query("up == 1")) == len(targets), "scraped services", 60)
        assert {name for name, _ in scraper.firing() if name.startswith("Gate")} == set()
        chains.lock(5)
        scraper.await_alert("GateRefused", attester, PATIENCE_S)
        chains.home.chain.request("anvil_setBalance", CARRIER.address, hex(10**15))
        scraper.await_alert("KeyBalanceLow", carrier, PATIENCE_S)
        chains.home.chain.advance(chains.home.chain.head().timestamp + 7_300)
        scraper.await_alert("MessageWaits", attester, PATIENCE_S)
        chains.proxies["home"].break_with(lost_logs(lambda _: True), "eth_getLogs")
        chains.lock(1)
        scraper.await_alert("GateEndpointsDiffer", attester, PATIENCE_S)
        chains.proxies["home"].mend()
        steal(chains)
        scraper.await_alert("GateUnexplained", attester, PATIENCE_S)
        scraper.await_alert("GateAlarm", watcher, PATIENCE_S)
        chains.proxies["home"].break_with(body(b"busy", 503))
        scraper.await_alert("GateNoLook", attester, PATIENCE_S)
