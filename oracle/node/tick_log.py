"""The log of a node's ticks: every round, and each problem, which is counted while it lasts."""

import logging

from oracle.node.tick import Held, Landed, Outcome, Overtaken
from pargrade.errors import PargradeError
from pargrade.logs.handler import COUNTED
from pargrade.units import Price

_log = logging.getLogger("oracle")


class TickLog:
    """Logs outcomes; their slot and block are bound by `tick`."""

    def __init__(self) -> None:
        self._is_troubled = False
        self._overtaken_at = 0

    def log_outcome(self, outcome: Outcome) -> None:
        """Log an outcome in which something happened, or should have."""
        if isinstance(outcome, Held):
            self._is_troubled = True
            _log.warning("held: %s", outcome.reason, extra={"details": outcome.refusals})
            return
        self.log_success()
        if isinstance(outcome, Landed):
            _log_landed(outcome)
        elif isinstance(outcome, Overtaken) and outcome.slot != self._overtaken_at:
            # Seen again at every poll while the other's transaction waits for a block.
            self._overtaken_at = outcome.slot
            _log.info("another node came first")

    def log_success(self) -> None:
        """Say that a problem is over, if there was one."""
        if self._is_troubled:
            self._is_troubled = False
            _log.info("going on", extra=COUNTED)

    def log_failure(self, error: PargradeError) -> None:
        """Log an error that stopped a tick.

        Errors of one kind are one line that repeats, because one outage has many texts: a
        connection is reset first and refused later.
        """
        self._is_troubled = True
        hint = f" ({error.hint})" if error.hint else ""
        _log.error("%s%s", error, hint, extra={"kind": type(error).__name__})


def _log_landed(landed: Landed) -> None:
    _log.info(
        "landed (%s): %s, %d signers, %d gas",
        landed.cause or "asked for",
        ", ".join(Price(value).text() for value in landed.report.medians),
        len(landed.report.parts),
        landed.receipt.gas_used,
        extra={"details": landed.refusals},
    )
