"""Gas of the main job, from receipts on a chain of our own.

scripts/bench gas [--json]     measure, and compare with the limits and with the snapshot
scripts/bench gas --write      measure, and write contracts/gas-snapshot.json

Every figure is a whole transaction in the steady state: the ring of rounds has gone round, holders
hold, approvals stand. Nothing is warmed up or written by hand: hundreds of hourly rounds of real
signatures, wraps, pairs, two settled series, and redemptions.
"""

import json
import sys
from pathlib import Path
from typing import Final

from receipts import index, market, units
from receipts.stage import GENESIS, PANELS, Stage
from rows import report

from pargrade.chain.devnet import Devnet

SNAPSHOT: Final = Path(__file__).parents[2] / "contracts" / "gas-snapshot.json"
"""To the unit of gas: keys, times and addresses are the same in every run."""
NOUNS: Final = (units, index, market)
"""Each continues on the stage as the one before left it."""


def main() -> int:
    """Exit code 1 when a limit is missed, or a figure is not that of the snapshot."""
    with Devnet(genesis=GENESIS) as devnet:
        stage = Stage(devnet, max(PANELS))
        rows = [row for noun in NOUNS for row in noun.rows(stage)]
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


if __name__ == "__main__":
    sys.exit(main())
