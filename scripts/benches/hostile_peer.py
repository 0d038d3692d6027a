"""Peers that answer badly: with damaged heads, and without end."""

import multiprocessing
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

HEADS: Final = [
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 409 \x1b[2J\r\n", b"HTTP/1.1 999999999999 x\r\n",
    b"HTTP/1.1 -1 x\r\n", b"HTTP/9.9 200\r\n", b"HTTP/1.1 100 Continue\r\n\r\n" * 3,
    b"ICY 200 OK\r\n", b"\x00\r\n", b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n", b"\xff\xfe\r\n",
    b"HTTP/1.1 204 No Content\r\n", b"HTTP/1.1 301 Moved\r\nLocation: file:///\r\n",
]  # fmt: skip
LENGTHS: Final = [
    b"Content-Length: %d\r\n", b"Content-Length: -5\r\n", b"Content-Length: 99999999999999999\r\n",
    b"Content-Length: zero\r\n", b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n",
    b"", b"X: y\r\n" * 200, b"X: " + b"y" * 70_000 + b"\r\n", b": \r\n", b"Content-Length: 1\r\n",
]  # fmt: skip


def damaged_answer(body: bytes, chance: random.Random) -> bytes:
    """A whole HTTP answer with a body, its head damaged or not."""
    usual = chance.random() < 0.7
    head = HEADS[0] if usual else chance.choice(HEADS)
    length = LENGTHS[0] if usual else chance.choice(LENGTHS)
    if b"%d" in length:
        length %= len(body)
    whole = head + length + b"\r\n" + body
    return whole if chance.random() < 0.9 else _damage_bytes(whole, chance)


def _damage_bytes(whole: bytes, chance: random.Random) -> bytes:
    """The answer with some bytes replaced, or cut off."""
    found = bytearray(whole)
    for _ in range(chance.randrange(1, 6)):
        found[chance.randrange(len(found))] = chance.randrange(256)
    return bytes(found[: chance.randrange(1, len(found) + 1)])


@contextmanager
def serving(respond: Callable[[socket.socket, bytes], None]) -> Iterator[str]:
    """The address of a server that handles one connection after another in this way."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection, suppress(OSError):
                        respond(connection, connection.recv(4_096))

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


ENDLESS: Final[dict[str, tuple[bytes, bytes, float]]] = {
    "100 Continue for ever": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100, 0),
    "single bytes of 100 Continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n", -1),
    "headers for ever": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", 0.001),
    "a header of single bytes": (b"HTTP/1.1 200 OK\r\n", b"x", 0.0001),
    "a body without end": (b"HTTP/1.1 200 OK\r\n\r\n", b" " * 65_536, 0),
    "a body of single bytes": (b"HTTP/1.1 200 OK\r\n\r\n", b" ", 0.0001),
    "chunks of single bytes": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", 0.0001),
    "nested text": (b"HTTP/1.1 200 OK\r\nContent-Length: 130000\r\n\r\n" + b"[" * 130_000, b"", 1),
    "one byte a second": (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", b" ", 1),
}  # fmt: skip
"""What comes first, what comes then for ever, and the pause after each; -1 sends byte by byte."""


CPU_S: Final = 20.0
"""Seconds that each kind of endless answer is measured for."""


@contextmanager
def endless_peer(kind: str) -> Iterator[str]:
    """The address of one, in a process of its own, whose processor time is not the node's."""
    context = multiprocessing.get_context("fork")
    port_of: multiprocessing.SimpleQueue[str] = context.SimpleQueue()
    server = context.Process(target=_serve_endlessly, args=(kind, port_of), daemon=False)
    server.start()
    try:
        yield port_of.get()
    finally:
        server.kill()


def _serve_endlessly(kind: str, port_of: "multiprocessing.SimpleQueue[str]") -> None:
    """Serves one kind of endless answer to any number of connections until it is killed."""
    first, piece, pause_s = ENDLESS[kind]
    pieces = [piece] if pause_s >= 0 else [bytes([byte]) for byte in piece]

    def respond(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError), connection:
            connection.recv(4_096)
            connection.sendall(first)
            while True:
                for part in pieces:
                    connection.sendall(part)
                    time.sleep(max(pause_s, 0))

    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        port_of.put(f"http://127.0.0.1:{listening.getsockname()[1]}")
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=respond, args=(connection,), daemon=True).start()
