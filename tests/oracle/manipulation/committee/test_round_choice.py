"""What can be chosen at a round: of lists nothing, whatever f witnesses say; f+1 choose freely."""

import random

import pytest

from oracle.manipulation.committee.drawn_tables import FetchConditions, draw_tables
from oracle.manipulation.committee.line_valuation import LineValuation
from oracle.manipulation.committee.recorded_lists import RecordedLists
from oracle.manipulation.committee.round_choice import (
    CommonRound,
    own_values,
    span_of,
    span_of_medians,
)
from oracle.protocol.batch.section import read_section
from oracle.protocol.batch.table import Fetched
from oracle.protocol.committee.bounds import Bounds
from oracle.quotes.history import History
from oracle.sources.venue import Cadence, Terms
from tests.support.quote_builders import DAY, HOUR, METHOD_1, NOON, PANEL, PROVIDERS, USD, quote

SEVEN = Bounds(7, 2, 3)
SLOT = NOON + 60
LISTS = {f"{name}/list" for name in PROVIDERS}
AGE = {Cadence.DAILY: 2 * DAY, Cadence.DIRECT: HOUR}


def price_of(provider):
    return (200 + 7 * PROVIDERS.index(provider)) * USD // 100


def recorded(instants=(NOON - DAY, NOON - HOUR), **changes):
    """Lists that stood still, seen at some instants."""
    return [
        quote(provider, price_of(provider), observed_at=instant, **changes)
        for instant in instants
        for provider in PROVIDERS
    ]


def committee(quotes, bounds=SEVEN, slot=SLOT):
    lists = RecordedLists(quotes, AGE)
    watched = [PROVIDERS] * bounds.nodes
    tables = draw_tables(lists, watched, slot, FetchConditions(), random.Random(1))
    return lists, CommonRound(bounds, slot, tables, frozenset(range(bounds.nodes)))


def values_of(quotes):
    return {"SCU / USD": LineValuation(History.of(quotes), METHOD_1, PANEL)}


def test_lists__of_several_visits__are_of_the_newest_and_what_is_gone_is_withdrawn():
    quotes = [
        quote("a", 2 * USD, observed_at=NOON - HOUR),
        quote("a", 4 * USD, "A100", observed_at=NOON - HOUR),
        quote("a", 3 * USD, observed_at=NOON),
    ]
    lists = RecordedLists(quotes, AGE)
    prices = [
        [price8 for _, price8, _ in read_section(lists.sections_at("a", instant)["a/list"])]
        for instant in (NOON - 1, NOON)
    ]
    assert prices == [[4 * USD, 2 * USD], [3 * USD]]


def test_lists__of_a_source_that_was_not_read_for_long__are_gone():
    hourly = quote("a", cadence=Cadence.DIRECT, observed_at=NOON - HOUR)
    lists = RecordedLists([hourly, quote("b", terms=Terms.RESTRICTED)], AGE)
    assert set(lists.sections_at("a", NOON)) == {"a/list"}
    assert lists.sections_at("a", NOON + 1) == {}
    assert lists.providers == ("a",)


def test_tables__where_fetches_fail__keep_the_list_of_before_or_have_none():
    lists = RecordedLists(recorded(), AGE)
    draw = random.Random(2)
    kept = draw_tables(lists, [PROVIDERS] * 50, SLOT, FetchConditions(success=0.5), draw)
    lost = draw_tables(
        lists, [PROVIDERS] * 50, SLOT, FetchConditions(success=0.5, keeps=False), draw
    )
    assert all(table.keys() == LISTS for table in kept)
    assert 0.4 < sum(map(len, lost)) / (50 * len(PROVIDERS)) < 0.6
    assert all(each.fetched_at <= SLOT for table in (*kept, *lost) for each in table.values())


def test_value__over_all_sets_that_pass__is_one_where_lists_stand_still():
    quotes = recorded()
    lists, common = committee(quotes)
    assert common.stands_still
    alone = span_of(common.honest_lines(), SLOT, values_of(quotes))["SCU / USD"]
    late = span_of(common.lines_with_late(6, range(3)), SLOT, values_of(quotes))["SCU / USD"]
    lines = list(common.lines_with_liars((0, 5), lists, random.Random(3)))
    lied = span_of(lines, SLOT, values_of(quotes))["SCU / USD"]
    assert alone.part == late.part == lied.part == 0
    assert alone == late == lied
    assert len(lines) > 10


def test_value__with_one_liar_more_than_the_bound__is_theirs():
    """The same tables and lies with f one less: what is found above is not for want of trying."""
    quotes = recorded()
    lists, common = committee(quotes, Bounds(7, 1, 2))
    lines = common.lines_with_liars((0, 5), lists, random.Random(3))
    span = span_of(lines, SLOT, values_of(quotes))["SCU / USD"]
    assert span is None or span.part > 0.01


def test_value__while_fewer_than_f_plus_1_saw_a_change__is_the_liars_to_choose():
    news = [quote(name, 2 * price_of(name), observed_at=NOON) for name in PROVIDERS[:5]]
    quotes = [*recorded(), *news]
    lists = RecordedLists(quotes, AGE)
    # Liars 0 and 5 and the honest 1 and 2 fetched after the change, the others before it.
    fetched_at = [SLOT if each in (0, 1, 2, 5) else NOON - 60 for each in range(7)]
    tables = tuple(
        {
            name: Fetched(instant, section)
            for provider in PROVIDERS
            for name, section in lists.sections_at(provider, instant).items()
        }
        for instant in fetched_at
    )
    common = CommonRound(SEVEN, SLOT, tables, frozenset(range(7)))
    assert not common.stands_still
    lines = common.lines_with_liars((0, 5), lists, random.Random(3))
    assert span_of(lines, SLOT, values_of(quotes))["SCU / USD"].part > 0
    alone = span_of(common.honest_lines(), SLOT, values_of(quotes))["SCU / USD"]
    assert alone.part == 0


def test_round__with_too_few_nodes_up__has_no_set():
    _, common = committee(recorded())
    few = CommonRound(SEVEN, SLOT, common.tables, frozenset(range(4)))
    assert list(few.honest_lines()) == []
    assert span_of(few.honest_lines(), SLOT, values_of(recorded())) == {"SCU / USD": None}


def test_medians_of_today__of_nodes_that_differ__can_be_chosen():
    values = [100, 104, 108, None, 112]
    assert span_of_medians(values, 3, 0) == (104, 108)
    assert span_of_medians(values[:2], 3, 0) is None
    assert span_of_medians([100, 104, 108, 112, 116], 3, 1) == (100, 112)


@pytest.mark.parametrize("missing", [0, 8])
def test_own_value__of_a_node__is_none_once_it_reads_too_few_providers(missing):
    quotes = recorded()
    _, common = committee(quotes)
    tables = [
        {f"{name}/list": each[f"{name}/list"] for name in PROVIDERS[missing:]}
        for each in common.tables
    ]
    [valuation] = values_of(quotes).values()
    values = own_values(tables, SLOT, [valuation] * 7)
    assert (set(values) == {None}) == (missing > 7)
