"""A peer that has an agreed input set and hands it out, well or badly, over real HTTP."""

from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Final

from oracle.protocol.report.input_set import InputSet
from oracle.simulation.scenario import BEGIN
from oracle.transport.set_fetch import fetch_input_set
from oracle.transport.set_message import SECTIONS_PATH, SETS_PATH, pack_set_head
from oracle.transport.set_peers import SetPeers
from tests.support.committee_rounds import COMMITTEE, STORED, machine, run_round
from tests.support.peer import Answer, says

_MACHINES: Final = [machine(position) for position in range(5)]
_ROUND: Final = run_round(_MACHINES)
[_AGREED] = _MACHINES[1].agreements()


def agreed_set() -> InputSet:
    """The set of a round of five machines."""
    found = _MACHINES[1].input_set(BEGIN, _AGREED.digest)
    assert found is not None
    return found


FOUND: Final = agreed_set()


def body_at(path: str) -> bytes | None:
    """What an honest peer answers with; None for what it has not."""
    if path == f"{SETS_PATH}{FOUND.slot}/{FOUND.root.hex()}":
        return pack_set_head(FOUND)
    if path.startswith(SECTIONS_PATH):
        return FOUND.sections.get(bytes.fromhex(path.removeprefix(SECTIONS_PATH)))
    return None


def gives(asked: "Counter[str]", change: Callable[[str, bytes], Answer | bytes | None]) -> Answer:
    """Answers with the set, and counts by kind of path; `change` gives what goes in place of a
    body, None for nothing.
    """

    def response(request: BaseHTTPRequestHandler) -> None:
        path = request.path
        asked[SETS_PATH if path.startswith(SETS_PATH) else SECTIONS_PATH] += 1
        body = body_at(path)
        given = None if body is None else change(path, body)
        if given is None:
            says(b"", 404)(request)
        elif isinstance(given, bytes):
            says(given)(request)
        else:
            given(request)

    return response


def fetch(*urls: str, answer_s: float = 20.0, peer_s: float = 60.0) -> InputSet | None:
    """Fetches it as a node without anything does."""
    return fetch_from(SetPeers(urls, peer_s), answer_s)


def fetch_from(peers: SetPeers, answer_s: float = 20.0) -> InputSet | None:
    """The same from peers of whom it may know something already."""
    return fetch_input_set(
        peers,
        FOUND.slot,
        FOUND.root,
        COMMITTEE,
        STORED.verifier,
        lambda _: None,
        answer_s,
    )
