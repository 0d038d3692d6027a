"""What every reader gives: exact usage over a period, and each refused row with its reason.

amount   int where it is whole, else Fraction: never a float
time     nanoseconds since 1970 UTC
period   [start_ns, end_ns); both are equal for a single moment
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

Exact = int | Fraction
"""A number without rounding."""


class Measure(Enum):
    """What an amount counts."""

    PROMPT_TOKENS = "prompt_tokens"
    COMPLETION_TOKENS = "completion_tokens"
    CACHED_TOKENS = "cached_tokens"
    """Prompt tokens that a cache served; they are also inside the prompt tokens."""
    TOKENS = "tokens"
    """Tokens whose direction the source does not state."""
    REQUESTS = "requests"
    GPU_HOURS = "gpu_hours"
    """GPU-hours held, whether they worked or not."""
    ACTIVE_GPU_HOURS = "active_gpu_hours"
    """GPU-hours times the activity the device reported."""
    SPEND = "spend"
    CREDITS = "credits"
    """Credits and adjustments of a bill: less money, and no less work."""


class Flaw(Enum):
    """Why a row was refused."""

    MALFORMED = "malformed"
    CUT_OFF = "cut off"
    MISSING = "missing value"
    NOT_A_NUMBER = "not a number"
    NEGATIVE = "negative"
    ABSURD = "absurdly large"
    BAD_TIME = "not a time"
    AMBIGUOUS_DATE = "ambiguous date"
    BACKWARDS = "ends before it starts"
    BLANK = "no value"
    DUPLICATE = "duplicate"
    CONTRADICTION = "contradiction"
    UNKNOWN_UNIT = "unknown unit"
    UNKNOWN_WORD = "unknown word"
    OVERLAP = "overlap"
    NO_PERIOD = "no period"
    PARTITIONED = "part of a GPU"


class Subject(NamedTuple):
    """Whose usage it is, as far as the source says; an empty text is not stated."""

    team: str = ""
    model: str = ""
    hardware: str = ""
    service: str = ""


class Usage(NamedTuple):
    """One amount over one period."""

    start_ns: int
    end_ns: int
    measure: Measure
    amount: Exact
    subject: Subject = Subject()
    unit: str = ""
    """Currency of a SPEND; empty for everything else."""


class Level(NamedTuple):
    """Where a counter stood at a moment, or at one that is not known. It is no usage yet."""

    measure: Measure
    amount: Exact
    subject: Subject
    time_ns: int | None = None


class RefusedRow(NamedTuple):
    """A row that was not counted."""

    place: str
    """Line, row or series, as the source is read."""
    reason: Flaw
    evidence: str

    def describe(self) -> str:
        """The refusal in one line."""
        return f"{self.place}: {self.reason.value}: {self.evidence}"


class Refused(Exception):
    """A row that cannot be used; its reader turns it into a RefusedRow."""

    def __init__(self, reason: Flaw, evidence: str) -> None:
        self.reason = reason
        self.evidence = shorten(evidence)
        super().__init__(f"{reason.value}: {self.evidence}")


@dataclass(frozen=True, slots=True)
class Workload:
    """Everything one source gave. What is neither in usages, levels nor refused is in a note."""

    form: str
    usages: tuple[Usage, ...] = ()
    refused: tuple[RefusedRow, ...] = ()
    notes: tuple[str, ...] = ()
    levels: tuple[Level, ...] = ()


def shorten(text: str, most: int = 80) -> str:
    """Text of others as evidence: escaped, on one line, cut."""
    shown = text.encode("unicode_escape").decode("ascii")
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def merge_readings(readings: Iterable[Workload]) -> Workload:
    """Several readings as one, in their order."""
    parts = tuple(readings)
    forms = dict.fromkeys(part.form for part in parts)
    return Workload(
        ", ".join(forms),
        tuple(usage for part in parts for usage in part.usages),
        tuple(refusal for part in parts for refusal in part.refused),
        tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        tuple(level for part in parts for level in part.levels),
    )
