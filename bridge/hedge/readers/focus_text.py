"""FOCUS row by row, without Polars: the reference, and the reader of tables that are damaged."""

from collections.abc import Iterator, Mapping

from bridge.hedge.readers.collector import Collector
from bridge.hedge.readers.csv_rows import CsvRow, as_record, open_table, require_whole
from bridge.hedge.readers.focus_columns import FORM, USED, require_focus
from bridge.hedge.readers.focus_row import charge_note, charge_usages, parse_charge
from bridge.hedge.readers.usage import Measure, Usage, Workload


def read_focus_text(text: str) -> Workload:
    """Usage of a CSV whose rows do not all have the header's shape, row by row.

    Raises Unreadable and its kinds.
    """
    table = open_table(text)
    require_focus(table.columns)
    found = Collector(FORM)

    def usages(row: CsvRow) -> Iterator[Usage]:
        record = as_record(row, table.columns)
        require_whole(row, table.columns, USED)
        found.require_new(row.fields, "equal to an earlier row")
        return row_usages(record, found)

    for row in table.rows:
        found.read_row(f"line {row.line}", row, usages)
    return finished(found)


def row_usages(record: Mapping[str, str | None], found: Collector) -> Iterator[Usage]:
    """What a row gives; its note is collected. Raises Refused."""
    charge = parse_charge(record)
    note = charge_note(charge)
    if note:
        found.note(note)
    return charge_usages(charge)


def finished(found: Collector) -> Workload:
    """The reading, with what has to be known of the whole table."""
    measures = {usage.measure for usage in found.usages}
    tokens = {Measure.PROMPT_TOKENS, Measure.COMPLETION_TOKENS, Measure.TOKENS}
    if Measure.REQUESTS in measures and measures.isdisjoint(tokens):
        found.note("requests are counted and tokens are not in the file")
    return found.reading()
