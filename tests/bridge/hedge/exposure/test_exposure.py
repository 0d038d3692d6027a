"""From usage to SCU a month: each conversion exact, and nothing converted that may not be."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.hedge.exposure.exposure import (
    NegativeNeed,
    NotDollars,
    NothingToConvert,
    UsageChoice,
    expose,
)
from bridge.hedge.exposure.months import daily_totals, monthly_totals, next_month
from bridge.hedge.exposure.rates import (
    BadRate,
    NotTheBenchmark,
    benchmark_rate,
    hardware_key,
    hardware_rate,
    measured_rate,
    price_rate,
)
from bridge.hedge.readers.times import DAY_NS, parse_time
from bridge.hedge.readers.usage import Measure, Subject, Usage, Workload
from pargrade.factor.published import NoPublishedFactor, published_tables
from tests.support.workloads import WORKLOADS, read

APRIL = parse_time("2026-04-01")
CHAT = Subject("chat", "meta-llama/Llama-2-70b-chat-hf", "H100-SXM-80")


def usage(measure, amount, start=APRIL, days=1, subject=CHAT, unit=""):
    return Usage(start, start + days * DAY_NS, measure, amount, subject, unit)


def reading(*usages):
    return Workload("test", usages)


def by_rate(rate):
    return UsageChoice((rate.measure,), lambda _: rate)


def test_tokens__by_the_benchmark__are_those_of_the_published_factor():
    million = reading(usage(Measure.COMPLETION_TOKENS, 10**6))
    found = expose(million, by_rate(benchmark_rate(CHAT.model)))
    factor4 = published_tables()[0].inference
    assert round(Decimal(found.months()["2026-04"]) / 10**14) == factor4
    low, high = found.band("2026-04")
    assert low < found.months()["2026-04"] < high


def test_tokens__of_another_model__are_refused_unless_the_team_says_so():
    with pytest.raises(NotTheBenchmark, match="acme/chat-70b"):
        benchmark_rate("acme/chat-70b")
    assert benchmark_rate("acme/chat-70b", trusted=True).scu == benchmark_rate(CHAT.model).scu


def test_tokens__by_measured_rates__leave_out_prompts_that_a_cache_served():
    rate = measured_rate(Measure.PROMPT_TOKENS, Fraction(1000), (Fraction(900), Fraction(1100)))
    both = reading(usage(Measure.PROMPT_TOKENS, 3_600_000), usage(Measure.CACHED_TOKENS, 1_800_000))
    found = expose(both, by_rate(rate))
    assert found.months()["2026-04"] == 10**18 // 2
    assert found.band("2026-04") == (454_545_454_545_454_545, 555_555_555_555_555_556)


def test_gpu_hours__of_an_a100__take_the_published_factor_and_band():
    rate = hardware_rate("NVIDIA A100-SXM4-80GB")
    assert (rate.scu, rate.low, rate.high) == (
        Fraction(6324, 10_000),
        Fraction(5429, 10_000),
        Fraction(7029, 10_000),
    )
    assert hardware_key("NVIDIA H100 80GB HBM3") == "H100-SXM-80"


def test_gpu_hours__of_hardware_without_a_factor__are_refused_with_the_reason():
    with pytest.raises(NoPublishedFactor, match="5 are needed"):
        hardware_rate("H100-PCIe-80")
    with pytest.raises(NoPublishedFactor, match="does not know"):
        hardware_rate("abacus")


def test_spend__in_dollars_at_a_price__is_scu_and_other_currencies_are_refused():
    rate = price_rate(Fraction("2.31"))
    found = expose(reading(usage(Measure.SPEND, 231, unit="USD")), by_rate(rate))
    assert found.months() == {"2026-04": 100 * 10**18}
    for unit in ("EUR", ""):
        with pytest.raises(NotDollars):
            expose(reading(usage(Measure.SPEND, 231, unit=unit)), by_rate(rate))
    with pytest.raises(BadRate):
        price_rate(Fraction(0))


def test_spend__more_taken_back_than_used__is_refused():
    rate = price_rate(Fraction(2))
    with pytest.raises(NegativeNeed, match="2026-04"):
        expose(reading(usage(Measure.SPEND, -1, unit="USD")), by_rate(rate))


def test_exposure__of_what_is_not_there__names_what_is():
    rate = price_rate(Fraction(2))
    with pytest.raises(NothingToConvert) as refused:
        expose(reading(usage(Measure.REQUESTS, 5)), by_rate(rate))
    assert "requests" in refused.value.hint


def test_exposure__idle_rows_of_opencost__count_only_when_asked_for():
    rate = hardware_rate("H100-SXM-80")
    found = read(WORKLOADS / "opencost.json")
    without = expose(found, UsageChoice((Measure.GPU_HOURS,), lambda _: rate))
    within = expose(found, UsageChoice((Measure.GPU_HOURS,), lambda _: rate, with_idle=True))
    assert within.months()["2026-03"] - without.months()["2026-03"] == 24 * 10**18


def test_exposure__explained__steps_add_up_to_the_months():
    found = expose(
        reading(
            usage(Measure.GPU_HOURS, 10, subject=CHAT),
            usage(Measure.GPU_HOURS, 5, subject=Subject("search", "", "A100-SXM-80")),
        ),
        UsageChoice((Measure.GPU_HOURS,), lambda key: hardware_rate(key.subject.hardware)),
    )
    assert sum(step.scu for step in found.steps) * 10**18 == sum(found.months().values())
    assert all("factor" in step.describe() for step in found.steps)


def test_exposure__a_day_without_usage__is_named():
    rate = hardware_rate("H100-SXM-80")
    parts = [usage(Measure.GPU_HOURS, 1, APRIL + day * DAY_NS) for day in (0, 1, 3)]
    found = expose(reading(*parts), by_rate(rate))
    assert found.missing == ("2026-04-03",)


SPANS = st.tuples(st.integers(0, 400 * DAY_NS), st.integers(0, 70 * DAY_NS), st.fractions(0, 10**6))


@given(st.lists(SPANS, max_size=8))
def test_months__any_periods__lose_and_add_nothing(spans):
    usages = [
        Usage(APRIL + start, APRIL + start + length, Measure.GPU_HOURS, amount)
        for start, length, amount in spans
    ]
    whole = sum(amount for _, _, amount in spans)
    for totals in (daily_totals(usages), monthly_totals(usages)):
        assert sum(sum(parts.values()) for parts in totals.values()) == whole


def test_months__a_period_over_new_year__is_split_by_time():
    start = parse_time("2026-12-31T12:00Z")
    found = monthly_totals([Usage(start, start + 2 * DAY_NS, Measure.GPU_HOURS, 48)])
    assert next(iter(found.values())) == {"2026-12": 12, "2027-01": 36}
    assert next_month("2026-12") == "2027-01"
    assert next_month("2026-01", -1) == "2025-12"
