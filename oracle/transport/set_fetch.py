"""Fetches an agreed input set that this node lacks from whoever has it, and checks all of it."""

import logging
from collections.abc import Callable, Iterator
from typing import Final

from oracle.consensus.peer_client import NoAnswer, PeerClient
from oracle.protocol.batch.roots import Root
from oracle.protocol.batch.section import MOST_BYTES, section_name
from oracle.protocol.committee.committee import Committee
from oracle.protocol.report.input_set import InputSet, require_whole
from oracle.protocol.wire.reader import UnreadableMessage
from oracle.protocol.wire.signatory import SignatureVerifier
from oracle.transport.bundle import MOST_BUNDLE_BYTES
from oracle.transport.set_message import SECTIONS_PATH, SETS_PATH, SetHead, read_set_head
from oracle.transport.set_peers import SetPeers, Turn

_log = logging.getLogger(__name__)

_HEADERS: Final = 8 * 1024
"""Bytes that a response may take beside its body."""

FindSection = Callable[[bytes], bytes | None]


def fetch_input_set(
    peers: SetPeers,
    slot: int,
    root: bytes,
    committee: Committee,
    members: SignatureVerifier,
    find_section: FindSection,
    answer_s: float,
) -> InputSet | None:
    """The input set with a root of a slot, put together from what peers have; None where it is not
    whole then.

    `find_section` looks for a body here first. A peer that sends anything else is passed over, and
    so is one whose share of time is used up; the next one goes on from what it gave.
    """
    found: dict[bytes, bytes] = {}

    def find(name: bytes) -> bytes | None:
        return found.get(name) or find_section(name)

    for url in peers.in_turn():
        try:
            with peers.turn(url) as turn:
                head = _fetch_head(url, slot, root, committee, answer_s)
                for name, body in _fetch_sections(turn, head, find, answer_s):
                    found[name] = body
                sections = {name: found[name] for name in _names(head)}
                whole = InputSet(committee.epoch, *head, sections)
                require_whole(whole, committee, members)
        except (NoAnswer, UnreadableMessage) as failure:
            _log.warning("no input set of slot %d from %s: %s", slot, url, failure)
        else:
            return whole
    return None


def _fetch_head(url: str, slot: int, root: bytes, committee: Committee, answer_s: float) -> SetHead:
    """The signed lists that a root is of. Nobody makes others for it, so what they name is all
    that is ever fetched.
    """
    lists = PeerClient(url, answer_s, MOST_BUNDLE_BYTES)
    head = read_set_head(_get(lists, f"{SETS_PATH}{slot}/{root.hex()}"), committee)
    proposal, batches = head
    roots = tuple(Root(each.position, each.content.root) for each in batches)
    content = proposal.content
    if (content.slot, content.input_root, content.inputs) != (slot, root, roots):
        raise UnreadableMessage("input set", "not the one that was asked for")
    return head


def _fetch_sections(
    turn: Turn, head: SetHead, find: FindSection, answer_s: float
) -> Iterator[tuple[bytes, bytes]]:
    """Bodies by name as they come, those that are here already included."""
    bodies = PeerClient(turn.url, answer_s, MOST_BYTES + _HEADERS)
    for name in sorted(_names(head)):
        body = find(name)
        if body is None:
            if turn.is_over:
                raise NoAnswer(turn.url, "its share of time is used up")
            body = _get(bodies, SECTIONS_PATH + name.hex())
            if section_name(body) != name:
                raise UnreadableMessage("section", "of another name")
        yield name, body


def _names(head: SetHead) -> set[bytes]:
    _, batches = head
    return {entry.section for each in batches for entry in each.content.entries}


def _get(client: PeerClient, path: str) -> bytes:
    response = client.get(path)
    if response.status != 200:
        raise NoAnswer(client.url, f"status {response.status}")
    return response.body
