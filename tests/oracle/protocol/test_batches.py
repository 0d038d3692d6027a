"""Batches: how large one may be however it comes, what is cut from a table, and who is served."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.protocol.batch.extent import MOST_BATCH_LINES, MOST_BODY, find_excess
from oracle.protocol.batch.manifest import ListedSection, Manifest
from oracle.protocol.batch.parsed import Parsed
from oracle.protocol.batch.roots import Root
from oracle.protocol.batch.section import (
    MOST_BYTES,
    MOST_LINES,
    LinePrice,
    cut_section,
    pack_section,
    read_section,
    section_name,
)
from oracle.protocol.batch.shelf import Shelf
from oracle.protocol.batch.table import Fetched, cut_batch, fit_table
from oracle.protocol.machine.machine import View
from oracle.protocol.machine.outputs import Ignored, Send
from oracle.protocol.message.calls import Want
from oracle.protocol.message.envelope import Envelope, MessageKind, read_envelope
from oracle.protocol.proposal.input_proposal import InputProposal
from oracle.protocol.report.input_set import InputSet, require_whole
from oracle.protocol.wire.content import sign_content
from oracle.protocol.wire.reader import UnreadableMessage
from oracle.protocol.wire.signatory import KeySignatory
from oracle.simulation.scenario import BEGIN
from tests.oracle.protocol.test_machines import COMMITTEE, KEYS, MEMBERS, TABLE, machine


def long_section(salt, lines=220):
    """A list of some 115 kB."""
    names = (b"%d/%03d/" % (salt, line) for line in range(lines))
    return pack_section(LinePrice(name.ljust(512, b"x"), 1) for name in names)


LONG = [long_section(salt) for salt in range(6)]


def manifest_of(sections, slot=BEGIN):
    entries = (
        ListedSection(f"p{place:03}", slot, section_name(raw)) for place, raw in enumerate(sections)
    )
    return Manifest(slot, tuple(entries))


def signed_by(position, content):
    return sign_content(content, COMMITTEE, position, KeySignatory(KEYS[position], MEMBERS))


def message(position, content, **attached):
    return Envelope(COMMITTEE.epoch, signed_by(position, content), **attached).pack()


def test_batch__too_large_in_pieces__is_refused_at_the_piece_that_makes_it_so():
    shelf, manifest = Shelf(), manifest_of(LONG)
    assert shelf.put(0, manifest, LONG[:3])
    with pytest.raises(UnreadableMessage, match="sections of more than"):
        shelf.put(0, manifest, LONG[3:])
    assert not shelf.holds(manifest)


def test_batch__whose_other_half_came_with_anothers__is_never_held():
    shelf, manifest = Shelf(), manifest_of(LONG)
    shelf.put(0, manifest, LONG[:3])
    shelf.put(1, manifest_of(LONG[3:]), LONG[3:])
    assert not shelf.holds(manifest)
    with pytest.raises(UnreadableMessage):
        shelf.put(0, manifest, ())


def test_batch__of_many_names_for_one_list__is_refused_by_its_lines():
    raw = pack_section(LinePrice(b"%03d" % line, 1) for line in range(MOST_LINES))
    most = MOST_BATCH_LINES // MOST_LINES
    Shelf().put(0, manifest_of([raw] * most), [raw])
    with pytest.raises(UnreadableMessage, match="lines"):
        Shelf().put(0, manifest_of([raw] * (most + 1)), [raw])


def test_machine__whatever_pieces_it_gets__claims_what_it_can_serve_in_one_message():
    node = machine(0)
    node.tick(BEGIN + 0.5, View(TABLE, 0))
    manifest = manifest_of(LONG)
    pieces = [message(1, manifest, sections=tuple(part)) for part in (LONG[:3], LONG[3:])]
    first, second = (node.receive(1, raw, BEGIN + 1.0) for raw in pieces)
    assert not any(isinstance(each, Ignored) for each in first)
    assert any(isinstance(each, Ignored) for each in second)
    outputs = node.tick(BEGIN + 5.0, View(TABLE, 0))
    sent = [read_envelope(each.raw, COMMITTEE) for each in outputs if isinstance(each, Send)]
    claimed = [each.signed.content.held for each in sent if each.kind is MessageKind.HAVE]
    assert claimed
    assert all(Root(1, manifest.root) not in held for held in claimed)


def test_input_set__with_a_batch_that_is_too_large__is_not_whole():
    whole = [signed_by(position, cut_batch(TABLE, BEGIN)[0]) for position in range(4)]
    sections = cut_batch(TABLE, BEGIN)[1]

    def input_set(last, more):
        batches = (*whole, last)
        roots = tuple(Root(each.position, each.content.root) for each in batches)
        proposal = signed_by(0, InputProposal(BEGIN, roots))
        return InputSet(COMMITTEE.epoch, proposal, batches, sections | more)

    members = KeySignatory(KEYS[0], MEMBERS)
    fits = {section_name(raw): raw for raw in LONG[:4]}
    require_whole(input_set(signed_by(4, manifest_of(LONG[:4])), fits), COMMITTEE, members)
    large = {section_name(raw): raw for raw in LONG}
    with pytest.raises(UnreadableMessage, match="position 4 sections of more than"):
        require_whole(input_set(signed_by(4, manifest_of(LONG)), large), COMMITTEE, members)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 220)), max_size=12), st.randoms())
def test_table__of_any_lists__is_cut_to_what_every_peer_takes_in_one_message(lists, draw):
    table = {
        f"p{place:03}": Fetched(BEGIN, cut_section(read_section(LONG[salt])[:lines]).raw)
        for place, (salt, lines) in enumerate(lists)
    }
    manifest, sections = cut_batch(table, BEGIN)
    assert find_excess(manifest, sections) == ""
    assert Shelf().put(0, manifest, sections.values()) == bool(sections)
    names = list(table)
    draw.shuffle(names)
    assert cut_batch({name: table[name] for name in names}, BEGIN) == (manifest, sections)


def test_table__with_more_than_fits__leaves_out_the_longest_lists_and_names_them():
    short = {name: Fetched(BEGIN, each.section) for name, each in TABLE.items()}
    long = {f"a{place}": Fetched(BEGIN, raw) for place, raw in enumerate(LONG)}
    found = fit_table(short | long)
    assert short.keys() <= found.table.keys()
    assert found.left_out
    assert set(found.left_out) < long.keys()
    assert sum(len(each.section) for each in found.table.values()) <= MOST_BODY


def test_machine__whose_venues_lists_are_longer_than_a_batch__takes_part_all_the_same():
    table = TABLE | {f"a{place}": Fetched(BEGIN, raw) for place, raw in enumerate(LONG)}
    outputs = machine(0).tick(float(BEGIN), View(table, 0))
    kinds = [each.raw[0] for each in outputs if isinstance(each, Send)]
    assert MessageKind.BATCH in kinds


def test_list__longer_than_peers_read__is_cut_and_the_rest_counted():
    prices = [LinePrice(b"%04d" % line + b"x" * 400, 1, b"s" * 50) for line in range(1_000)]
    raw, left_out = cut_section(prices)
    kept = read_section(raw)
    assert MOST_BYTES - 600 < len(raw) <= MOST_BYTES
    assert kept == tuple(prices[: len(kept)])
    assert left_out == len(prices) - len(kept)


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 400)), max_size=60))
def test_parsed__whatever_is_kept__takes_no_more_than_it_may(kept):
    found = Parsed[int](1_000)
    for number, takes in kept:
        raw = b"%d" % number
        if found.find(raw) is None:
            found.keep(raw, number, takes)
        assert found.takes <= 1_000
        assert found.find(raw) in (number, None)


def test_want__brought_by_another_than_who_signed_it__is_refused():
    node = machine(0)
    node.tick(BEGIN + 0.5, View(TABLE, 0))
    wanted = Want(BEGIN, Root(0, cut_batch(TABLE, BEGIN)[0].root))
    [refused] = node.receive(3, message(2, wanted), BEGIN + 1.0)
    assert isinstance(refused, Ignored)
    assert refused.sender == 3
    [served] = node.receive(2, message(2, wanted), BEGIN + 1.0)
    assert served.to == (2,)
    assert served.raw[0] == MessageKind.BATCH


def test_want__repeated_without_a_pause__is_served_once_and_again_later():
    node = machine(0)
    node.tick(BEGIN + 0.5, View(TABLE, 0))
    raw = message(2, Want(BEGIN, Root(0, cut_batch(TABLE, BEGIN)[0].root)))
    served = [node.receive(2, raw, BEGIN + 1.0 + step / 64) for step in range(20)]
    assert [bool(each) for each in served] == [True] + [False] * 19
    assert node.receive(2, raw, BEGIN + 1.7)
