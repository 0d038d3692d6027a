"""Two rounds that four of five nodes signed, one of them from corrupted quotes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from oracle.node.node import Node, part_of
from pargrade.spot_index.report import Report
from tests.support.nodes import GENESIS, HOUR, Nodes, nodes

SLOTS: Final = (GENESIS, GENESIS + 26 * HOUR)
BROKEN: Final = 3
"""Position of the node with corrupted quotes."""


@contextmanager
def two_rounds(folder: Path) -> Iterator[Nodes]:
    """The nodes, after both rounds; their journals are closed."""
    with nodes(folder) as five:
        five.corrupt(BROKEN)
        opened = [Node.open(replace(config, peers=())) for config in five.configs[:4]]
        last = 0
        for slot in SLOTS:
            if slot > GENESIS:
                five.chain.advance(slot)
            parts = []
            for position, node in enumerate(opened):
                signed = node.reporter.observe(slot, node.chain_state_reader.read()).signed
                parts.append(part_of(signed, position))
            opened[0].transmitter.offer(Report.of(slot, 0, tuple(parts)), last)
            last = slot
        for node in opened:
            node.close()
        yield five
