"""How long a node waits for others, in seconds of its own clock."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Pace:
    """Waits decide when something is sent, never what: unequal ones cost time alone."""

    have_s: float = 3.0
    """After the opening, for batches still missing."""
    propose_s: float = 6.0
    """After the opening, for HAVEs still missing."""
    dead_have_s: float = 1.0
    """The same where only nodes are missing that were absent from the last slots."""
    dead_propose_s: float = 2.0
    want_s: float = 0.3
    """A claimed batch may be on its way for so long before it is asked for."""
    want_again_s: float = 0.7
    serve_again_s: float = 0.5
    """A batch goes to one asker so often; less than `want_again_s`, as requests may be delayed."""
    repeat_s: float = 1.0
    """HAVE and PREPARE are repeated so often while a slot does not move."""
    report_again_s: float = 5.0
    """REPORT is: it usually lands before."""
    call_again_s: float = 2.0


PACE: Final = Pace()

DEAD_AFTER: Final = 2
"""Slots in a row without a node's batch, after which it is waited for briefly."""
