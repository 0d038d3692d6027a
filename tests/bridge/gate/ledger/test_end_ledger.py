"""What a gate says is added up, and what it could not have said is refused. No chain needed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.gate.ledger.end_ledger import EndLedger
from bridge.gate.ledger.entry import GateEntry
from bridge.gate.ledger.messages import Unexplained
from bridge.gate.ledger.route_ledger import RouteLedger
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


class Chain:
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

    def execute(self, steps: int, nonce: int = FIRST) -> None:
        self.say(gate.Executed(ROUTE.id, nonce, RECIPIENT, packed(steps)))


@pytest.fixture
def home():
    return Chain(ROUTE.home)


@pytest.fixture
def remote():
    return Chain(ROUTE.remote)


def test_home__sent_and_queued__is_locked_and_set_aside(home):
    home.send(700)
    home.queue(400)
    assert (home.ledger.locked, home.ledger.set_aside) == (700, 400)
    home.leave(250, 150, nonce=FIRST + 1)
    assert (home.ledger.locked, home.ledger.set_aside) == (950, 150)
    home.say(gate.OutboundCancelled(1, packed(150)))
    assert (home.ledger.locked, home.ledger.set_aside) == (950, 0)
    assert home.ledger.last_nonce == FIRST + 1


def test_remote__arrived_in_parts__is_minted_as_far_as_it_went_through(remote):
    remote.say(gate.InboundQueued(1, ROUTE.id, FIRST, RECIPIENT, packed(900), 1))
    assert remote.ledger.minted == 0
    remote.execute(600)
    assert (remote.ledger.minted, remote.ledger.arrivals[FIRST].waiting) == (600, 300)
    remote.execute(300)
    assert remote.ledger.minted == 900
    remote.send(100)
    assert remote.ledger.minted == 800


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (lambda chain: chain.send(1, nonce=FIRST + 1), "follows message"),
        (lambda chain: chain.send(1, nonce=FIRST - 1), "follows message"),
        (lambda chain: chain.send(1_001), "at most 1000 might"),
        (lambda chain: chain.send(0), "is none of it"),
        (lambda chain: chain.send(1, amount=packed(1, 18)), "is none of it"),
        (lambda chain: chain.send(1, recipient=account(0)), "goes to"),
        (lambda chain: chain.send(1, recipient=ROUTE.remote.token), "goes to"),
        (lambda chain: chain.leave(1, 0), "waits not"),
        (lambda chain: (chain.queue(5), chain.leave(6, 0)), "as another transfer"),
        (lambda chain: chain.execute(1), "were locked"),
        (lambda chain: (chain.send(9), chain.execute(9), chain.execute(9)), "beyond what"),
    ],
)
def test_home__what_the_gate_could_not_have_said__is_unexplained(home, act, why):
    with pytest.raises(Unexplained, match=why):
        act(home)


def test_remote__burned_and_never_minted__is_unexplained(remote):
    with pytest.raises(Unexplained, match="were burned"):
        remote.send(1)


def test_remote__more_than_the_budget_arrives__is_unexplained(remote):
    with pytest.raises(Unexplained, match="arrived, at most 1000 might"):
        remote.execute(1_001)


def test_route__arrived_and_never_left_or_as_another__is_named(home, remote):
    ledger = RouteLedger(home.ledger, remote.ledger)
    remote.execute(5)
    assert any("never left" in fault for fault in ledger.unexplained())
    home.send(6)
    assert any("as another" in fault for fault in ledger.unexplained())


@given(st.lists(st.tuples(st.sampled_from(("out", "back")), st.integers(1, 300)), max_size=40))
def test_route__any_honest_course__balances_at_every_step(moves):
    home, remote = Chain(ROUTE.home), Chain(ROUTE.remote)
    ledger = RouteLedger(home.ledger, remote.ledger)
    for way, steps in moves:
        source, destination = (home, remote) if way == "out" else (remote, home)
        if way == "back" and steps > remote.ledger.minted:
            continue
        # What may cross is the bucket's affair; here there is always room.
        source.ledger._bucket = destination.ledger._bucket = source.ledger._bucket.rested(10**9, 0)
        nonce = source.ledger.last_nonce + 1
        source.send(steps, nonce=nonce)
        assert remote.ledger.minted <= home.ledger.locked
        destination.execute(steps, nonce=nonce)
        assert remote.ledger.minted == home.ledger.locked
        assert list(ledger.unexplained()) == []
