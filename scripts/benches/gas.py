"""Gas of the main job, from receipts on a chain of our own.

scripts/bench gas [--json]     measure, and compare with the limits and with the snapshot
scripts/bench gas --write      measure, and write contracts/gas-snapshot.json
scripts/bench gas --peers      measure the peers that build, too: fetched by name through npm,
                               packed in build/peers, taken with the recorded hash only

Every figure is a whole transaction in the steady state: the ring of rounds has gone round, holders
hold, approvals stand. Nothing is warmed up or written by hand: hundreds of hourly rounds of real
signatures, wraps, crossings, signed orders, pairs, settled series, and redemptions. Figures of
peers are receipts of their own code: measured on the same chain after ours, or quoted from an
earlier run.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from peers import api3, openzeppelin, redstone, uma
from receipts import fills, gate, index, index_v2, market, units
from receipts.stage import GENESIS, PANELS, Stage
from rows import Row, report

from pargrade.devnet.anvil import Devnet

SNAPSHOT: Final = Path(__file__).parents[2] / "contracts" / "gas-snapshot.json"
"""To the unit of gas: keys, times and addresses are the same in every run."""
NOUNS: Final = (units, gate, index, index_v2, fills, market)
"""Each continues on the stage as the one before left it."""
PEERS: Final = (openzeppelin, api3, redstone, uma)


def main() -> int:
    """Exit code 1 when a limit is missed, or a figure is not that of the snapshot."""
    with Devnet(genesis=GENESIS) as devnet:
        stage = Stage(devnet, max(PANELS))
        rows = [row for noun in NOUNS for row in noun.rows(stage)]
        if "--peers" in sys.argv[1:]:
            rows = _beside(rows, [peer.measured(stage) for peer in PEERS])
    found = {row.name: row.ours for row in rows}
    if "--write" in sys.argv[1:]:
        SNAPSHOT.write_text(json.dumps(found, indent=2) + "\n")
    committed = json.loads(SNAPSHOT.read_text())
    changed = [name for name in found | committed if found.get(name) != committed.get(name)]
    for name in changed:
        print(
            f"{name}: {found.get(name)}, the snapshot says {committed.get(name)}", file=sys.stderr
        )
    return max(report(rows, as_json="--json" in sys.argv[1:]), int(bool(changed)))


def _beside(rows: Sequence[Row], measured: Sequence[dict[str, dict[str, int]]]) -> list[Row]:
    """The rows with what peers measured; a quoted figure gives way to the measured one."""
    shown = []
    for row in rows:
        peers = {name: gas for each in measured for name, gas in each.get(row.name, {}).items()}
        quoted = {name: gas for name, gas in row.quoted.items() if name not in peers}
        shown.append(replace(row, peers=peers, quoted=quoted))
    return shown


if __name__ == "__main__":
    sys.exit(main())
