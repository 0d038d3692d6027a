"""A committee member's rows of scripts/bench edges: what one peer's answers cost it."""

import logging
import random
import socket
import sys
import time
from typing import Final

from hostile_peer import CPU_S, damaged_answer, endless_peer, serving
from rows import Row

from oracle.member.settings import MemberPace
from oracle.transport.sender import PeerSender
from tests.support.committee_peers import membership
from tests.support.input_set_peer import FOUND, body_at, fetch

ANSWERS_A_SET: Final = 4
"""Of the peer whose set is fetched, at most: its lists, then each section."""
_ANSWER_S: Final = MemberPace().answer_ms / 1000
_SHARE_S: Final = 5.0
"""One peer's share of a fetch, here."""
_MESSAGES: Final = 20
_PAUSE_S: Final = 0.1
"""Between fetches so many messages; a node that lacks a set tries again every two seconds."""


def fuzzed_sets_row(fetches: int) -> Row:
    """How many fetches from a peer whose answers are damaged give the agreed set or none."""
    contained = _count_contained(fetches)
    return Row("peer_answers_fuzzed_committee", contained, fetches, "fetches", "higher")


def _count_contained(fetches: int, seed: int = 1) -> int:
    chance, contained = random.Random(seed), 0  # noqa: S311
    logging.getLogger("oracle").setLevel(logging.ERROR)

    def respond(connection: socket.socket, request: bytes) -> None:
        body = body_at(request.split(b" ", 2)[1].decode()) or b""
        if chance.random() < 0.4:
            body = _changed(body, chance)
        whole = chance.random() < 0.5
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
        connection.sendall(head + body if whole else damaged_answer(body, chance))
        connection.shutdown(socket.SHUT_WR)

    with serving(respond) as url:
        for _ in range(fetches):
            try:
                contained += fetch(url, answer_s=5.0) in (None, FOUND)
            except Exception as escaped:  # noqa: BLE001
                print(f"{escaped!r} escaped", file=sys.stderr)
    return contained


def _changed(body: bytes, chance: random.Random) -> bytes:
    """Some bytes of a body are others, missing or twice there."""
    begin, end = sorted(chance.randrange(len(body) + 1) for _ in range(2))
    middle = chance.choice((b"", chance.randbytes(end - begin), 2 * body[begin:end]))
    return body[:begin] + middle + body[end:]


def member_cpu_percent(kind: str) -> float:
    """Percent of a core that a member spends on one peer of a kind: it sends it messages, and
    fetches a set from it again and again.
    """
    logging.getLogger("oracle").setLevel(logging.ERROR)
    with endless_peer(kind) as url:
        sender = PeerSender(membership(0), 1, url, _ANSWER_S)
        sender.start()
        began, cpu = time.monotonic(), time.process_time()
        while time.monotonic() < began + CPU_S:
            fetch(url, answer_s=_ANSWER_S, peer_s=_SHARE_S)
            for _ in range(_MESSAGES):
                sender.outbox.put(bytes(1_000))
                time.sleep(_PAUSE_S)
        spent = 100 * (time.process_time() - cpu) / (time.monotonic() - began)
        sender.close()
    return spent
