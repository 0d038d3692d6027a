"""Attesters of a route in this process, each with its own journal, ledger and HTTP API."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bridge.gate.attester.service import AttesterService, create_journal, open_attester
from bridge.gate.route.pair import RoutePair
from pargrade.chain.keys import Key
from tests.support.two_chains import ATTESTERS, TwoChains


@contextmanager
def attesting(
    chains: TwoChains, folder: Path, keys: Sequence[Key] = ATTESTERS, cap: int | None = None
) -> Iterator[list[AttesterService]]:
    """Attesters that look when they are asked to, and serve what they signed."""
    pair = chains.pair()
    with ExitStack() as open_ones:
        services = []
        for number, key in enumerate(keys):
            services.append(open_ones.enter_context(opened(pair, folder / str(number), key, cap)))
        open_ones.enter_context(serving_all(chains, services))
        yield services


@contextmanager
def serving_all(chains: TwoChains, services: Sequence[AttesterService]) -> Iterator[None]:
    """Their APIs are up, and the route file names them."""
    with ExitStack() as open_ones:
        urls = [
            f"http://127.0.0.1:{open_ones.enter_context(service.serving('127.0.0.1', 0))}"
            for service in services
        ]
        chains.write(attesters__urls=urls)
        yield


@contextmanager
def opened(
    pair: RoutePair, data: Path, key: Key, cap: int | None = None, database: str = ""
) -> Iterator[AttesterService]:
    """One attester; its journal is made where there is none."""
    if not (data / "attestations.sqlite").exists():
        create_journal(pair, key, data, key_is_new=True)
    service = open_attester(pair, key, data, database, cap)
    try:
        yield service
    finally:
        service.close()
