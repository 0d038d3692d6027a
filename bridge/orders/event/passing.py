"""What the log says of time alone: an entry without fields; see `event`."""

from dataclasses import dataclass
from typing import Self

from bridge.orders.event.fact import Kind


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Orders whose expiry has come by the entry's time end here, and nowhere else."""

    KIND = Kind.TIME

    def pack(self) -> bytes:
        """No bytes."""
        return b""

    @classmethod
    def unpack(cls, raw: bytes) -> Self:
        """From `pack`. Raises ValueError."""
        if raw:
            raise ValueError("time has no fields")
        return cls()
