"""The members' configurations: drafted beside their place, and moved there all at once."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pargrade.world.place import Place
from pargrade.world.services import MEMBERS, PATIENCE_S, ask


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """A committee node as `oracle member init` names it."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Draft:
    """Configurations that no node sees yet."""

    folder: Path
    configs: tuple[Path, ...]
    nodes: tuple[NodeAddress, ...]

    def publish(self) -> None:
        """Moves them where the nodes wait for them: all at once, and whole."""
        self.folder.rename(self.folder.with_name(MEMBERS))


def draft_nodes(place: Place, *options: str) -> Callable[[], Draft]:
    """Starts to write a configuration per member of the place's index, once that is deployed.

    What is returned waits for them. `options` are further ones of `init`.
    """
    folder = place.folder / f"{MEMBERS}.draft"
    chain = ("--rpc-url", place.rpc_url, "--deployment", str(place.deployment))
    waits = ("--wait", str(PATIENCE_S))
    made = ask("oracle", "member", "init", str(folder), *chain, *waits, *options)

    def wait() -> Draft:
        found: dict[str, Any] = made()
        nodes = tuple(NodeAddress(node["name"], node["url"]) for node in found["nodes"])
        return Draft(folder, tuple(map(Path, found["configs"])), nodes)

    return wait
