"""Committee nodes in this process, on real sockets and disks, with a chain that is a list."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oracle.index.method import load_method
from oracle.member.api import create_api
from oracle.member.config import MemberConfig
from oracle.member.ledger import CommitteeLedger, Landed, LandingRefused, LedgerState
from oracle.member.member import CommitteeNode
from oracle.member.settings import MemberSettings
from oracle.protocol.committee.bounds import Bounds, most_liars
from oracle.protocol.committee.committee import Committee
from oracle.protocol.transmission.landing import Landing, find_refusal
from oracle.protocol_store.committee_text import StoredCommittee
from oracle.protocol_store.promise_journal import PromiseJournal
from oracle.transport.entry import MessageHttp
from oracle.valuation.memory import AgreedRound
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import keccak
from pargrade.devnet.anvil import DEVNET_KEYS, devnet_keys
from pargrade.process.ports import free_ports
from pargrade.settings import to_toml
from pargrade.spot_index.common_report import common_domain
from pargrade.spot_index.observation import REPLAYED, index_set_of
from pargrade.web.server import listen, serve_beside

NAMES = ("SCU / USD",)
INDEX = devnet_keys()[0].address
BEGIN = 1_777_561_200
"""2026-04-30T15:00:00Z: the shipped recording has 60 days behind it and lists of this day."""


def stored_committee(count: int, **changes: Any) -> StoredCommittee:
    """A committee of development keys for the shipped recording."""
    liars = most_liars(count)
    bounds = Bounds(count, liars, count - liars)
    values = {
        "bounds": bounds,
        "domain": common_domain(31_337, INDEX),
        "index_set": index_set_of(NAMES),
        "epoch": 1,
        "method_hash": load_method().method_hash,
        "indices": 1,
        "flags": REPLAYED,
        "grid_s": 60,
        "heartbeat_s": 60,
        "min_interval_s": 60,
        "deviation_bps": 300,
    }
    members = tuple(key.address for key in devnet_keys()[:count])
    return StoredCommittee(Committee(**{**values, **changes}), members)


@dataclass
class SharedLedger:
    """A chain as far as a committee needs one. Time stands still until it is moved."""

    stored: StoredCommittee
    now: int = BEGIN - 30
    landings: list[Landing] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    blocks: dict[bytes, list[Landing]] = field(default_factory=dict)
    """What had landed up to a block, by its hash."""

    @property
    def last_slot(self) -> int:
        return max((each.report.slot for each in self.landings), default=0)

    def read(self) -> LedgerState:
        with self.lock:
            number = self.now * 1_000 + len(self.landings)
            roots = b"".join(each.report.input_root for each in self.landings[-8:])
            block_hash = keccak(number.to_bytes(8) + roots)
            self.blocks[block_hash] = list(self.landings)
            head = BlockStamp(
                number=number,
                hash=block_hash,
                parent_hash=bytes(32),
                timestamp=self.now,
            )
            return LedgerState(head, self.stored, self.last_slot)

    def rounds(self, state: LedgerState) -> list[AgreedRound]:
        with self.lock:
            return [
                AgreedRound(each.report.slot, self.stored.committee.epoch, each.report.input_root)
                for each in self.landings
            ]

    def holds(self, block: BlockStamp, head: BlockStamp) -> bool:
        """A chain has a block whose landings it begins with."""
        with self.lock:
            before, now = self.blocks[block.hash], self.blocks[head.hash]
            return now[: len(before)] == before

    def committee(self, epoch: int) -> StoredCommittee | None:
        return self.stored if epoch == self.stored.committee.epoch else None

    def methods(self) -> dict[int, bytes]:
        committee = self.stored.committee
        return {committee.epoch: committee.method_hash}

    def land(self, landing: Landing, last_slot: int) -> Landed:
        with self.lock:
            committee = self.stored.committee
            why = find_refusal(
                landing, committee, self.stored.verifier, self.last_slot, self.now + 1
            )
            if why:
                raise LandingRefused(landing.report.slot, why)
            self.landings.append(landing)
            return Landed(landing.report.slot, 60_000)

    def figures(self, now: int) -> Iterator[Any]:
        yield from ()

    def close(self) -> None:
        """Nothing."""


def write_configs(folder: Path, count: int, **changes: Any) -> list[Path]:
    """Configurations and journals of as many members."""
    keys, ports = devnet_keys()[:count], free_ports(count)
    urls = {key.address: f"http://127.0.0.1:{port}" for key, port in zip(keys, ports, strict=True)}
    paths = []
    for number, key in enumerate(keys):
        path = folder / f"member-{number + 1}.toml"
        values: dict[str, Any] = {
            "name": path.stem,
            "reporter": key.address,
            "data": path.stem,
            "peers": {address: url for address, url in urls.items() if address != key.address},
            "key": {"file": f"{path.stem}.key"},
            "chain": {
                "id": 31_337,
                "rpc": ["http://127.0.0.1:1"],
                "spot_index": INDEX,
                "indices": list(NAMES),
            },
            "api": {"host": "127.0.0.1", "port": ports[number]},
            "pace": {"poll_ms": 20, "clock": "chain"},
            **changes,
        }
        settings = MemberSettings.from_values(path, values)
        (folder / f"{path.stem}.key").write_text(DEVNET_KEYS[number])
        path.write_text(to_toml(settings.model_dump(mode="json", exclude_unset=True)))
        config = MemberConfig.read_file(path)
        PromiseJournal.create(config.data, config.owner, 0)
        paths.append(path)
    return paths


@contextmanager
def running(path: Path, ledger: SharedLedger) -> Iterator[CommitteeNode]:
    """One node with its API, until the context ends."""
    with serving(MemberConfig.read_file(path), ledger) as member:
        yield member


@contextmanager
def serving(config: MemberConfig, ledger: CommitteeLedger) -> Iterator[CommitteeNode]:
    """A node of a configuration on a ledger, which it closes."""
    member = CommitteeNode.open(config, ledger)
    listening = listen(config.host, config.port)
    with listening, serve_beside(create_api(member), listening, MessageHttp):
        member.start()
        try:
            yield member
        finally:
            member.close(30)
