"""The method that a committee has agreed on, found among those that ship by its hash."""

from typing import Final

from oracle.index.family import load_candidate
from oracle.index.method import METHOD, Method, load_method
from oracle.node.reporter import WrongMethod
from pargrade.spot_index.observation import REPLAYED

_SHIPPED: Final = "method-*.json"


def choose_method(method_hash: bytes, index: str, flags: int) -> Method:
    """The shipped method with a hash, for an index.

    One without a shadow record that allows it is for replayed values alone. Raises WrongMethod,
    NotShadowed, UnknownIndex.
    """
    newest = bytes(32)
    for path in sorted(METHOD.parent.glob(_SHIPPED)):
        if path.name.count(".") > 1:
            continue
        candidate = load_candidate(path)[index]
        newest = candidate.method_hash
        if newest == method_hash:
            return candidate if flags & REPLAYED else load_method(path, index=index)
    raise WrongMethod(newest, method_hash)
