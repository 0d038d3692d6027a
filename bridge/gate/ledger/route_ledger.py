"""Both ends of a route together: which messages are open, and what neither end explains."""

from collections.abc import Iterable, Iterator

from bridge.gate.ledger.end_ledger import EndLedger
from bridge.gate.ledger.forgery import Forgery
from bridge.gate.ledger.way_ledger import OpenMessage, WayLedger


class RouteLedger:
    """The ledgers of home and remote end. Keep it: it remembers what needs no second look."""

    def __init__(
        self, home: EndLedger, remote: EndLedger, forgeries: Iterable[Forgery] = ()
    ) -> None:
        self.home = home
        self.remote = remote
        known = tuple(forgeries)

        def way(source: EndLedger, destination: EndLedger) -> WayLedger:
            arrived = {each.nonce: each for each in known if each.chain == destination.end.chain}
            return WayLedger(source, destination, arrived)

        self._out, self._back = way(home, remote), way(remote, home)

    def ways(self) -> tuple[tuple[EndLedger, EndLedger], tuple[EndLedger, EndLedger]]:
        """Source and destination, of both ways."""
        return (self.home, self.remote), (self.remote, self.home)

    def way_from(self, source: EndLedger) -> WayLedger:
        """The way that begins at an end."""
        return self._out if source is self.home else self._back

    def open_messages(self, source: EndLedger) -> Iterator[OpenMessage]:
        """Messages of an end that did not go through at the other, by rising nonce."""
        return self.way_from(source).open_messages()

    def unexplained(self) -> Iterator[str]:
        """What arrived and never left, and what exists beyond what is locked.

        An end that is read later than the other knows more: what lasts over two readings is a
        fault, not a delay.
        """
        yield from self._out.unexplained()
        yield from self._back.unexplained()
        if self.remote.executed_steps > self.home.sent_steps:
            more = self.remote.executed_steps - self.home.sent_steps
            yield f"{more} steps more were minted than were ever locked"
