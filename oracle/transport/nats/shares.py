"""What a member spends on carriages: so much for each member that signs, so much for the rest.

To check one costs a hash and the recovery of a key: of the longest a fifth of a millisecond.
"""

import time
from collections.abc import Iterable
from typing import Final

from oracle.transport.allowance import Allowance, Clock

CARRIAGES_PER_S: Final = 80
"""Of one member for another: what an inbox takes of messages, and long ones in pieces."""
BURST_CARRIAGES: Final = 640
WORDS_PER_S: Final = 2
"""Of one member, who says once a second that it is here."""
BURST_WORDS: Final = 16
EFFORT_PER_S: Final = 2_048
"""For what is of no share: what 32 members send to each other at the pace that each may."""
BURST_EFFORT: Final = 16_384
CHECK_EFFORT: Final = 8
"""Of a carriage that was checked and refused; one that was let go unchecked takes 1."""


class Shares:
    """The budgets of one connection.

    A member's share is charged for what its session signed and for nothing else: whoever writes its
    name on other bytes uses up none of it. What a share has no room for is let go unchecked.
    """

    def __init__(self, positions: Iterable[int], clock: Clock = time.monotonic) -> None:
        known = tuple(positions)
        self._messages = {
            each: Allowance(CARRIAGES_PER_S, BURST_CARRIAGES, clock) for each in known
        }
        self._words = {each: Allowance(WORDS_PER_S, BURST_WORDS, clock) for each in known}
        self._effort = Allowance(EFFORT_PER_S, BURST_EFFORT, clock)
        self.is_used_up = False
        """Whether more has come that is of no share than this member will look at."""

    def has_room(self, position: int, *, is_word: bool) -> bool:
        """Whether a carriage that names a member as its sender is worth checking."""
        return self._of(position, is_word).has()

    def charge(self, position: int, *, is_word: bool) -> None:
        """One that the member has signed."""
        self._of(position, is_word).spend()

    def waste(self, effort: int = 1) -> None:
        """One that is of no share."""
        if not self._effort.has(effort):
            self.is_used_up = True
        self._effort.spend(effort)

    def renew(self) -> None:
        """Looks again, after a while in which the budget has filled."""
        self.is_used_up = False

    def _of(self, position: int, is_word: bool) -> Allowance:
        return (self._words if is_word else self._messages)[position]
