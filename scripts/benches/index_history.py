"""The recorded history that the rows of `scripts/bench index` stand on, and how they are timed."""

import gc
import os
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

from oracle.index.panel import Panel
from oracle.quotes.classes import Firmness
from oracle.quotes.columns import Columns
from oracle.sources.history_file import Scan
from oracle.sources.venue import Cadence, Terms, Venue, Venues, load_venues
from pargrade.data.files import SAMPLE


class Unlisted(dict[str, Venue]):
    """The venue table with a neocloud for every provider it does not list."""

    def __missing__(self, slug: str) -> Venue:
        return Venue(
            slug, slug, "recorded", "", Cadence.DAILY, Firmness.NEOCLOUD, Terms.OPEN, "", False
        )


def history_file() -> Path:
    """The full history where there is one, else the sample."""
    folder = os.environ.get("PARGRADE_HISTORY")
    return Path(folder) / "gpu_rental_quotes.csv.gz" if folder else SAMPLE


def read() -> Columns:
    """The columns of the history."""
    return Scan(history_file(), Venues(Unlisted(load_venues().by_slug))).read()


def panel_of(columns: Columns) -> Panel:
    """Every provider."""
    return Panel("everyone", columns.provider.words, 60)


def one_core() -> None:
    """Stay on one core, where the system can be asked to."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def timed(job: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of processor time that a job takes, and its answer."""
    gc.collect()
    gc.disable()
    try:
        began = process_time()
        result = job()
        return process_time() - began, result
    finally:
        gc.enable()
