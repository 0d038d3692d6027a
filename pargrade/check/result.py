"""One thing that was looked at, what was found, and how to mend it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pargrade.errors import PargradeError
from pargrade.text import printable

_MOST_SHOWN = 300
"""Characters of what was found: some of it is others' text."""


class Severity(StrEnum):
    """How serious a finding is."""

    OK = "ok"
    WARNING = "warning"
    """The service works, and somebody should know."""
    WRONG = "wrong"
    """The service does not start, or does not do its work."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What was found about one thing."""

    subject: str
    state: Severity
    found: str
    mend: str = ""
    """What to do; empty when all is well."""

    @classmethod
    def ok(cls, subject: str, found: str) -> "CheckResult":
        """Nothing to do."""
        return cls(subject, Severity.OK, printable(found, _MOST_SHOWN))

    @classmethod
    def warning(cls, subject: str, found: str, mend: str) -> "CheckResult":
        """Something to know."""
        return cls(subject, Severity.WARNING, printable(found, _MOST_SHOWN), mend)

    @classmethod
    def wrong(cls, subject: str, found: str, mend: str) -> "CheckResult":
        """Something to mend."""
        return cls(subject, Severity.WRONG, printable(found, _MOST_SHOWN), mend)

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "subject": self.subject,
            "state": self.state.value,
            "found": self.found,
            "mend": self.mend,
        }


def find(subject: str, look: Callable[[], Iterable[CheckResult]]) -> list[CheckResult]:
    """What a look at something finds; an error of ours becomes a finding with its hint."""
    try:
        return list(look())
    except PargradeError as failure:
        return [CheckResult.wrong(subject, str(failure), failure.hint)]
