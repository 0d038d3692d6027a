"""recording_vs_before: how a recording becomes a history, beside how it did before."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from index_before import history_before
from index_history import Unlisted, history_file, timed
from rows import Row

from oracle.quotes.history import History
from oracle.sources.recorded import instant, instant_text, load_recording
from oracle.sources.venue import Venues, load_venues
from pargrade.clock import DAY_S
from pargrade.data.files import SAMPLE

COPIES_OF_SAMPLE: Final = 6
SAMPLE_DAYS: Final = 61


def year_of_sample() -> Iterator[str]:
    """The sample's lines, and five times more, each time two months later."""
    header, *lines = gzip.decompress(SAMPLE.read_bytes()).decode().splitlines()
    yield header
    for copy in range(COPIES_OF_SAMPLE):
        for line in lines:
            seen, comma, rest = line.partition(",")
            yield instant_text(instant(seen) + copy * SAMPLE_DAYS * DAY_S) + comma + rest


def reading(path: Path) -> tuple[float, float, int]:
    """Seconds of ours and of before for one recording, and its quotes."""
    venues = Venues(Unlisted(load_venues().by_slug))
    ours, before, quotes = [], [], 0
    for _ in range(7):
        took, history = timed(lambda: History.of(load_recording(path, venues).columns))
        ours.append(took)
        took, other = timed(lambda: history_before(path, venues))
        before.append(took)
        quotes = len(history.columns)
        if history.quotes != other.quotes:
            raise SystemExit(f"{path.name} is another history than before")
    return median(ours), median(before), quotes


def recording_row() -> Row:
    """The row of reading a recording."""
    path = history_file()
    own, own_before, _ = reading(SAMPLE)
    with TemporaryDirectory() as folder:
        if path == SAMPLE:
            path = Path(folder) / "year.csv.gz"
            path.write_bytes(gzip.compress("\n".join([*year_of_sample(), ""]).encode()))
        ours, before, quotes = reading(path)
    return Row(
        "recording_vs_before",
        before / ours,
        4,
        "times",
        "higher",
        {"before, s": before, "ours, s": ours, "quotes": quotes, "sample": own_before / own},
    )
