"""Every fraud of two hundred is proven, and nobody honest is accused."""

import json
from dataclasses import replace
from random import Random

import msgspec
import pytest

from bridge.orders.audit.audit import ChainFill, audit_log
from bridge.orders.audit.finding import Fraud
from bridge.orders.book.entry import BookFill, TimeInForce
from bridge.orders.event.entry import BadEntry, Entry
from bridge.orders.event.event import CancelRequested, OrderPlaced, OrderReturned, pack_event
from bridge.orders.event.fact import CallCleared
from bridge.orders.event.index import IndexObserved
from bridge.orders.event.receipt import BadReceipt, OrderReceipt
from bridge.orders.event.rolls import RollPlaced, RollReturned
from bridge.orders.event.state import pack_outcome, unpack_clearing, unpack_fills
from bridge.orders.signed.way import ALL_WAYS
from tests.support.market_log import (
    MATCHER,
    RELAY_KEY,
    STEP,
    random_log,
    random_order,
    receipt,
    rechained,
    signed_cancel,
    write_log,
)

pytestmark = pytest.mark.full

HONEST, FRAUDS = 1_000, 200


def test_audit__of_a_thousand_honest_logs__accuses_nobody():
    matched = returned = freed = rolled = 0
    for seed in range(HONEST):
        checks = seed % 20 == 0
        log = random_log(seed, 24, receipts=checks)
        found = audit_log(log.entries, log.receipts, signatures=checks)
        assert found.findings == []
        assert (found.entries, found.unproven, found.foreign_receipts) == (len(log.entries), 0, 0)
        matched += found.fills
        returned += sum(isinstance(event, OrderReturned) for event, _ in log.events)
        freed += sum(
            isinstance(event, OrderReturned) and follows_index(place, log)
            for place, (event, _) in enumerate(log.events)
        )
        rolled += sum(isinstance(event, RollReturned) for event, _ in log.events)
    assert matched > HONEST
    assert freed > HONEST // 20
    assert rolled > HONEST // 50
    assert returned > HONEST // 20


def trade_through(random, log):
    """A fill of a better price is passed over, or made at a worse price than offered."""
    sequence, fills = random.choice(log.fills)
    entry = log.entries[sequence]
    event = dict(enumerate(log.events))[sequence][0]
    worse = STEP if event.order.side == 0 else -STEP
    first = msgspec.structs.replace(fills[0], price=fills[0].price + worse)
    changed = (first, *fills[1:]) if random.random() < 0.5 else ()
    return forged(log, sequence, replace_fills(entry, changed)), Fraud.TRADE_THROUGH


def jumped_queue(random, log):
    """At one price a later order is filled before an earlier one."""
    sequence, fills = random.choice(log.fills)
    other = msgspec.structs.replace(fills[0], maker=random.randbytes(32))
    changed = replace_fills(log.entries[sequence], (other, *fills[1:]))
    return forged(log, sequence, changed), Fraud.REORDERED


def moved(random, log):
    """Two orders change places, and everything after is made to fit."""
    places = [n for n, (event, _) in enumerate(log.events) if isinstance(event, OrderPlaced)]
    first = random.choice(places[:-1])
    second = places[places.index(first) + 1]
    events = list(log.events)
    events[first], events[second] = (
        (events[second][0], events[first][1]),
        (events[first][0], events[second][1]),
    )
    return (write_log(events).entries, log.receipts, ()), Fraud.REORDERED


def dropped(random, log):
    """An accepted order is left out, and everything after is made to fit.

    One that nothing comes after is a log that is cut off, not one that lacks something.
    """
    places = [n for n, (event, _) in enumerate(log.events) if isinstance(event, OrderPlaced)]
    gone = random.choice(places[: len(places) // 2])
    events = [each for place, each in enumerate(log.events) if place != gone]
    return (write_log(events).entries, log.receipts, ()), Fraud.DROPPED


def forged_time(random, log):
    """An order is said to have come at another time."""
    places = [n for n, (event, _) in enumerate(log.events) if isinstance(event, OrderPlaced)]
    place = random.choice(places)
    events = list(log.events)
    event, time = events[place]
    least = events[place - 1][1]
    events[place] = (event, least if least != time else time - 1)
    if least == time:
        events[:place] = [(each, min(t, time - 1)) for each, t in events[:place]]
    return (write_log(events).entries, log.receipts, ()), Fraud.FORGED_TIME


def forged_cancellation(random, log):
    """A cancellation nobody asked for ends an order."""
    order = next(event.order for event, _ in log.events if isinstance(event, OrderPlaced))
    request = replace(signed_cancel(order), lane=order.lane ^ 1)
    events = [*log.events, (CancelRequested(request), log.events[-1][1])]
    return (write_log(events).entries, (), ()), Fraud.UNSIGNED


def unlogged_fill(random, log):
    """The relay fills, on the chain, what it alone may and never matched."""
    order = random_order(random, 900)
    while order.matcher != MATCHER:
        order = random_order(random, 900)
    events = [*log.events, (OrderPlaced(order, TimeInForce.REST, ALL_WAYS, 0), log.events[-1][1])]
    written = write_log(events)
    fills = [ChainFill(order.hash, order.lots * 10)]
    return (written.entries, written.receipts, fills), Fraud.UNLOGGED_FILL


def calls_of(log):
    """Places of entries that cleared a call in which somebody traded."""
    events = enumerate(event for event, _ in log.events)
    cleared = [place for place, event in events if isinstance(event, CallCleared)]
    return [n for n in cleared if unpack_clearing(log.entries[n].outcome).lots]


def forged_call(random, log):
    """A call is cleared at another price, at another mark, or without one of its fills."""
    while not calls_of(log):
        log = random_log(random.getrandbits(32))
    place = random.choice(calls_of(log))
    outcome = bytearray(log.entries[place].outcome)
    kind = random.choice(("price", "mark", "fill"))
    if kind == "fill":
        del outcome[-52:]
    else:
        outcome[7 if kind == "price" else 15] ^= 1
    return forged(log, place, replace(log.entries[place], outcome=bytes(outcome))), (
        Fraud.WRONG_OUTCOME
    )


def unsealed_call(random, log):
    """A call is cleared over other orders than its close fixed."""
    places = [n for n, (event, _) in enumerate(log.events) if isinstance(event, CallCleared)]
    place = random.choice(places)
    entry = log.entries[place]
    body = pack_event(replace(log.events[place][0], sealed=random.randbytes(32)))
    return forged(log, place, replace(entry, body=body)), Fraud.UNSEALED


def replace_fills(entry: Entry, fills: tuple[BookFill, ...]) -> Entry:
    from bridge.orders.book.entry import Outcome

    return replace(entry, outcome=pack_outcome(Outcome(fills)))


def forged(log, sequence, entry):
    """The log with one entry changed, chained anew, and receipts that fit it."""
    entries = rechained([*log.entries[:sequence], entry, *log.entries[sequence + 1 :]])
    by_place = {found.sequence: found for found in log.receipts}
    receipts = [receipt(found.order, entries[place]) for place, found in by_place.items()]
    return entries, receipts, ()


def brought_back(random, log):
    """An order that no match took out of the book is put behind those that came after it."""
    places = [n for n, (event, _) in enumerate(log.events) if isinstance(event, OrderPlaced)]
    order = log.events[places[0]][0].order
    last = log.entries[-1]
    body = pack_event(OrderReturned(order, ALL_WAYS, 0))
    entry = Entry(len(log.entries), last.time, body, last.outcome, b"")
    return (rechained([*log.entries, entry]), (), ()), Fraud.NOT_ALLOWED


def log_where(random, holds):
    """A log with an entry for which something holds of its event, and the entry's place."""
    while True:
        log = random_log(random.getrandbits(32))
        places = [n for n, (event, _) in enumerate(log.events) if holds(n, event, log)]
        if places:
            return log, random.choice(places)


def kept_away(random, _):
    """The index frees an order, and its relay does not bring it back but goes on."""

    def is_freed(place, event, log):
        return (
            isinstance(event, OrderReturned)
            and follows_index(place, log)
            and place + 1 < len(log.events)
        )

    log, place = log_where(random, is_freed)
    entries = [*log.entries[:place], *log.entries[place + 1 :]]
    return (rechained(entries), (), ()), Fraud.NOT_ALLOWED


def follows_index(place, log):
    before = [event for event, _ in log.events[:place]]
    while before and isinstance(before[-1], OrderReturned):
        before.pop()
    return isinstance(before[-1], IndexObserved)


def freed_early(random, _):
    """An order is brought back while no index is near its price."""

    def has_waited(place, event, log):
        before = (each for each, _ in log.events[:place])
        return isinstance(event, IndexObserved) and any(keeps_near(each) for each in before)

    log, place = log_where(random, has_waited)
    stale = replace(log.entries[place], body=pack_event(replace(log.events[place][0], index=0)))
    waits = [event.order for event, _ in log.events[:place] if keeps_near(event)]
    back = pack_event(OrderReturned(random.choice(waits), ALL_WAYS, 0))
    entries = [*log.entries[:place], stale, replace(stale, body=back)]
    return (rechained(entries), (), ()), Fraud.NOT_ALLOWED


def keeps_near(event):
    return isinstance(event, OrderPlaced) and event.order.percent


def roll_that_does_not_wait(random, _):
    """A roll takes again that has ended, or never waited."""
    log, place = log_where(random, lambda _, event, __: type(event) is RollPlaced)
    again = RollReturned(log.events[place][0].roll, ALL_WAYS, ALL_WAYS, 0)
    entry = replace(log.entries[place], body=pack_event(again))
    return (rechained([*log.entries[: place + 1], entry]), (), ()), Fraud.NOT_ALLOWED


KINDS = (
    kept_away,
    freed_early,
    roll_that_does_not_wait,
    brought_back,
    trade_through,
    jumped_queue,
    moved,
    dropped,
    forged_time,
    forged_cancellation,
    unlogged_fill,
    forged_call,
    unsealed_call,
)


def test_audit__of_two_hundred_frauds__proves_each_as_what_it_is():
    found = 0
    for seed in range(FRAUDS):
        random = Random(10_000 + seed)
        log = random_log(20_000 + seed)
        while not log.fills:
            log = random_log(random.getrandbits(32))
        (entries, receipts, fills), fraud = KINDS[seed % len(KINDS)](random, log)
        audit = audit_log(entries, receipts, fills)
        assert fraud in {finding.fraud for finding in audit.findings}, (seed, fraud)
        assert json.dumps(audit.to_json())
        found += 1
    assert found == FRAUDS


@pytest.mark.parametrize("seed", range(5))
def test_audit__of_a_byte_changed_anywhere__finds_the_chain_broken(seed):
    random, log = Random(seed), random_log(seed)
    place = random.randrange(len(log.entries))
    entry = log.entries[place]
    field = random.choice(("body", "outcome", "head"))
    raw = bytearray(getattr(entry, field) or b"\0")
    raw[random.randrange(len(raw))] ^= 1 << random.randrange(8)
    entries = [
        *log.entries[:place],
        replace(entry, **{field: bytes(raw)}),
        *log.entries[place + 1 :],
    ]
    frauds = {finding.fraud for finding in audit_log(entries).findings}
    assert Fraud.BROKEN_CHAIN in frauds


def test_audit__of_an_entry_left_out_or_time_turned_back__says_so():
    log = random_log(3)
    assert Fraud.BROKEN_CHAIN in {
        finding.fraud for finding in audit_log([*log.entries[:9], *log.entries[10:]]).findings
    }
    late = replace(log.entries[9], time=0)
    entries = rechained([*log.entries[:9], late, *log.entries[10:]])
    assert Fraud.TIME_BACK in {finding.fraud for finding in audit_log(entries).findings}


def test_audit__of_a_receipt_somebody_else_signed__accuses_nobody():
    log = random_log(4)
    stranger = replace(log.receipts[0], order=bytes(32))
    audit = audit_log(log.entries, [stranger])
    assert (audit.findings, audit.foreign_receipts) == ([], 1)


def test_audit__of_bytes_that_are_no_event__goes_on_and_says_so():
    log = random_log(5)
    for body in (b"", b"\xff", b"\x04abc", pack_event(log.events[0][0])[:-1]):
        entries = rechained([*log.entries[:6], replace(log.entries[6], body=body)])
        assert Fraud.NO_EVENT in {finding.fraud for finding in audit_log(entries).findings}
    assert audit_log([]).findings == []


def test_json__of_entries_and_receipts__comes_back_and_damage_is_refused():
    log = random_log(6)
    for entry in log.entries:
        assert Entry.from_json(json.loads(json.dumps(entry.to_json()))) == entry
    for given in log.receipts:
        again = OrderReceipt.from_json(json.loads(json.dumps(given.to_json())))
        assert again == given
    raw = log.entries[0].to_json()
    for broken in (None, [], {}, {**raw, "time": -1}, {**raw, "body": "xx"}, {**raw, "more": 1}):
        with pytest.raises(BadEntry):
            Entry.from_json(broken)
    raw = log.receipts[0].to_json()
    for broken in (None, {}, {**raw, "head": "0x00"}, {**raw, "time": "1"}, {**raw, "order": 5}):
        with pytest.raises(BadReceipt):
            OrderReceipt.from_json(broken)
    for broken in (None, {}, {"order": "0x00", "lots": "1"}, {"order": 1, "lots": 1}):
        with pytest.raises(BadEntry):
            ChainFill.from_json(broken)


def test_outcome__packed__gives_its_fills_back():
    log = random_log(7)
    assert log.fills
    for sequence, fills in log.fills:
        assert unpack_fills(log.entries[sequence].outcome) == (fills, ())
    assert RELAY_KEY.address == log.events[0][0].relay
