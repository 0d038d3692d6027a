"""Configurations and journals of committee nodes, one per member, from what the index says."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from oracle.member.config import MemberConfig
from oracle.member.settings import ClockKind, MemberPace, MemberSettings
from oracle.node.provision import KEY_VARIABLE, CannotProvision
from oracle.node.settings import SHIPPED
from oracle.protocol_store.promise_journal import FILE, PromiseJournal
from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.bindings.structs import ReporterConfig
from pargrade.chain.block import Tag
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain
from pargrade.journal.refusals import JournalExists
from pargrade.process.ports import free_ports
from pargrade.settings import to_toml
from pargrade.spot_index.observation import REPLAYED

DEVNET_PACE: Final = MemberPace(poll_ms=100, clock=ClockKind.CHAIN, rpc_timeout_ms=5_000)

_KEY_FILE: Final = "reporter.key"
_PREFACE: Final = """\
# One member's committee node. Run it with `pargrade oracle member run`; paths are relative to this
# file. All members need the same [opening], and the same replay_offset_s.

"""


@dataclass(frozen=True, slots=True)
class MemberPlan:
    """What all nodes of one machine have in common."""

    rpc: tuple[str, ...]
    spot_index: Address
    known_keys: Mapping[Address, str]
    """Keys that everyone knows, as on a development chain: written to files. For any other member
    the environment variable is named that its key is expected in."""
    pace: MemberPace
    first_port: int
    """0 takes free ones."""
    floor: int
    """Newest slot that the new journals never promise for, unix seconds; 0 for keys that have never
    signed."""
    sample: str = SHIPPED
    opening: str = SHIPPED
    replay_offset_s: int = 0
    first_block: int = 0


def read_members(chain: Chain, spot_index: Address) -> ReporterConfig:
    """The committee of an index of the second version. Raises CannotProvision without one."""
    index = SpotIndexV2(chain, spot_index)
    if index.eip712_domain(block=Tag.LATEST).version != "2":
        hint = "Use `pargrade oracle init`, or deploy without `--index-version 1`."
        raise CannotProvision(f"SpotIndex {spot_index} takes observations", hint)
    config = index.reporter_config(block=Tag.LATEST)
    if config.epoch == 0:
        hint = "Its admin has to call setReporters first."
        raise CannotProvision(f"SpotIndex {spot_index} has no reporters", hint)
    return config


def provision(folder: Path, chain: Chain, plan: MemberPlan) -> list[Path]:
    """Writes member-1.toml, member-2.toml … into a folder, by position in the committee.

    Each gets a journal, made on purpose here: a node does not make one by itself. Raises
    JournalExists where there is one, CannotProvision when there is no committee or the folder has
    members already, and BadConfig for values that no node could be run from.
    """
    members = read_members(chain, plan.spot_index).reporters
    index = SpotIndexV2(chain, plan.spot_index)
    indices = index.index_names(block=Tag.LATEST)
    if plan.replay_offset_s and not index.flags(block=Tag.LATEST) & REPLAYED:
        hint = "Deploy one with `pargrade deploy --replayed`, or leave --replay-from out."
        raise CannotProvision(f"SpotIndex {plan.spot_index} takes no replayed history", hint)
    paths = [folder / f"member-{number}.toml" for number in range(1, len(members) + 1)]
    for path in paths:
        if path.exists():
            raise CannotProvision(f"{path} exists", "Name another folder, or remove this one.")
        if (folder / path.stem / FILE).exists():
            raise JournalExists(folder / path.stem / FILE)
    first, count = plan.first_port, len(members)
    ports = list(range(first, first + count)) if first else free_ports(count)
    # All are made before one is written: bad values leave nothing behind.
    settings = [
        MemberSettings.from_values(path, _values(place, members, ports, indices, chain, plan))
        for place, path in enumerate(paths)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    for path, node in zip(paths, settings, strict=True):
        if node.key.file:
            _write_key(folder / node.key.file, plan.known_keys[node.reporter])
        text = to_toml(node.model_dump(mode="json", exclude_unset=True))
        path.write_text(_PREFACE + text, encoding="utf-8")
        config = MemberConfig.read_file(path)
        PromiseJournal.create(config.data, config.owner, plan.floor)
    return paths


def slot_in_progress(chain: Chain, spot_index: Address) -> int:
    """The slot at the head of the chain, unix seconds."""
    head = chain.head()
    grid = SpotIndexV2(chain, spot_index).timing(block=head).grid
    return head.timestamp - head.timestamp % grid


def _values(
    place: int,
    members: Sequence[Address],
    ports: Sequence[int],
    indices: Sequence[str],
    chain: Chain,
    plan: MemberPlan,
) -> dict[str, Any]:
    """The settings of the member at a place."""
    own, name = members[place], f"member-{place + 1}"
    peers = {
        member: f"http://127.0.0.1:{port}"
        for member, port in zip(members, ports, strict=True)
        if member != own
    }
    key = (
        {"file": f"{name}/{_KEY_FILE}"}
        if own in plan.known_keys
        else {"env": f"{KEY_VARIABLE}_{place + 1}"}
    )
    return {
        "name": name,
        "reporter": own,
        "data": name,
        "peers": peers,
        "key": key,
        "chain": {
            "id": chain.chain_id,
            "rpc": list(plan.rpc),
            "spot_index": plan.spot_index,
            "indices": list(indices),
            "first_block": plan.first_block,
        },
        "opening": {"recording": plan.opening},
        "source": {"sample": plan.sample, "replay_offset_s": plan.replay_offset_s},
        "api": {"host": "127.0.0.1", "port": ports[place]},
        "pace": plan.pace.model_dump(mode="json", exclude_unset=True),
    }


def _write_key(file: Path, key: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as writer:
        writer.write(key + "\n")
