"""One node's configuration: who it is, which chain, whom it listens to, and how it is reached."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from oracle.index.panel import Panel
from oracle.journal.owner import JournalOwner
from oracle.journal.watermark import Outside
from oracle.node.live_settings import LiveSettings
from oracle.node.settings import (
    SHIPPED,
    ChainSettings,
    KeySettings,
    NodeSettings,
    Pace,
)
from pargrade.chain.fees import FeePolicy
from pargrade.chain.hashing import Address
from pargrade.chain.keys import Signer
from pargrade.clock import DAY_S
from pargrade.data.files import SAMPLE
from pargrade.keys.source import KeyKind, KeySource, KeyUnavailable
from pargrade.logs.log_format import LogFormat
from pargrade.settings import BadConfig
from pargrade.spot_index.observation import index_domain


def await_files(paths: Sequence[Path], seconds: float) -> None:
    """Returns when all are there, or after so long: reading says then which one is missing."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not all(path.exists() for path in paths):
        time.sleep(0.02)


@dataclass(frozen=True, slots=True)
class KeyReference:
    """Where a key is found. The key itself is never part of a configuration."""

    source: KeySource

    @classmethod
    def of(cls, settings: KeySettings, folder: Path) -> Self:
        """The reference in a file of this folder."""
        if settings.env:
            return cls(KeySource(KeyKind.ENV, settings.env))
        if settings.signer:
            return cls(KeySource(KeyKind.SIGNER, settings.signer))
        if settings.file:
            return cls(KeySource(KeyKind.FILE, str(folder / settings.file)))
        password = folder / settings.password_file if settings.password_file else None
        return cls(KeySource(KeyKind.KEYSTORE, str(folder / settings.keystore), password))

    @property
    def env(self) -> str:
        """The environment variable; empty when the key is elsewhere."""
        return self.source.place if self.source.kind is KeyKind.ENV else ""

    @property
    def file(self) -> Path | None:
        """The file with the bare key; None when the key is elsewhere."""
        return Path(self.source.place) if self.source.kind is KeyKind.FILE else None

    def load(self, config: Path) -> Signer:
        """What signs. Raises BadConfig, which never shows the key, and SignerFailed."""
        try:
            return self.source.load()
        except KeyUnavailable as unavailable:
            raise BadConfig(config, _describe(unavailable), unavailable.hint) from None


def _describe(unavailable: KeyUnavailable) -> str:
    kind, place = unavailable.source.kind, unavailable.source.place
    where = f"{'environment variable' if kind is KeyKind.ENV else kind.value} {place}"
    about_it = unavailable.reason.startswith("it ")
    return f"{where} {unavailable.reason[3:]}" if about_it else f"key {where}: {unavailable.reason}"


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """Everything one node is run from."""

    path: Path
    name: str
    reporter: Address
    key: KeyReference
    data: Path
    """Folder of the journal."""
    chain: ChainSettings
    panel: Panel
    sample: Path
    replay_offset_s: int
    """Slot time less recorded time, seconds; observations say REPLAYED unless it is 0."""
    host: str
    port: int
    peers: tuple[str, ...]
    pace: Pace
    fees: FeePolicy
    log_format: LogFormat
    live: LiveSettings = field(default_factory=LiveSettings)
    """Venues that the node asks itself, in place of the sample."""
    replay_day: int | None = None
    """Unix seconds of the recorded UTC midnight that stands for the day of the first start; takes
    the place of the offset.
    """

    @classmethod
    def read(cls, path: Path) -> Self:
        """The configuration of the node that this process is: TOML file and environment.

        Raises BadConfig.
        """
        return cls._of(path, NodeSettings.read(path))

    @classmethod
    def read_file(cls, path: Path) -> Self:
        """The configuration of any node, from its TOML file alone. Raises BadConfig."""
        return cls._of(path, NodeSettings.read_file(path))

    @classmethod
    def _of(cls, path: Path, settings: NodeSettings) -> Self:
        source, folder = settings.source, path.parent
        return cls(
            path=path,
            name=settings.name,
            reporter=settings.reporter,
            key=KeyReference.of(settings.key, folder),
            data=folder / settings.data,
            chain=settings.chain,
            panel=settings.panel.panel,
            sample=SAMPLE if source.sample == SHIPPED else folder / source.sample,
            replay_offset_s=source.replay_offset_s,
            host=settings.api.host,
            port=settings.api.port,
            peers=settings.peers,
            pace=settings.pace,
            fees=settings.fees.policy,
            log_format=settings.log.format,
            live=settings.live,
        )

    def replaying(self, recorded: int) -> "NodeConfig":
        """This node, with the recorded day that `recorded` (unix seconds) is in as today.

        Whole days are moved: the method's daily links are measured at UTC midnights.
        """
        return replace(self, replay_day=recorded - recorded % DAY_S)

    def with_log_format(self, form: LogFormat | None) -> "NodeConfig":
        """This node with another form of log lines, where one is given."""
        return self if form is None else replace(self, log_format=form)

    @property
    def url(self) -> str:
        """Where this node's API is."""
        return f"http://{self.host}:{self.port}"

    @property
    def owner(self) -> JournalOwner:
        """Whose journal this node signs under."""
        return JournalOwner(self.reporter, self.chain.id, self.chain.spot_index)

    def outside(self) -> Outside:
        """Whom this node asks at its start what it has signed."""
        return Outside(
            urls=self.chain.rpc,
            chain_id=self.chain.id,
            rpc_timeout=self.pace.rpc_timeout_ms / 1000,
            peers=self.peers,
            peer_timeout=self.pace.answer_ms / 1000,
            reporter=self.reporter,
            domain=index_domain(self.chain.id, self.chain.spot_index),
        )

    def load_key(self) -> Signer:
        """The reporter's key. Raises BadConfig, also when it is not the key of `reporter`."""
        key = self.key.load(self.path)
        if key.address != self.reporter:
            why = f"the key is of {key.address}, the reporter is {self.reporter}"
            raise BadConfig(self.path, why)
        return key
