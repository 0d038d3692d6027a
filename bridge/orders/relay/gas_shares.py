"""What takers had the relay pay for: each has a share of what a day may cost.

Who trades with himself costs the relay gas and himself nothing. A cap on the day alone would let
him use it up, and then nobody's match would be sent.
"""

from collections import Counter, deque

from bridge.orders.log.sequencer import MICROS
from pargrade.clock import DAY_S


class GasShares:
    """Of takers, over the last 24 hours; begins anew with the process. Amounts in wei."""

    def __init__(self, cap: int | None, percent: int) -> None:
        """`cap` is the most a day may cost, None for no cap, `percent` one taker's part of it."""
        self._most = None if cap is None else cap * percent // 100
        self._spent: deque[tuple[int, bytes, int]] = deque()
        self._total: Counter[bytes] = Counter()

    def is_used_up(self, taker: bytes, planned: int, now: int) -> bool:
        """Whether nothing more is paid for a taker, `planned` being on its way to be.

        The last match may go beyond the share, so that everyone's first is paid. `now` is Unix
        time in microseconds.
        """
        while self._spent and self._spent[0][0] <= now - DAY_S * MICROS:
            _, other, cost = self._spent.popleft()
            self._total[other] -= cost
            if self._total[other] <= 0:
                del self._total[other]
        used = self._total.get(taker, 0)
        return self._most is not None and used + planned >= max(self._most, 1)

    def note(self, taker: bytes, cost: int, now: int) -> None:
        """A transaction was mined for a taker."""
        if self._most is not None and cost:
            self._spent.append((now, taker, cost))
            self._total[taker] += cost
