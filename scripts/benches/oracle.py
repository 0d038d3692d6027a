"""scripts/bench oracle: a committee of four, and seven version-1 nodes with quorum five.

Both on a chain of one-second blocks, which version-1 nodes are told of.

p50_blocks   from the moment a change of quotes is in every node's file to the end of the block that
p99_blocks   records it, in blocks (seconds here); the quotes change at random moments of a slot,
             which is of a second, and of ten in a committee: it calls for the next one
api_rps      answers a second of its processor time that one node on one core gives, of the slowest
             of the paths that are asked often

Rows that end in _committee are a committee's; see oracle_members.py.

python scripts/benches/oracle.py [--deep] [--json]
"""

import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from rows import Row, report

sys.path.insert(0, str(Path(__file__).parents[2]))

from oracle_members import committee_rows
from responses import delays, rates_alone

from oracle.node.settings import Pace
from pargrade.deployment.plan import DEFAULT_TIMING
from tests.support.moving_quotes import SEEN_AFTER_S, MovingQuotes
from tests.support.nodes import GENESIS, Nodes, nodes, until

REPORTERS: Final = 7
QUORUM: Final = 5
TIMING: Final = replace(DEFAULT_TIMING, grid=1, min_interval=1)
"""A slot a second, so that the chain and not the grid decides when a round may land."""
PACE: Final = Pace(
    poll_ms=100,
    takeover_ms=1_500,
    answer_ms=1_000,
    linger_ms=250,
    retry_ms=200,
    rpc_timeout_ms=5_000,
)
QUICK: Final = 25
DEEP: Final = 200


@contextmanager
def network(folder: Path) -> Iterator[tuple[Nodes, MovingQuotes]]:
    """Seven nodes that have landed a round on a chain of one-second blocks."""
    quotes = MovingQuotes(folder / "quotes.csv")
    with nodes(folder, REPORTERS, QUORUM, timing=TIMING, pace=PACE) as found:
        announcing = found.devnet.url.replace("http", "ws")
        for number in range(REPORTERS):
            found.edit(number, 'sample = "shipped"', f'sample = "{quotes.path}"')
            found.edit(number, "[chain]", f'[chain]\nheads = ["{announcing}"]')
        found.chain.advance(GENESIS + 2 * SEEN_AFTER_S)
        found.chain.request("evm_setAutomine", False)
        found.chain.request("evm_setIntervalMining", 1)
        found.start()
        until(lambda: found.last_slot, "first round", 60)
        yield found, quotes


def api_rates(found: Nodes) -> dict[str, float]:
    """Of the first node."""
    pids = [found.pid(number) for number in range(REPORTERS)]
    paths = (f"/observation?slot={found.last_slot}", "/index", "/health", "/history")
    return rates_alone(pids, found.configs[0].port, paths)


def main(words: list[str]) -> int:
    """Exit code 1 when a limit is missed."""
    changes = DEEP if "--deep" in words else QUICK
    with tempfile.TemporaryDirectory() as name, network(Path(name)) as (found, quotes):
        blocks = delays(found, quotes, changes, TIMING.grid)
        rates = api_rates(found)
    rows = [
        Row("p50_blocks", statistics.median(blocks), 1.5, "blocks"),
        Row("p99_blocks", blocks[int(0.99 * len(blocks))], 3, "blocks"),
        Row("api_rps", min(rates.values()), 2_000, "answers/s", "higher", peers=rates),
    ]
    beside = zip(rows, committee_rows(changes), strict=True)
    return report([row for pair in beside for row in pair], as_json="--json" in words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
