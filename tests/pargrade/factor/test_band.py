"""The band of a factor: against a second derivation, and against periods it has not seen."""

import os
import subprocess
import sys
from datetime import date
from fractions import Fraction
from hashlib import shake_256
from pathlib import Path
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.sources.factor_prices import read_rows
from pargrade.factor.band import error_band, resampled_factors
from pargrade.factor.factor import PriceRow, fit_gpu_hour, matched_relatives, specification_relative
from pargrade.factor.method import GpuModel
from pargrade.factor.table import load_facts, read_table

pytestmark = pytest.mark.full

ROOT = Path(__file__).parents[3]
FACTS = load_facts()
METHOD = FACTS.method
HARDWARE = {each.key: each for each in FACTS.hardware}
A100 = HARDWARE["A100-SXM-80"]
TABLE = read_table((ROOT / "pargrade/data/factors-2.json").read_text(encoding="utf-8"))
RATED = [each for each in FACTS.hardware if each.key not in {*TABLE.refused, METHOD.par.key}]
OLD = read_table((ROOT / "pargrade/data/factors-1.json").read_text(encoding="utf-8"))

row_of_prices = st.tuples(
    st.integers(0, 20),
    st.sampled_from("abcdef"),
    st.integers(10**7, 10**9),
    st.integers(10**7, 10**9),
)


def rows_of(drawn):
    return [
        PriceRow(day, "s", provider, "on_demand/neocloud", hardware, price8)
        for day, provider, par, other in drawn
        for hardware, price8 in ((METHOD.par.key, par), (A100.key, other))
    ]


def between(rows, first, past):
    start, end = ((date.fromisoformat(day) - date(1970, 1, 1)).days for day in (first, past))
    return [row for row in rows if start <= row.day < end]


def by_hand(relatives, number):
    """factor4 of one draw, the long way: every relative written out, floats for the logarithms."""
    providers = sorted({here.provider for here in relatives})
    stream = shake_256(f"factor-method-2/{A100.key}/{number}".encode()).digest(8 * len(providers))
    pooled = []
    for place in range(len(providers)):
        chosen = providers[
            int.from_bytes(stream[8 * place : 8 * place + 8], "big") % len(providers)
        ]
        pooled += [value for here, value in relatives.items() if here.provider == chosen]
    weight = Fraction(len(pooled), len(pooled) + 20)
    prior = float(specification_relative(A100, METHOD))
    return float(median(pooled)) ** float(weight) * prior ** float(1 - weight) * 10_000


def test_draws__every_one_of_them__is_the_median_of_what_was_drawn():
    relatives = matched_relatives(read_rows(), A100.key, METHOD)
    drawn = resampled_factors(relatives, A100, METHOD)
    expected = sorted(by_hand(relatives, number) for number in range(999))
    assert len(drawn) == 999
    assert all(abs(mine - theirs) < 0.51 for mine, theirs in zip(drawn, expected, strict=True))
    # The 25th of 999 from either end leaves 2.5 % outside.
    assert METHOD.bootstrap.ends(drawn) == (drawn[24], drawn[974]) == (5_429, 7_029)


@settings(max_examples=20, deadline=None)
@given(st.lists(row_of_prices, min_size=1, max_size=25), st.randoms(use_true_random=False))
def test_band__rows_in_any_order__is_the_same_and_contains_the_factor(drawn, shuffler):
    rows = rows_of(drawn)
    low, high = error_band(rows, A100, METHOD)
    assert low <= fit_gpu_hour(rows, A100, METHOD).factor4 <= high
    again = list(rows)
    shuffler.shuffle(again)
    assert error_band(again, A100, METHOD) == (low, high)


@settings(max_examples=20, deadline=None)
@given(st.lists(row_of_prices, min_size=1, max_size=25), st.integers(2, 9))
def test_band__every_price_of_the_hardware_raised__never_falls(drawn, times):
    dearer = [(day, provider, par, other * times) for day, provider, par, other in drawn]
    low, high = error_band(rows_of(drawn), A100, METHOD)
    low_after, high_after = error_band(rows_of(dearer), A100, METHOD)
    assert low_after >= low
    assert high_after >= high


def test_band__providers_who_all_agree__is_only_as_wide_as_the_shrinkage():
    drawn = [(day, name, 10_000, 8_000) for day in range(40) for name in "abcdef"]
    assert (
        error_band(rows_of(drawn), A100, METHOD)
        == (fit_gpu_hour(rows_of(drawn), A100, METHOD).factor4,) * 2
    )


def test_band__one_provider_quoting_for_many_days__does_not_narrow_it():
    names = {"a": 5_000, "b": 6_000, "c": 7_000, "d": 8_000, "e": 9_000}
    short = rows_of([(day, n, 10_000, p) for day in range(20) for n, p in names.items()])
    long = rows_of([(day, n, 10_000, p) for day in range(200) for n, p in names.items()])
    low, high = error_band(long, A100, METHOD)
    assert low <= 5_100
    assert high >= 8_800
    # A tenfold history of the same lists: only the pull of the prior goes.
    assert high - low >= (lambda band: band[1] - band[0])(error_band(short, A100, METHOD))


@pytest.mark.parametrize("hardware", RATED, ids=lambda each: each.key)
@pytest.mark.parametrize("period", [("2026-03-01", "2026-04-01"), ("2026-04-01", "2026-05-01")])
def test_published_band__each_month_of_the_sample_alone__is_inside(hardware, period):
    low, high = TABLE.row(hardware.key)["band4"]
    assert low <= fit_gpu_hour(between(read_rows(), *period), hardware, METHOD).factor4 <= high


@pytest.fixture(scope="module")
def history():
    folder = os.environ.get("PARGRADE_HISTORY")
    if not folder:
        pytest.skip("PARGRADE_HISTORY names no folder with the full history")
    return read_rows(Path(folder) / "gpu_rental_quotes.csv.gz")


# METHODOLOGY states these fits. May to July shares no day with the sample or with the first period.
FITS = {
    "A100-SXM-80": (6_351, 5_708),
    "A100-SXM-40": (4_077, 4_563),
    "H200-SXM-141": (11_999, 11_992),
    "B200-SXM-180": (18_829, 17_048),
    "L40S-PCIe-48": (4_756, 4_402),
}


def test_published_band__two_disjoint_periods_of_the_history__are_both_inside(history):
    assert [each.key for each in RATED] == list(FITS)
    outside_before = []
    for hardware in RATED:
        periods = (("2026-02-01", "2026-05-01"), ("2026-05-01", "2026-08-01"))
        fits = tuple(
            fit_gpu_hour(between(history, *each), hardware, METHOD).factor4 for each in periods
        )
        assert fits == FITS[hardware.key]
        low, high = TABLE.row(hardware.key)["band4"]
        assert low <= min(fits)
        assert max(fits) <= high
        if hardware.key in {
            f"{r['model']}-{r['variant']}-{r['memory_gb']}" for r in OLD.document["rows"]
        }:
            low, high = OLD.row(hardware.key)["band4"]
            outside_before += [hardware.key for fit in fits if not low <= fit <= high]
    # What the range of three fits, method 1's band, would have missed of the six.
    assert len(outside_before) == 5


def test_methodology__its_table_of_periods__states_these_fits():
    text = (ROOT / "docs/METHODOLOGY.md").read_text(encoding="utf-8")
    for key, fits in FITS.items():
        row = TABLE.row(key)
        low, high = (f"{end / 10_000:.4f}" for end in row["band4"])
        months = (
            fit_gpu_hour(between(read_rows(), *each), HARDWARE[key], METHOD).factor4
            for each in (("2026-03-01", "2026-04-01"), ("2026-04-01", "2026-05-01"))
        )
        figures = " | ".join(f"{fit / 10_000:.4f}" for fit in (*months, *fits))
        assert f"| {key} | {low}–{high} | {figures} |" in text


def test_refused_hardware__too_few_providers__says_how_many_there_are():
    assert set(TABLE.refused) == {
        "H100-PCIe-80", "MI300X-OAM-192", "B300-SXM-288", "GH200--96",
        "RTX4090--24", "RTX5090--32", "RTXA6000--48",
    }  # fmt: skip
    rows = read_rows()
    for key, why in TABLE.refused.items():
        if key not in HARDWARE:
            assert "rate" in why
            continue
        fit = fit_gpu_hour(rows, HARDWARE[key], METHOD)
        assert fit.providers < METHOD.least_providers
        assert why.startswith(f"{fit.providers} providers over {fit.source_days} source-days")
        with pytest.raises(KeyError):
            TABLE.gpu_hour(key)


def test_ladder__pcie_for_sxm__is_what_the_sample_shows():
    relatives = matched_relatives(read_rows(), "H100-PCIe-80", METHOD)
    rung = next(
        rung for step in METHOD.ladder.steps for rung in step.rungs if rung.name == "PCIe for SXM"
    )
    middle = float(median(relatives.values()))
    assert f"{middle:.3f} over {len(relatives)} source-days" in rung.reason
    assert float(rung.multiplier) == round(middle, 2)
    assert len({here.provider for here in relatives}) == 2


def test_shipped_table__another_process_with_another_hash_seed__derives_the_same_bytes():
    for seed in ("1", "4242"):
        done = subprocess.run(
            [sys.executable, "scripts/make_factors.py", "--check"],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_tables__both_versions__are_the_published_ones():
    assert OLD.hash.hex() == "34636a916d215a9040af826f5bc9a40b8692b138495f682ee57bb13d5ad3776e"
    assert TABLE.hash.hex() == "ead5280d801581fa10de378e5debe87334f441c2c9840c16877eea10dda6fd17"
    for row in OLD.document["rows"]:
        assert TABLE.gpu_hour(GpuModel.key_of(row)) == row["factor4"]
    assert (TABLE.flop, TABLE.inference) == (OLD.flop, OLD.inference)
