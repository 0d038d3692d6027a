"""scripts/bench committee [--rounds N] [--json]: committee nodes as processes over HTTP.

p50_blocks     from the first block of a slot to the block of its round: seven nodes on a chain of
               one block a second
p99_blocks     the same of the slowest
p99_one_dead   the same after a node was killed, of rounds that landed: of the slots that it leads
               there is none; it is waited for in the first two
messages_7     between seven nodes in a round, and their bytes
cpu_ms         processor time of a node in a round, chain and quotes included
"""

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

from rows import Row, report

sys.path.insert(0, str(Path(__file__).parents[2]))

from responses import processor_s

from tests.support.committee import GRID_S, Committee, committee

ROUNDS: Final = 12
_DEAD: Final = 3


def _blocks(found: Committee, rounds: list[tuple[int, Any]]) -> list[int]:
    """Blocks from the one that opens a slot, by its time, to that of the round."""
    taken = []
    for block, event in rounds:
        opening = block
        while found.chain.block(opening - 1).timestamp >= event.slot:
            opening -= 1
        taken.append(block - opening)
    return taken


def _sent(found: Committee, nodes: list[int]) -> tuple[int, int]:
    """Messages and bytes that nodes have sent so far, lost ones not counted."""
    facts = [found.get(number, "/health")[1]["peers"].values() for number in nodes]
    peers = [peer for each in facts for peer in each]
    return sum(peer["sent"] for peer in peers), sum(peer["sent_bytes"] for peer in peers)


def _p99(blocks: list[int]) -> float:
    return quantiles(blocks, n=100, method="inclusive")[-1]


def measure(rounds: int) -> list[Row]:
    """The rows of one committee: all well first, then with a node killed."""
    os.environ["PARGRADE_RUNTIME_DIR"] = tempfile.mkdtemp()
    with tempfile.TemporaryDirectory() as folder, committee(Path(folder)) as found:
        found.start()
        found.await_rounds(2)
        everyone = list(range(7))
        pids = [found.pid(number) for number in everyone]
        messages, size = _sent(found, everyone)
        before = [processor_s(pid) for pid in pids]
        well = found.await_rounds(rounds, 60.0 + 2 * rounds * GRID_S)
        after = [processor_s(pid) for pid in pids]
        messages, size = (
            now - then for now, then in zip(_sent(found, everyone), (messages, size), strict=True)
        )
        blocks = _blocks(found, well)
        os.kill(pids[_DEAD], signal.SIGKILL)
        dead = _blocks(found, found.await_rounds(rounds, 60.0 + 3 * rounds * GRID_S))
        each_ms = 1_000 * (sum(after) - sum(before)) / len(pids) / rounds
        return [
            Row("p50_blocks", median(blocks), 3, "blocks"),
            Row("p99_blocks", _p99(blocks), 5, "blocks"),
            Row("p99_one_dead", _p99(dead), 8, "blocks", peers={"median": median(dead)}),
            Row("messages_7", messages / rounds, 200, "a round", peers={"bytes": size / rounds}),
            Row("cpu_ms", each_ms, 2_000, "ms a node and round"),
        ]


def main() -> int:
    """Exit code 1 when a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    return report(measure(asked.rounds), as_json=asked.json)


if __name__ == "__main__":
    sys.exit(main())
