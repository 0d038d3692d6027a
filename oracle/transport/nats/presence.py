"""Who is on a NATS server: which members this one hears there, and which of them hear it."""

import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

GONE_S: Final = 5.0
"""A member that was not heard for so long is sent to over HTTP."""
_WORDS: Final = 8
"""Of this member, the newest: one may come back after the next was said."""


class Presence:
    """What was heard since a connection was made. One thread notes, any may ask."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.clear()

    def clear(self) -> None:
        """Nobody was heard."""
        self._heard_at: dict[int, float] = {}
        self._heard_by: frozenset[int] = frozenset()
        """Members who said last that they hear this one."""
        self._words: deque[bytes] = deque(maxlen=_WORDS)
        self._echoed_at = self._clock()

    def note(self, sender: int, *, hears_us: bool) -> None:
        """A member said that it is here, and whether it hears this one."""
        self._heard_at[sender] = self._clock()
        others = self._heard_by - {sender}
        self._heard_by = others | {sender} if hears_us else others

    def note_word(self, word: bytes) -> None:
        """This member says that it is here, in these bytes."""
        self._words.append(word)

    def take_echo(self, raw: bytes) -> bool:
        """Whether bytes are this member's own word, which has come back."""
        is_own = raw in self._words
        if is_own:
            self._echoed_at = self._clock()
        return is_own

    def heard(self, positions: Iterable[int]) -> list[int]:
        """Those of some members who are heard."""
        return [each for each in positions if self._is_heard(each)]

    def is_mutual(self, position: int) -> bool:
        """Whether a member is heard and hears this one."""
        return position in self._heard_by and self._is_heard(position)

    @property
    def is_echoed(self) -> bool:
        """Whether this member's own words come back, or it has just begun."""
        return self._clock() - self._echoed_at < GONE_S

    def _is_heard(self, position: int) -> bool:
        return self._clock() - self._heard_at.get(position, float("-inf")) < GONE_S
