"""A log is copied whole, from where the file ends, and another log is never added to it."""

import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from bridge.orders.client.client import RelayDown
from bridge.orders.client.log_copy import PAGE, OtherContinuation, UnwritableLog, copy_log
from bridge.orders.event.entry import GENESIS, Entry
from bridge.orders.event.event import pack_event
from bridge.orders.event.fact import FeeChanged
from bridge.orders.log.files import UnreadableFile, read_log
from pargrade.bindings.structs import Side
from tests.bridge.orders.client.test_client import relay
from tests.support.cli import run
from tests.support.market import PRICE, Market
from tests.support.market_log import OPENING, STEP, random_log, rechained, write_log
from tests.support.relay_parties import Venue, place, running
from tests.support.signed_orders import NOW

ENTRIES = 12_000


def plain_log(count, fee=1):
    """A log of so many entries; another fee makes it another."""
    last, found = GENESIS, []
    for place_, event in enumerate((*OPENING, *(FeeChanged(fee + n % 50) for n in range(count)))):
        if place_ == count:
            return found
        entry = Entry.chained(last, place_, NOW * STEP + place_, pack_event(event), b"")
        found.append(entry)
        last = entry.head
    return found


def serving(entries, asked=None):
    """A relay that has these entries; `asked` takes the place of each first one asked for."""

    def respond(handler):
        query = parse_qs(urlsplit(handler.path).query)
        first, most = (int(query[name][0]) for name in ("first", "most"))
        if asked is not None:
            asked.append(first)
        lines = [json.dumps(e.to_json()).encode() + b"\n" for e in entries[first : first + most]]
        body = b"".join(lines)
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return relay(respond)


def test_copy__interrupted_in_a_line__goes_on_before_it_and_asks_for_nothing_twice(tmp_path):
    entries, file, asked = plain_log(2 * PAGE + 500), tmp_path / "log.ndjson", []
    with serving(entries[: PAGE + 10]) as client:
        copied = copy_log(file, client)
        assert (copied.entries, copied.new) == (PAGE + 10, PAGE + 10)
    whole = file.read_bytes()
    file.write_bytes(whole[:-40])
    with serving(entries, asked) as client:
        copied = copy_log(file, client)
        assert (copied.entries, copied.new) == (2 * PAGE + 500, PAGE + 491)
        assert copied.head == entries[-1].head
        assert asked == [PAGE + 8, PAGE + 9, 2 * PAGE + 9]
        # A whole last line that only lacks its end is written anew as well.
        file.write_bytes(file.read_bytes()[:-1])
        assert copy_log(file, client).new == 1
        assert copy_log(file, client).new == 0
    assert list(read_log(str(file))) == entries


@pytest.mark.parametrize(
    ("theirs", "why"),
    [
        (plain_log(40, fee=2), "entry 29 is another"),
        (plain_log(20), "ends before entry 29"),
        (plain_log(30) + plain_log(40, fee=2)[30:], "entry 30 does not follow"),
        (plain_log(35) + plain_log(40)[36:], "entry 35 does not follow"),
        ([*plain_log(35), replace(plain_log(40)[35], time=1)], "entry 35 does not follow"),
    ],
)
def test_copy__of_a_log_that_does_not_continue_the_file__leaves_it_as_it_was(theirs, why, tmp_path):
    file = tmp_path / "log.ndjson"
    with serving(plain_log(30)) as client:
        copy_log(file, client)
    before = file.read_bytes()
    with serving(theirs) as client, pytest.raises(OtherContinuation, match=why):
        copy_log(file, client)
    assert file.read_bytes() == before


def test_copy__onto_what_is_no_log_or_from_no_relay__is_refused_and_writes_nothing(tmp_path):
    file = tmp_path / "log.ndjson"
    broken = rechained(plain_log(10))
    broken[4] = replace(broken[4], time=1)
    for text in ("notes\n", "".join(json.dumps(each.to_json()) + "\n" for each in broken)):
        file.write_text(text)
        with serving(plain_log(20)) as client, pytest.raises(UnreadableFile, match="line"):
            copy_log(file, client)
        assert file.read_text() == text
    with serving(plain_log(20)) as client, pytest.raises(UnwritableLog):
        copy_log(tmp_path / "no folder" / "log.ndjson", client)
    more = plain_log(5)

    def too_many(handler):
        body = b"".join(json.dumps(each.to_json()).encode() + b"\n" for each in more * 300)
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    with relay(too_many) as client, pytest.raises(RelayDown, match="more entries"):
        copy_log(tmp_path / "other.ndjson", client)


def test_audit__of_a_log_that_is_cut_off__says_so_and_accuses_nobody(tmp_path):
    log, cut_off = random_log(3, 60), 0
    receipts = tmp_path / "receipts.ndjson"
    receipts.write_text("".join(json.dumps(each.to_json()) + "\n" for each in log.receipts))
    file = tmp_path / "log.ndjson"
    for length in range(1, len(log.entries), 7):
        lines = [json.dumps(each.to_json()) + "\n" for each in log.entries[:length]]
        file.write_text("".join(lines))
        later = sum(each.sequence >= length for each in log.receipts)
        ran = run("relay", "audit", str(file), "--receipts", str(receipts), "--json")
        assert ran.code == (3 if later else 0)
        found = json.loads(ran.out)
        assert (found["findings"], found["later_receipts"]) == ([], later)
        cut_off += later > 0
    assert cut_off > 5
    file.write_text("".join(lines)[:-30])
    assert "is cut off" in run("relay", "audit", str(file)).error
    # One that was left out of the middle is no end that is missing.
    gone = next(n for n, each in enumerate(log.events) if each[0].KIND == 4 and n < length // 2)
    left = write_log([each for n, each in enumerate(log.events) if n != gone]).entries
    file.write_text("".join(json.dumps(each.to_json()) + "\n" for each in left))
    ran = run("relay", "audit", str(file), "--receipts", str(receipts), "--json")
    assert ran.code == 1
    assert "dropped" in {each["fraud"] for each in json.loads(ran.out)["findings"]}


@pytest.mark.full
def test_log__of_twelve_thousand_entries__is_copied_by_command_and_audited(
    market: Market, tmp_path
):
    venue = Venue(market, tmp_path)
    seller = venue.party(11)
    # A pace that a page is a good part of: the command waits where it asked too fast.
    service = venue.assemble(interval=3_600, orders_per_second=100, burst=100)
    service.relay.follow()
    file, receipts = tmp_path / "log.ndjson", tmp_path / "receipts.ndjson"
    with running(service) as (client, _):
        words = ("relay", "log", str(file), "--relay", client.url, "--json")
        service.relay.sequencer.submit([FeeChanged(1 + n % 20) for n in range(ENTRIES)])
        copied = run(*words)
        assert copied.json["entries"] == copied.json["new"] > ENTRIES
        assert "10,000 entries copied" in copied.err
        ask = seller.order(venue.series, Side.SELL, PRICE, 100)
        [placed] = place(client, seller.offer(ask, venue.exchange))
        receipts.write_text(json.dumps(placed.receipt.to_json()) + "\n")
        audit = ("relay", "audit", str(file), "--receipts", str(receipts))
        early = run(*audit)
        assert early.code == 3
        assert "The log is cut off: 1 receipts come after it." in early.out
        again = run(*words).json
        assert again["new"] >= 1
        sequence, head = service.relay.sequencer.head
        assert (again["entries"], again["head"]) == (sequence + 1, "0x" + head.hex())
        found = run(*audit, "--json").json
        assert (found["findings"], found["entries"], found["receipts"]) == ([], sequence + 1, 1)
        assert found["later_receipts"] == 0
