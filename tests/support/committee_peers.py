"""A node's door on a real port, without the node: what members send is in its inbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.applications import Starlette

from oracle.protocol.wire.signatory import Members
from oracle.transport.entry import Gate, MessageEntry, MessageHttp
from oracle.transport.inbox import Inbox
from oracle.transport.sender import Membership
from oracle.transport.session import Sessions
from oracle.transport.struct_signer import KeyStructs
from pargrade.web.server import listen, serve_beside
from tests.support.committee_rounds import COMMITTEE, KEYS, MEMBERS


@dataclass
class Door:
    """Where messages come in."""

    url: str
    port: int
    gate: Gate
    inbox: Inbox


def membership(position: int) -> Membership:
    return Membership(COMMITTEE, position, KeyStructs(KEYS[position], COMMITTEE.domain))


@contextmanager
def door(position: int, port: int = 0) -> Iterator[Door]:
    """The door of a position."""
    gate = Gate()
    inbox = Inbox(each for each in range(5) if each != position)
    gate.open(Sessions(COMMITTEE, position, Members(MEMBERS)), inbox)
    listening = listen("127.0.0.1", port)
    app = Starlette()
    app.add_middleware(MessageEntry, gate=gate)
    with listening, serve_beside(app, listening, MessageHttp):
        number = listening.getsockname()[1]
        yield Door(f"http://127.0.0.1:{number}", number, gate, inbox)
