"""Gas of the main job, from receipts on a chain of our own.

scripts/bench gas [--json]     measure, and compare with the limits and with the snapshot
scripts/bench gas --write      measure, and write contracts/gas-snapshot.json
scripts/bench gas --peers      measure the peers that build, too: fetched by name through npm,
                               packed in build/peers, taken with the recorded hash only
scripts/bench gas --on URL     measure on that development chain, whose genesis is GENESIS
scripts/bench gas units gate   only these groups of rows, which are then compared with no snapshot:
                               what came before moves some of them by a few units

Every figure is a whole transaction in the steady state: the ring of rounds has gone round, holders
hold, approvals stand. Nothing is warmed up or written by hand: hundreds of hourly rounds of real
signatures, wraps, crossings, signed orders, pairs, settled series, and redemptions. Figures of
peers are receipts of their own code: measured on the same chain after ours, or quoted from an
earlier run.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from peers import api3, openzeppelin, redstone, uma
from receipts import fills, gate, index, index_v2, index_v2_new, market, units
from receipts.stage import GENESIS, PANELS, Stage
from rows import Row, report

from pargrade.devnet.anvil import DevChain, Devnet

SNAPSHOT: Final = Path(__file__).parents[2] / "contracts" / "gas-snapshot.json"
"""To the unit of gas: keys, times and addresses are the same in every run."""
NOUNS: Final = {
    "units": units,
    "gate": gate,
    "index": index,
    "fills": fills,
    "market": market,
    "index_v2": index_v2,
    "index_v2_new": index_v2_new,
}
"""Each continues on the stage as the one before left it."""
PATIENCE_S: Final = 120.0
"""Of a request to a chain of others: some of them run the EVM in JavaScript."""
PEERS: Final = (openzeppelin, api3, redstone, uma)


def main() -> int:
    """Exit code 1 when a limit is missed, or a figure is not that of the snapshot."""
    arguments = _arguments()
    whole = len(arguments.nouns) == len(NOUNS)
    with _chain(arguments.on) as chain:
        stage = Stage(chain, max(PANELS))
        if "index" not in arguments.nouns:
            # Nothing is listed before a first round, which everybody signs.
            stage.rounds.record(signers=max(PANELS.values()))
        rows = [row for noun in arguments.nouns for row in NOUNS[noun].rows(stage)]
        if arguments.peers:
            rows = _beside(rows, [peer.measured(stage) for peer in PEERS])
    found = {row.name: row.ours for row in rows}
    if arguments.write and whole:
        SNAPSHOT.write_text(json.dumps(found, indent=2) + "\n")
    committed = json.loads(SNAPSHOT.read_text())
    expected = found | committed if whole else {}
    changed = [name for name in expected if found.get(name) != committed.get(name)]
    for name in changed:
        print(
            f"{name}: {found.get(name)}, the snapshot says {committed.get(name)}", file=sys.stderr
        )
    return max(report(rows, as_json=arguments.json), int(bool(changed)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("nouns", nargs="*", choices=[[], *NOUNS], metavar="GROUP")
    parser.add_argument("--on", metavar="URL")
    for flag in ("--json", "--write", "--peers"):
        parser.add_argument(flag, action="store_true")
    arguments = parser.parse_args()
    # In the order of NOUNS, however they are asked for.
    arguments.nouns = [noun for noun in NOUNS if not arguments.nouns or noun in arguments.nouns]
    return arguments


@contextmanager
def _chain(url: str | None) -> Iterator[DevChain]:
    """The chain at a URL, or one of our own."""
    if url is not None:
        yield DevChain.connect(url, timeout=PATIENCE_S)
        return
    with Devnet(genesis=GENESIS) as devnet:
        yield devnet.chain


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
