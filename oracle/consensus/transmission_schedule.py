"""The order in which reporters may transmit a round that is due."""

from pargrade.chain.hashing import keccak


class Turns:
    """The turns of the current slot, counted from the wall time at which it was first seen due.

    Wall time decides only who transmits first. Chain time cannot decide it: on a chain whose blocks
    have stopped, or between two blocks of a development chain, the turn of a dead leader would
    never pass to the next reporter.
    """

    def __init__(self, takeover_s: float) -> None:
        self._takeover_s = takeover_s
        self._slot = 0
        self._since = 0.0
        self._skipped = 0

    def wait_s(self, slot: int, places: int, now: float) -> float:
        """Seconds until a reporter with `places` reporters before it may transmit; <= 0 means now.

        `now` is a monotonic clock in seconds.
        """
        if slot != self._slot:
            self._slot, self._since = slot, now
        return places * self._takeover_s - (now - self._since)

    def skip(self, slot: int) -> None:
        """Transmit nothing for this slot any more."""
        self._skipped = slot

    def is_skipped(self, slot: int) -> bool:
        """Whether the slot is skipped."""
        return slot == self._skipped


def places_before(last_slot: int, position: int, reporters: int) -> int:
    """How many reporters transmit before the one at `position`; 0 for the leader.

    The hash of `last_slot`, the slot of the last round, selects the leader, so every node knows it
    before the next slot. Slot / grid modulo n would select the same leader at every heartbeat
    whenever n divides heartbeat / grid, as 5 divides 60. A reporter gains nothing from its turn, so
    it may know its turns in advance.
    """
    leader = int.from_bytes(keccak(last_slot.to_bytes(5))) % reporters
    return (position - leader) % reporters
