"""The method behind the protocol: the same value as over quotes, from lists that nodes attest."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.index.chain import chain_of
from oracle.index.method import load_method
from oracle.member.day_values import DayValues
from oracle.member.method_choice import choose_method
from oracle.node.recording import history_of
from oracle.node.reporter import WrongMethod
from oracle.protocol.batch.section import MOST_BYTES, read_section
from oracle.protocol.batch.shelf import Shelf
from oracle.protocol.batch.table import Fetched, cut_batch
from oracle.protocol.report.attested import LineName, own_lines
from oracle.protocol.report.line_price import Basis, LineValue
from oracle.quotes.history import History
from oracle.valuation.index_valuation import IndexValuation, OtherDay
from oracle.valuation.lists import VISIT_S, quotes_of, read_lists, table_of
from oracle.valuation.memory import (
    SETTLED_SLOTS,
    AgreedRound,
    common_panel,
    make_memory,
    midnight_rounds,
)
from pargrade.clock import DAY_S
from pargrade.data.files import SAMPLE
from pargrade.spot_index.observation import REPLAYED
from tests.support.members import BEGIN
from tests.support.quote_builders import quote

METHOD = load_method()
HISTORY = history_of(SAMPLE)
MIDNIGHT = BEGIN - BEGIN % DAY_S
VIEW_S = METHOD.view_s + DAY_S
MEMORY = make_memory(METHOD, HISTORY, None, {}, MIDNIGHT)


def lines_at(instant):
    return own_lines(table_of(HISTORY, instant - VIEW_S, instant))


@pytest.mark.parametrize("hours", [1, 6, 12, 15, 22])
def test_value__of_lists_of_an_instant__is_that_of_all_quotes_to_the_last_digit(hours):
    slot = MIDNIGHT + hours * 3_600
    expected = chain_of(HISTORY, METHOD, common_panel()).value(slot)
    value = IndexValuation(MEMORY).value(lines_at(slot), slot)
    assert value.value8 == expected.value8
    assert value.confidence8 == expected.confidence8
    assert value.providers == expected.providers


def test_value__with_opening_times_moved_by_whole_days__is_the_same():
    shift = 30 * DAY_S
    moved = History.of(
        replace(quote, observed_at=quote.observed_at + shift) for quote in HISTORY.quotes
    )
    memory = make_memory(METHOD, moved, None, {}, MIDNIGHT + shift)
    table = table_of(HISTORY, BEGIN - VIEW_S, BEGIN, shift)
    lines = own_lines(table)
    [figure] = IndexValuation(memory)(lines, BEGIN + shift)
    [expected] = IndexValuation(MEMORY)(lines_at(BEGIN), BEGIN)
    assert figure == expected


def test_value__after_agreed_midnights__depends_on_what_was_agreed_and_on_nothing_else():
    first = MIDNIGHT - 3 * DAY_S + 3_600
    agreed = {
        instant: quotes_of(lines_at(instant - 240))
        for instant in range(MIDNIGHT - 2 * DAY_S, MIDNIGHT + 1, DAY_S)
    }
    whole = make_memory(METHOD, HISTORY, first, agreed, MIDNIGHT)
    opened = HISTORY.columns.take(slice(HISTORY.position(MIDNIGHT - 3 * DAY_S)))
    short = make_memory(METHOD, History.of(opened), first, agreed, MIDNIGHT)
    lines = lines_at(BEGIN)
    assert IndexValuation(whole)(lines, BEGIN) == IndexValuation(short)(lines, BEGIN)
    less = make_memory(METHOD, HISTORY, first, {}, MIDNIGHT)
    assert IndexValuation(less).value(lines, BEGIN) != IndexValuation(whole).value(lines, BEGIN)
    [figure] = IndexValuation(whole)(lines, BEGIN)
    assert figure.value8 > 0


def test_value__without_new_lists__rests_on_the_midnights_until_they_are_stale():
    valuation = IndexValuation(MEMORY)
    known = HISTORY.columns.take(slice(HISTORY.position(MIDNIGHT)))
    expected = chain_of(History.of(known), METHOD, common_panel()).value(BEGIN)
    assert valuation.value({}, BEGIN).value8 == expected.value8
    stale = make_memory(METHOD, HISTORY, MIDNIGHT - 5 * DAY_S, {}, MIDNIGHT)
    assert IndexValuation(stale)({}, BEGIN)[0].value8 == 0


def test_value__of_a_slot_of_another_day__is_refused():
    for slot in (MIDNIGHT - 60, MIDNIGHT + DAY_S):
        with pytest.raises(OtherDay):
            IndexValuation(MEMORY)({}, slot)


def test_day_values__of_the_next_day_before_its_memory__are_as_of_the_end_of_this_one():
    values = DayValues()
    values.remember(MEMORY)
    lines = lines_at(BEGIN)
    assert values(lines, MIDNIGHT + DAY_S) == values(lines, MIDNIGHT + DAY_S - 1)
    assert values.knows(BEGIN)
    assert not values.knows(MIDNIGHT + DAY_S)
    values.follow(MIDNIGHT, MEMORY)
    assert values.of(BEGIN).memory is MEMORY
    anew = replace(MEMORY)
    values.follow(MIDNIGHT, anew)
    assert values.of(BEGIN).memory is anew
    values.follow(MIDNIGHT, None)
    assert not values.knows(BEGIN)


def test_table__of_a_source__holds_its_newest_visit_and_no_line_that_it_withdrew():
    table = table_of(HISTORY, BEGIN - VIEW_S, BEGIN)
    for name, fetched in table.items():
        provider, source = name.split("/")
        mine = [q for q in HISTORY.quotes if (q.provider, q.source) == (provider, source)]
        seen = [q for q in mine if BEGIN - VIEW_S < q.observed_at <= BEGIN]
        newest = max(q.observed_at for q in seen)
        assert fetched.fetched_at == newest
        visit = {(q.gpu_model, q.gpu_count) for q in seen if q.observed_at > newest - VISIT_S}
        found = {
            (quote.gpu_model, quote.gpu_count) for quote in quotes_of(own_lines({name: fetched}))
        }
        assert found == visit
    assert table_of(HISTORY, BEGIN - VIEW_S, BEGIN, 60) == {
        name: Fetched(each.fetched_at + 60, each.section) for name, each in table.items()
    }


def crowded(providers, rows, letters):
    """Lists of a venue that writes long names."""
    return History.of(
        replace(
            quote(), provider=f"p{number}", region=f"{row:03}-" + letters, observed_at=BEGIN - 5
        )
        for row in range(rows)
        for number in range(providers)
    )


@pytest.mark.parametrize("letters", ["x" * 90, "雲" * 60])
def test_list__longer_than_peers_read__is_cut_by_its_bytes_and_named(letters):
    table, left_out = read_lists(crowded(1, 700, letters), BEGIN - VIEW_S, BEGIN)
    [(name, fetched)] = table.items()
    kept = read_section(fetched.section)
    assert len(fetched.section) <= MOST_BYTES
    assert kept
    assert left_out.keys() == {name}
    assert f"{700 - len(kept)} of 700 quotes" in left_out[name]
    assert len(quotes_of(own_lines(table))) == len(kept)


def test_lists__longer_together_than_a_batch__leave_out_the_longest_and_name_them():
    short = [q for q in HISTORY.quotes if BEGIN - VIEW_S < q.observed_at <= BEGIN]
    whole = History.of([*crowded(8, 512, "x" * 90).quotes, *short])
    table, left_out = read_lists(whole, BEGIN - VIEW_S, BEGIN)
    assert table_of(HISTORY, BEGIN - VIEW_S, BEGIN).items() <= table.items()
    assert any(name.startswith("p") for name in table)
    assert len(table) + len(left_out) == 8 + len(table_of(HISTORY, BEGIN - VIEW_S, BEGIN))
    manifest, sections = cut_batch(table, BEGIN)
    assert Shelf().put(0, manifest, sections.values())
    assert len(manifest.entries) == len(table)


def test_lists__of_providers_that_are_not_watched__take_no_room():
    watched = read_lists(crowded(8, 512, "x" * 90), BEGIN - VIEW_S, BEGIN, watch=("p7",))
    assert [name.split("/")[0] for name in watched.table] == ["p7"]
    assert not watched.left_out


@given(st.lists(st.tuples(st.integers(0, VISIT_S - 1), st.integers(1, 9)), min_size=1, max_size=8))
def test_table__of_visits_faster_than_a_list_ages__has_the_newest_price_of_a_line(seen):
    quote = HISTORY.quotes[0]
    quotes = [replace(quote, observed_at=BEGIN - age, price8=price8) for age, price8 in seen]
    [fetched] = table_of(History.of(quotes), BEGIN - VIEW_S, BEGIN).values()
    [price] = read_section(fetched.section)
    newest = max(each.observed_at for each in quotes)
    assert fetched.fetched_at == newest
    assert price.price8 == min(each.price8 for each in quotes if each.observed_at == newest)


_BYTES = st.binary(max_size=60) | st.sampled_from(
    [
        line.line
        for each in table_of(HISTORY, BEGIN - VIEW_S, BEGIN).values()
        for line in read_section(each.section)
    ][:5]
)


@given(
    name=st.text(max_size=20) | st.sampled_from(["a/b", "a", "/b", "a/"]),
    line=_BYTES | st.sampled_from([b"[]", b"[1,2]", b"{}", b"[" * 4_000, b"null", b"1e999"]),
    stated=st.binary(max_size=30)
    | st.sampled_from([b"[1]", b"[]", b'["x"]', b"[1e99]", b"[true]"]),
    price8=st.integers(1, 2**62),
)
def test_lines__that_no_node_makes_of_a_quote__count_for_nothing(name, line, stated, price8):
    value = LineValue(price8, stated, BEGIN, Basis.LIST)
    for made in quotes_of({LineName(name, line): value}):
        assert f"{made.provider}/{made.source}" == name
        assert made.price8 == price8


_ROUNDS = st.lists(
    st.integers(0, 5 * 1_440).map(lambda n: AgreedRound(MIDNIGHT + n * 60, 1, bytes(32))),
    unique=True,
    max_size=12,
)


@given(_ROUNDS, st.integers(0, 5))
def test_midnight__of_rounds__takes_the_last_that_had_surely_landed_and_later_ones_change_nothing(
    rounds, days
):
    until = MIDNIGHT + days * DAY_S
    found = midnight_rounds(rounds, until, 60)
    known = [each for each in rounds if each.slot <= until - SETTLED_SLOTS * 60]
    if known and min(rounds) == min(known):
        assert midnight_rounds(known, until, 60) == found
    for midnight, each in found.items():
        last = midnight - SETTLED_SLOTS * 60
        assert last - DAY_S < each.slot <= last
        assert not [other for other in rounds if each.slot < other.slot <= last]
        assert midnight > min(rounds).slot


def test_method__is_the_one_whose_hash_the_committee_agreed_on():
    def chosen(method_hash, flags):
        return choose_method(method_hash, "SCU / USD", flags, lambda: False)

    assert chosen(METHOD.method_hash, 0).method_hash == METHOD.method_hash
    with pytest.raises(WrongMethod):
        chosen(bytes(32), REPLAYED)
