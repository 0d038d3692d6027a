"""Where a guard's prices come from: a recording, or what a node fetched."""

from collections.abc import Callable
from pathlib import Path

from oracle.fetch.quote_store import FILE, QuoteStore
from oracle.sources.factor_prices import read_rows, rows_of
from pargrade.clock import DAY_S
from pargrade.errors import PargradeError
from pargrade.factor.factor import PriceRow

ReadPrices = Callable[[int], list[PriceRow]]
"""The rows observed since a day counted from 1970, or more."""


class NoFetchedQuotes(PargradeError):
    """A folder that is no node's."""

    hint = "Name the data folder of a node that asks venues itself ([live] in its file)."

    def __init__(self, folder: Path) -> None:
        super().__init__(f"no node has fetched quotes into {folder}")


def recorded_prices(recording: Path) -> ReadPrices:
    """Reads a file anew at each look, so that whoever adds days to it is followed.

    What is returned raises SourceDown and SourceMalformed.
    """
    return lambda _: read_rows(recording)


def fetched_prices(folder: Path) -> ReadPrices:
    """Reads the store of a node, which may be running. Raises NoFetchedQuotes.

    What is returned raises DatabaseDown.
    """
    if not (folder / FILE).is_file():
        raise NoFetchedQuotes(folder)

    def read(since: int) -> list[PriceRow]:
        store = QuoteStore(folder)
        try:
            return rows_of(store.cut_batch(since=since * DAY_S).columns.quotes())
        finally:
            store.close()

    return read
