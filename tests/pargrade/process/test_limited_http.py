"""An exchange ends within its limits, whatever the server sends and however it ends."""

import socket
import threading
import time

import pytest

from pargrade.process.limited_http import PlainConnection
from pargrade.process.limited_socket import ExchangeLimits, ExchangeRefused


class Server:
    """Sends fixed pieces to everyone who asks, then closes."""

    def __init__(self, *pieces, pause_s=0.0):
        self._pieces, self._pause_s = pieces, pause_s
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            with client:
                client.recv(4_096)
                try:
                    for piece in self._pieces:
                        client.sendall(piece)
                        time.sleep(self._pause_s)
                except OSError:
                    pass

    def close(self):
        self._listening.close()


def get(server, limits):
    connection = PlainConnection("127.0.0.1", server.port)
    connection.limit(limits)
    try:
        connection.request("GET", "/")
        response = connection.getresponse()
        return response.read()
    finally:
        connection.close()
        server.close()


def soon(seconds=20.0):
    return time.monotonic() + seconds


def test_exchange__response_ends_with_the_connection__is_read_to_its_end():
    server = Server(b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n", b"x" * 40_000, b"end")
    assert get(server, ExchangeLimits(soon())) == b"x" * 40_000 + b"end"


def test_exchange__a_byte_now_and_then__ends_at_the_deadline():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    server = Server(head, *[b"x"] * 1_000, pause_s=0.02)
    with pytest.raises(TimeoutError):
        get(server, ExchangeLimits(soon(0.3)))


def test_exchange__deadline_has_passed__nothing_is_sent():
    server = Server(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    with pytest.raises(TimeoutError, match="no complete answer in time"):
        get(server, ExchangeLimits(soon(-1.0)))


def test_exchange__more_bytes_than_allowed__is_refused():
    server = Server(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5_000)
    with pytest.raises(ExchangeRefused, match="too long"):
        get(server, ExchangeLimits(soon(), bytes_left=4_000))


def test_exchange__more_pieces_than_allowed__is_refused():
    server = Server(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 50, pause_s=0.02)
    with pytest.raises(ExchangeRefused, match="too many pieces"):
        get(server, ExchangeLimits(soon(), reads_left=5))


def test_close__after_a_whole_response__the_socket_is_closed():
    server = Server(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
    connection = PlainConnection("127.0.0.1", server.port)
    connection.limit(ExchangeLimits(soon()))
    connection.request("GET", "/")
    raw = connection.sock._socket
    response = connection.getresponse()
    assert raw.fileno() >= 0
    assert response.read() == b"ok"
    connection.close()
    server.close()
    assert raw.fileno() == -1
