"""What a reporter's last observation rests on, asked of the reporter itself."""

import gzip
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import httpx

from pargrade.units import Price
from pargrade.world.nodes import NodeAddress

_ACCEPTED: Final = "ACCEPTED"
"""The verdict, in evidence, of a quote that counts."""


@dataclass(frozen=True, slots=True)
class Sources:
    """One reporter's value and the quotes behind it."""

    reporter: str
    value: Price
    confidence: Price
    state: str
    providers: int
    used: int
    rejected: dict[str, int]
    """Quotes refused, by reason."""


def ask_sources(nodes: Iterable[NodeAddress]) -> list[Sources]:
    """The newest value of every running node, with its published evidence counted."""
    with httpx.Client(timeout=10) as client:
        return [_ask_source(client, node) for node in nodes]


def _ask_source(client: httpx.Client, node: NodeAddress) -> Sources:
    index = client.get(f"{node.url}/index").raise_for_status().json()
    evidence = f"{node.url}/evidence/{index['evidence_root']}"
    packed = client.get(evidence).raise_for_status().content
    verdicts = _count_verdicts(gzip.decompress(packed))
    used = verdicts.pop(_ACCEPTED, 0)
    return Sources(
        reporter=node.name,
        value=Price(int(index["value8"])),
        confidence=Price(int(index["confidence8"])),
        state=index["state"],
        providers=int(index["providers"]),
        used=used,
        rejected=dict(verdicts.most_common()),
    )


def _count_verdicts(evidence: bytes) -> Counter[str]:
    """Quotes in view by verdict: they are the last lines of an evidence file."""
    header, *lines = evidence.splitlines()
    count = json.loads(header)["counts"]["quotes"]
    quotes = lines[len(lines) - count :]
    return Counter(json.loads(line)["verdict"] for line in quotes)
