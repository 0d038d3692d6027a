"""A chain, a deployment file on disk, and the command line between the two."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any, Final

from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.test_token import TestToken
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address
from pargrade.chain.receipt import Receipt
from pargrade.chain.wallet import Wallet
from pargrade.deployment.file import Deployment
from pargrade.deployment.session import Session
from pargrade.devnet.accounts import Actor
from pargrade.devnet.anvil import DevChain
from pargrade.devnet.rounds import pass_finality, record_rounds
from pargrade.units import Price
from tests.support.cli import Ran, run

DAY: Final = 86_400
HOUR: Final = 3_600
MIDNIGHT: Final = 1_772_582_400
"""2026-03-04T00:00:00Z, when the chain starts."""
SPOT: Final = 231_000_000


class World:
    """A chain, a folder with the deployment file, and the command line between them."""

    def __init__(self, chain: DevChain, url: str, folder: Path) -> None:
        self.chain = chain
        self.url = url
        self.folder = folder
        self.path = folder / "deployment.json"

    def run(self, *words: str, out: StringIO | None = None) -> Ran:
        """A command on this chain and deployment; `out` takes the place of a pipe."""
        return run(*words, "--rpc-url", self.url, "--deployment", str(self.path), out=out)

    @property
    def deployment(self) -> Deployment:
        return Deployment.read(self.path)

    @cached_property
    def index(self) -> SpotIndex:
        return SpotIndex(self.chain, self.deployment.address("SpotIndex"))

    @cached_property
    def market(self) -> FuturesMarket:
        return FuturesMarket(self.chain, self.deployment.address("FuturesMarket"))

    @cached_property
    def quote(self) -> TestToken:
        return TestToken(self.chain, self.deployment.quote_token)

    def token(self, symbol: str) -> TestToken:
        return TestToken(self.chain, self.deployment.grade(symbol).token)

    def unit(self, symbol: str) -> WrappedUnit:
        return WrappedUnit(self.chain, self.deployment.grade(symbol).unit)

    def series(self, name: str) -> int:
        return int(self.deployment.series[name].series_id)

    def send(self, actor: Actor, call: Call[Any]) -> Receipt:
        return Wallet(self.chain, actor.key).send(call)

    @property
    def session(self) -> Session:
        return Session(self.chain, self.deployment, self.path)

    def record(self, slot: int, value: int = SPOT) -> None:
        """A round all reporters agree on, in a block at its slot."""
        record_rounds(self.session, self.chain, [slot], Price(value))

    def cover(self, start: int, end: int, value: int = SPOT) -> None:
        """Hourly rounds from start to end, both included, and the time in which more might land."""
        for slot in range(start, end + 1, HOUR):
            self.record(slot, value)
        pass_finality(self.session, self.chain, end)

    def holdings(self, holder: Address) -> dict[str, int]:
        """Base units of everything a holder may be paid in."""
        tokens = {symbol: self.unit(symbol) for symbol in self.deployment.grades}
        held = {name: unit.balance_of(holder, block=Tag.LATEST) for name, unit in tokens.items()}
        return held | {"tUSD": self.quote.balance_of(holder, block=Tag.LATEST)}

    def rewrite(self, **changes: Any) -> None:
        """Edits the deployment file as a person might."""
        replace(self.deployment, **changes).write(self.path)

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Whatever runs inside must leave no trace: no block, no state, no byte on disk."""
        before = self._trace()
        yield
        assert self._trace() == before

    def _trace(self) -> tuple[Any, dict[Path, bytes]]:
        head = self.chain.request("eth_getBlockByNumber", "latest", False)
        files = {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        return (head["number"], head["hash"], head["stateRoot"]), files
