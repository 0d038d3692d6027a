"""Configuration files for the nodes of an index, one per reporter, from what its contract says."""

import json
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from oracle.index.panel import Panel
from oracle.node.config import SHIPPED, Pace
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import ReporterConfig
from pargrade.chain.block import Tag
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain
from pargrade.errors import PargradeError

KEY_VARIABLE: Final = "PARGRADE_REPORTER_KEY"

DEVNET_PACE: Final = Pace(
    poll_ms=20, takeover_ms=500, answer_ms=2_000, linger_ms=500, retry_ms=200, rpc_timeout_ms=5_000
)
"""For chains that mine a block the moment a transaction comes."""

_PREFACE: Final = """\
# One reporter's node. Run it with `pargrade oracle run`; paths are relative to this file.
# Everything under [pace] is wall time and decides when the node acts, never what it signs.

"""


class CannotProvision(PargradeError):
    """Nodes cannot be configured for this index."""

    def __init__(self, reason: str, hint: str) -> None:
        self.reason = reason
        self.hint = hint
        super().__init__(f"cannot configure nodes: {reason}")


@dataclass(frozen=True, slots=True)
class Provision:
    """What all nodes of one machine have in common."""

    rpc: tuple[str, ...]
    spot_index: Address
    panels: Sequence[Panel]
    """Dealt out in turn."""
    known_keys: Mapping[Address, str]
    """Keys that everyone knows, as on a development chain: written to files. For any other reporter
    the environment variable is named that its key is expected in.
    """
    pace: Pace
    first_port: int
    """0 takes free ones."""
    sample: str = SHIPPED
    first_block: int = 0
    """Where the contract's log begins."""


def read_reporters(chain: Chain, spot_index: Address) -> ReporterConfig:
    """The reporter set of an index. Raises CannotProvision when there is none yet."""
    config = SpotIndex(chain, spot_index).reporter_config(block=Tag.LATEST)
    if config.epoch == 0:
        hint = "Its admin has to call setReporters first."
        raise CannotProvision(f"SpotIndex {spot_index} has no reporters", hint)
    return config


def require_size(config: ReporterConfig, reporters: int | None, quorum: int | None) -> None:
    """Refuse a set of another size or quorum than meant, where given. Raises CannotProvision."""
    found = len(config.reporters), config.quorum
    meant = found[0] if reporters is None else reporters, found[1] if quorum is None else quorum
    if found != meant:
        why = (
            f"the set has {found[0]} reporters and quorum {found[1]}, not {meant[0]} and {meant[1]}"
        )
        raise CannotProvision(why, "Deploy with the set you mean, or ask for the one there is.")


def provision(folder: Path, chain: Chain, plan: Provision) -> list[Path]:
    """Writes node-1.toml, node-2.toml … into a folder, by position in the reporter set.

    Raises CannotProvision when there is no reporter set or the folder has nodes already.
    """
    reporters = read_reporters(chain, plan.spot_index).reporters
    indices = SpotIndex(chain, plan.spot_index).index_names(block=Tag.LATEST)
    paths = [folder / f"node-{number}.toml" for number in range(1, len(reporters) + 1)]
    for path in paths:
        if path.exists():
            raise CannotProvision(f"{path} exists", "Name another folder, or remove this one.")
    ports = _ports(plan.first_port, len(reporters))
    folder.mkdir(parents=True, exist_ok=True)
    for position, (path, reporter) in enumerate(zip(paths, reporters, strict=True)):
        values = {
            "name": path.stem,
            "reporter": reporter,
            "data": path.stem,
            "peers": [f"http://127.0.0.1:{port}" for port in ports if port != ports[position]],
            "key": _key(folder / path.stem, reporter, position, plan.known_keys),
            "chain": {
                "id": chain.chain_id,
                "rpc": list(plan.rpc),
                "spot_index": plan.spot_index,
                "indices": list(indices),
                "first_block": plan.first_block,
            },
            "panel": plan.panels[position % len(plan.panels)].to_json(),
            "source": {"sample": plan.sample},
            "api": {"host": "127.0.0.1", "port": ports[position]},
            "pace": asdict(plan.pace),
        }
        path.write_text(_PREFACE + _toml(values), encoding="utf-8")
    return paths


def _key(
    data: Path, reporter: Address, position: int, known: Mapping[Address, str]
) -> dict[str, str]:
    if reporter not in known:
        return {"env": f"{KEY_VARIABLE}_{position + 1}"}
    data.mkdir(parents=True, exist_ok=True)
    file = data / "reporter.key"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as writer:
        writer.write(known[reporter] + "\n")
    return {"file": f"{data.name}/{file.name}"}


def _ports(first: int, count: int) -> list[int]:
    if first:
        return list(range(first, first + count))
    # All are held at once, so that they differ; another program could still take one before a node.
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def _toml(values: dict[str, Any]) -> str:
    """Tables of texts, whole numbers and lists of texts: for these JSON's notation is TOML's."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in _plain(values)]
    for name, table in values.items():
        if isinstance(table, dict):
            lines += ["", f"[{name}]", *(f"{key} = {json.dumps(v)}" for key, v in _plain(table))]
    return "\n".join(lines) + "\n"


def _plain(values: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in values.items() if not isinstance(value, dict)]
