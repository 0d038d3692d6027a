"""What the sequencer accepted is on disk, in one order, and comes back as the same book."""

import json
import os
import signal
import sqlite3
import struct
import sys
from itertools import count
from random import Random
from subprocess import PIPE, Popen

import pytest

from bridge.orders.audit.audit import audit_log
from bridge.orders.book.comparison import same_book
from bridge.orders.book.entry import OrderEnd, TimeInForce
from bridge.orders.event.event import OrderPlaced, OrderReturned
from bridge.orders.event.fact import CallCleared, CallClosed, WaysChanged
from bridge.orders.event.receipt import OrderReceipt
from bridge.orders.log.files import UnreadableFile, read_log
from bridge.orders.log.sequencer import (
    AcceptedEvent,
    LogAltered,
    OtherLog,
    Sequencer,
    SequencerBroken,
)
from bridge.orders.log.store import LogStore
from bridge.orders.signed.order import NOBODY, SignedOrder
from bridge.orders.signed.refusals import OrderRefused
from bridge.orders.signed.signature import FastKey
from bridge.orders.signed.way import ALL_WAYS
from pargrade.database import DatabaseDown, sqlite_file
from pargrade.process.failpoint import VARIABLE
from tests.support.cli import run
from tests.support.market_log import (
    MAKERS,
    OPENING,
    ORDERS,
    PREFIX,
    RELAY_KEY,
    STEP,
    VENUE,
    Written,
    random_event,
    random_order,
    taking_again,
)
from tests.support.signed_orders import COVERED, NOW


def clock():
    """A second for each event."""
    return ((NOW + second) * STEP for second in count()).__next__


def open_log(path, key=RELAY_KEY, venue=VENUE, ticks=None):
    return Sequencer(LogStore(sqlite_file(path)), venue, key, ticks or clock())


def signed_order(side, expiry):
    """A hundred lots at one price, of one maker a side."""
    key = MAKERS[side]
    order = SignedOrder(
        series=COVERED.series,
        side=side,
        grade=0,
        legs=15,
        price=230 * STEP,
        lots=100,
        maker=key.address,
        taker=NOBODY,
        matcher=NOBODY,
        epoch=0,
        lane=1,
        nonce=1,
        expiry=expiry,
    )
    order.signature = key.sign_digest(ORDERS.digest(order.hash))
    return order


def run_flow(sequencer, seed, events=120):
    """Random events in batches of random size; the receipts of those accepted."""
    random, written, receipts = Random(seed), Written([], [], [], []), []
    sequencer.submit(OPENING[1:])
    while events > 0:
        size = random.randint(1, 9)
        batch = [random_event(random, events + n, written, sequencer.book) for n in range(size)]
        events -= size
        for result in sequencer.submit(batch):
            if isinstance(result, AcceptedEvent):
                written.events.append((result.event, result.entry.time))
                if isinstance(result.event, OrderPlaced):
                    receipts.append(sequencer.receipt_of(result))
                    if result.outcome.fills:
                        written.fills.append((result.entry.sequence, result.outcome.fills))
        before = [event for event, _ in written.events]
        for event in taking_again(random, before, sequencer.book, events):
            written.events += [(found.event, found.entry.time) for found in sequencer.take([event])]
    return receipts


@pytest.mark.parametrize("seed", range(5))
def test_restart__after_any_flow__has_the_same_book_bit_for_bit(seed, tmp_path):
    sequencer = open_log(tmp_path / "log.db")
    receipts = run_flow(sequencer, seed)
    again = open_log(tmp_path / "log.db", ticks=lambda: 0)
    assert again.head == sequencer.head
    assert same_book(again.book, sequencer.book)
    audit = audit_log(LogStore(sqlite_file(tmp_path / "log.db")).read(), receipts)
    assert audit.findings == []
    assert audit.receipts == len(receipts) > 20


def test_submit__orders__get_rising_places_times_that_never_go_back_and_signed_receipts(tmp_path):
    times = iter([NOW * STEP + offset for offset in (5, 4, 9, 1, 1, 20)] + [0] * 50)
    sequencer = open_log(tmp_path / "log.db", ticks=times.__next__)
    sequencer.submit(OPENING[1:])
    random = Random(1)
    batch = [
        OrderPlaced(random_order(random, 50 + n), TimeInForce.REST, ALL_WAYS, 0) for n in range(5)
    ]
    results = sequencer.submit(batch)
    entries = [result.entry for result in results]
    assert [entry.sequence for entry in entries] == [4, 5, 6, 7, 8]
    assert [entry.time for entry in entries] == sorted(entry.time for entry in entries)
    for result in results:
        receipt = sequencer.receipt_of(result)
        assert receipt.signer(PREFIX) == RELAY_KEY.address
        assert OrderReceipt.from_json(receipt.to_json()) == receipt
        assert sequencer.sign_receipt(receipt.order, result.entry) == receipt


def test_submit__what_the_book_refuses__is_not_in_the_log(tmp_path):
    sequencer = open_log(tmp_path / "log.db")
    sequencer.submit(OPENING[1:])
    order = OrderPlaced(random_order(Random(1), 50), TimeInForce.REST, ALL_WAYS, 0)
    first, second = sequencer.submit([order, order])
    assert isinstance(first, AcceptedEvent)
    assert isinstance(second, OrderRefused)
    assert sequencer.head[0] == first.entry.sequence
    found = LogStore(sqlite_file(tmp_path / "log.db")).find([order.order.hash, bytes(32)])
    assert found == {order.order.hash: first.entry}


@pytest.mark.full
def test_log__in_either_database__comes_back_as_the_same_book(fresh):
    url, random = fresh(), Random(11)
    sequencer = Sequencer(LogStore(url), VENUE, RELAY_KEY, clock())
    sequencer.submit(OPENING[1:])
    for number in range(1, 60):
        order = random_order(random, number)
        sequencer.submit([OrderPlaced(order, TimeInForce.REST, ALL_WAYS, 0)])
    again = Sequencer(LogStore(url), VENUE, RELAY_KEY, clock())
    assert again.head == sequencer.head
    assert same_book(again.book, sequencer.book)
    assert audit_log(LogStore(url).read()).findings == []
    audited = run("relay", "audit", url, "--json")
    assert (audited.code, audited.json["orders"]) == (0, 59)


def test_open__the_log_of_another_venue_or_key__is_refused(tmp_path):
    open_log(tmp_path / "log.db")
    other = FastKey(b"\x01" * 32)
    venue = type(VENUE)(VENUE.chain_id, VENUE.exchange, VENUE.matcher, other.address)
    with pytest.raises(OtherLog) as refused:
        open_log(tmp_path / "log.db", other, venue)
    assert refused.value.hint


def test_open__a_log_whose_entries_are_not_what_its_heads_were_made_of__is_refused(tmp_path):
    run_flow(open_log(tmp_path / "log.sqlite"), seed=1)
    with sqlite3.connect(tmp_path / "log.sqlite") as database:
        database.execute("UPDATE log SET time = time + 1 WHERE sequence = 5")
    with pytest.raises(LogAltered) as refused:
        open_log(tmp_path / "log.sqlite")
    assert refused.value.sequence == 5


@pytest.mark.parametrize("seed", range(5))
def test_restart__of_a_clock_that_jumps_both_ways__has_the_book_that_there_was(seed, tmp_path):
    random, now = Random(seed), [NOW * STEP]

    def jumps():
        now[0] += random.choice((-1, 1, 1, 1)) * random.randint(0, 5 * STEP)
        return now[0]

    sequencer, written, expired = (
        open_log(tmp_path / "log.db", ticks=jumps),
        Written([], [], [], []),
        0,
    )
    sequencer.submit(OPENING[1:])
    for number in range(1, 100):
        event = random_event(random, number, written, sequencer.book)
        found = sequencer.take([event])
        expired += len(sequencer.expire())
        for result in found:
            written.events.append((result.event, result.entry.time))
            if isinstance(event, OrderPlaced) and result.outcome.fills:
                written.fills.append((result.entry.sequence, result.outcome.fills))
        known = [event for event, _ in written.events]
        for event in taking_again(random, known, sequencer.book, number):
            written.events += [(each.event, each.entry.time) for each in sequencer.take([event])]
        if number == 50:
            closed = [CallClosed(COVERED.series, sequencer._time // STEP // 3_600, 0, 0)]
            assert len(sequencer.take(closed)) == 1
            now[0] += 30 * STEP
            in_call = len(sequencer.book.resting.in_call)
            sequencer.expire()
            assert len(sequencer.book.resting.in_call) == in_call
            hour = closed[0].hour
            assert sequencer.take([CallCleared(COVERED.series, hour, sequencer.sealed)])
    assert expired > 5
    again = open_log(tmp_path / "log.db", ticks=lambda: 0)
    assert again.head == sequencer.head
    assert same_book(again.book, sequencer.book)
    assert audit_log(LogStore(sqlite_file(tmp_path / "log.db")).read()).findings == []


@pytest.mark.parametrize("ends", ["by a look", "by an order that is refused"])
def test_order__that_expired_before_the_clock_went_back__rests_no_more_for_anybody(ends, tmp_path):
    now = [NOW * STEP]
    sequencer = open_log(tmp_path / "log.db", ticks=lambda: now[0])
    sequencer.submit(OPENING[1:])
    ask, bid = (signed_order(side, NOW + 100 + 900 * (side == 0)) for side in (1, 0))
    placed = OrderPlaced(ask, TimeInForce.REST, ALL_WAYS, 1)
    sequencer.submit([placed])
    now[0] += 100 * STEP + 300_000
    if ends == "by a look":
        [ended] = sequencer.expire()
    else:
        assert isinstance(sequencer.submit([OrderReturned(ask, ALL_WAYS, 1)])[0], OrderRefused)
        [ended] = sequencer.take_expired()
    assert (ended.order, ended.why) == (ask.hash, OrderEnd.EXPIRED)
    before = sequencer.head
    assert sequencer.expire() == []
    assert sequencer.head == before
    now[0] -= 500_000
    restarted = open_log(tmp_path / "log.db", ticks=lambda: now[0])
    assert same_book(restarted.book, sequencer.book)
    [taken] = sequencer.submit([OrderPlaced(bid, TimeInForce.REST, ALL_WAYS, 1)])
    assert (taken.outcome.fills, taken.outcome.rests) == ((), bid.lots)
    audit = audit_log(
        LogStore(sqlite_file(tmp_path / "log.db")).read(), [sequencer.receipt_of(taken)]
    )
    assert audit.findings == []
    again = open_log(tmp_path / "log.db", ticks=lambda: now[0])
    assert same_book(again.book, sequencer.book)
    assert list(again.book.orders) == [bid.hash]


def test_event__that_fails_half_way__ends_the_sequencer_before_anything_is_built_on_it(tmp_path):
    sequencer = open_log(tmp_path / "log.db")
    sequencer.submit(OPENING[1:])
    order = OrderPlaced(signed_order(0, NOW + 10**6), TimeInForce.REST, ALL_WAYS, 0)
    # It narrows what the order may do, and cannot be written: more ways than there are bits.
    with pytest.raises(struct.error):
        sequencer.submit([order, WaysChanged(order.order.hash, 1 << 40 | 1, 0)])
    assert sequencer.is_broken
    for events in ([order], []):
        with pytest.raises(SequencerBroken):
            sequencer.submit(events)
    again = open_log(tmp_path / "log.db")
    assert not again.book.orders
    assert isinstance(again.submit([order])[0], AcceptedEvent)


def test_disk__that_fails__ends_the_sequencer_and_a_restart_goes_on_from_the_log(tmp_path):
    sequencer = open_log(tmp_path / "log.db")
    sequencer.submit(OPENING[1:])
    with sqlite3.connect(tmp_path / "log.db") as disk:
        disk.execute("ALTER TABLE log RENAME TO away")
    order = OrderPlaced(random_order(Random(1), 50), TimeInForce.REST, ALL_WAYS, 0)
    with pytest.raises(DatabaseDown):
        sequencer.submit([order])
    with pytest.raises(SequencerBroken):
        sequencer.submit([order])
    with sqlite3.connect(tmp_path / "log.db") as disk:
        disk.execute("ALTER TABLE away RENAME TO log")
    again = open_log(tmp_path / "log.db")
    assert again.head[0] == 3
    assert not again.book.orders
    assert isinstance(again.submit([order])[0], AcceptedEvent)


VICTIM = """
import sys
from random import Random
sys.path.insert(0, {root!r})
from tests.bridge.orders.log.test_sequencer import *
sequencer = open_log(Path({path!r}))
sequencer.submit(OPENING[1:])
random = Random(7)
for number in range(1, 1_000):
    order = random_order(random, number)
    [result] = sequencer.submit([OrderPlaced(order, TimeInForce.REST, ALL_WAYS, 0)])
    if isinstance(result, AcceptedEvent):
        print(json.dumps(sequencer.receipt_of(result).to_json()), flush=True)
"""


@pytest.mark.parametrize("step", ["relay-logged:30", "relay-applied:40", ""])
def test_kill_9__anywhere__loses_no_accepted_order(step, tmp_path, request):
    path = tmp_path / "log.db"
    code = "import json\nfrom pathlib import Path" + VICTIM.format(
        root=str(request.config.rootpath), path=str(path)
    )
    victim = Popen(
        [sys.executable, "-c", code], stdout=PIPE, text=True, env={**os.environ, VARIABLE: step}
    )
    assert victim.stdout is not None
    lines = []
    for line in victim.stdout:
        lines.append(line)
        if not step and len(lines) == 25:
            victim.send_signal(signal.SIGKILL)
    assert victim.wait() == -signal.SIGKILL
    receipts = [OrderReceipt.from_json(json.loads(line)) for line in lines if line.endswith("\n")]
    assert len(receipts) > 15
    again = open_log(path)
    entries = list(LogStore(sqlite_file(path)).read())
    assert audit_log(entries, receipts).findings == []
    assert entries[-1].sequence == again.head[0] >= receipts[-1].sequence


def test_read_log__of_a_database_that_is_not_there__refuses_and_makes_none(tmp_path):
    missing = tmp_path / "missing.db"
    with pytest.raises(DatabaseDown, match="no such file"):
        list(read_log(f"sqlite:///{missing}"))
    assert not missing.exists()
    with pytest.raises(UnreadableFile):
        list(read_log(str(missing)))
    run_flow(open_log(missing), 1, events=3)
    assert len(list(read_log(f"sqlite:///{missing}"))) > len(OPENING)
