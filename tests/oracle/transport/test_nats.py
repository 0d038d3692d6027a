"""Messages over a real NATS server: to those who are there, and over HTTP when it is not."""

import os
from contextlib import ExitStack, contextmanager

import nkeys
import pytest

from oracle.protocol.message.envelope import HEADER
from oracle.protocol.wire.signatory import Members
from oracle.transport.inbox import Inbox
from oracle.transport.nats.carriage import MOST_INLINE, CarriageWriter
from oracle.transport.nats.link import NatsLink
from oracle.transport.nats.servers import NatsServers
from oracle.transport.nats.stream import name_of, try_servers
from oracle.transport.struct_signer import KeyStructs
from tests.oracle.member.test_member import landed
from tests.support.committee_rounds import COMMITTEE, KEYS, MEMBERS
from tests.support.members import BEGIN, SharedLedger, running, stored_committee, write_configs
from tests.support.nats_server import as_client, nats_server
from tests.support.nodes import until

pytestmark = pytest.mark.full


@pytest.fixture(autouse=True)
def _own_tips(tmp_path, monkeypatch):
    monkeypatch.setenv("PARGRADE_RUNTIME_DIR", str(tmp_path / "tips"))


@pytest.fixture
def server(tmp_path):
    with nats_server(tmp_path) as found:
        yield found


class Node:
    """One position's link, its inbox, and what went the other way."""

    def __init__(self, server, position, seed=None):
        self.inbox = Inbox(each for each in range(5) if each != position)
        self.by_http = []
        self.link = NatsLink(
            NatsServers((server.url,), seed),
            COMMITTEE,
            position,
            KeyStructs(KEYS[position], COMMITTEE.domain),
            Members(MEMBERS),
            self.inbox,
            lambda to, raw: self.by_http.append((to, raw)),
        )

    def taken(self, count):
        found = []

        def look():
            while (arrived := self.inbox.take()) is not None:
                found.append(arrived)
            return len(found) >= count

        until(look, f"{count} messages, got {len(found)}", 60)
        return found


@contextmanager
def connected(server, *positions):
    nodes = [Node(server, position) for position in positions]
    with ExitStack() as stack:
        for node in nodes:
            node.link.start()
            stack.callback(node.link.close)
        wait_reached(nodes, positions)
        yield nodes


def wait_reached(nodes, positions):
    def reached():
        return all(
            node.link.reaches(each)
            for node, own in zip(nodes, positions, strict=True)
            for each in positions
            if each != own
        )

    until(reached, "all on the server", 60)


def message(number, size=0):
    """Bytes with a header, as far as a transport looks at them."""
    return bytes([2]) + bytes(4) + number.to_bytes(5) + bytes(HEADER - 10) + b"x" * size


def test_messages__arrive_in_order_at_those_they_are_for_and_long_ones_in_pieces(server):
    with connected(server, 0, 1, 2) as (first, second, third):
        sent = [message(1), message(2, MOST_INLINE), message(3, 600_000), message(4)]
        for raw in sent:
            first.link.send((1, 2), raw)
        second.link.send((0,), message(9))
        for node in (second, third):
            arrived = node.taken(4)
            assert {each.sender for each in arrived} == {0}
            assert sorted(each.raw for each in arrived) == sorted(sent)
        assert [(each.sender, each.raw) for each in first.taken(1)] == [(1, message(9))]
        assert third.inbox.take() is None
        until(lambda: first.link.sent == 4, "the count", 60)
        assert not first.link.reaches(3)
        assert first.by_http == []


def test_server__that_goes_and_comes__is_left_for_http_and_used_again(server):
    with connected(server, 0, 1) as nodes:
        first, second = nodes
        server.stop()
        until(lambda: not first.link.reaches(1), "the loss", 60)
        first.link.send((1,), message(1))
        until(lambda: first.by_http == [((1,), message(1))], "the other way", 60)
        assert "NATS" in first.link.problem
        server.start()
        wait_reached(nodes, (0, 1))
        first.link.send((1,), message(2))
        assert [each.raw for each in second.taken(1)] == [message(2)]
        assert first.link.problem == ""


def test_strangers_on_the_server__get_in_nothing_and_a_flood_costs_its_sender(server):
    async def shout(client):
        liar = CarriageWriter(COMMITTEE, 0, KeyStructs(KEYS[3], COMMITTEE.domain))
        for raw in (b"", b"\x00", b"x" * 500, liar.pack((1,), message(1))):
            await client.publish(f"{name_of(COMMITTEE)}.slot.1", raw)
            await client.publish(f"{name_of(COMMITTEE)}.slot.here", raw)

    with connected(server, 0, 1) as (first, second):
        as_client(server, shout)
        until(lambda: second.link.refused >= 4, "refusals", 60)

        def gone(count):
            return lambda: first.link.sent + first.link.failed >= count

        for number in range(900):
            first.link.send((1,), message(number))
            until(gone(number - 100), "sending", 60)
        until(gone(900), "sending", 60)
        until(lambda: second.inbox.refused[0] > 0, "a full share", 60)
        assert {each.sender for each in second.taken(1)} == {0}
        assert second.link.reaches(0)


def writer(position):
    """What a member writes there itself, past its own node's link."""
    return CarriageWriter(COMMITTEE, position, KeyStructs(KEYS[position], COMMITTEE.domain))


def with_client(server, act):
    """Does something with the stream, by its name, as another client."""
    as_client(server, lambda client: act(client.jetstream(), name_of(COMMITTEE)))


def test_member__that_hears_nobody_on_the_server__is_sent_to_over_http(server):
    deaf = writer(2)

    def say(*heard):
        return lambda stream, name: stream.publish(f"{name}.slot.here", deaf.pack(heard, b""))

    with connected(server, 0, 1) as (first, second):
        with_client(server, say(1))
        until(lambda: second.link.reaches(2), "the member", 60)
        assert not first.link.reaches(2)
        with_client(server, say())
        until(lambda: not second.link.reaches(2), "the loss", 60)


def test_stream__that_somebody_deletes__is_made_anew_by_those_who_miss_their_own_words(server):
    with connected(server, 0, 1) as (first, second):
        with_client(server, lambda stream, name: stream.delete_stream(name))
        until(lambda: first.link.problem or second.link.problem, "the loss", 60)
        wait_reached((first, second), (0, 1))
        first.link.send((1,), message(1))
        assert [each.raw for each in second.taken(1)] == [message(1)]


def test_pieces__that_never_become_a_message__hold_up_nobody_else(server):
    liar, whole = writer(2), message(7, 600_000)

    async def lie(stream, name):
        for number in range(20):
            begun, *_ = liar.pack_pieces((0, 1), message(number, 300_000))
            await stream.publish(f"{name}.slot.1", begun)

    with connected(server, 0, 1) as (first, second):
        with_client(server, lie)
        first.link.send((1,), whole)
        assert second.taken(1) == [(0, whole)]
        assert second.inbox.take() is None
        assert second.link.reaches(0)
        with_client(
            server,
            lambda stream, name: stream.publish(f"{name}.slot.1", liar.pack((1,), message(8))),
        )
        assert second.taken(1) == [(2, message(8))]


def test_server__that_is_flooded_with_what_nobody_signed__is_left_for_http(server):
    async def flood(client):
        for _ in range(4_000):
            await client.publish(f"{name_of(COMMITTEE)}.slot.1", b"\x07" * 200)

    with connected(server, 0, 1) as (first, second):

        def is_left():
            as_client(server, flood)
            return "flooded" in first.link.problem

        until(is_left, "the loss", 60)
        until(lambda: not second.link.reaches(0), "the loss", 60)
        first.link.send((1,), message(1))
        until(lambda: first.by_http == [((1,), message(1))], "the other way", 60)


def test_server__that_asks_for_a_key__lets_in_whoever_has_its_seed_and_says_why_not(tmp_path):
    seed = tmp_path / "member.nk"
    seed.write_bytes(nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER))
    public = nkeys.from_seed(bytearray(seed.read_bytes())).public_key.decode()
    with nats_server(tmp_path, public) as server:
        assert try_servers(NatsServers((server.url,), seed)) == ""
        assert "uthorization" in try_servers(NatsServers((server.url,)))
        allowed, refused = Node(server, 0, seed), Node(server, 1)
        for node in (allowed, refused):
            node.link.start()
        try:
            until(lambda: allowed.link.problem == "", "a connection", 60)
            until(lambda: "uthorization" in refused.link.problem, "a reason", 60)
        finally:
            allowed.link.close()
            refused.link.close()


def test_members__whose_only_way_is_the_server__land_and_without_it_they_land_over_http(
    server, tmp_path
):
    transport = {"nats": [server.url]}
    paths = write_configs(tmp_path, 4, transport=transport)
    ledger = SharedLedger(stored_committee(4))
    with ExitStack() as stack:
        members = [stack.enter_context(running(path, ledger)) for path in paths]
        until(lambda: all(each.driver.seat for each in members), "seats", 60)
        links = [member.driver.seat.deliveries.link for member in members]
        until(
            lambda: all(
                link.reaches(each)
                for link in links
                for each in range(4)
                if each != links.index(link)
            ),
            "all on the server",
            60,
        )
        before = sum(_by_http(member) for member in members)
        landed(ledger, BEGIN)
        assert sum(_by_http(member) for member in members) == before
        assert all(link.sent for link in links)
        server.stop()
        landed(ledger, BEGIN + 60)
        until(lambda: sum(_by_http(member) for member in members) > before, "HTTP", 60)


def _by_http(member):
    senders = member.driver.seat.deliveries.senders.values()
    return sum(each.report.sent + each.report.lost for each in senders)
