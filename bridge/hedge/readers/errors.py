"""Why a whole file or answer cannot be read."""

from collections.abc import Iterable

from bridge.hedge.readers.usage import shorten
from pargrade.errors import PargradeError


class Unreadable(PargradeError):
    """Nothing of a source was used, and why."""

    hint = "Export the file again; nothing of it was used."

    def __init__(self, why: str, hint: str | None = None) -> None:
        self.why = why
        if hint is not None:
            self.hint = hint
        super().__init__(why)


class UnknownFormat(Unreadable):
    """A source that is none of the forms we read."""

    hint = "Name the form with --form; `pargrade hedge read --help` lists them."


class MissingColumns(Unreadable):
    """A table without a column that its form needs."""

    hint = "Export the table with these columns."

    def __init__(self, form: str, missing: Iterable[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(f"{form} without {', '.join(self.missing)}")


class RepeatedColumn(Unreadable):
    """A table with one column twice: which of them counts is not known."""

    hint = "Remove one of the two columns."

    def __init__(self, column: str) -> None:
        self.column = column
        super().__init__(f"the column {shorten(column)} stands twice")


class UnknownColumns(Unreadable):
    """A table none of whose columns is an amount we know."""

    hint = "Rename the columns: time, prompt_tokens, completion_tokens, requests, gpu_hours, spend."

    def __init__(self, columns: Iterable[str]) -> None:
        self.columns = tuple(columns)
        names = ", ".join(shorten(column, 40) for column in self.columns[:8])
        super().__init__(f"no column is an amount we know: {names}")


class RelativeTime(Unreadable):
    """Times that count from a start which the source does not state."""

    hint = "Give the moment that zero stands for: --starts 2026-01-01T00:00Z."

    def __init__(self, column: str) -> None:
        self.column = column
        super().__init__(f"{column} counts from a moment the file does not state")


class PrometheusFailed(Unreadable):
    """An answer in which Prometheus says that the query failed."""

    hint = "Correct the query, or ask for a shorter range."

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        super().__init__(f"Prometheus refused the query: {shorten(kind)}: {shorten(message, 200)}")


class RepeatedSeries(Unreadable):
    """A text dump with one series twice and no times: two scrapes in one file."""

    hint = "Give each scrape as a file of its own, with its --at time."

    def __init__(self, series: str) -> None:
        self.series = series
        super().__init__(f"{shorten(series, 120)} stands twice in one scrape")
