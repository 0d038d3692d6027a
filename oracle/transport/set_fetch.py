"""Fetches an agreed input set that this node lacks from whoever has it, and checks all of it."""

import logging
from collections.abc import Callable, Iterable
from typing import Final

from oracle.consensus.peer_client import NoAnswer, PeerClient
from oracle.protocol.batch.section import MOST_BYTES, section_name
from oracle.protocol.committee.committee import Committee
from oracle.protocol.report.input_set import InputSet, require_whole
from oracle.protocol.wire.reader import UnreadableMessage
from oracle.protocol.wire.signatory import SignatureVerifier
from oracle.transport.bundle import MOST_BUNDLE_BYTES
from oracle.transport.set_message import SECTIONS_PATH, SETS_PATH, read_set_head

_log = logging.getLogger(__name__)

_HEADERS: Final = 8 * 1024
"""Bytes that a response may take beside its body."""

FindSection = Callable[[bytes], bytes | None]


def fetch_input_set(
    urls: Iterable[str],
    slot: int,
    root: bytes,
    committee: Committee,
    members: SignatureVerifier,
    find_section: FindSection,
    answer_s: float,
) -> InputSet | None:
    """The input set with a root of a slot, from the first peer that has it whole; None from none.

    `find_section` looks for a body here first. A peer that sends anything else is passed over.
    """
    for url in urls:
        try:
            found = _fetch(url, slot, root, committee, find_section, answer_s)
            require_whole(found, committee, members)
            if (found.slot, found.root) == (slot, root):
                return found
            _log.warning("%s has another input set for slot %d", url, slot)
        except (NoAnswer, UnreadableMessage) as failure:
            _log.warning("no input set of slot %d from %s: %s", slot, url, failure)
    return None


def _fetch(
    url: str,
    slot: int,
    root: bytes,
    committee: Committee,
    find_section: FindSection,
    answer_s: float,
) -> InputSet:
    lists = PeerClient(url, answer_s, MOST_BUNDLE_BYTES)
    head = _get(lists, f"{SETS_PATH}{slot}/{root.hex()}")
    proposal, batches = read_set_head(head, committee)
    named = {entry.section for each in batches for entry in each.content.entries}
    bodies = PeerClient(url, answer_s, MOST_BYTES + _HEADERS)
    sections: dict[bytes, bytes] = {}
    for name in sorted(named):
        kept = find_section(name)
        sections[name] = _get(bodies, SECTIONS_PATH + name.hex()) if kept is None else kept
        if section_name(sections[name]) != name:
            raise UnreadableMessage("section", "of another name")
    return InputSet(committee.epoch, proposal, batches, sections)


def _get(client: PeerClient, path: str) -> bytes:
    response = client.get(path)
    if response.status != 200:
        raise NoAnswer(client.url, f"status {response.status}")
    return response.body
