"""scripts/bench footprint: what a node takes of a machine, in a process of its own among five.

idle_cpu     of a core, while no round is due: default pace, a chain of one-second blocks
rss_mb       memory of the largest node after its last round
rss_growth   of that memory, from a fifth of the rounds to the last

1,500 rounds, or ROUNDS where given. It takes three minutes.

python scripts/benches/footprint.py [ROUNDS] [--json]
"""

import os
import sys
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from rows import Row, report

sys.path.insert(0, str(Path(__file__).parents[2]))

from oracle.node.settings import Pace
from pargrade.deployment.plan import DEFAULT_TIMING
from tests.support.nodes import GENESIS, HOUR, Nodes, nodes, until

REPORTERS: Final = 5
QUORUM: Final = 3
ROUNDS: Final = 1_500
STEP_S: Final = 1_800
"""Between two rounds: the recording lasts for 58 days."""
TIMING: Final = replace(DEFAULT_TIMING, heartbeat=STEP_S)
IDLE_S: Final = 30.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")


def idle_percent() -> float:
    """Of a core, of the busiest node."""
    with (
        tempfile.TemporaryDirectory() as name,
        nodes(Path(name), REPORTERS, QUORUM, pace=Pace()) as found,
    ):
        found.chain.advance(GENESIS + HOUR)
        found.chain.request("evm_setAutomine", False)
        found.chain.request("evm_setIntervalMining", 1)
        found.start()
        until(lambda: found.last_slot, "first round", 60)
        # What follows a round is over, too.
        time.sleep(15)
        before, began = _cpu_s(found), time.monotonic()
        time.sleep(IDLE_S)
        took_s = time.monotonic() - began
        after = _cpu_s(found)
    used = (late - early for early, late in zip(before, after, strict=True))
    return 100 * max(used) / took_s


def memory(rounds: int) -> tuple[float, float]:
    """Megabytes of the largest node after the rounds, and per cent more than after a fifth."""
    with (
        tempfile.TemporaryDirectory() as name,
        nodes(Path(name), REPORTERS, QUORUM, timing=TIMING) as found,
    ):
        first = GENESIS + HOUR
        found.chain.advance(first)
        found.start()
        early: list[float] = []
        for number in range(rounds):
            slot = first + number * STEP_S
            if number:
                found.chain.advance(slot)
            until(partial(_has_landed, found, slot), f"round {number}", 60)
            if number == rounds // 5:
                early = _rss_mb(found)
        late = _rss_mb(found)
    growth = max(after / before for before, after in zip(early, late, strict=True))
    return max(late), 100 * (growth - 1)


def _has_landed(found: Nodes, slot: int) -> bool:
    return found.last_slot >= slot


def _cpu_s(found: Nodes) -> list[float]:
    stats = (Path(f"/proc/{found.pid(number)}/stat").read_text() for number in range(REPORTERS))
    fields = (stat.rpartition(")")[2].split() for stat in stats)
    return [(int(each[11]) + int(each[12])) / _TICKS for each in fields]


def _rss_mb(found: Nodes) -> list[float]:
    statuses = (Path(f"/proc/{found.pid(number)}/status") for number in range(REPORTERS))
    lines = (line for status in statuses for line in status.read_text().splitlines())
    return [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")]


def main(words: list[str]) -> int:
    """Exit code 1 when a limit is missed."""
    rounds = next((int(word) for word in words if word.isdecimal()), ROUNDS)
    idle = idle_percent()
    size, growth = memory(rounds)
    rows = [
        Row("idle_cpu", idle, 1, "% of a core"),
        Row("rss_mb", size, 180, "MB"),
        Row("rss_growth", growth, 5, "%"),
    ]
    return report(rows, as_json="--json" in words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
