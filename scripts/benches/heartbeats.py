"""scripts/bench heartbeats: one endpoint is broken in every named way. Also part of edges.

missed_heartbeats  faults of the preferred endpoint of two under which a node misses a heartbeat
heal_heartbeats    most heartbeats from the end of a fault of the only endpoint to a round
holders_lost       holders that a keeper leaves unpaid with its preferred endpoint of two broken
commands_failed    commands that fail then: `futures list` and `faucet`

python scripts/benches/heartbeats.py [--json]
"""

import logging
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rows import Row, report

sys.path.insert(0, str(Path(__file__).parents[2]))

from pargrade.devnet.anvil import Devnet
from tests.support.market import MIDNIGHT, Market
from tests.support.nodes import nodes
from tests.support.one_endpoint_broken import (
    ALL_FAULTS,
    commands_failed,
    has_missed_heartbeat,
    heartbeats_to_heal,
    holders_lost,
)


def heartbeat_rows() -> list[Row]:
    """All four, on chains of their own."""
    logging.getLogger().setLevel(logging.ERROR)
    with TemporaryDirectory() as folder, nodes(Path(folder), reporters=1, quorum=1) as alone:
        missed = [fault for fault in ALL_FAULTS if has_missed_heartbeat(alone, fault)]
        healed = {fault: heartbeats_to_heal(alone, fault) for fault in ALL_FAULTS}
    with TemporaryDirectory() as folder, Devnet(genesis=MIDNIGHT) as net:
        market = Market.ready(net)
        lost = {fault: holders_lost(market, fault, Path(folder)) for fault in ALL_FAULTS}
        failed = {fault: commands_failed(market, fault, Path(folder)) for fault in ALL_FAULTS}
    for what, found in (
        ("missed a heartbeat", missed),
        ("lost holders", _bad(lost)),
        ("healed late", [fault for fault in healed if healed[fault] > 2]),
        ("failed commands", _bad(failed)),
    ):
        if found:
            print(f"{what} under: {', '.join(found)}", file=sys.stderr)
    of = f"of {len(ALL_FAULTS)} faults"
    return [
        Row("missed_heartbeats", len(missed), 0, of),
        Row("heal_heartbeats", max(healed.values()), 2, "heartbeats"),
        Row("holders_lost", sum(lost.values()), 0, f"holders, {of}"),
        Row("commands_failed", sum(map(len, failed.values())), 0, f"of {2 * len(ALL_FAULTS)}"),
    ]


def _bad(found: "dict[str, int] | dict[str, list[str]]") -> list[str]:
    return [fault for fault, bad in found.items() if bad]


if __name__ == "__main__":
    sys.exit(report(heartbeat_rows(), as_json="--json" in sys.argv))
