"""What a node's TOML file may say: every key, its type, its range and what it is without.

    name = "node-1"
    reporter = "0x…"                       # address whose key signs
    data = "node-1"                        # folder of the journal and the archive
    peers = ["http://127.0.0.1:7602"]

    [key]                                  # one of four
    env = "PARGRADE_REPORTER_KEY_1"
    file = "node-1/reporter.key"
    keystore = "node-1/keystore.json"      # with password_file, or PARGRADE_PASSWORD_FILE, or typed
    signer = "http://127.0.0.1:7700"       # docs/SIGNER.md

    [chain]
    id = 31337
    rpc = ["http://127.0.0.1:8545"]
    spot_index = "0x…"
    indices = ["SCU / USD"]
    first_block = 0                        # where the contract's log begins
    heads = ["ws://127.0.0.1:8546"]        # endpoints that announce new blocks; may be left out

    [panel]
    name = "panel-1"
    lag_s = 60
    providers = ["civo", "coreweave", "crusoe"]

    [source]
    sample = "shipped"                     # or the name of a recording
    replay_offset_s = 0                    # slot time less recorded time

    [live]                                 # in place of [source]: the node asks venues itself
    venues = ["lium", "akash", "vultr"]    # whose terms somebody has read
    interval_s = 3600                      # between two visits to a venue
    urls = { lium = "http://127.0.0.1:9" } # others than the venue table's; may be left out

    [api]
    host = "127.0.0.1"
    port = 7601

    [pace]
    poll_ms = 2000                         # the others: see Pace

    [fees]
    max_fee = ""                           # most coins a transaction may cost, as "0.05"; no cap
    max_fee_per_day = ""                   # most coins all may cost in 24 hours; no cap
    [log]
    format = "text"                        # or "json": one object per line

Names of files are relative to the TOML file. `PARGRADE_ORACLE_API__PORT` in the environment
overrides `port` of `[api]`, and so on for every key.
"""

import re
from functools import cached_property
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, Strict, model_validator
from pydantic_settings import SettingsConfigDict

from oracle.index.panel import BadPanel, Panel
from oracle.node.live_settings import LiveSettings
from pargrade.chain.coin_setting import Coins, wei_of
from pargrade.chain.fees import FeePolicy
from pargrade.chain.hashing import Address, BadAddress, parse_address
from pargrade.clock import DAY_S
from pargrade.deployment.index_on_chain import IndexOnChain
from pargrade.logs.log_format import FORMATS, LogFormat
from pargrade.settings import (
    FileName,
    StrictSettings,
    StrictTable,
    Texts,
    Unfit,
    whole_number,
)

SHIPPED: Final = "shipped"
"""As `source.sample`: the recording that comes with the package."""

_LATEST: Final = 1 << 40
"""Later than any slot, unix seconds."""
_MOST_64: Final = (1 << 64) - 1
_PRIVATE_KEY: Final = re.compile(r"(0[xX])?[0-9a-fA-F]{64}")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HOST_NAME: Final = r"[0-9A-Za-z_-]{1,63}(\.[0-9A-Za-z_-]{1,63})*"
_IPV6: Final = r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%\w+)?"
_HOST: Final = re.compile(f"{_HOST_NAME}|{_IPV6}")


def _parse_address(text: str) -> Address:
    try:
        return parse_address(text)
    except BadAddress as bad:
        raise Unfit(hint=bad.hint) from None


def _parse_variable(name: str) -> str:
    if name and (_PRIVATE_KEY.fullmatch(name) or not _VARIABLE.fullmatch(name)):
        raise Unfit
    return name


def _parse_key_file(name: str) -> str:
    if _PRIVATE_KEY.fullmatch(name):
        raise Unfit
    return name


def _parse_host(name: str) -> str:
    if not _HOST.fullmatch(name):
        raise Unfit
    return name


AddressText = Annotated[Address, AfterValidator(_parse_address), Field(description="an address")]
Variable = Annotated[
    str,
    AfterValidator(_parse_variable),
    Field(description="the name of an environment variable"),
]
KeyFile = Annotated[FileName, AfterValidator(_parse_key_file)]
Host = Annotated[str, AfterValidator(_parse_host), Field(description="a host's name or address")]


def _milliseconds(default: int) -> int:
    found: int = whole_number(1, DAY_S * 1_000, default)
    return found


class Pace(StrictTable):
    """How fast a node acts, in milliseconds of wall time. Never decides what a node signs."""

    poll_ms: int = _milliseconds(2_000)
    """Between two looks at the head of the chain."""
    takeover_ms: int = _milliseconds(10_000)
    """How long each reporter has its turn before the next one may send."""
    answer_ms: int = _milliseconds(2_000)
    """How long peers may take to answer."""
    linger_ms: int = _milliseconds(250)
    """How long to go on waiting for more observations once there is a quorum."""
    retry_ms: int = _milliseconds(3_000)
    """After a failure, before the next attempt."""
    rpc_timeout_ms: int = _milliseconds(10_000)


class KeySettings(StrictTable):
    """Where the reporter's key is; see pargrade.keys.source."""

    env: Variable = ""
    file: KeyFile = ""
    keystore: KeyFile = ""
    password_file: FileName = ""
    signer: str = ""

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        if sum(map(bool, (self.env, self.file, self.keystore, self.signer))) != 1:
            raise Unfit("env or file must be given, and not both; or keystore, or signer")
        if self.password_file and not self.keystore:
            raise Unfit("password_file is for a keystore")
        return self


class ChainSettings(StrictTable):
    """Which chain through which endpoints, and the index on it."""

    id: int = whole_number(1, _MOST_64)
    rpc: Texts = Field(min_length=1, repr=False, description="a list of one endpoint or more")
    """In order of preference: the next one is used while one is down. May hold credentials."""
    heads: Texts = Field((), repr=False)
    """ws:// or wss:// addresses that announce new blocks; ipc:// ones under `rpc` do, too."""
    spot_index: AddressText
    indices: Texts = Field(
        min_length=1, max_length=1, description="a list of one index: the method computes one"
    )
    first_block: int = whole_number(0, _MOST_64, 0)

    @property
    def announcing(self) -> tuple[str, ...]:
        """Endpoints that announce new blocks, so that the node looks when there is one."""
        return (*self.heads, *(url for url in self.rpc if url.startswith("ipc://")))

    @property
    def index(self) -> IndexOnChain:
        """The index that the node reports to."""
        return IndexOnChain(self.spot_index, self.indices, self.first_block)


class PanelSettings(StrictTable):
    """The providers that a node listens to."""

    name: str
    lag_s: int = whole_number(0, 365 * DAY_S)
    providers: Texts

    @model_validator(mode="after")
    def _require_panel(self) -> Self:
        try:
            _ = self.panel
        except BadPanel as bad:
            raise Unfit(str(bad), bad.hint) from None
        return self

    @cached_property
    def panel(self) -> Panel:
        """The panel of these providers. Raises BadPanel."""
        return Panel(self.name, self.providers, self.lag_s)


class SourceSettings(StrictTable):
    """Where quotes come from."""

    sample: FileName = SHIPPED
    replay_offset_s: int = whole_number(-_LATEST, _LATEST, 0)


class ApiSettings(StrictTable):
    """Where the node's API listens."""

    host: Host = "127.0.0.1"
    port: int = whole_number(1, 65_535)


class FeeSettings(StrictTable):
    """What a node's transactions may cost."""

    max_fee: Coins = ""
    """Most of the chain's coin that one transaction may cost; no cap where it is empty."""
    max_fee_per_day: Coins = ""
    """Most that all transactions of 24 hours may cost, by chain time and over restarts."""

    @property
    def policy(self) -> FeePolicy:
        """How transactions are priced and replaced."""
        return FeePolicy(
            max_cost=wei_of(self.max_fee), max_cost_per_day=wei_of(self.max_fee_per_day)
        )


class LogSettings(StrictTable):
    """How log lines are written."""

    format: Annotated[LogFormat, Strict(False)] = Field(default=LogFormat.TEXT, description=FORMATS)


class NodeSettings(StrictSettings):
    """The whole file."""

    model_config = SettingsConfigDict(env_prefix="PARGRADE_ORACLE_")

    name: str
    reporter: AddressText
    data: FileName
    peers: Texts
    key: KeySettings = Field(repr=False)
    chain: ChainSettings
    panel: PanelSettings
    source: SourceSettings = SourceSettings()
    live: LiveSettings = LiveSettings()
    api: ApiSettings
    pace: Pace = Pace()
    fees: FeeSettings = FeeSettings()
    log: LogSettings = LogSettings()

    @model_validator(mode="after")
    def _require_one_time(self) -> Self:
        if self.live.venues and self.source.replay_offset_s:
            raise Unfit("live quotes are of now: source.replay_offset_s has to be 0")
        return self

    @classmethod
    def advice(cls) -> str:
        """The hint of an error that has none of its own."""
        return "Correct the file, or write a fresh one with `pargrade oracle init`."
