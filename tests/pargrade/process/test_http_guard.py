"""Half requests end in time and are limited in number; whole ones are served meanwhile."""

import socket
import time
from contextlib import ExitStack, contextmanager, suppress

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import Response

from pargrade.process.http_guard import MOST_OF_KNOWN, GuardedHttp, keep_connection, network_of
from tests.support.serving import serving

LARGE = 64 << 20
"""Bytes of an answer that fits no buffer of a connection."""


def api():
    found = FastAPI()

    @found.get("/small")
    def small() -> Response:
        return Response(b"well")

    @found.get("/known/{name}")
    async def known(name: str, request: Request) -> Response:
        keep_connection(request.scope, name)
        return Response(b"well")

    @found.get("/large")
    def large() -> Response:
        return Response(bytes(LARGE))

    return found


class Impatient(GuardedHttp):
    """With limits that a test can wait for."""

    request_s = 0.5
    response_s = 0.5
    most_connections = 16


class Crowded(GuardedHttp):
    """With few places, and time enough that a busy machine does not end whole requests."""

    request_s = 4.0
    response_s = 4.0
    most_connections = 16


class Shared(Crowded):
    """As if loopback were an address like others."""

    limits_loopback = True
    most_of_address = 4


@pytest.fixture
def client():
    with serving(api(), http=Impatient) as found:
        yield found


@pytest.fixture
def connect(client):
    """Opens connections to the server."""
    with connecting(client) as connect:
        yield connect


@contextmanager
def connecting(client):
    """A function that opens connections to a client's server and sends something there."""
    with ExitStack() as opened:

        def connect(sent=b""):
            url = client.base_url
            found = opened.enter_context(socket.create_connection((url.host, url.port), 20))
            found.sendall(sent)
            return found

        yield connect


def drain(connection):
    """How many bytes come until the other side ends the connection."""
    received = 0
    with suppress(ConnectionResetError):
        while piece := connection.recv(1 << 20):
            received += len(piece)
    return received


def sends_until_ended(connection, piece, pause_s=0.0, seconds=20):
    """Whether the other side ends the connection while the piece is sent again and again."""
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            connection.sendall(piece)
            time.sleep(pause_s)
    except OSError:
        return True
    return False


HALVES = [
    b"", b"G", b"GET /small", b"GET /small HTTP/1.1\r\n", b"GET /small HTTP/1.1\r\nHost: a\r\n",
    b"POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfour",
    b"POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n",
    b"GET /small HTTP/1.1\r\nHost: a\r\n\r\nGET /small HT",
]  # fmt: skip


@pytest.mark.parametrize("half", HALVES)
def test_guard__half_a_request__is_ended_in_time(connect, half):
    # A connection that is not ended lets the read time out.
    drain(connect(half))


def test_guard__a_byte_now_and_then__is_ended_in_time(connect):
    connection = connect(b"GET /small HTTP/1.1\r\nX: ")
    assert sends_until_ended(connection, b"y", 0.05)


def test_guard__headers_without_end__are_ended_by_their_size(connect):
    connection = connect(b"GET /small HTTP/1.1\r\n")
    assert sends_until_ended(connection, b"X: " + b"y" * 8_000 + b"\r\n")


def test_guard__many_half_requests__leave_room_for_whole_ones():
    with serving(api(), http=Crowded) as client, connecting(client) as connect:
        halves = [connect(b"GET /small HTTP/1.1\r\nX: ") for _ in range(200)]
        for _ in range(10):
            assert client.get("/small").content == b"well"
        assert [drain(half) for half in halves] == [0] * 200


def test_guard__a_reader_that_does_not_read__is_ended_in_time(connect):
    connection = connect(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
    time.sleep(2)
    assert drain(connection) < LARGE


def test_guard__requests_on_a_kept_connection__are_all_served(connect):
    connection = connect()
    for _ in range(5):
        connection.sendall(b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.recv(1 << 16).endswith(b"well")
        time.sleep(0.2)


def test_guard__several_requests_at_once__are_all_served(connect):
    connection = connect(b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n" * 3)
    received = b""
    while received.count(b"well") < 3:
        received += connection.recv(1 << 16)
    assert received.count(b"200 OK") == 3


def test_guard__a_large_answer_that_is_read__arrives_whole():
    with serving(api(), http=GuardedHttp) as client:
        assert len(client.get("/large").content) == LARGE


def ask(connection, path="/small"):
    """Whether a request on a connection is served."""
    with suppress(OSError):
        connection.sendall(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % path.encode())
        return connection.recv(1 << 16).endswith(b"well")
    return False


def test_guard__all_places_idle_between_requests__the_longest_idle_gives_way_to_a_newcomer():
    with serving(api(), http=Crowded) as client, connecting(client) as connect:
        idle = [connect() for _ in range(16)]
        assert all(ask(each) for each in idle)
        newcomer = connect()
        assert ask(newcomer)
        assert drain(idle[0]) == 0
        assert ask(newcomer)


def test_guard__known_connection__is_kept_whatever_strangers_do():
    options = {"http": Crowded, "timeout_keep_alive": 60}
    with serving(api(), **options) as client, connecting(client) as connect:
        known = connect()
        assert ask(known, "/known/a")
        strangers = [connect(b"GET /small HTTP/1.1\r\nX: ") for _ in range(60)]
        assert drain(strangers[0]) == 0
        idle = [connect() for _ in range(40)]
        assert ask(idle[-1])
        assert ask(known)


def test_guard__known_connection__is_not_ended_by_the_pause_after_which_strangers_are():
    options = {"http": Crowded, "timeout_keep_alive": 1}
    with serving(api(), **options) as client, connecting(client) as connect:
        known, stranger = connect(), connect()
        assert ask(known, "/known/a")
        assert ask(stranger)
        assert drain(stranger) == 0
        assert ask(known)


def test_guard__one_who_is_known_with_many_connections__takes_no_place_but_a_few():
    with serving(api(), http=Crowded) as client, connecting(client) as connect:
        many = [connect() for _ in range(16)]
        assert all(ask(each, "/known/a") for each in many)
        newcomers = [connect() for _ in range(16 - MOST_OF_KNOWN)]
        assert all(ask(each) for each in newcomers)
        assert sum(ask(each) for each in many) == MOST_OF_KNOWN


def test_guard__one_address_with_many_connections__ends_its_own_alone():
    with serving(api(), http=Shared) as client, connecting(client) as connect:
        known = connect()
        assert ask(known, "/known/a")
        many = [connect() for _ in range(10)]
        assert all(ask(each) for each in many[-4:])
        assert [drain(each) for each in many[:6]] == [0] * 6
        assert ask(known)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2::7", "20010db800010002"),
        ("2001:db8:1:2:ffff::9", "20010db800010002"),
        ("127.0.0.9", "127.0.0.1"),
        ("::1", "::1"),
        ("no address", ""),
    ],
)
def test_network__of_an_address__is_what_one_subscriber_has(address, network):
    assert network_of((address, 80)) == network
