import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from pargrade.chain.errors import RpcDown
from pargrade.chain.fee_market import read_fee_market
from pargrade.devnet.anvil import DevChain, Devnet, devnet_keys
from pargrade.devnet.errors import DevnetFailed, MissingAnvil

GENESIS = 1_772_323_200

# Starts a chain, says which processes keep it, and would never end by itself.
KEEPER = """
import sys, time
from pargrade.devnet.anvil import Devnet
net = Devnet(genesis=1_772_323_200)
print(net.url, flush=True)
time.sleep(600)
"""


def test_genesis__given__block_zero_is_then_and_time_stands_still(devnet: Devnet) -> None:
    chain = devnet.chain
    assert chain.block(0).timestamp == GENESIS
    with chain.restored():
        first = chain.mine()
        time.sleep(1.1)
        second = chain.mine()
    assert second.timestamp - first.timestamp == 1


def test_advance__to_a_time__one_block_at_that_time(chain: DevChain) -> None:
    before = chain.head()
    after = chain.advance(before.timestamp + 86_400)
    assert (after.number, after.timestamp) == (before.number + 1, before.timestamp + 86_400)
    assert chain.mine().timestamp == after.timestamp + 1


def test_restored__after_changes__head_and_balances_as_before(chain: DevChain) -> None:
    account = devnet_keys()[0].address
    before = chain.head()
    with chain.restored():
        chain.fund(account, 1)
        chain.advance(before.timestamp + 1_000)
        assert chain.balance(account, block=chain.head()) == 1
    assert chain.head() == before
    assert chain.balance(account, block=before) > 1


def test_accounts__all_keys__funded(chain: DevChain) -> None:
    head = chain.head()
    assert all(chain.balance(key.address, block=head) == 10**22 for key in devnet_keys())


def test_two_devnets__at_once__have_their_own_ports_and_end_when_told() -> None:
    with Devnet(genesis=GENESIS) as first, Devnet(genesis=GENESIS + 60) as other:
        assert first.url != other.url
        assert other.chain.block(0).timestamp == GENESIS + 60
    assert not first.alive
    with pytest.raises(RpcDown):
        first.chain.head()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_parent__killed__the_chain_ends_with_it(end: signal.Signals) -> None:
    parent = subprocess.Popen([sys.executable, "-c", KEEPER], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline().startswith("http://127.0.0.1:")
    family = psutil.Process(parent.pid).children(recursive=True)
    assert any("anvil" in process.name() for process in family)
    parent.send_signal(end)
    parent.wait()
    parent.stdout.close()
    _, alive = psutil.wait_procs(family, timeout=5)
    assert alive == []


def test_start__program_named_is_missing__missing_anvil_with_the_install_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PARGRADE_ANVIL", "/nowhere/anvil")
    with pytest.raises(MissingAnvil) as refused:
        Devnet(genesis=GENESIS)
    assert "npm install" in refused.value.hint
    assert refused.value.looked == ("PARGRADE_ANVIL=/nowhere/anvil",)


@pytest.fixture
def impostor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a shell script in anvil's place."""

    def install(script: str) -> None:
        program = tmp_path / "anvil"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PARGRADE_ANVIL", os.fspath(program))

    return install


def test_start__program_gives_up__devnet_failed_with_what_it_said(
    impostor: Callable[[str], None],
) -> None:
    impostor("echo port is taken; exit 1")
    with pytest.raises(DevnetFailed) as refused:
        Devnet(genesis=GENESIS)
    assert refused.value.output == "port is taken"


def test_start__program_never_listens__devnet_failed_and_ended(
    impostor: Callable[[str], None],
) -> None:
    impostor("exec sleep 600")
    with pytest.raises(DevnetFailed, match="not listening"):
        Devnet(genesis=GENESIS, startup=0.3)
    assert not [
        child for child in psutil.Process().children(recursive=True) if child.name() == "sleep"
    ]


def test_restored__after_dear_blocks__asks_what_it_asked_before(chain: DevChain) -> None:
    chain.mine(1)
    before = read_fee_market(chain).base_fee
    with chain.restored():
        chain.request("anvil_setNextBlockBaseFeePerGas", hex(10**13))
        chain.mine(1)
        assert read_fee_market(chain).base_fee > 10**12
    assert read_fee_market(chain).base_fee == before
    chain.mine(1)
    assert read_fee_market(chain).base_fee <= before
