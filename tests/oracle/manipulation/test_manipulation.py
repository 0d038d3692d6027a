"""How far coalitions and the choice of quorums and slots can move the index, and its limits."""

from dataclasses import replace
from itertools import combinations, pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from oracle.index.daily_chain import DailyChain
from oracle.index.level import NoValue, entries_of, link_between
from oracle.manipulation.attack import PPM, Attack, AttackPlan, choose_coalition, corrupt_quotes
from oracle.manipulation.cost import Assumptions, estimate_bill
from oracle.manipulation.providers import HonestRun, NoWindow, Scenario
from oracle.manipulation.quorum import BadQuorum, find_reach
from oracle.manipulation.slots import Timing, bound_withheld_mean, choose_slots
from oracle.quotes.history import History
from oracle.quotes.quote import Line
from oracle.quotes.weights import Weighted, lower_median, middle
from pargrade.spot_index.accumulator import accumulate, window
from pargrade.spot_index.quorum import liars_survived
from pargrade.units import Price
from tests.support.quote_builders import (
    DAY,
    HOUR,
    NOON,
    OPEN_METHOD,
    PANEL,
    PROVIDERS,
    USD,
    listing,
    quote,
)

MIDNIGHT = NOON - DAY // 2
HARDWARE = [hardware.name for hardware in OPEN_METHOD.hardware]
UNITS = st.integers(USD // 2, 20 * USD)
PAIRS = st.dictionaries(
    st.tuples(st.sampled_from(PROVIDERS), st.sampled_from(HARDWARE)), UNITS, min_size=4
).filter(lambda pairs: len({provider for provider, _ in pairs}) >= 4)
LIES = st.integers(1, 10**15)


def prices(pairs):
    return {Line(provider, hardware, 8, "global"): p for (provider, hardware), p in pairs.items()}


def middle_of(entries):
    value, parts = middle(
        [Weighted(entry.unit8, entry.weight) for entry in entries], OPEN_METHOD.middle_band
    )
    return value / parts


def lied(pairs, liars, lie):
    return {pair: lie if pair[0] in liars else unit8 for pair, unit8 in pairs.items()}


def share(entries, liars):
    """Their part of the capped weight, as (numerator, denominator)."""
    held = sum(entry.weight for entry in entries if entry.provider in liars)
    return held, sum(entry.weight for entry in entries)


@settings(max_examples=60)
@given(PAIRS, st.sets(st.sampled_from(PROVIDERS), max_size=4), LIES)
def test_middle__a_coalition_of_a_third_or_less__stays_within_the_honest_prices(pairs, liars, lie):
    held, total = share(entries_of(prices(pairs), OPEN_METHOD), liars)
    assume(3 * held <= total)
    entries = entries_of(prices(lied(pairs, liars, lie)), OPEN_METHOD)
    honest = [entry.unit8 for entry in entries if entry.provider not in liars]
    assert min(honest) <= middle_of(entries) <= max(honest)


@settings(max_examples=60)
@given(PAIRS, st.sets(st.sampled_from(PROVIDERS), min_size=2), LIES)
def test_middle__a_coalition_of_two_thirds__sets_it(pairs, liars, lie):
    held, total = share(entries_of(prices(pairs), OPEN_METHOD), liars)
    assume(3 * held >= 2 * total)
    assert middle_of(entries_of(prices(lied(pairs, liars, lie)), OPEN_METHOD)) == lie


def test_middle__between_a_third_and_two_thirds__a_coalition_drags_it_past_the_honest_prices():
    # Six equal providers: each weighs a sixth, so three hold half of the middle third.
    pairs = {(provider, HARDWARE[0]): 2 * USD for provider in "abcdef"}
    for liars, past in (("a", False), ("ab", False), ("abc", True)):
        found = middle_of(entries_of(prices(lied(pairs, liars, 100 * USD)), OPEN_METHOD))
        assert (found > 2 * USD) is past


@settings(max_examples=60)
@given(PAIRS, PAIRS, st.sets(st.sampled_from(PROVIDERS), max_size=4), LIES, LIES)
def test_link__a_coalition_of_a_third_or_less__stays_within_the_honest_moves(
    before, now, liars, first, second
):
    both = before.keys() & now.keys()
    assume(len({provider for provider, _ in both}) >= OPEN_METHOD.min_providers)
    common = {pair: before[pair] for pair in both}
    held, total = share(entries_of(prices(common), OPEN_METHOD), liars)
    assume(3 * held <= total)
    link = link_between(
        prices(lied(before, liars, first)), prices(lied(now, liars, second)), OPEN_METHOD
    )
    honest = [pair for pair in both if pair[0] not in liars]
    then, since = [before[pair] for pair in honest], [now[pair] for pair in honest]
    ratio = link.ratio18 / 10**18
    slack = 1e-9
    assert min(since) / max(then) * (1 - slack) <= ratio <= max(since) / min(then) * (1 + slack)


def test_link__a_coalition_of_two_thirds__multiplies_the_level_by_any_factor():
    before = {(provider, HARDWARE[0]): 2 * USD for provider in "abcdef"}
    now = lied(before, set("abcd"), 14 * USD)
    assert link_between(prices(before), prices(now), OPEN_METHOD).ratio18 == 7 * 10**18


@st.composite
def quorums(draw):
    """Honest values, a quorum and how many liars it bears."""
    reporters = draw(st.integers(1, 9))
    quorum = draw(st.integers(reporters // 2 + 1, reporters).filter(lambda q: q % 2))
    liars = draw(st.integers(0, min(liars_survived(quorum), reporters - 1)))
    honest = draw(
        st.lists(st.integers(1, 50), min_size=reporters - liars, max_size=reporters - liars)
    )
    return honest, quorum, liars


@given(quorums())
def test_quorum__any_choice_and_any_lies__cannot_leave_the_honest_observations(case):
    honest, quorum, liars = case
    low, high = find_reach(honest, quorum, liars)
    assert min(honest) <= low <= high <= max(honest)


@given(quorums())
def test_quorum__what_it_reaches__is_exactly_what_trying_every_choice_finds(case):
    honest, quorum, liars = case
    tried = [
        lower_median(chosen)
        for lie in (0, 99)
        for size in range(quorum, len(honest) + liars + 1)
        for chosen in combinations([*honest, *[lie] * liars], size)
    ]
    assert find_reach(honest, quorum, liars) == (min(tried), max(tried))


@given(st.lists(st.integers(1, 50), min_size=4, max_size=4), st.integers(51, 10**9))
def test_quorum__one_liar_more_than_it_bears__is_the_median(honest, lie):
    liars = liars_survived(5) + 1
    assert find_reach(honest, 5, liars) == (None, None)
    assert lower_median([*sorted(honest)[:2], *[lie] * liars]) == lie


@pytest.mark.parametrize(("quorum", "reporters"), [(4, 7), (3, 7), (9, 7)])
def test_quorum__even_or_no_majority_or_too_large__is_refused(quorum, reporters):
    with pytest.raises(BadQuorum):
        find_reach(list(range(reporters)), quorum)


TIMING = Timing(step=300, hold=900)
PATHS = st.lists(st.integers(1, 50), min_size=2, max_size=9)


def schedules(steps, longest):
    """Every schedule from 0 to `steps` whose rounds are at most `longest` apart."""
    if steps == 0:
        return [(0,)]
    return [
        (*before, steps)
        for gap in range(1, min(longest, steps) + 1)
        for before in schedules(steps - gap, longest)
    ]


@given(PATHS, st.booleans())
def test_slots__the_best_schedule__is_that_of_trying_every_one(values, highest):
    tried = [
        sum(values[a] * (b - a) for a, b in pairwise(rounds))
        for rounds in schedules(len(values) - 1, TIMING.hold // TIMING.step)
    ]
    found = choose_slots(values, TIMING, highest=highest)
    assert found.value_steps == (max(tried) if highest else min(tried))


@settings(max_examples=25)
@given(st.lists(st.integers(1, 50), min_size=289, max_size=289), st.booleans())
def test_slots__the_chosen_schedule__settles_at_its_average_inside_the_honest_range(
    values, highest
):
    found = choose_slots(values, TIMING, highest=highest)
    # A day of steps, with a round just before it, which the first checkpoint needs.
    rounds = [(DAY - 1, Price(values[0] * USD))]
    rounds += [(DAY + place * TIMING.step, Price(values[place] * USD)) for place in found.rounds]
    seen = window(accumulate(rounds, TIMING.hold), DAY, 2 * DAY, TIMING.hold)
    assert seen.covers(10_000)
    assert seen.value_time == found.value_steps * TIMING.step * USD
    assert min(values) * USD <= seen.price() <= max(values) * USD


@given(PATHS, st.booleans(), st.sampled_from((5_000, 9_000)))
def test_slots__any_schedule_that_keeps_its_coverage__is_within_the_bound_on_withholding(
    values, highest, keep_bps
):
    longest, steps = TIMING.hold // TIMING.step, len(values) - 1
    total, count = bound_withheld_mean(values[:-1], TIMING, keep_bps, highest=highest)
    for rounds in schedules(steps, steps):
        held = [(values[a], min(b - a, longest)) for a, b in pairwise(rounds)]
        covered = sum(time for _, time in held)
        if covered * 10_000 < keep_bps * steps:
            continue
        reached = sum(value * time for value, time in held)
        # reached / covered against total / count, in whole numbers
        excess = reached * count - total * covered
        assert excess <= 0 if highest else excess >= 0


def plan(attack, providers="ab", size_ppm=450_000, days=12):
    return AttackPlan(attack, frozenset(providers), MIDNIGHT, MIDNIGHT + days * DAY, size_ppm)


def lists(days=14, providers=PROVIDERS):
    """Every evening the same prices, 2.0 to 2.9 USD."""
    return [
        each
        for day in range(-1, days)
        for each in listing(
            {p: 2 * USD + place * USD // 10 for place, p in enumerate(providers)},
            MIDNIGHT + day * DAY + 21 * HOUR,
        )
    ]


@given(st.sampled_from(Attack), st.sets(st.sampled_from(PROVIDERS)), st.integers(-900_000, PPM))
def test_attack__whatever_it_is__leaves_the_quotes_of_others_and_of_other_times(
    attack, providers, size_ppm
):
    attacked = plan(attack, providers, size_ppm, days=6)
    honest = lists()
    after = corrupt_quotes(honest, attacked)

    def untouched(quotes):
        return [
            q for q in quotes
            if q.provider not in providers or not attacked.start <= q.observed_at < attacked.end
        ]  # fmt: skip

    assert untouched(after) == untouched(honest)
    assert all(q.price8 > 0 for q in after)


def test_spike__one_quote_per_line__is_seen_in_the_last_hour():
    attacked = plan(Attack.SPIKE)
    added = set(corrupt_quotes(lists(), attacked)) - set(lists())
    assert {q.observed_at for q in added} == {attacked.end - HOUR}
    assert {q.provider: q.price8 for q in added} == {"a": 29 * USD // 10, "b": 3045 * USD // 1000}


def test_coalition__to_move_it_up__is_those_below_and_heaviest():
    found = entries_of(
        {Line(p, HARDWARE[0], 8, "global"): (2 + place) * USD for place, p in enumerate("abcdef")},
        OPEN_METHOD,
    )
    assert choose_coalition(found, 3, up=True) == set("abc")
    assert choose_coalition(found, 3, up=False) == set("def")


def scenario(quotes, days=12):
    return Scenario(tuple(quotes), OPEN_METHOD, PANEL, MIDNIGHT + DAY, MIDNIGHT + (1 + days) * DAY)


def test_spike__in_the_last_hour__moves_the_settlement_by_an_hour_of_it_at_most():
    honest = HonestRun.of(scenario(lists()))
    (attacked,) = honest.plan_attacks(Attack.SPIKE, 450_000, [8])
    found = honest.run_attack(attacked)
    most = honest.settlement8 * found.largest_ppm // PPM
    assert found.largest_ppm > 100_000
    # One value of the last hour holds until the end of the window, and that is all.
    assert 0 < found.moved8 <= most // (12 * 24) + 10**4


@given(st.integers(1, 7))
def test_withdrawal__while_three_providers_stay_and_prices_stand_still__moves_nothing(count):
    honest = HonestRun.of(scenario(lists(days=6), days=4))
    (attacked,) = honest.plan_attacks(Attack.WITHDRAWAL, 0, [count])
    found = honest.run_attack(attacked)
    assert (found.moved8, found.largest_ppm, found.coverage_bps) == (0, 0, 10_000)


def test_withdrawal__of_all_but_two__takes_the_price_away_and_not_another_one():
    honest = HonestRun.of(scenario(lists(), days=12))
    (attacked,) = honest.plan_attacks(Attack.WITHDRAWAL, 0, [8])
    found = honest.run_attack(attacked)
    assert found.largest_ppm == 0
    assert (found.moved8, found.rung) == (0, "delivery")
    assert found.coverage_bps < 2_500


def test_ratchet__one_provider_of_ten__lifts_the_level_each_time_though_its_price_comes_back():
    """A limit of the chain that the study names: what leaves the list is not linked back."""
    honest = HonestRun.of(scenario(lists()))
    (once,) = honest.plan_attacks(Attack.BIAS, 450_000, [1])
    (again,) = honest.plan_attacks(Attack.RATCHET, 450_000, [1])
    assert honest.run_attack(again).largest_ppm > 2 * honest.run_attack(once).largest_ppm > 0


def test_memory__without_a_ratchet__a_chain_that_remembers_is_the_chain():
    honest = scenario(lists())
    values = honest.compute_values(honest.quotes)
    assert replace(honest, memory_s=28 * DAY).compute_values(honest.quotes) == values


def test_memory__of_lines_that_left__leaves_a_ratchet_no_more_than_one_lie():
    remembered = HonestRun.of(replace(scenario(lists()), memory_s=28 * DAY))
    (once,) = remembered.plan_attacks(Attack.BIAS, 450_000, [1])
    (again,) = remembered.plan_attacks(Attack.RATCHET, 450_000, [1])
    assert remembered.run_attack(again).largest_ppm <= remembered.run_attack(once).largest_ppm


def test_study__a_window_without_an_index__is_refused():
    with pytest.raises(NoWindow):
        HonestRun.of(scenario([quote(observed_at=MIDNIGHT - HOUR)]))


def test_index__after_all_but_two_left__is_absent():
    rest = [q for q in lists() if q.provider in "ab" or q.observed_at < MIDNIGHT]
    chain = DailyChain(History.of(rest), OPEN_METHOD, PANEL)
    assert isinstance(chain.value(MIDNIGHT + 5 * DAY), NoValue)


def test_cost__of_false_prices__is_the_discount_below_and_the_lost_margin_above():
    given_ = Assumptions(gpus=100, utilisation=0.5, margin=0.2)
    hours, pair = 12 * 24, 2
    below = estimate_bill(plan(Attack.BIAS, size_ppm=-100_000), 3.0, -0.5, given_)
    above = estimate_bill(plan(Attack.BIAS, size_ppm=100_000), 3.0, 0.5, given_)
    assert below.cost_usd == pytest.approx(100 * pair * hours * 3.0 * 0.1)
    assert above.cost_usd == pytest.approx(100 * pair * hours * 3.0 * 0.5 * 0.2)
    assert below.gain_per_contract_usd == above.gain_per_contract_usd == 365
    assert (below.break_even_contracts, above.break_even_contracts) == (48, 48)


def test_cost__of_an_attack_that_moves_nothing__never_pays():
    assert (
        estimate_bill(plan(Attack.WITHDRAWAL), 3.0, 0.0, Assumptions()).break_even_contracts is None
    )
