"""One committee node's configuration: who it is, which chain, whom it talks to, what it reads."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from oracle.index.panel import Panel
from oracle.journal.owner import JournalOwner
from oracle.member.settings import MemberPace, MemberSettings
from oracle.node.config import KeyReference
from oracle.node.live_settings import LiveSettings
from oracle.node.settings import SHIPPED, ChainSettings
from oracle.transport.nats.servers import NatsServers
from oracle.valuation.memory import common_panel
from pargrade.chain.fees import FeePolicy
from pargrade.chain.hashing import Address, parse_address
from pargrade.chain.keys import Signer
from pargrade.data.files import SAMPLE
from pargrade.logs.log_format import LogFormat
from pargrade.settings import BadConfig


@dataclass(frozen=True, slots=True)
class MemberConfig:
    """Everything one committee node is run from."""

    path: Path
    name: str
    reporter: Address
    key: KeyReference
    data: Path
    """Folder of promises, input sets and quotes."""
    chain: ChainSettings
    peers: Mapping[Address, str]
    """URLs of other members by address."""
    watch: frozenset[str]
    """Providers whose lists it takes; empty for all."""
    panel: Panel
    """All providers there are: what counts is decided by all members together."""
    sample: Path
    opening: Path | None
    replay_offset_s: int
    host: str
    port: int
    pace: MemberPace
    fees: FeePolicy
    log_format: LogFormat
    live: LiveSettings
    nats: NatsServers | None
    """Over which messages go; None for HTTP alone."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """The configuration of the node that this process is: file and environment.

        Raises BadConfig.
        """
        return cls._of(path, MemberSettings.read(path))

    @classmethod
    def read_file(cls, path: Path) -> Self:
        """The configuration of any node, from its file alone. Raises BadConfig."""
        return cls._of(path, MemberSettings.read_file(path))

    @classmethod
    def _of(cls, path: Path, settings: MemberSettings) -> Self:
        folder, source, opening = path.parent, settings.source, settings.opening.recording
        return cls(
            path=path,
            name=settings.name,
            reporter=settings.reporter,
            key=KeyReference.of(settings.key, folder),
            data=folder / settings.data,
            chain=settings.chain,
            peers={parse_address(each): url for each, url in settings.peers.items()},
            watch=frozenset(settings.watch),
            panel=common_panel(),
            sample=SAMPLE if source.sample == SHIPPED else folder / source.sample,
            opening=SAMPLE if opening == SHIPPED else folder / opening if opening else None,
            replay_offset_s=source.replay_offset_s,
            host=settings.api.host,
            port=settings.api.port,
            pace=settings.pace,
            fees=settings.fees.policy,
            log_format=settings.log.format,
            live=settings.live,
            nats=settings.transport.servers(folder),
        )

    def with_log_format(self, form: LogFormat | None) -> "MemberConfig":
        """This node with another form of log lines, where one is given."""
        return self if form is None else replace(self, log_format=form)

    @property
    def url(self) -> str:
        """Where this node is for others."""
        return f"http://{self.host}:{self.port}"

    @property
    def owner(self) -> JournalOwner:
        """Whose journal this node promises under."""
        return JournalOwner(self.reporter, self.chain.id, self.chain.spot_index)

    def load_key(self) -> Signer:
        """The member's key. Raises BadConfig, also when it is not the key of `reporter`, and
        SignerFailed.
        """
        key = self.key.load(self.path)
        if key.address != self.reporter:
            raise BadConfig(
                self.path, f"the key is of {key.address}, the reporter is {self.reporter}"
            )
        return key
