"""One development chain for the whole session; every test gets it as it was at the start."""

from collections.abc import Iterator
from typing import Final

import pytest

from pargrade.chain.devnet import DevChain, Devnet, devnet_keys
from pargrade.chain.wallet import Wallet

GENESIS: Final = 1_772_323_200
"""2026-03-01T00:00:00Z."""


@pytest.fixture(scope="session")
def devnet() -> Iterator[Devnet]:
    with Devnet(genesis=GENESIS) as running:
        yield running


@pytest.fixture
def chain(devnet: Devnet) -> Iterator[DevChain]:
    with devnet.chain.restored() as restored:
        yield restored
        # Not part of the state that is restored; a failing test may have left it paused.
        restored.resume_mining()


@pytest.fixture
def wallets(chain: DevChain) -> tuple[Wallet, ...]:
    return tuple(Wallet(chain, key) for key in devnet_keys())


@pytest.fixture
def wallet(wallets: tuple[Wallet, ...]) -> Wallet:
    return wallets[0]
