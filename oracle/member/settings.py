"""What a committee node's TOML file may say.

    name = "member-1"
    reporter = "0x…"                       # address whose key signs
    data = "member-1"                      # folder of promises, input sets and quotes
    watch = ["lambda", "verda"]            # providers whose lists it takes; all where left out

    [peers]                                # where the other members are, by address
    "0x…" = "http://127.0.0.1:7702"

    [key]                                  # env, file, keystore or signer, as in a node's file
    env = "PARGRADE_REPORTER_KEY_1"

    [chain]
    id = 31337
    rpc = ["http://127.0.0.1:8545"]
    spot_index = "0x…"                     # a SpotIndexV2
    indices = ["SCU / USD"]
    first_block = 0

    [transport]                            # messages go over HTTP where this is left out
    nats = ["nats://127.0.0.1:4222"]       # servers with JetStream; HTTP where they do not reach
    nats_seed = ""                         # file of an NKey, for servers that ask for one

    [opening]
    recording = "shipped"                  # the history of before the first round, alike for all

    [source]
    sample = "shipped"
    replay_offset_s = 0                    # slot time less recorded time; also of the opening

    [live]                                 # in place of [source], as in a node's file
    venues = ["lium", "akash", "vultr"]

    [api]
    host = "127.0.0.1"
    port = 7701

    [pace]
    poll_ms = 500                          # the others: see MemberPace
    clock = "machine"                      # or "chain": for development networks

    [fees]
    max_fee = ""
    max_fee_per_day = ""
    [log]
    format = "text"

Names of files are relative to the TOML file. `PARGRADE_MEMBER_API__PORT` in the environment
overrides `port` of `[api]`, and so on for every key.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, Strict, model_validator
from pydantic_settings import SettingsConfigDict

from oracle.node.live_settings import LiveSettings
from oracle.node.settings import (
    SHIPPED,
    AddressText,
    ApiSettings,
    ChainSettings,
    FeeSettings,
    KeySettings,
    LogSettings,
    SourceSettings,
)
from oracle.protocol.report.common_report import MOST_INDICES
from oracle.transport.nats.servers import NatsServers
from pargrade.chain.hashing import BadAddress, parse_address
from pargrade.settings import FileName, StrictSettings, StrictTable, Texts, Unfit, whole_number

_LONGEST_MS: Final = 60_000


class ClockKind(StrEnum):
    """By which time a node goes."""

    MACHINE = "machine"
    """The machine's own: for chains whose blocks carry the time of the day."""
    CHAIN = "chain"
    """The newest block's: for development networks, whose time is moved or stands still."""


class MemberPace(StrictTable):
    """How often a node looks, in milliseconds. When it acts is the protocol's."""

    poll_ms: int = whole_number(1, _LONGEST_MS, 500)
    """Between two looks at the head of the chain."""
    answer_ms: int = whole_number(1, _LONGEST_MS, 2_000)
    """How long a peer may take to take messages."""
    rpc_timeout_ms: int = whole_number(1, _LONGEST_MS, 10_000)
    clock: Annotated[ClockKind, Strict(False)] = Field(
        default=ClockKind.MACHINE, description="machine or chain"
    )


class IndexSettings(ChainSettings):
    """The chain, and an index that may have more names than those whose values this release has."""

    indices: Texts = Field(
        min_length=1, max_length=MOST_INDICES, description="a list of the index's names, in order"
    )
    """The first is what the method computes. One that is appended to the contract later need not be
    here, and may be before it is: an external signer asks for it.
    """


class TransportSettings(StrictTable):
    """How messages go between members. HTTP is there in any case."""

    nats: Texts = ()
    """Servers of one NATS cluster with JetStream: messages go over it where it reaches."""
    nats_seed: FileName = ""
    """The file of an NKey's seed; empty for servers that ask for none."""

    @model_validator(mode="after")
    def _require_servers(self) -> Self:
        if self.nats_seed and not self.nats:
            raise Unfit("transport.nats_seed is for the servers of transport.nats")
        for url in self.nats:
            if not url.startswith(("nats://", "tls://")):
                raise Unfit(f"transport.nats has {url!r}, which is no nats:// or tls:// address")
        return self

    def servers(self, folder: Path) -> NatsServers | None:
        """Those of a file in this folder; None for HTTP alone."""
        if not self.nats:
            return None
        return NatsServers(self.nats, folder / self.nats_seed if self.nats_seed else None)


class OpeningSettings(StrictTable):
    """The history of before the first round: all members need the same."""

    recording: FileName = SHIPPED
    """`shipped`, or the name of a recording; empty for none."""


class MemberSettings(StrictSettings):
    """The whole file."""

    model_config = SettingsConfigDict(env_prefix="PARGRADE_MEMBER_")

    name: str
    reporter: AddressText
    data: FileName
    watch: Texts = ()
    peers: dict[str, str] = Field(description="a table of addresses and URLs")
    key: KeySettings = Field(repr=False)
    chain: IndexSettings
    transport: TransportSettings = TransportSettings()
    opening: OpeningSettings = OpeningSettings()
    source: SourceSettings = SourceSettings()
    live: LiveSettings = LiveSettings()
    api: ApiSettings
    pace: MemberPace = MemberPace()
    fees: FeeSettings = FeeSettings()
    log: LogSettings = LogSettings()

    @model_validator(mode="after")
    def _require_sense(self) -> Self:
        if self.live.venues and self.source.replay_offset_s:
            raise Unfit("live quotes are of now: source.replay_offset_s has to be 0")
        for address in self.peers:
            try:
                parse_address(address)
            except BadAddress as bad:
                raise Unfit(f"peers has {address!r}, which is no address", bad.hint) from None
        return self

    @classmethod
    def advice(cls) -> str:
        """The hint of an error that has none of its own."""
        return "Correct the file, or write a fresh one with `pargrade oracle member init`."
