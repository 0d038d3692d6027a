"""Factors derived from constructed prices, and the shipped table from the shipped sample."""

import importlib.util
import math
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.sources.factor_prices import read_rows
from pargrade.factor.band import error_band, range_of_fits
from pargrade.factor.factor import (
    FACTOR_ONE,
    NoRate,
    PriceRow,
    QualityOutOfBounds,
    UnratedPrecision,
    fit_gpu_hour,
    flop_factor,
    inference_factor,
    matched_relatives,
    scu_per_token,
    specification_relative,
)
from pargrade.factor.table import FactorTable, canonical, load_facts, read_table
from pargrade.grade.file import DEVNET_GRADES, load_terms
from pargrade.grade.terms import Basis, Precision
from pargrade.units import Scu

ROOT = Path(__file__).parents[3]
FACTS = load_facts()
METHOD = FACTS.method
HARDWARE = {each.key: each for each in FACTS.hardware}
H100, A100 = HARDWARE["H100-SXM-80"], HARDWARE["A100-SXM-80"]
METHOD_1 = load_facts("factor-method-1").method
TIER = "on_demand/neocloud"


def prices(day, provider, par, other, tier=TIER, hardware="A100-SXM-80"):
    """A par price and another, seen together."""
    return [
        PriceRow(day, "s", provider, tier, "H100-SXM-80", par),
        PriceRow(day, "s", provider, tier, hardware, other),
    ]


@pytest.fixture(scope="module")
def made():
    """The script that writes the factor files, as a module."""
    spec = importlib.util.spec_from_file_location("make_factors", ROOT / "scripts/make_factors.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def shipped():
    return read_table((ROOT / "pargrade/data/factors-2.json").read_text(encoding="utf-8"))


def test_relatives__prices_not_seen_together__are_not_compared():
    together = prices(1, "a", 300, 150)
    apart = [
        PriceRow(1, "s", "b", TIER, "H100-SXM-80", 300),
        PriceRow(2, "s", "b", TIER, "A100-SXM-80", 30),
        PriceRow(2, "t", "b", TIER, "H100-SXM-80", 300),
        PriceRow(2, "s", "c", TIER, "H100-SXM-80", 300),
        PriceRow(2, "s", "b", "on_demand/decentralised", "H100-SXM-80", 300),
        *prices(3, "a", 300, 60, tier="spot/neocloud"),
        *prices(3, "d", 300, 60, tier="on_demand/hyperscaler"),
        *prices(3, "a", 300, 60, hardware="A100-SXM-40"),
    ]
    found = matched_relatives([*together, *apart], A100.key, METHOD)
    assert list(found.values()) == [Fraction(1, 2)]


def test_relatives__several_prices_of_one_kind__count_as_their_median():
    rows = [*prices(1, "a", 300, 100), *prices(1, "a", 400, 200), *prices(1, "a", 900, 999)]
    assert list(matched_relatives(rows, A100.key, METHOD).values()) == [Fraction(200, 400)]


def test_specification__a100__is_the_geometric_mean_of_its_ratios():
    by_hand = math.sqrt(312 / 989.4 * 2039 / 3350)
    assert abs(float(specification_relative(A100, METHOD)) - by_hand) < 1e-12
    assert specification_relative(H100, METHOD) == 1


def test_fit__no_prices__is_the_specification():
    fit = fit_gpu_hour([], A100, METHOD)
    assert (fit.factor4, fit.market4, fit.weight4, fit.source_days) == (4381, None, 0, 0)
    assert fit.factor4 == fit.specification4


def test_fit__as_many_source_days_as_the_shrinkage__meets_half_way_in_logarithms():
    rows = [row for day in range(METHOD.shrinkage) for row in prices(day, "a", 10_000, 8_000)]
    fit = fit_gpu_hour(rows, A100, METHOD)
    assert (fit.weight4, fit.market4, fit.source_days, fit.providers) == (5_000, 8_000, 20, 1)
    half_way = math.sqrt(0.8 * float(specification_relative(A100, METHOD)))
    assert fit.factor4 == round(half_way * FACTOR_ONE)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 30),
            st.sampled_from("abcde"),
            st.integers(10**7, 10**10),
            st.integers(10**7, 10**10),
        ),
        min_size=1,
        max_size=40,
    ),
    st.randoms(use_true_random=False),
)
def test_fit__any_prices_in_any_order__lies_between_market_and_prior(drawn, shuffler):
    rows = [row for each in drawn for row in prices(*each)]
    fit = fit_gpu_hour(rows, A100, METHOD)
    low, high = sorted((fit.market4, fit.specification4))
    assert low - 1 <= fit.factor4 <= high + 1
    relatives = matched_relatives(rows, A100.key, METHOD)
    assert fit.market4 == round(median(relatives.values()) * FACTOR_ONE)
    assert fit.provider_quartiles4[0] <= fit.provider_quartiles4[1]
    again = list(rows)
    shuffler.shuffle(again)
    assert fit_gpu_hour(again, A100, METHOD) == fit
    assert range_of_fits(rows, A100, METHOD)[0] <= fit.factor4


def test_range_of_fits__prices_that_moved_at_half_time__shows_both_levels():
    rows = [
        row
        for day in range(100)
        for provider in "abcdefgh"
        for row in prices(day, provider, 10_000, 5_000 if day < 50 else 9_000)
    ]
    low, high = error_band(rows, A100, METHOD_1)
    first = fit_gpu_hour([row for row in rows if row.day < 50], A100, METHOD).factor4
    second = fit_gpu_hour([row for row in rows if row.day >= 50], A100, METHOD).factor4
    assert (low, high) == (first, second)
    assert low < 5_100 < 8_400 < high


def test_flop__one_eflop__is_worth_what_the_method_says():
    delivered = flop_factor(10**18, Precision.BF16, Basis.DELIVERED, METHOD)
    assert delivered == 7_019
    assert delivered == round(Fraction(10**18, 9894 * 10**11 * 3600) / Fraction(40, 100) * 10_000)
    assert flop_factor(10**18, Precision.BF16, Basis.PEAK, METHOD) == 2_808


def test_flop__an_arithmetic_without_a_declared_rate__is_refused():
    with pytest.raises(UnratedPrecision) as refused:
        flop_factor(10**18, Precision.FP8, Basis.PEAK, METHOD)
    assert refused.value.precision is Precision.FP8


def test_inference__a_million_completion_tokens__is_worth_what_the_benchmark_says():
    rate = (Fraction("62351.6") / 16 + Fraction("124879.0") / 32) / 2
    assert FACTS.output_rate == rate
    assert round(float(rate), 2) == 3_899.72
    assert inference_factor(0, Fraction(0), 10**6, rate, METHOD) == 712


def test_inference__prompt_and_completion__add_up_in_hours():
    four_hours = inference_factor(3_600_000, Fraction(1_000), 1_080_000, Fraction(100), METHOD)
    assert four_hours == 4 * FACTOR_ONE


def test_inference__tokens_without_a_rate__are_refused():
    with pytest.raises(NoRate) as refused:
        inference_factor(5, Fraction(0), 10, Fraction(1), METHOD)
    assert (refused.value.side, refused.value.tokens) == ("prompt", 5)


def test_scu_per_token__quality_within_bounds__rounds_half_even_to_four_decimals():
    assert scu_per_token(6_324, Decimal("1.0"), METHOD) == Scu.parse("0.6324")
    assert scu_per_token(6_325, Decimal("0.9"), METHOD) == Scu.parse("0.5692")
    assert scu_per_token(6_335, Decimal("0.9"), METHOD) == Scu.parse("0.5702")
    for quality in ("0.69", "1.11"):
        with pytest.raises(QualityOutOfBounds):
            scu_per_token(6_324, Decimal(quality), METHOD)


def test_shipped_files__derived_again_from_the_shipped_sample__are_the_same_bytes(made):
    for path, text in made.files().items():
        assert path.read_text(encoding="utf-8") == text, path.name


def test_shipped_table__real_quotes__puts_each_gpu_where_the_market_does(shipped):
    rows = {row["model"]: row for row in shipped.document["rows"] if row["memory_gb"] != 40}
    assert rows["H100"]["factor4"] == FACTOR_ONE
    for model, low, high in (("A100", 5_700, 6_500), ("H200", 11_600, 16_400)):
        assert low <= rows[model]["factor4"] <= high
    assert 18_500 <= rows["B200"]["factor4"] <= 20_900
    for model in ("A100", "H200", "B200"):
        assert rows[model]["source_days"] >= 200
        low, high = rows[model]["band4"]
        assert low <= rows[model]["factor4"] <= high


def test_shipped_grades__their_factor_and_method__come_from_the_shipped_table(shipped):
    token = "0x" + "ab" * 20
    for name, factor4 in (
        ("a100-gpu-hour", shipped.gpu_hour("A100-SXM-80")),
        ("bf16-eflop", shipped.flop),
        ("llama2-70b-mtok", shipped.inference),
    ):
        terms = load_terms(DEVNET_GRADES / f"{name}.toml", token)
        assert terms.scu_per_token == scu_per_token(factor4, Decimal(1), METHOD)
        assert terms.method_hash == shipped.hash


def test_table_hash__one_figure_changed__is_another_table(shipped):
    revised = FactorTable(shipped.document | {"period": ["2026-03-01", "2026-04-29"]})
    assert revised.hash != shipped.hash
    reordered = FactorTable(dict(reversed(shipped.document.items())))
    assert reordered.hash == shipped.hash
    assert canonical(shipped.document).isascii()


def test_table__hardware_it_does_not_know__is_a_key_error(shipped):
    with pytest.raises(KeyError):
        shipped.gpu_hour("A100-PCIe-40")


def test_facts_hash__any_declared_constant__is_in_it(shipped):
    assert shipped.document["facts_hash"] == "0x" + FACTS.hash.hex()


def test_methodology__its_worked_examples__state_the_shipped_figures(shipped, made):
    text = (ROOT / "docs/METHODOLOGY.md").read_text(encoding="utf-8")

    def four(value):
        return f"{value / FACTOR_ONE:.4f}"

    rows = {row["model"]: row for row in shipped.document["rows"] if row["memory_gb"] != 40}
    for model in ("A100", "H200", "B200"):
        row = rows[model]
        low, high = row["band4"]
        first, third = row["provider_quartiles4"]
        figures = (
            four(row["factor4"]),
            four(row["market4"]),
            four(row["specification4"]),
            four(row["weight4"]),
            str(row["source_days"]),
            str(row["providers"]),
            f"{four(low)}–{four(high)}",
            f"{four(first)}–{four(third)}",
        )
        assert f"| {model} SXM {row['memory_gb']} GB | {' | '.join(figures)} |" in text

    a100 = rows["A100"]
    assert f"exp({four(a100['weight4'])} · ln {four(a100['market4'])} +" in text
    by_hand = math.exp(0.9684 * math.log(0.64) + 0.0316 * math.log(0.4381))
    assert round(by_hand, 4) == a100["factor4"] / FACTOR_ONE
    day = matched_relatives(read_rows(), A100.key, METHOD)
    (hyperstack,) = [
        relative
        for here, relative in day.items()
        if here.provider == "hyperstack" and here.day == (date(2026, 3, 10) - date(1970, 1, 1)).days
    ]
    assert hyperstack == Fraction(135, 190)
    assert "1.35 / 1.90 = 0.7105" in text
    assert f"0.40) = {four(shipped.flop)} SCU" in text
    assert f"3600 · 3,899.72) = {four(shipped.inference)} SCU" in text
    assert 10_000 * a100["factor4"] // FACTOR_ONE == 6_324
