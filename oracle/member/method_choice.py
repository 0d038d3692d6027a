"""The method that a committee has agreed on, found among those that ship by its hash."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from oracle.index.family import load_candidate
from oracle.index.method import METHOD, Method, load_method
from oracle.index.shadow_record import ShadowObjects
from oracle.member.ledger import CommitteeLedger, LedgerState
from oracle.node.reporter import WrongMethod
from pargrade.spot_index.observation import REPLAYED

_SHIPPED: Final = "method-*.json"


def choose_method(
    method_hash: bytes, index: str, flags: int, is_founding: Callable[[], bool]
) -> Method:
    """The shipped method with a hash, for an index whose values members sign.

    A version whose shadow record objects moves an index that had another one, and so the series
    that settle on it. It is for replayed values, and for an index that `is_founding` says was never
    of another version: nothing settled on that before. Raises WrongMethod, NotShadowed,
    UnknownIndex.
    """
    path, candidate = _find(method_hash, index)
    if flags & REPLAYED:
        return candidate
    try:
        return load_method(path, index=index)
    except ShadowObjects:
        if is_founding():
            return candidate
        raise


def find_method(method_hash: bytes, index: str) -> Method:
    """The same for whoever computes values again and signs none: any version that ships.

    Raises WrongMethod, UnknownIndex.
    """
    return _find(method_hash, index)[1]


def is_founding(ledger: CommitteeLedger, state: LedgerState) -> bool:
    """Whether the index has had no other method than the one that it has. Raises ChainError."""
    # Changes of the committee are read with the rounds.
    ledger.rounds(state)
    now = state.stored.committee
    return is_only_method(now.method_hash, now.epoch, ledger.methods().items())


def is_only_method(method_hash: bytes, epoch: int, known: Iterable[tuple[int, bytes]]) -> bool:
    """Whether every epoch up to one is known, and had this method. By epoch, from 1."""
    by_epoch = dict(known)
    return all(by_epoch.get(each) == method_hash for each in range(1, epoch + 1))


def _find(method_hash: bytes, index: str) -> tuple[Path, Method]:
    newest = bytes(32)
    for path in sorted(METHOD.parent.glob(_SHIPPED)):
        if path.name.count(".") > 1:
            continue
        candidate = load_candidate(path)[index]
        newest = candidate.method_hash
        if newest == method_hash:
            return path, candidate
    raise WrongMethod(newest, method_hash)
