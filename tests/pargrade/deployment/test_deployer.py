"""Deploying in batches: how many blocks it takes, and that it goes on wherever it was killed."""

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pargrade.chain.block import Tag
from pargrade.chain.receipt import MinedTransaction
from pargrade.deployment.file import Deployment
from pargrade.devnet.accounts import ADMIN, CURATOR
from pargrade.devnet.anvil import DevChain, Devnet
from pargrade.devnet.deployment import deploy_on_devnet, devnet_plan, open_devnet_session
from tests.support.cli import run as run_here
from tests.support.command import run
from tests.support.proxy import FaultProxy, fault_proxy
from tests.support.world import MIDNIGHT

pytestmark = pytest.mark.full

MOST_BLOCKS = 8
SENT = 33
"""Transactions that deploying to a new development chain takes."""


class LazyChain(DevChain):
    """A chain on which a block comes when somebody has to wait for one."""

    def receipt(self, tx_hash: bytes) -> MinedTransaction | None:
        found = super().receipt(tx_hash)
        if found is None:
            self.mine()
        return found


@pytest.fixture
def net() -> Iterator[Devnet]:
    with Devnet(genesis=MIDNIGHT) as running:
        yield running


@pytest.fixture(scope="module")
def reference(tmp_path_factory) -> Deployment:
    """What an undisturbed deployment gives, as the command plans it."""
    with Devnet(genesis=MIDNIGHT) as running:
        path = tmp_path_factory.mktemp("reference") / "deployment.json"
        return open_devnet_session(running.chain, path, devnet_plan(replayed=False)).deployment


def test_deploy__blocks_come_when_waited_for__takes_a_few(net: Devnet, tmp_path: Path) -> None:
    chain = LazyChain.connect(net.url)
    chain.pause_mining()
    open_devnet_session(chain, tmp_path / "deployment.json")
    assert chain.head().number <= MOST_BLOCKS


def test_deploy__again__returns_the_same_and_sends_nothing(net: Devnet) -> None:
    first = deploy_on_devnet(net.chain)
    head = net.chain.head()
    again = deploy_on_devnet(net.chain)
    assert net.chain.head() == head
    assert places_of(again) == places_of(first)


def places_of(deployment: Deployment) -> dict[str, str]:
    """Addresses of contracts, tokens and units by name."""
    found = {name: contract.address for name, contract in deployment.contracts.items()}
    for symbol, grade in deployment.grades.items():
        found |= {f"token {symbol}": grade.token, f"unit {symbol}": grade.unit}
    return {name: str(place) for name, place in found.items()}


def require_clean(chain: DevChain) -> None:
    """Every transaction of the chain succeeded, and no more were sent than are needed."""
    head = chain.head().number
    receipts = [
        receipt
        for number in range(1, head + 1)
        for receipt in chain.request("eth_getBlockReceipts", hex(number))
    ]
    assert all(int(receipt["status"], 16) for receipt in receipts)
    assert len(receipts) == SENT


def deploy_command(net: Devnet, path: Path, kill_at: str = "") -> int:
    """Runs `pargrade deploy`, which kills itself at a step where one is named. Its exit code."""
    words = ("deploy", "--rpc-url", net.url, "--deployment", path)
    return run(*words, env={"PARGRADE_KILL_AT": kill_at}, key="").returncode


@pytest.mark.parametrize("count", [1, 7, 8, 21, 24, 27, 30, 32])
def test_deploy__killed_after_some_transactions__the_next_run_goes_on(
    net: Devnet, tmp_path: Path, reference: Deployment, count: int
) -> None:
    path = tmp_path / "deployment.json"
    assert deploy_command(net, path, f"deploy.sent:{count}") == -signal.SIGKILL
    assert deploy_command(net, path) == 0
    require_clean(net.chain)
    assert places_of(Deployment.read(path)) == places_of(reference)


def test_deploy__killed_on_a_chain_with_a_past__goes_on_by_logs_since_it_began_and_then_by_none(
    net: Devnet, tmp_path: Path
) -> None:
    path = tmp_path / "deployment.json"
    began = 300
    net.chain.mine(began)
    assert deploy_command(net, path, "deploy.sent:9") == -signal.SIGKILL
    assert {entry.name for entry in tmp_path.iterdir()} == {"deployment.json.draft"}
    asked: list[int] = []

    def watch(proxy: FaultProxy, request: dict[str, Any], handler: Any) -> None:
        asked.append(int(request["params"][0]["fromBlock"], 16))
        proxy.fault_of("others")(proxy, request, handler)

    with fault_proxy(net.url) as proxy:
        proxy.break_with(watch, "eth_getLogs")
        words = ("deploy", "--rpc-url", proxy.url, "--deployment", str(path))
        assert run_here(*words).code == 0
        assert asked == [began]
        found = Deployment.read(path)
        assert found.block > began
        assert [entry.name for entry in tmp_path.iterdir()] == ["deployment.json"]
        assert run_here(*words).code == 0
        assert asked == [began]
    assert Deployment.read(path) == found


def test_deploy__draft_of_another_deployment_or_chain__is_not_believed(
    net: Devnet, tmp_path: Path
) -> None:
    """Nor is a head kept for what is on the chain already: it would be younger than that."""
    words = ("deploy", "--rpc-url", net.url, "--no-devnet-grades", "--deployment")
    first, path = tmp_path / "first.json", tmp_path / "deployment.json"
    assert run_here(*words, str(first)).code == 0
    known = Deployment.read(first)
    net.chain.mine(20)
    head = net.chain.head()
    draft = {
        "chain_id": net.chain.chain_id,
        "governance": known.address("Governance"),
        "block": head.number,
        "block_hash": "0x" + bytes(32).hex(),
    }
    for stated in (None, draft, draft | {"governance": "0x"}, draft | {"block": -1}, []):
        if stated is not None:
            (tmp_path / "deployment.json.draft").write_text(json.dumps(stated))
        assert run_here(*words, str(path)).code == 0
        assert Deployment.read(path).block == known.block
        path.unlink()
    assert net.chain.head() == head


@contextmanager
def mining(chain: DevChain) -> Iterator[None]:
    """Mines what waits now and then, on a chain that mines nothing by itself."""
    ended = threading.Event()

    def mine() -> None:
        while not ended.wait(0.3):
            chain.mine()
        chain.close()

    miner = threading.Thread(target=mine)
    miner.start()
    try:
        yield
    finally:
        ended.set()
        miner.join()


def test_deploy__killed_while_its_transactions_wait__the_next_run_sends_none_of_them_again(
    net: Devnet, tmp_path: Path, reference: Deployment
) -> None:
    path = tmp_path / "deployment.json"
    net.chain.pause_mining()
    assert deploy_command(net, path, "deploy.sent:5") == -signal.SIGKILL
    assert net.chain.nonce(ADMIN.address, block=Tag.PENDING) == 5
    assert net.chain.nonce(ADMIN.address, block=Tag.LATEST) == 0
    with mining(net.chain):
        assert deploy_command(net, path) == 0
    require_clean(net.chain)
    assert net.chain.nonce(CURATOR.address, block=Tag.LATEST) == 3
    assert places_of(Deployment.read(path)) == places_of(reference)
