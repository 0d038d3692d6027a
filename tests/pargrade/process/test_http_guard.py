"""Half requests end in time and are limited in number; whole ones are served meanwhile."""

import socket
import time
from contextlib import ExitStack, contextmanager, suppress

import pytest
from fastapi import FastAPI
from fastapi.responses import Response

from pargrade.process.http_guard import GuardedHttp
from tests.support.serving import serving

LARGE = 64 << 20
"""Bytes of an answer that fits no buffer of a connection."""


def api():
    found = FastAPI()

    @found.get("/small")
    def small() -> Response:
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
