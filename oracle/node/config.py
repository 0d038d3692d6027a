"""One node's configuration: who it is, which chain, whom it listens to, and how it is reached."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from oracle.index.panel import BadPanel, Panel
from pargrade.chain.hashing import Address, BadAddress, parse_address
from pargrade.chain.keys import BadKey, Key
from pargrade.clock import DAY_S
from pargrade.data.files import SAMPLE
from pargrade.deployment.index_on_chain import ChainConfig
from pargrade.settings import BadConfig, Settings

SHIPPED: Final = "shipped"
"""As `source.sample`: the recording that comes with the package."""


def await_files(paths: Sequence[Path], seconds: float) -> None:
    """Returns when all are there, or after so long: reading says then which one is missing."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not all(path.exists() for path in paths):
        time.sleep(0.02)


@dataclass(frozen=True, slots=True)
class KeyReference:
    """Where a key is found. The key itself is never part of a configuration."""

    env: str = ""
    """Environment variable; empty when the key is in a file."""
    file: Path | None = None

    def load(self, config: Path) -> Key:
        """The key. Raises BadConfig, which never shows it."""
        where = f"environment variable {self.env}" if self.env else f"file {self.file}"
        try:
            text = os.environ[self.env] if self.file is None else self.file.read_text()
            return Key.parse(text)
        except KeyError:
            hint = f"Set {self.env} to the reporter's private key."
            raise BadConfig(config, f"{where} is not set", hint) from None
        except OSError as failure:
            raise BadConfig(config, f"key {where}: {failure.strerror}") from None
        except BadKey as bad:
            raise BadConfig(config, f"{where} holds no private key", bad.hint) from None


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a node acts, in milliseconds of wall time. Never decides what a node signs."""

    poll_ms: int = 2_000
    """Between two looks at the head of the chain."""
    takeover_ms: int = 10_000
    """How long each reporter has its turn before the next one may send."""
    answer_ms: int = 2_000
    """How long peers may take to answer."""
    linger_ms: int = 250
    """How long to go on waiting for more observations once there is a quorum."""
    retry_ms: int = 3_000
    """After a failure, before the next attempt."""
    rpc_timeout_ms: int = 10_000


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """Everything one node is run from."""

    path: Path
    name: str
    reporter: Address
    key: KeyReference
    data: Path
    """Folder of the journal."""
    chain: ChainConfig
    panel: Panel
    sample: Path
    replay_offset_s: int
    """Slot time less recorded time, seconds; observations say REPLAYED unless it is 0."""
    host: str
    port: int
    peers: tuple[str, ...]
    pace: Pace
    replay_day: int | None = None
    """Unix seconds of the recorded UTC midnight that stands for the day of the first start; takes
    the place of the offset.
    """

    @classmethod
    def read(cls, path: Path) -> "NodeConfig":
        """The configuration in a TOML file; paths in it are relative to it. Raises BadConfig."""
        top = Settings.read(path)
        source, api = top.table("source", {}), top.table("api")
        sample = source.take("sample", str, SHIPPED)
        config = cls(
            path=path,
            name=top.take("name", str),
            reporter=_address(top, "reporter"),
            key=_key(top.table("key")),
            data=path.parent / top.take("data", str),
            chain=_chain(top.table("chain")),
            panel=_panel(top.table("panel")),
            sample=SAMPLE if sample == SHIPPED else path.parent / sample,
            replay_offset_s=source.take("replay_offset_s", int, 0),
            host=api.take("host", str, "127.0.0.1"),
            port=api.take("port", int),
            peers=top.texts("peers"),
            pace=_pace(top.table("pace", {})),
        )
        if not 0 < config.port < 1 << 16:
            raise api.wrong("port", f"is {config.port}, not between 1 and 65535")
        for table in (source, api, top):
            table.done()
        return config

    def replaying(self, recorded: int) -> "NodeConfig":
        """This node, with the recorded day that `recorded` (unix seconds) is in as today.

        Whole days are moved: the method's daily links are measured at UTC midnights.
        """
        return replace(self, replay_day=recorded - recorded % DAY_S)

    @property
    def url(self) -> str:
        """Where this node's API is."""
        return f"http://{self.host}:{self.port}"

    def load_key(self) -> Key:
        """The reporter's key. Raises BadConfig, also when it is not the key of `reporter`."""
        key = self.key.load(self.path)
        if key.address != self.reporter:
            why = f"the key is of {key.address}, the reporter is {self.reporter}"
            raise BadConfig(self.path, why)
        return key


def _address(table: Settings, key: str) -> Address:
    text = table.take(key, str)
    try:
        return parse_address(text)
    except BadAddress as bad:
        raise table.wrong(key, f"is {text!r}, not an address", bad.hint) from None


def _key(table: Settings) -> KeyReference:
    env, file = table.take("env", str, ""), table.take("file", str, "")
    table.done()
    if bool(env) == bool(file):
        raise table.wrong("env or file", "must be given, and not both")
    return KeyReference(env, table.path.parent / file if file else None)


def _chain(table: Settings) -> ChainConfig:
    chain = ChainConfig(
        chain_id=table.take("id", int),
        rpc=table.texts("rpc"),
        spot_index=_address(table, "spot_index"),
        indices=table.texts("indices"),
        first_block=table.count("first_block", 0, least=0),
    )
    table.done()
    if not chain.rpc:
        raise table.wrong("rpc", "names no endpoint")
    if len(chain.indices) != 1:
        raise table.wrong("indices", "must name one index: the method computes one")
    return chain


def _panel(table: Settings) -> Panel:
    name, lag_s = table.take("name", str), table.take("lag_s", int)
    providers = table.texts("providers")
    table.done()
    try:
        return Panel(name, providers, lag_s)
    except BadPanel as bad:
        raise BadConfig(table.path, str(bad), bad.hint) from None


def _pace(table: Settings) -> Pace:
    usual = Pace()
    names = Pace.__slots__
    pace = Pace(**{name: table.count(name, getattr(usual, name)) for name in names})
    table.done()
    return pace
