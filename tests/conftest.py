"""What every test may ask for: a chain, wallets on it, and a chain with everything deployed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

from pargrade.chain.wallet import Wallet
from pargrade.devnet.anvil import DevChain, Devnet, devnet_keys
from tests.support.world import HOUR, MIDNIGHT, World

GENESIS: Final = 1_772_323_200
"""2026-03-01T00:00:00Z."""


# A busy machine is not a failing test; a test that hangs meets pytest's own time-out.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("unhurried"), max_examples=20)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def devnet() -> Iterator[Devnet]:
    with Devnet(genesis=GENESIS) as running:
        yield running


@pytest.fixture
def chain(devnet: Devnet) -> Iterator[DevChain]:
    with devnet.chain.restored() as restored:
        yield restored
        # Not part of the state that is restored; a failing test may have left it paused. What
        # waits until then is mined a moment later, which may be in the next test.
        restored.drop_transactions()
        restored.resume_mining()


@pytest.fixture
def wallets(chain: DevChain) -> tuple[Wallet, ...]:
    return tuple(Wallet(chain, key) for key in devnet_keys())


@pytest.fixture
def wallet(wallets: tuple[Wallet, ...]) -> Wallet:
    return wallets[0]


@pytest.fixture(autouse=True)
def _no_key_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARGRADE_KEY", raising=False)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Deployed, one round at one o'clock, and the desk has wrapped tokens of two grades.

    Two NET series with K 2.31 from 5 to 7 March: SPRING on A1GH, MIX on A1GH and L70M.
    """
    with Devnet(genesis=MIDNIGHT) as devnet:
        world = World(devnet.chain, devnet.url, tmp_path_factory.mktemp("stage"))
        assert world.run("deploy").code == 0
        world.record(MIDNIGHT + HOUR)
        assert world.run("wrap", "A1GH", "5000").code == 0
        assert world.run("wrap", "L70M", "5000").code == 0
        terms = ("--start", "2026-03-05", "--expiry", "2026-03-07", "--reference", "2.31")
        first, two = ("--grade", "A1GH"), ("--grade", "A1GH:1000", "--grade", "L70M:1000")
        assert world.run("futures", "create", "SPRING", *first, *terms).code == 0
        assert world.run("futures", "create", "MIX", *two, *terms).code == 0
        yield world


@pytest.fixture
def world(stage: World, tmp_path: Path) -> Iterator[World]:
    """The stage as it was, with a deployment file of the test's own."""
    found = World(stage.chain, stage.url, tmp_path)
    found.path.write_bytes(stage.path.read_bytes())
    with stage.chain.restored():
        yield found
