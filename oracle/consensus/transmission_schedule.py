"""Who sends a due round when, so that five nodes pay for one transaction and not for five."""

from pargrade.chain.hashing import keccak


class Turns:
    """Remembers since when the slot of the moment has been due, in wall time.

    Wall time only decides who acts first: on a chain whose blocks have stopped, or on a development
    chain between two blocks, chain time would never hand a dead leader's turn on.
    """

    def __init__(self, takeover_s: float) -> None:
        self._takeover_s = takeover_s
        self._slot = 0
        self._since = 0.0
        self._passed = 0

    def wait_s(self, slot: int, places: int, now: float) -> float:
        """Seconds until a reporter with so many places before it may send; 0 or less when it may.

        `now` is any clock that only goes forward.
        """
        if slot != self._slot:
            self._slot, self._since = slot, now
        return places * self._takeover_s - (now - self._since)

    def pass_over(self, slot: int) -> None:
        """Nothing more is to be done about a slot."""
        self._passed = slot

    def passed(self, slot: int) -> bool:
        """Whether the slot was passed over."""
        return slot == self._passed


def places_before(last_slot: int, position: int, reporters: int) -> int:
    """How many reporters have their turn before the one at `position`, after the round at
    `last_slot`; 0 for the leader.

    The leader is drawn by the hash of the last round's slot, so everyone knows it before the next
    slot comes. Taking turns by slot / grid modulo n would name the same one at every heartbeat
    whenever n divides heartbeat / grid, as 5 divides 60. Nothing but duty is at stake, so that a
    reporter may know its turns in advance does no harm.
    """
    leader = int.from_bytes(keccak(last_slot.to_bytes(5))) % reporters
    return (position - leader) % reporters
