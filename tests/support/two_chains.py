"""Two development chains, each with a deployment, and a route file between them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bridge.gate.route.file import RouteFile
from bridge.gate.route.pair import RoutePair
from pargrade.bindings.bridge_gate import BridgeGate
from pargrade.bindings.test_token import TestToken
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address
from pargrade.chain.keys import Key
from pargrade.chain.receipt import Receipt
from pargrade.chain.wallet import Wallet
from pargrade.deployment.file import Deployment
from pargrade.devnet.accounts import ADMIN, DESK
from pargrade.devnet.anvil import DevChain, Devnet, devnet_keys
from pargrade.devnet.deployment import deploy_on_devnet, stock_desk
from tests.support.cli import Ran, run
from tests.support.proxy import FaultProxy, fault_proxy

REMOTE_CHAIN: Final = 1337
GENESIS: Final = 1_772_323_200
ATTESTERS: Final = devnet_keys()[10:15]
"""Who attests in tests."""
CARRIER: Final = devnet_keys()[15]
SENDER: Final = devnet_keys()[DESK.number]
STEP: Final = 10**6
"""Base units of one test token of the grade A1GH."""


@dataclass
class TwoChains:
    """A home and a remote chain, each with everything deployed, in a folder of the test's own."""

    home: Devnet
    remote: Devnet
    folder: Path
    urls: dict[str, tuple[str, ...]]
    """Of home and remote, as the route file names them: the chain itself, and a second endpoint."""
    proxies: dict[str, FaultProxy]
    """The second endpoints, which can be broken."""
    changed: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return self.folder / "route.toml"

    def deployment(self, end: str) -> Deployment:
        return Deployment.read(self.folder / f"{end}.json")

    def chain(self, end: str) -> DevChain:
        return (self.home if end == "home" else self.remote).chain

    @property
    def token(self) -> TestToken:
        """The token that is locked at home."""
        return TestToken(self.home.chain, self.deployment("home").grade("A1GH").token)

    def write(self, **changes: Any) -> Path:
        """The route file with these changes and those before, by table and key: home__token."""
        self.changed |= changes
        files = {end: self.folder / f"{end}.json" for end in ("home", "remote")}
        return write_route(self.path, self.urls, files, self.token.address, **self.changed)

    def pair(self) -> RoutePair:
        return RoutePair.open(RouteFile.read_file(self.path))

    def gate(self, end: str) -> BridgeGate:
        return BridgeGate(self.chain(end), self.deployment(end).address("BridgeGate"))

    def run(self, *words: str, **options: Any) -> Ran:
        """A command of the bridge with the route file."""
        return run("bridge", *words, str(self.path), **options)

    def provision(self) -> None:
        """Adds the route and puts the attesters in force."""
        for words in (("route", "add"), ("attesters", "set")):
            assert self.run(*words).code == 0

    def send(self, end: str, call: Call[Any], key: Key = SENDER) -> Receipt:
        return Wallet(self.chain(end), key).send(call)

    def lock(self, tokens: int, recipient: Address = DESK.address) -> int:
        """Sends whole tokens from home; returns the nonce."""
        pair = self.pair()
        gate = self.gate("home").address
        self.send("home", self.token.approve(gate, tokens * STEP))
        sent = pair.home.gate.send(pair.terms, tokens * STEP, 0, recipient, False)
        self.send("home", sent)
        return pair.home.gate.last_nonce(pair.route.id, block=Tag.LATEST)

    def burn(self, tokens: int, recipient: Address = DESK.address) -> int:
        """Sends whole tokens back from the remote end; returns the nonce."""
        pair = self.pair()
        self.send("remote", pair.remote.gate.send(pair.terms, tokens * STEP, 0, recipient, False))
        return pair.remote.gate.last_nonce(pair.route.id, block=Tag.LATEST)

    @contextmanager
    def restored(self, folder: Path) -> "Iterator[TwoChains]":
        """The same chains for one test, undone afterwards, with files in a folder of its own."""
        for end in ("home", "remote"):
            (folder / f"{end}.json").write_bytes((self.folder / f"{end}.json").read_bytes())
        found = TwoChains(self.home, self.remote, folder, self.urls, self.proxies)
        for proxy in self.proxies.values():
            proxy.mend()
        with self.home.chain.restored(), self.remote.chain.restored():
            found.write()
            yield found


@contextmanager
def two_chains(folder: Path) -> Iterator[TwoChains]:
    """Two fresh chains, deployed, with a stocked desk at home."""
    with Devnet(genesis=GENESIS) as home, Devnet(genesis=GENESIS, chain_id=REMOTE_CHAIN) as remote:
        for end, net in (("home", home), ("remote", remote)):
            deployment = deploy_on_devnet(net.chain)
            deployment.write(folder / f"{end}.json")
            stock_desk(Wallet(net.chain, ADMIN.key), deployment)
        with fault_proxy(home.url) as second_home, fault_proxy(remote.url) as second_remote:
            urls = {"home": (home.url, second_home.url), "remote": (remote.url, second_remote.url)}
            proxies = {"home": second_home, "remote": second_remote}
            found = TwoChains(home, remote, folder, urls, proxies)
            found.write()
            yield found


def write_route(
    path: Path,
    urls: Mapping[str, Sequence[str]],
    deployments: Mapping[str, Path],
    token: Address,
    **changes: Any,
) -> Path:
    """A route file for a token at home; `changes` are values by table and key: home__token.

    `forgeries` is a list of tables.
    """
    forgeries = changes.pop("forgeries", ())
    tables: dict[str, dict[str, Any]] = {
        end: {
            "rpc_urls": list(urls[end]),
            "deployment": str(deployments[end]),
            "limit": "1500",
        }
        for end in ("home", "remote")
    }
    tables["home"]["token"] = token
    tables["attesters"] = {"threshold": 3, "addresses": [key.address for key in ATTESTERS]}
    tables["representation"] = {}
    for place, value in changes.items():
        table, _, name = place.partition("__")
        tables[table][name] = value
    lines = []
    for table, values in tables.items():
        lines.append(f"[{table}]")
        lines += [f"{name} = {_toml(value)}" for name, value in values.items()]
    for values in forgeries:
        lines.append("[[forgeries]]")
        lines += [f"{name} = {_toml(value)}" for name, value in values.items()]
    path.write_text("\n".join(lines) + "\n")
    return path


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value) if isinstance(value, int) else f'"{value}"'


OVER_A_ROUTE: Final[dict[tuple[str, ...], tuple[str, ...]]] = {
    ("bridge", "route", "add"): (),
    ("bridge", "route", "limit"): (),
    ("bridge", "route", "stop"): (),
    ("bridge", "route", "start"): (),
    ("bridge", "attesters", "set"): (),
    ("bridge", "attesters", "revoke"): (),
    ("bridge", "send"): ("1", "--to", str(REMOTE_CHAIN), "--patience", "0"),
    ("bridge", "cancel"): ("home:1",),
    ("bridge", "claim"): (),
}
"""Commands that send over a route, and what they need besides its file."""
