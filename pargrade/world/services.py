"""The processes of a world: commands of ours, each with a log named after it.

A further service of a world is a further row of SERVICES.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pargrade.clock import DAY_S
from pargrade.process.child import Child, held
from pargrade.world.place import Place

_PARGRADE: Final = (sys.executable, "-m", "pargrade.cli")

NODES: Final = 5
"""Of the committee."""

MEMBERS: Final = "members"
"""Folder of their configurations."""

_LIFETIME_S: Final = 600

PATIENCE_S: Final = 60
"""How long the nodes wait for their configurations."""


@dataclass(frozen=True, slots=True)
class Program:
    """A command that runs for as long as the world."""

    name: str
    """The command's first word, and its log's name."""
    arguments: Callable[[Place], tuple[str, ...]]
    environment: Callable[[], Mapping[str, str]] = dict


def node_files(folder: Path) -> list[Path]:
    """Where the nodes' configurations are, or will be."""
    return [folder / MEMBERS / f"member-{number}.toml" for number in range(1, NODES + 1)]


def run_nodes(place: Place) -> tuple[str, ...]:
    """Words of `oracle` that run all nodes, which wait until their configurations are there."""
    return ("member", "run", "--wait", str(PATIENCE_S), *map(str, node_files(place.folder)))


def run_keeper(place: Place, interval_s: float = 2.0) -> tuple[str, ...]:
    """Words of `bridge` that follow the chain and settle what is due."""
    return (
        *("run", "--rpc-url", place.rpc_url, "--deployment", str(place.deployment)),
        *("--database", f"sqlite:///{place.folder / 'bridge.sqlite'}"),
        *("--interval", str(interval_s)),
    )


def run_relay(place: Place) -> tuple[str, ...]:
    """Words of `relay` that take orders, match and settle them."""
    return (
        *("run", "--rpc-url", place.rpc_url, "--deployment", str(place.deployment)),
        *("--database", f"sqlite:///{place.folder / 'relay.sqlite'}"),
        *("--http-port", str(place.relay_port), "--stream-port", str(place.stream_port)),
    )


def run_maker(place: Place) -> tuple[str, ...]:
    """Words of `maker` that quote every series, in orders that live ten minutes of the wall's."""
    lifetime = min(_LIFETIME_S * place.speed, DAY_S)
    return (
        *("run", "--rpc-url", place.rpc_url, "--deployment", str(place.deployment)),
        *("--relay", place.relay_url, "--lifetime", str(lifetime)),
    )


def _set_pace() -> Mapping[str, str]:
    """Slower than a test chain's: a world lasts for days, and its blocks are seconds apart."""
    return {"PARGRADE_MEMBER_PACE__POLL_MS": "500"}


def give_key() -> Mapping[str, str]:
    """The well-known keeper's key, where commands look for theirs."""
    # Not at the top: whoever starts the nodes first does not wait for what this imports.
    from pargrade.devnet.accounts import KEEPER

    return _key_of(KEEPER.number)


def give_relay_key() -> Mapping[str, str]:
    """The relay's, likewise: two processes that send by one key take each other's nonces."""
    from pargrade.devnet.accounts import RELAY

    return _key_of(RELAY.number)


def give_maker_key() -> Mapping[str, str]:
    """The maker's, likewise."""
    from pargrade.devnet.accounts import MAKER

    return _key_of(MAKER.number)


def _key_of(number: int) -> Mapping[str, str]:
    from pargrade.devnet.anvil import DEVNET_KEYS

    return {"PARGRADE_KEY": DEVNET_KEYS[number]}


ORACLE: Final = Program("oracle", run_nodes, _set_pace)

BRIDGE: Final = Program("bridge", run_keeper, give_key)

RELAY: Final = Program("relay", run_relay, give_relay_key)

MAKER: Final = Program("maker", run_maker, give_maker_key)

AT_ONCE: Final = (ORACLE,)
"""Started first: what they import takes as long as contracts take to be there, and they wait."""

SERVICES: Final = (BRIDGE, RELAY, MAKER)
"""Started when the deployment file is there and the index has a value."""


def ask(*arguments: str, environment: Mapping[str, str] | None = None) -> Callable[[], Any]:
    """Starts a command of ours, which never outlives us. What is returned waits for its end and
    returns the JSON it prints.

    `environment` is added to our own.
    Raises CalledProcessError then; the command's stderr is ours.
    """
    command = (*_PARGRADE, *arguments, "--json")
    variables = {**os.environ, **(environment or {})}
    process = subprocess.Popen(  # noqa: S603
        held(arguments[0], command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=variables
    )

    def wait() -> Any:
        assert process.stdout is not None
        printed = process.stdout.read()
        if process.wait():
            raise subprocess.CalledProcessError(process.returncode, command)
        return json.loads(printed)

    return wait


def start(service: Program, place: Place) -> Child:
    """Starts a service; its words are added to its log in the world's folder."""
    command = (*_PARGRADE, service.name, *service.arguments(place))
    with (place.folder / f"{service.name}.log").open("a") as log:
        return Child(service.name, command, log=log, environment=service.environment())
