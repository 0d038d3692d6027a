"""What a node says of its ticks: every round, and every trouble once and not at every poll."""

import logging

from oracle.node.tick import Held, Landed, Outcome, Overtaken
from pargrade.errors import PargradeError
from pargrade.units import Price

_log = logging.getLogger("oracle")


class Bulletin:
    """Remembers what it said last."""

    def __init__(self) -> None:
        self._describe = ""

    def report(self, outcome: Outcome) -> None:
        """Says what is new in an outcome."""
        if isinstance(outcome, Held):
            left_out = "".join(f"; {refusal}" for refusal in outcome.refusals)
            self._once(logging.WARNING, f"slot {outcome.slot} held: {outcome.reason}{left_out}")
            return
        if self._describe:
            _log.info("slot %d: going on", outcome.slot)
            self._describe = ""
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

    def failed(self, error: PargradeError) -> None:
        """Says what stops the node, until something else does."""
        hint = f" ({error.hint})" if error.hint else ""
        self._once(logging.ERROR, f"{error}{hint}")

    def _once(self, level: int, text: str) -> None:
        if text != self._describe:
            self._describe = text
            _log.log(level, "%s", text)
