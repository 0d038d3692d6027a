"""The set of the demo over two chains: deployments, a route, and its services as processes."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from pargrade.deployment.session import Session
from pargrade.devnet.accounts import COUNCIL, KEEPER, Actor
from pargrade.devnet.anvil import DEVNET_KEYS, DevChain, Devnet
from pargrade.devnet.deployment import open_devnet_session
from pargrade.process.child import Child
from pargrade.process.ports import free_ports
from pargrade.world.services import ask

REMOTE_CHAIN: Final = 1337
GRADE: Final = "A1GH"
"""Of the unit that crosses."""
BRIDGED: Final = "pbSCU"
"""Symbol of the grade, on the remote chain, of units that crossed."""
SERIES: Final = "SHORT-APRIL"
BUYER: Final = Actor("Vision team", 15)
ATTESTERS: Final = tuple(Actor(f"attester {n}", 9 + n) for n in range(1, 6))
_LIMIT: Final = "60000"

_ROUTE: Final = """\
[home]
rpc_urls = [{home}]
deployment = "{folder}/home.json"
token = "{grade}"
limit = "{limit}"
council = "{council}"

[remote]
rpc_urls = [{remote}]
deployment = "{folder}/remote.json"
limit = "{limit}"
council = "{council}"

[representation]
name = "Bridged unit"
symbol = "bSCU"

[attesters]
threshold = 3
addresses = [{attesters}]
urls = [{urls}]
"""


@dataclass(frozen=True, slots=True)
class ChainsStage:
    """Two chains with everything deployed, and a route between them."""

    home: Session
    remote: Session
    remote_chain: DevChain
    route: Path

    def ask(self, *words: str, actor: Actor | None = None) -> Any:
        """What a command of the bridge over the route prints, as the desk's or another's."""
        group, last = (words[:2], words[2:]) if words[0] in _GROUPS else (words[:1], words[1:])
        command = ("bridge", *group, str(self.route), *last)
        return ask(*command, environment=key_of(actor))()


_GROUPS: Final = ("route", "attesters")


class RouteProcess(NamedTuple):
    """A command of the bridge that runs for as long as the demo."""

    name: str
    actor: Actor
    words: tuple[str, ...]


def key_of(actor: Actor | None) -> Mapping[str, str]:
    """Where commands look for an actor's key."""
    return {} if actor is None else {"PARGRADE_KEY": DEVNET_KEYS[actor.number]}


@contextmanager
def build(folder: Path, genesis: int) -> Iterator[ChainsStage]:
    """Two chains, their contracts, the route and its services; all of it ends with the context."""
    with ExitStack() as running:
        home = running.enter_context(Devnet(genesis=genesis))
        remote = running.enter_context(Devnet(genesis=genesis, chain_id=REMOTE_CHAIN))
        here = open_devnet_session(home.chain, folder / "home.json")
        there = open_devnet_session(remote.chain, folder / "remote.json")
        ports = free_ports(len(ATTESTERS))
        route = _write_route(folder, (home.url, remote.url), ports)
        stage = ChainsStage(here, there, remote.chain, route)
        _make_journals(stage, folder)
        stage.ask("route", "add")
        stage.ask("attesters", "set")
        services = [
            RouteProcess("carrier", KEEPER, ("carry", "--interval", "0.5")),
            RouteProcess("watcher", COUNCIL, ("watch", "--interval", "1")),
        ]
        for number, (actor, port) in enumerate(zip(ATTESTERS, ports, strict=True), 1):
            words = ("attest", "--http-port", str(port), "--interval", "0.5")
            services.append(RouteProcess(f"attester-{number}", actor, words))
        for service in services:
            running.enter_context(_start(stage, folder, service))
        yield stage


def _write_route(folder: Path, chains: tuple[str, str], ports: list[int]) -> Path:
    """Attesters need two hosts for each chain: one machine has two names here."""
    both = [f'"{url}", "{url.replace("127.0.0.1", "localhost")}"' for url in chains]
    text = _ROUTE.format(
        folder=folder,
        grade=GRADE,
        limit=_LIMIT,
        home=both[0],
        remote=both[1],
        council=COUNCIL.address,
        attesters=", ".join(f'"{actor.address}"' for actor in ATTESTERS),
        urls=", ".join(f'"http://127.0.0.1:{port}"' for port in ports),
    )
    path = folder / "route.toml"
    path.write_text(text)
    return path


def _make_journals(stage: ChainsStage, folder: Path) -> None:
    """All at once, as each command takes longer to start than to run."""
    waits = [
        ask(
            *("bridge", "new-journal", str(stage.route), "--key-is-new"),
            *("--data", str(folder / f"attester-{number}")),
            environment=key_of(actor),
        )
        for number, actor in enumerate(ATTESTERS, 1)
    ]
    for wait in waits:
        wait()


def _start(stage: ChainsStage, folder: Path, service: RouteProcess) -> Child:
    command = (sys.executable, "-m", "pargrade.cli", "bridge", service.words[0], str(stage.route))
    rest = (*service.words[1:], "--data", str(folder / service.name))
    with (folder / f"{service.name}.log").open("a") as log:
        environment = key_of(service.actor)
        return Child(service.name, (*command, *rest), log=log, environment=environment)
