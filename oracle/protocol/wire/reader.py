"""Reading another node's bytes: each field of its size, nothing before, nothing after."""

from pargrade.errors import PargradeError
from pargrade.text import printable

_MOST_SHOWN = 120


class UnreadableMessage(PargradeError):
    """Bytes that are no message of this protocol. Whatever a peer sends, nothing else is raised."""

    hint = "The peer runs other software, or lies; its other messages are read as before."

    def __init__(self, what: str, reason: str) -> None:
        self.what = what
        self.reason = printable(reason, _MOST_SHOWN)
        super().__init__(f"{what}: {self.reason}")


class Reader:
    """A cursor over the bytes of one message."""

    __slots__ = ("_place", "_raw", "what")

    def __init__(self, what: str, raw: bytes) -> None:
        self.what = what
        self._raw = raw
        self._place = 0

    def take(self, size: int) -> bytes:
        """The next bytes. Raises UnreadableMessage where there are fewer."""
        end = self._place + size
        if end > len(self._raw):
            raise self.refuse(f"ends at byte {len(self._raw)}, not {end}")
        found = self._raw[self._place : end]
        self._place = end
        return found

    def uint(self, size: int, below: int | None = None) -> int:
        """The next number of `size` bytes. Raises UnreadableMessage at `below` and above."""
        number = int.from_bytes(self.take(size))
        if below is not None and number >= below:
            raise self.refuse(f"{number} where less than {below} is allowed")
        return number

    def sized(self, size: int, most: int) -> bytes:
        """Bytes behind their length, which is a number of `size` bytes."""
        return self.take(self.uint(size, most + 1))

    def finish(self) -> None:
        """Raises UnreadableMessage where bytes are left."""
        if self._place != len(self._raw):
            raise self.refuse(f"{len(self._raw) - self._place} bytes too many")

    def refuse(self, reason: str) -> UnreadableMessage:
        """The refusal of these bytes."""
        return UnreadableMessage(self.what, reason)
