"""Who sends a due round when, so that five nodes pay for one transaction and not for five."""


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
