"""Configuration files for the nodes of an index, one per reporter, from what its contract says."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from oracle.consensus.slot import slot_at
from oracle.index.panel import Panel
from oracle.journal.journal import FILE, create_journal
from oracle.journal.owner import JournalOwner
from oracle.node.settings import SHIPPED, NodeSettings, Pace
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import ReporterConfig
from pargrade.chain.block import Tag
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain
from pargrade.clock import midnight_of
from pargrade.errors import PargradeError
from pargrade.journal.refusals import JournalExists
from pargrade.process.ports import free_ports
from pargrade.settings import to_toml

KEY_VARIABLE: Final = "PARGRADE_REPORTER_KEY"

_KEY_FILE: Final = "reporter.key"

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
    floor: int
    """Newest slot that the new journals never sign, unix seconds: the one in progress, or 0 for
    keys that have never signed.
    """
    sample: str = SHIPPED
    replay_offset_s: int = 0
    """Slot time less recorded time; whole days. Observations say REPLAYED unless it is 0."""
    first_block: int = 0
    """Where the contract's log begins."""


def read_reporters(chain: Chain, spot_index: Address) -> ReporterConfig:
    """The reporter set of an index of version 1. Raises CannotProvision when there is none yet."""
    index = SpotIndex(chain, spot_index)
    if index.eip712_domain(block=Tag.LATEST).version != "1":
        hint = "Configure its committee with `pargrade oracle member init`."
        raise CannotProvision(f"SpotIndex {spot_index} takes one report of all", hint)
    config = index.reporter_config(block=Tag.LATEST)
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

    Each gets a journal, made on purpose here: a node does not make one by itself.
    Raises JournalExists where there is one, CannotProvision when there is no reporter set or the
    folder has nodes already, and BadConfig for values that no node could be run from.
    """
    reporters = read_reporters(chain, plan.spot_index).reporters
    indices = SpotIndex(chain, plan.spot_index).index_names(block=Tag.LATEST)
    paths = [folder / f"node-{number}.toml" for number in range(1, len(reporters) + 1)]
    for path in paths:
        if path.exists():
            raise CannotProvision(f"{path} exists", "Name another folder, or remove this one.")
        if (folder / path.stem / FILE).exists():
            raise JournalExists(folder / path.stem / FILE)
    count = len(reporters)
    first = plan.first_port
    ports = list(range(first, first + count)) if first else free_ports(count)
    found = _Found(chain.chain_id, reporters, indices, ports)
    # All are made before one is written: bad values leave nothing behind.
    settings = [_settings(path, place, plan, found) for place, path in enumerate(paths)]
    folder.mkdir(parents=True, exist_ok=True)
    for path, node in zip(paths, settings, strict=True):
        if node.key.file:
            _write_key(folder / node.key.file, plan.known_keys[node.reporter])
        text = to_toml(node.model_dump(mode="json", exclude_unset=True))
        path.write_text(_PREFACE + text, encoding="utf-8")
        owner = JournalOwner(node.reporter, found.chain_id, plan.spot_index)
        create_journal(folder / node.data, owner, plan.floor)
    return paths


def slot_in_progress(chain: Chain, spot_index: Address) -> int:
    """The slot at the head of the chain, unix seconds."""
    head = chain.head()
    return slot_at(head.timestamp, SpotIndex(chain, spot_index).timing(block=head))


def whole_days_since(recorded: int, chain: Chain) -> int:
    """Seconds from the UTC day of `recorded` to the one at the head of the chain, whole days.

    The method's daily links are measured at UTC midnights.
    """
    return midnight_of(chain.head().timestamp) - midnight_of(recorded)


@dataclass(frozen=True, slots=True)
class _Found:
    """What the chain and the machine say."""

    chain_id: int
    reporters: Sequence[Address]
    indices: Sequence[str]
    ports: Sequence[int]


def _settings(path: Path, place: int, plan: Provision, found: _Found) -> NodeSettings:
    """The settings of the reporter at a place of the set. Raises BadConfig."""
    reporter, port = found.reporters[place], found.ports[place]
    in_file = reporter in plan.known_keys
    values: dict[str, Any] = {
        "name": path.stem,
        "reporter": reporter,
        "data": path.stem,
        "peers": [f"http://127.0.0.1:{other}" for other in found.ports if other != port],
        "key": {"file": f"{path.stem}/{_KEY_FILE}"}
        if in_file
        else {"env": f"{KEY_VARIABLE}_{place + 1}"},
        "chain": {
            "id": found.chain_id,
            "rpc": list(plan.rpc),
            "spot_index": plan.spot_index,
            "indices": list(found.indices),
            "first_block": plan.first_block,
        },
        "panel": plan.panels[place % len(plan.panels)].to_json(),
        "source": {"sample": plan.sample, "replay_offset_s": plan.replay_offset_s}
        if plan.replay_offset_s
        else {"sample": plan.sample},
        "api": {"host": "127.0.0.1", "port": port},
        "pace": plan.pace.model_dump(),
    }
    return NodeSettings.from_values(path, values)


def _write_key(file: Path, key: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as writer:
        writer.write(key + "\n")
