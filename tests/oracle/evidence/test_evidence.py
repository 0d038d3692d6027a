"""A determination can be redone by anyone, and whatever was changed is found and named."""

import gzip
import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from oracle.audit.recheck import check
from oracle.audit.replay import DifferenceKind, FirstDifference, Match, replay
from oracle.evidence import merkle
from oracle.evidence.evidence import BadEvidence, Evidence
from oracle.index.daily_chain import DailyChain
from oracle.index.determination import determine
from oracle.quotes.history import History
from oracle.quotes.quote import Quote
from oracle.sources.recorded import instant
from tests.support.quote_builders import DAY, HOUR, METHOD_1, NOON, PANEL, USD, listing

AS_OF = instant("2026-03-17T22:00:00Z")


@pytest.fixture(scope="module")
def chain(sample, method, panels):
    return DailyChain(sample, method, panels["panel-1"])


@pytest.fixture(scope="module")
def determination(chain):
    return determine(chain, AS_OF)


@pytest.fixture(scope="module")
def evidence(determination):
    return determination.evidence()


def with_line(evidence, section, place, **changes):
    """The evidence with one JSON line of one section changed."""
    lines = list(getattr(evidence, section))
    stated = json.loads(lines[place])
    stated.get("quote", stated).update(changes)
    lines[place] = json.dumps(stated, sort_keys=True, separators=(",", ":")).encode()
    return replace(evidence, **{section: tuple(lines)})


def changed(history, position, **changes):
    quotes = list(history.quotes)
    quotes[position] = replace(quotes[position], **changes)
    return History.of(quotes)


def accepted_positions(history, determination):
    counted = {each.quote for each in determination.screened.accepted}
    return [place for place, quote in enumerate(history.quotes) if quote in counted]


def test_evidence__packed_and_unpacked__is_the_same_and_has_the_root(determination, evidence):
    packed = evidence.pack()
    assert Evidence.unpack(packed) == evidence
    assert Evidence.unpack(packed).root == determination.root
    assert packed == determination.evidence().pack()


def test_evidence__every_quote_in_view__is_in_it_once(sample, determination, evidence):
    seen = [Quote.from_json(json.loads(line)["quote"]) for line in evidence.quotes]
    lookback = determination.method.lookback_s
    cutoff = AS_OF - determination.panel.lag_s
    in_view = [q for q in sample.quotes if AS_OF - lookback < q.observed_at <= cutoff]
    assert seen == in_view
    counts = evidence.facts["counts"]
    assert counts["accepted"] + counts["rejected"] == counts["quotes"] == len(in_view)


def test_evidence__before_the_base__has_a_root_and_no_value(chain):
    early = determine(chain, instant("2026-03-01T22:00:00Z"))
    assert early.evidence().facts["value"]["absent"] == "NO_BASE"
    assert early.evidence().root == early.root
    assert isinstance(check(early.evidence(), chain.method), Match)


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"not gzip",
        gzip.compress(b""),
        gzip.compress(b"[]\n"),
        gzip.compress(b'{"schema":"other","counts":{"links":0,"anchor":0,"quotes":0}}\n'),
        gzip.compress(b'{"schema":"pargrade-evidence-1","counts":{"links":1}}\n'),
        gzip.compress(
            b'{"schema":"pargrade-evidence-1","counts":{"links":2,"anchor":-1,"quotes":0}}\n{}\n'
        ),
        gzip.compress(
            b'{"schema":"pargrade-evidence-1","counts":{"links":0.0,"anchor":0,"quotes":0}}\n'
        ),
    ],
    ids=["nothing", "no gzip", "empty", "a list", "schema", "no counts", "below zero", "a float"],
)
def test_evidence__bytes_of_another_shape__is_refused(packed):
    with pytest.raises(BadEvidence):
        Evidence.unpack(packed)


@pytest.mark.parametrize("spoil", [lambda p: p[:-20], lambda p: p + b"x", lambda p: p + p])
def test_evidence__cut_short_or_followed_by_more__is_refused(evidence, spoil):
    with pytest.raises(BadEvidence):
        Evidence.unpack(spoil(evidence.pack()))


def test_evidence__grows_beyond_all_measure__is_refused():
    bomb = gzip.compress(bytes(65 * 1024 * 1024), compresslevel=1)
    with pytest.raises(BadEvidence, match="more than"):
        Evidence.unpack(bomb)


def test_replay__same_quotes__matches(sample, method, determination, evidence):
    result = replay(evidence, method, sample)
    assert result == Match(AS_OF, determination.root, determination.value.to_json())


def test_check__untouched_evidence__matches(method, determination, evidence):
    result = check(evidence, method)
    assert result == Match(AS_OF, determination.root, determination.value.to_json())


@pytest.mark.parametrize("change", [{"price8": 123_000_000}, {"n_offers": 99}, {"flags": ("x",)}])
def test_replay__one_quote_changed__is_named(sample, method, determination, evidence, change):
    position = accepted_positions(sample, determination)[7]
    result = replay(evidence, method, changed(sample, position, **change))
    assert result.kind is DifferenceKind.QUOTE_DIFFERS
    ours, theirs = json.loads(result.recomputed), json.loads(result.archived)
    assert theirs == sample.quotes[position].to_json()
    assert {field for field in ours if ours[field] != theirs[field]} == set(change)
    assert result.sentence.startswith(f"quote differs at {AS_OF}")


def test_replay__several_quotes_changed__names_the_first_by_time(
    sample, method, determination, evidence
):
    first, *_, last = accepted_positions(sample, determination)
    both = changed(changed(sample, last, price8=1), first, price8=1)
    result = replay(evidence, method, both)
    assert json.loads(result.archived) == sample.quotes[first].to_json()


def test_replay__one_quote_gone__is_missing(sample, method, determination, evidence):
    position = accepted_positions(sample, determination)[3]
    rest = History.of(sample.quotes[:position] + sample.quotes[position + 1 :])
    result = replay(evidence, method, rest)
    assert result.kind is DifferenceKind.QUOTE_MISSING
    assert json.loads(result.archived) == sample.quotes[position].to_json()
    assert result.recomputed == ""


def test_replay__one_quote_more__is_extra(sample, method, evidence):
    added = replace(sample.quotes[-1], observed_at=AS_OF - 3_600, region="elsewhere")
    result = replay(evidence, method, sample.extended([added]))
    assert result.kind is DifferenceKind.QUOTE_EXTRA
    assert json.loads(result.recomputed) == added.to_json()


def test_replay__quote_of_an_earlier_day_changed__names_the_midnight_or_the_quote(
    sample, method, chain, evidence
):
    midnight = instant("2026-03-05T00:00:00Z")
    position = accepted_positions(sample, determine(chain, midnight))[-1]
    other = changed(sample, position, price8=sample.quotes[position].price8 + 1)
    alone = replay(evidence, method, other)
    assert alone.kind is DifferenceKind.LINK
    assert json.loads(alone.archived)["midnight"] == midnight
    archive = {midnight: determine(chain, midnight).evidence()}
    named = replay(evidence, method, other, archive.get)
    assert named.kind is DifferenceKind.QUOTE_DIFFERS
    assert json.loads(named.archived) == sample.quotes[position].to_json()


def test_replay__another_method__is_named(sample, evidence):
    result = replay(evidence, METHOD_1, sample)
    assert result.kind is DifferenceKind.METHOD
    assert result.recomputed == "0x" + METHOD_1.method_hash.hex()
    assert check(evidence, METHOD_1) == result


def test_replay__header_says_another_value__is_found(sample, method, evidence):
    facts = evidence.facts
    facts["value"]["value8"] = "1"
    forged = replace(
        evidence, header=json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()
    )
    assert replay(forged, method, sample).kind is DifferenceKind.HEADER
    assert check(forged, method).kind is DifferenceKind.HEADER


FORGERIES = {
    "a price": (DifferenceKind.HEADER, "quotes", None, {"price8": "299000001"}),
    "a price out of band": (DifferenceKind.VERDICT, "quotes", None, {"price8": "1"}),
    "terms that forbid it": (DifferenceKind.VERDICT, "quotes", None, {"terms": "restricted"}),
    "a price of the anchor": (DifferenceKind.ANCHOR, "anchor", 3, {"price8": "299000001"}),
    "a level": (DifferenceKind.LINK, "links", 4, {"level18": "2900000000000000000"}),
    "a ratio": (DifferenceKind.LINK, "links", 4, {"ratio18": "1000000000000000001"}),
    "a held link that moved": (DifferenceKind.LINK, "links", 5, {"held": True, "ratio18": "1"}),
    "a midnight": (DifferenceKind.LINK, "links", 4, {"midnight": 0}),
    "the fixing of the anchor": (DifferenceKind.ANCHOR, "links", -1, {"fixing": "00" * 32}),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_check__forged_line__is_found(method, evidence, forgery):
    kind, section, place, change = FORGERIES[forgery]
    if place is None:
        accepted = [n for n, line in enumerate(evidence.quotes) if b'"ACCEPTED"' in line]
        place = accepted[len(accepted) // 2]
    forged = with_line(evidence, section, place, **change)
    assert forged.root != evidence.root
    result = check(forged, method)
    assert isinstance(result, FirstDifference)
    assert result.kind is kind


def test_check__anchor_quote_dropped__is_found(method, evidence):
    assert (
        check(replace(evidence, anchor=evidence.anchor[1:]), method).kind is DifferenceKind.ANCHOR
    )


def test_check__links_dropped__is_found(method, evidence):
    assert check(replace(evidence, links=evidence.links[:-1]), method).kind is DifferenceKind.LINK


def test_check__quotes_in_another_order__is_found(method, evidence):
    swapped = replace(evidence, quotes=evidence.quotes[1::-1] + evidence.quotes[2:])
    assert check(swapped, method).kind is DifferenceKind.VERDICT


@pytest.mark.parametrize("line", [b"{}", b"[]", b"7", b'{"quote":{}}', b'{"quote":null}', b"\xff"])
@pytest.mark.parametrize("section", ["links", "anchor", "quotes"])
def test_check__line_of_another_shape__is_refused(method, evidence, section, line):
    broken = replace(evidence, **{section: (*getattr(evidence, section)[:-1], line)})
    with pytest.raises(BadEvidence):
        check(broken, method)


FRESH = """
import json, sys
from oracle.index.daily_chain import DailyChain
from oracle.index.determination import determine
from oracle.quotes.history import History
from oracle.index.method import load_method
from oracle.index.panel import load_panels
from oracle.quotes.quote import Quote
quotes = [Quote.from_json(stated) for stated in json.load(sys.stdin)]
for panel in load_panels().values():
    d = determine(DailyChain(History.of(quotes), load_method(), panel), int(sys.argv[1]))
    print(d.value.value8, d.root.hex())
"""


@pytest.mark.parametrize("seed", ["0", "1", "4294967295"])
def test_determination__fresh_process_shuffled_rows_other_hash_seed__is_identical(
    sample, method, panels, seed
):
    quotes = [quote.to_json() for quote in sample.quotes if quote.observed_at <= AS_OF]
    random.Random(seed).shuffle(quotes)
    result = subprocess.run(
        [sys.executable, "-c", FRESH, str(AS_OF)],
        input=json.dumps(quotes),
        env={**os.environ, "PYTHONHASHSEED": seed},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    expected = []
    for panel in panels.values():
        found = determine(DailyChain(sample, method, panel), AS_OF)
        expected.append(f"{found.value.value8} {found.root.hex()}")
    assert result.stdout.split("\n")[:-1] == expected


def pair_up(level):
    """A Merkle root, from the methodology's words alone."""
    if len(level) == 1:
        return level[0]
    pairs = [level[place : place + 2] for place in range(0, len(level), 2)]
    return pair_up([keccak(b"\x01" + p[0] + p[1]) if len(p) == 2 else p[0] for p in pairs])


def test_evidence__root__is_that_of_the_methodology(evidence):
    chain = bytes(32)
    for line in evidence.links:
        chain = keccak(b"\x02" + chain + line)
    trees = [
        pair_up([keccak(b"\x00" + line) for line in lines])
        for lines in (evidence.anchor, evidence.quotes)
    ]
    inner = keccak(b"\x01" + chain + keccak(b"\x01" + trees[0] + trees[1]))
    assert evidence.root == keccak(b"\x01" + keccak(b"\x00" + evidence.header) + inner)


def test_evidence__over_an_outage__keeps_the_fixing_from_before_it():
    evening = NOON - 15 * HOUR
    first = listing(dict.fromkeys("abcde", 2 * USD), evening)
    later = listing(dict.fromkeys("abcde", 3 * USD), evening + 4 * DAY)
    chain = DailyChain(History.of(first + later), METHOD_1, PANEL)
    found = determine(chain, evening + 4 * DAY + HOUR)
    assert found.value.value8 == 3 * USD
    assert found.value.held == 2
    stated = json.loads(found.evidence().links[-1])
    # Fixed last at the midnight 27 h after the first list, when it was not yet stale.
    assert stated["fixed_at"] == evening + 27 * HOUR
    assert stated["midnight"] == stated["fixed_at"] + 2 * DAY
    assert isinstance(check(found.evidence(), METHOD_1), Match)
    assert isinstance(replay(found.evidence(), METHOD_1, chain.history), Match)


LINES = st.lists(st.binary(max_size=20), max_size=12)


@given(LINES, LINES)
def test_merkle__other_lines__have_another_root(first, other):
    roots = [merkle.tree(map(merkle.leaf, lines)) for lines in (first, other)]
    assert (roots[0] == roots[1]) == (first == other)


def test_merkle__two_leaves_glued__are_not_one_leaf():
    left, right = merkle.leaf(b"a"), merkle.leaf(b"b")
    assert merkle.leaf(left + right) != merkle.tree([left, right])
    assert merkle.step(left, right) != merkle.node(left, right)
    # An odd node is carried up, not doubled: three leaves are not the four that repeat the last.
    assert merkle.tree([left, right, left]) != merkle.tree([left, right, left, left])
