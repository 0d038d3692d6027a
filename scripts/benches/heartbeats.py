"""scripts/bench heartbeats: one endpoint is broken in every named way. Also part of edges.

missed_heartbeats  faults of the preferred endpoint of two under which a node misses a heartbeat
heal_heartbeats    most heartbeats from the end of a fault of the only endpoint to a round
                   (both for a version-1 node that is a quorum, and, ending in _committee, for four
                   members that all have the broken endpoint)
holders_lost       holders that a keeper leaves unpaid with its preferred endpoint of two broken
commands_failed    commands that fail then: `futures list` and `faucet`

python scripts/benches/heartbeats.py [--json]
"""

import logging
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rows import Row, report

sys.path.insert(0, str(Path(__file__).parents[2]))

from pargrade.devnet.anvil import Devnet
from tests.support import members_endpoint_broken as members
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
    """All rows, on chains of their own."""
    logging.getLogger().setLevel(logging.ERROR)
    with TemporaryDirectory() as folder, nodes(Path(folder), reporters=1, quorum=1) as alone:
        missed = [fault for fault in ALL_FAULTS if has_missed_heartbeat(alone, fault)]
        healed = {fault: heartbeats_to_heal(alone, fault) for fault in ALL_FAULTS}
    committee_missed, committee_healed = _committee()
    with TemporaryDirectory() as folder, Devnet(genesis=MIDNIGHT) as net:
        market = Market.ready(net)
        lost = {fault: holders_lost(market, fault, Path(folder)) for fault in ALL_FAULTS}
        failed = {fault: commands_failed(market, fault, Path(folder)) for fault in ALL_FAULTS}
    for what, found in (
        ("missed a heartbeat", missed),
        ("missed a heartbeat of the committee", committee_missed),
        ("lost holders", _bad(lost)),
        ("healed late", _late(healed)),
        ("the committee healed late", _late(committee_healed)),
        ("failed commands", _bad(failed)),
    ):
        if found:
            print(f"{what} under: {', '.join(found)}", file=sys.stderr)
    of = f"of {len(ALL_FAULTS)} faults"
    return [
        Row("missed_heartbeats", len(missed), 0, of),
        Row("missed_heartbeats_committee", len(committee_missed), 0, of),
        Row("heal_heartbeats", max(healed.values()), 2, "heartbeats"),
        Row("heal_heartbeats_committee", max(committee_healed.values()), 2, "heartbeats"),
        Row("holders_lost", sum(lost.values()), 0, f"holders, {of}"),
        Row("commands_failed", sum(map(len, failed.values())), 0, f"of {2 * len(ALL_FAULTS)}"),
    ]


def _committee() -> tuple[list[str], dict[str, int]]:
    """Faults under which a committee misses a heartbeat, and heartbeats to heal by fault."""
    with TemporaryDirectory() as folder, members.four_members(Path(folder)) as four:
        os.environ["PARGRADE_RUNTIME_DIR"] = folder
        logging.getLogger("oracle").setLevel(logging.CRITICAL)
        missed = [fault for fault in ALL_FAULTS if members.has_missed_heartbeat(four, fault)]
        healed = {fault: members.heartbeats_to_heal(four, fault) for fault in ALL_FAULTS}
    return missed, healed


def _late(healed: dict[str, int]) -> list[str]:
    return [fault for fault, beats in healed.items() if beats > 2]


def _bad(found: "dict[str, int] | dict[str, list[str]]") -> list[str]:
    return [fault for fault, bad in found.items() if bad]


if __name__ == "__main__":
    sys.exit(report(heartbeat_rows(), as_json="--json" in sys.argv))
