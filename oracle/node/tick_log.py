"""The log of a node's ticks: every round, and each problem once."""

import logging
from typing import Final

from oracle.node.tick import Held, Landed, Outcome, Overtaken
from pargrade.errors import PargradeError
from pargrade.text import printable
from pargrade.units import Price

_log = logging.getLogger("oracle")

_MOST_SHOWN: Final = 4_000
"""Characters of a line: it may hold a refusal of each of 31 peers."""


class TickLog:
    """Logs outcomes; a problem that repeats at every poll is logged once."""

    def __init__(self) -> None:
        self._trouble = ""

    def log_outcome(self, outcome: Outcome) -> None:
        """Log what is new in an outcome."""
        if isinstance(outcome, Held):
            left_out = "".join(f"; {refusal}" for refusal in outcome.refusals)
            text = f"slot {outcome.slot} held: {outcome.reason}{left_out}"
            self._log_once(logging.WARNING, text, text)
            return
        if self._trouble:
            _log.info("slot %d: going on", outcome.slot)
            self._trouble = ""
        if isinstance(outcome, Landed):
            _log.info(
                "slot %d landed (%s): %s, %d signers, %d gas%s",
                outcome.slot,
                outcome.cause or "asked for",
                ", ".join(Price(value).text() for value in outcome.report.medians),
                len(outcome.report.parts),
                outcome.receipt.gas_used,
                "".join(f"; {refusal}" for refusal in outcome.refusals),
            )
        elif isinstance(outcome, Overtaken):
            _log.info("slot %d: another node came first", outcome.slot)

    def log_success(self) -> None:
        """The next failure is logged, whatever was before."""
        self._trouble = ""

    def log_failure(self, error: PargradeError) -> None:
        """Log an error that stopped a tick, once for each kind until a tick succeeds.

        The kind decides, because one outage has many texts: a connection is reset first and refused
        later.
        """
        hint = f" ({error.hint})" if error.hint else ""
        self._log_once(logging.ERROR, type(error).__name__, f"{error}{hint}")

    def _log_once(self, level: int, trouble: str, text: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            # Endpoints and venues have their text in errors.
            _log.log(level, "%s", printable(text, _MOST_SHOWN))
