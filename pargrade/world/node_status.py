"""What the nodes of a world say of themselves, asked over their APIs."""

import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import httpx

from pargrade.world.services import NODES, node_files

_PATIENCE_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """One member's node."""

    name: str
    url: str
    problems: tuple[str, ...]
    """Empty for a node that is well."""
    replayed: bool
    as_of: int | None
    """Recorded time, Unix seconds, of the newest round; None before there is one."""

    @classmethod
    def ask(cls, config: Path) -> Self:
        """The node of a configuration; one that does not answer has that as its problem."""
        stated = tomllib.loads(config.read_text(encoding="utf-8"))
        api, offset_s = stated["api"], int(stated.get("source", {}).get("replay_offset_s", 0))
        url = f"http://{api['host']}:{api['port']}"
        try:
            with httpx.Client(base_url=url, timeout=_PATIENCE_S) as client:
                health = client.get("/health").json()
            last_slot = health.get("last_slot")
            return cls(
                name=config.stem,
                url=url,
                problems=tuple(map(str, health["problems"])),
                replayed=bool(health.get("replayed")),
                as_of=None if last_slot is None else int(last_slot) - offset_s,
            )
        except (httpx.HTTPError, ValueError) as failure:
            problem = f"no answer: {failure}"
        except (KeyError, TypeError, AttributeError):
            problem = "something else answers there"
        return cls(config.stem, url, (problem,), replayed=False, as_of=None)

    def to_json(self) -> dict[str, Any]:
        """The node for machines."""
        return {
            "name": self.name,
            "url": self.url,
            "ok": not self.problems,
            "problems": list(self.problems),
            "replayed": self.replayed,
            "as_of": self.as_of,
        }


def ask_nodes(folder: Path) -> list[NodeStatus]:
    """Every node of a world, asked at the same time."""
    with ThreadPoolExecutor(NODES) as threads:
        return list(threads.map(NodeStatus.ask, node_files(folder)))
