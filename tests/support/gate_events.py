"""Events of gates as a ledger takes them, without a chain."""

from bridge.gate.ledger.end_ledger import EndLedger
from bridge.gate.ledger.entry import GateEntry
from bridge.gate.route.terms import terms_of
from pargrade.bindings import bridge_gate as gate
from pargrade.chain.hashing import Address, address_of
from pargrade.chain.log import Log
from pargrade.gate.transfer import End, Route

CAPACITY = 3_000
FIRST = (1 << 40) + 1


def account(number: int) -> Address:
    return address_of(number.to_bytes(20))


ROUTE = Route(End(1, account(1), account(2), 18), End(2, account(3), account(4), 6))
SENDER, RECIPIENT, COUNCIL = account(10), account(11), account(12)


def packed(steps: int, decimals: int = 6) -> int:
    return steps << 8 | decimals


class GateEvents:
    """Events of one gate, in order, a block each."""

    def __init__(self, end: End) -> None:
        self.ledger = EndLedger(ROUTE, end)
        self.block = 0
        self.say(gate.RouteAdded(ROUTE.id, terms_of(ROUTE), CAPACITY, COUNCIL))

    def say(self, *events, time: int = 0) -> None:
        """Events of one transaction."""
        self.block += 1
        entries = []
        for index, event in enumerate(events):
            log = Log(self.ledger.end.gate, (), b"", self.block, bytes(32), bytes(32), index)
            entries.append(GateEntry(log, event, time))
        self.ledger.post_all(entries)

    def send(self, steps: int, nonce: int = FIRST, **changes) -> None:
        recipient = changes.get("recipient", RECIPIENT)
        amount = changes.get("amount", packed(steps))
        self.say(gate.Sent(ROUTE.id, nonce, SENDER, recipient, amount))

    def queue(self, steps: int, number: int = 1) -> None:
        self.say(gate.OutboundQueued(number, ROUTE.id, SENDER, RECIPIENT, packed(steps)))

    def leave(self, steps: int, left: int, nonce: int = FIRST, number: int = 1) -> None:
        sent = gate.Sent(ROUTE.id, nonce, SENDER, RECIPIENT, packed(steps))
        self.say(sent, gate.OutboundCompleted(number, nonce, packed(left)))

    def execute(self, steps: int, nonce: int = FIRST, recipient: Address = RECIPIENT) -> None:
        self.say(gate.Executed(ROUTE.id, nonce, recipient, packed(steps)))

    def hold(self, steps: int, nonce: int = FIRST, epoch: int = 1, recipient=RECIPIENT) -> None:
        self.say(gate.InboundQueued(1, ROUTE.id, nonce, recipient, packed(steps), epoch))
