"""scripts/bench restores: journals copied, put back, moved and lost; no slot gets two contents.

restores_equivocated             slots of which two observations of a version-1 node left
restores_equivocated_committee   promises of a member (a kind and a slot) of which two left

Runs 50 cases of each, or 1,000 with --deep. `scripts/bench edges` takes its row from here.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from rows import Row, report

sys.path.insert(0, str(Path(__file__).parents[2]))

from oracle.index.daily_chain import DailyChain
from oracle.index.determination import determine
from oracle.index.method import load_method
from oracle.index.panel import load_panels
from oracle.quotes.history import History
from oracle.sources.recorded import load_recording
from oracle.sources.venue import load_venues
from pargrade.data.files import SAMPLE
from tests.support.journal_fates import START
from tests.support.observation_fates import live
from tests.support.promise_fates import live_as_member

QUICK: Final = 50
DEEP: Final = 1_000


def restores_rows(cases: int) -> list[Row]:
    """Both rows, of so many cases."""
    history = History.of(load_recording(SAMPLE, load_venues()).columns)
    quotes = DailyChain(history, load_method(), load_panels()["panel-1"])
    determination = determine(quotes, START)
    with TemporaryDirectory(prefix="pargrade-") as folder:
        slots = sum(live(Path(folder), determination, seed) for seed in range(cases))
        promises = sum(live_as_member(Path(folder), seed) for seed in range(cases))
    return [
        Row("restores_equivocated", slots, 0, f"slots in {cases:,} cases"),
        Row("restores_equivocated_committee", promises, 0, f"promises in {cases:,} cases"),
    ]


def main() -> int:
    """Exit code 1 when a slot got two contents."""
    cases = DEEP if "--deep" in sys.argv else QUICK
    return report(restores_rows(cases), as_json="--json" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
