"""Gas of the main job, from receipts on a chain of our own: `scripts/bench gas [--json]`.

Every figure is a whole transaction in the steady state: the ring of rounds has gone round, holders
hold, approvals stand. Nothing is warmed up or written by hand: hundreds of hourly rounds of real
signatures, wraps, pairs, two settled series, and redemptions.
"""

import sys
from typing import Final

from receipts import index, market, units
from receipts.stage import GENESIS, PANELS, Stage
from rows import report

from pargrade.chain.devnet import Devnet

NOUNS: Final = (units, index, market)
"""Each continues on the stage as the one before left it."""


def main() -> int:
    """Exit code 1 when a limit is missed."""
    with Devnet(genesis=GENESIS) as devnet:
        stage = Stage(devnet, max(PANELS))
        rows = [row for noun in NOUNS for row in noun.rows(stage)]
    return report(rows, as_json="--json" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
