"""What a reporter's last observation rests on, asked of the reporter itself."""

from collections import Counter
from dataclasses import dataclass

import httpx

from oracle.canonical import read_json
from oracle.config import NodeConfig
from oracle.evidence import Evidence
from oracle.faults import ACCEPTED
from pargrade.units import Price


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


def ask_sources(node: NodeConfig) -> Sources:
    """The newest value of a running node, with its published evidence counted."""
    with httpx.Client(base_url=node.url, timeout=10) as api:
        index = api.get("/index").raise_for_status().json()
        packed = api.get(f"/evidence/{index['evidence_root']}").raise_for_status().content
    verdicts = Counter(read_json(line)["verdict"] for line in Evidence.unpack(packed).quotes)
    used = verdicts.pop(ACCEPTED, 0)
    return Sources(
        reporter=node.name,
        value=Price(int(index["value8"])),
        confidence=Price(int(index["confidence8"])),
        state=index["state"],
        providers=int(index["providers"]),
        used=used,
        rejected=dict(verdicts.most_common()),
    )
