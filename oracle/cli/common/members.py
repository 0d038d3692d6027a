"""What `pargrade oracle` reads of a committee: configurations, stores, the chain."""

import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from oracle.epochs.history import read_epochs
from oracle.member.config import MemberConfig
from oracle.protocol_store.committee_text import StoredCommittee
from oracle.protocol_store.input_store import InputStore
from oracle.protocol_store.kept_sets import KeptSets
from oracle.protocol_store.set_archive import SetArchive
from pargrade.chain.rpc import Chain
from pargrade.deployment.index_on_chain import IndexOnChain
from pargrade.errors import PargradeError


def is_committee(folder: Path) -> bool:
    """Whether the configurations in a folder are of committee nodes."""
    first = next(iter(sorted(folder.glob("*.toml"))), None)
    return first is not None and is_member(first)


def is_member(path: Path) -> bool:
    """Whether a configuration is of a committee node: peers by address."""
    try:
        stated = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(stated.get("peers"), dict)


class OptionNotHere(PargradeError):
    """An option that means nothing for nodes of the kind whose configurations were named."""

    def __init__(self, option: str, kind: str, hint: str) -> None:
        self.option = option
        self.hint = hint
        super().__init__(f"{option} means nothing for {kind}")


def refuse_for_committee(**options: object) -> None:
    """Raises OptionNotHere for an option of version 1 that was given."""
    for name, value in options.items():
        if value is not None and value is not False:
            hint = "Leave it out: members share one input set, in their stores and archives."
            raise OptionNotHere(f"--{name}", "a committee", hint)


def read_members(folder: Path) -> list[MemberConfig]:
    """Every configuration in a folder. Raises BadConfig."""
    return [MemberConfig.read_file(path) for path in sorted(folder.glob("*.toml"))]


def chain_of(config: MemberConfig, rpc_url: str) -> tuple[Chain, IndexOnChain]:
    """The chain of a configuration, or at another endpoint, and the index on it.

    Raises RpcDown, WrongChain.
    """
    settings = config.chain
    return Chain.connect(rpc_url or settings.rpc[0], expected=settings.id), settings.index


@contextmanager
def open_stores(configs: list[MemberConfig]) -> Iterator[list[KeptSets]]:
    """The input sets of members whose folders are here, archived or not. Raises DatabaseDown."""
    folders = [config.data for config in configs if config.data.is_dir()]
    stores = [InputStore(folder) for folder in folders]
    try:
        yield [
            KeptSets(store, SetArchive(folder))
            for store, folder in zip(stores, folders, strict=True)
        ]
    finally:
        for store in stores:
            store.close()


def committees_of(chain: Chain, index: IndexOnChain) -> Callable[[int], StoredCommittee]:
    """Reads the committee of an epoch on a chain, whose log is read once: when it is asked for."""
    epochs = cache(lambda: read_epochs(chain, index))
    return lambda epoch: epochs().committee(epoch)
