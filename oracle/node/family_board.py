"""Every index of the family at the instant of the newest observation, for display.

Each index has a source and a chain of its own over the same quotes: one that is halted, or whose
source fails, stops no other. The chain takes what this node signs, which is the index that its
configuration names; of the others nothing is signed.
"""

import threading
from typing import Any

from oracle.index.determination import determine
from oracle.index.family import Family
from oracle.index.method import Method
from oracle.node.config import NodeConfig
from oracle.node.quote_source import QuoteSource, open_source
from pargrade.canonical import canonical_json
from pargrade.errors import PargradeError
from pargrade.text import printable

_MOST_SHOWN = 300
"""Characters of a failure: some of it may be a venue's text."""


class FamilyBoard:
    """Safe to share between threads; one of them computes, the others wait for it."""

    def __init__(self, config: NodeConfig, family: Family) -> None:
        self._config = config
        self._family = family
        self._lock = threading.Lock()
        self._sources: dict[str, QuoteSource] = {}
        self._known: tuple[int, bytes] | None = None

    def recall(self, as_of: int) -> bytes | None:
        """What was computed for an instant, unix seconds; None where nothing was."""
        known = self._known
        return known[1] if known is not None and known[0] == as_of else None

    def read(self, as_of: int) -> bytes:
        """The indices at an instant, in unix seconds, as JSON. Raises nothing of one index."""
        with self._lock:
            known = self.recall(as_of)
            if known is None:
                indices = [self._describe(method, as_of) for method in self._family.methods]
                known = canonical_json({"as_of": as_of, "indices": indices})
                self._known = as_of, known
            return known

    def _describe(self, method: Method, as_of: int) -> dict[str, Any]:
        stated = {
            "index": method.index,
            "tier": method.tier.value,
            "unit": method.unit.value,
            "signed": method.index in self._config.chain.indices,
        }
        try:
            if method.index not in self._sources:
                self._sources[method.index] = open_source(self._config, method)
            found = determine(self._sources[method.index].chain(), as_of)
        except PargradeError as failure:
            return stated | {"state": "failed", "reason": printable(str(failure), _MOST_SHOWN)}
        shares = {kind.value: n for kind, n in found.availability_ppm.items()}
        value = found.value
        return stated | value.to_json() | {"state": value.state, "availability_ppm": shares}
