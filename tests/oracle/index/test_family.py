"""Every index of the family: what moves it, what must not, and what the file may not say."""

import copy
import csv
import gzip
import io
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from oracle.index.chain import spot_index
from oracle.index.daily_chain import DailyChain
from oracle.index.determination import determine
from oracle.index.family import everyone, family_of, load_family, read_family, read_index
from oracle.index.level import Absence, IndexValue, NoValue
from oracle.index.method import (
    FACTOR_ONE,
    METHOD,
    PAR_INDEX,
    BadMethod,
    Unit,
    UnknownIndex,
    load_method,
    method_of,
)
from oracle.index.screen import Reason, screen
from oracle.quotes.classes import Firmness
from oracle.quotes.history import History
from oracle.quotes.quote import Tier
from oracle.sources.recorded import instant, parse_recording
from oracle.sources.venue import load_venues
from pargrade.units import Rounding, divide
from tests.oracle.index.test_methodology import table
from tests.support.quote_builders import DAY, FACTORS, NOON, PANEL, PRICES, PROVIDERS, USD, quote

DOCUMENT = json.loads(METHOD.read_text(encoding="utf-8"))
FAMILY = family_of(DOCUMENT, FACTORS, bytes(32))
MIDNIGHT = NOON - DAY // 2
EVENING = MIDNIGHT - 3 * 3_600
HISTORY = os.environ.get("PARGRADE_HISTORY")

every_index = pytest.mark.parametrize(
    "method", FAMILY.methods, ids=[method.index for method in FAMILY.methods]
)


def opened(method):
    """The method without bands, placeholders and outliers: the arithmetic is left."""
    return replace(
        method,
        outlier_floor_ppm=10**30,
        placeholder_price8=1,
        hardware=tuple(replace(each, low8=1, high8=10**20) for each in method.hardware),
    )


def offer(method, provider, price8, instant=EVENING, kind=0, **changes):
    """A quote of the index's own tier and of one kind of hardware it reads."""
    hardware = method.hardware[kind % len(method.hardware)]
    return replace(
        quote(provider, price8, observed_at=instant, tier=method.tier),
        gpu_model=hardware.model,
        variant=hardware.variants[0],
        gpu_memory_gb=hardware.memory_gb,
        **changes,
    )


def unit_prices(quotes, method, as_of=MIDNIGHT):
    accepted = screen(quotes, method, PANEL, as_of).accepted
    factors = {hardware.name: hardware.factor4 for hardware in method.hardware}
    return [
        divide(a.quote.price8 * FACTOR_ONE, factors[a.line.hardware], Rounding.HALF_EVEN)
        for a in accepted
    ]


LISTS = st.dictionaries(st.sampled_from(PROVIDERS), PRICES, min_size=3)


@every_index
@settings(max_examples=40)  # of each of the indices
@given(data=st.data())
def test_family__any_index_at_its_base__lies_within_its_accepted_quotes(method, data):
    prices = data.draw(LISTS)
    kinds = data.draw(st.lists(st.integers(0, 3), min_size=len(prices), max_size=len(prices)))
    quotes = [
        offer(method, provider, price8, kind=kind)
        for (provider, price8), kind in zip(prices.items(), kinds, strict=True)
    ]
    found = spot_index(History.of(quotes), opened(method), PANEL, MIDNIGHT)
    units = unit_prices(quotes, opened(method))
    assert min(units) <= found.value8 <= max(units)


@every_index
@settings(max_examples=40)  # of each of the indices
@given(data=st.data())
def test_family__any_index_in_another_order_of_rows__is_the_same(method, data):
    prices = data.draw(st.lists(st.tuples(st.sampled_from(PROVIDERS), PRICES), max_size=12))
    quotes = [
        offer(method, provider, price8, EVENING + DAY * (n % 2), n, gpu_count=n % 3)
        for n, (provider, price8) in enumerate(prices)
    ]
    shuffled = data.draw(st.permutations(quotes))
    for as_of in (MIDNIGHT, NOON + DAY):
        first, other = (spot_index(History.of(q), method, PANEL, as_of) for q in (quotes, shuffled))
        assert first == other


@every_index
@settings(max_examples=40)  # of each of the indices
@given(data=st.data())
def test_family__coalition_up_to_a_third_of_the_weight__stays_within_the_honest_prices(
    method, data
):
    honest = data.draw(LISTS)
    liars = data.draw(st.sets(st.sampled_from(sorted(set(PROVIDERS) - honest.keys()) or ["-"])))
    assume("-" not in liars)
    lie = data.draw(st.integers(1, 10**15))
    quotes = [offer(method, p, price8, kind=n) for n, (p, price8) in enumerate(honest.items())]
    units = unit_prices(quotes, opened(method))
    lies = [offer(method, p, lie) for p in liars]
    found = spot_index(History.of(quotes + lies), opened(method), PANEL, MIDNIGHT)
    total = sum(entry.weight for entry in found.entries)
    held = sum(entry.weight for entry in found.entries if entry.provider in liars)
    if held * 3 <= total:
        assert min(units) <= found.value8 <= max(units)


@every_index
def test_family__coalition_of_two_in_three__can_leave_the_honest_prices(method):
    # The bound above is not vacuous: beyond the breakdown point the value does move.
    quotes = [offer(method, "a", 2 * USD)] + [offer(method, p, 900 * USD) for p in "bc"]
    found = spot_index(History.of(quotes), opened(method), PANEL, MIDNIGHT)
    assert found.value8 > 2 * max(unit_prices(quotes[:1], opened(method)))


@every_index
@pytest.mark.parametrize("providers", ["a", "ab"])
def test_family__fewer_than_three_providers__has_no_value(method, providers):
    quotes = [offer(method, provider, 2 * USD) for provider in providers]
    reading = read_index(History.of(quotes), method, PANEL, MIDNIGHT)
    assert reading.value == NoValue(Absence.NO_BASE, len(providers))
    assert reading.state == "absent"


@every_index
def test_family__quotes_of_the_other_tier__are_refused(method):
    other = Tier.SPOT if method.tier is Tier.ON_DEMAND else Tier.ON_DEMAND
    quotes = [replace(offer(method, p, 2 * USD), tier=other) for p in "abc"]
    reading = read_index(History.of(quotes), method, PANEL, MIDNIGHT)
    assert reading.rejected == {Reason.WRONG_TIER: 3}
    assert reading.used == 0


@every_index
def test_family__quotes_of_hyperscalers__are_refused(method):
    quotes = [offer(method, p, 2 * USD, firmness=Firmness.HYPERSCALER) for p in "abc"]
    reading = read_index(History.of(quotes), method, PANEL, MIDNIGHT)
    assert reading.rejected == {Reason.WRONG_TIER: 3}


def test_family__index_of_one_model__has_no_factor_and_the_par_index_has():
    quotes = [
        replace(quote(p, 3 * USD, "H200"), observed_at=EVENING) for p in ("a", "b", "c", "d", "e")
    ]
    by_index = {r.method.index: r for r in read_family(History.of(quotes), FAMILY, PANEL, MIDNIGHT)}
    assert by_index["H200 / USD"].value.value8 == 3 * USD
    # The builders' factor of H200 is 1.25.
    assert by_index[PAR_INDEX].value.value8 == 240_000_000
    assert by_index["H100 / USD"].state == by_index["SCU spot / USD"].state == "absent"
    assert by_index["H200 / USD"].state == "live"


def test_family__every_quote_in_view__is_used_or_refused_by_every_index(sample, panels):
    as_of = instant("2026-03-06T12:00:00Z")
    family, panel = load_family(), panels["panel-1"]
    rows = sample.between(as_of - family.methods[0].lookback_s, as_of - panel.lag_s)
    in_view = rows.stop - rows.start
    for reading in read_family(sample, family, panel, as_of):
        assert reading.used + sum(reading.rejected.values()) == in_view > 0


def test_family__evidence_of_two_indices__names_them_and_has_two_roots():
    quotes = [replace(quote(p, 3 * USD), observed_at=EVENING) for p in "abc"]
    first, other = (
        determine(DailyChain(History.of(quotes), FAMILY[index], PANEL), MIDNIGHT)
        for index in (PAR_INDEX, "H100 / USD")
    )
    # The same quotes, hashes and value: nothing but the name tells them apart.
    assert first.value.to_json() == other.value.to_json()
    assert first.root != other.root
    assert json.loads(other.header)["index"] == "H100 / USD"


def test_family__as_shipped__shares_one_hash_and_has_the_method_of_the_nodes_first():
    family = load_family()
    assert family.methods[0] == load_method() == family[PAR_INDEX]
    assert {method.method_hash for method in family.methods} == {family.method_hash}
    assert {method.index: method.unit for method in family.methods}["L40S / USD"] is Unit.GPU_HOUR
    for method in family.methods:
        if method.unit is Unit.GPU_HOUR:
            assert [hardware.factor4 for hardware in method.hardware] == [FACTOR_ONE]
    with pytest.raises(UnknownIndex, match="RTX4090"):
        family["RTX4090 / USD"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["indices"].append(d["indices"][0]), "defined 2 times"),
        (lambda d: d["indices"][1]["weight_ppm"].update({"A100-SXM-80": 1}), "2 kinds of GPU"),
        (lambda d: d["indices"][1]["weight_ppm"].update({"GTX-1": 1}), "unknown hardware GTX-1"),
        (lambda d: d["indices"][5].update(tier="spot"), "no price band for spot"),
        (lambda d: d["indices"][0].update(weight_ppm={"L40S-PCIE-48": 1}), "no factor for L40S"),
    ],
)
def test_family__file_that_contradicts_itself__is_refused(change, message):
    document = copy.deepcopy(DOCUMENT)
    change(document)
    with pytest.raises(BadMethod, match=message):
        family_of(document, FACTORS, bytes(32))


def test_family__panel_of_everyone__leaves_out_who_belongs_to_another_venue():
    panel = everyone(load_venues())
    assert "digitalocean" in panel.members
    assert "paperspace" not in panel.members


@pytest.fixture(scope="module")
def quotes_of_history():
    """Rows of the full history while its aggregator ran, of venues in the table."""
    venues = load_venues()
    text = gzip.decompress((Path(HISTORY) / "gpu_rental_quotes.csv.gz").read_bytes()).decode()
    rows = csv.DictReader(io.StringIO(text))
    kept = io.StringIO()
    writer = csv.DictWriter(kept, rows.fieldnames)
    writer.writeheader()
    writer.writerows(
        row
        for row in rows
        if row["provider"] in venues.by_slug and row["observed_at"] < "2026-05-09"
    )
    return parse_recording("history", kept.getvalue().encode(), venues).quotes


def candidates():
    """The indices of the file, and those that were left out of it."""
    document = copy.deepcopy(DOCUMENT)
    low_high = ["10000000", "600000000"]
    document["hardware"][4]["band8"]["spot"] = low_high
    document["hardware"].append(
        {"name": "RTX4090-24", "model": "RTX4090", "variant": "", "memory_gb": 24, "spelled": [""]}
        | {"band8": {"on_demand": low_high}}
    )
    for index, tier, hardware in (
        ("H100 spot / USD", "spot", "H100-SXM-80"),
        ("H200 spot / USD", "spot", "H200-SXM-141"),
        ("B200 spot / USD", "spot", "B200-SXM-180"),
        ("L40S spot / USD", "spot", "L40S-PCIE-48"),
        ("RTX4090 / USD", "on_demand", "RTX4090-24"),
    ):
        row = {"index": index, "unit": "GPU_HOUR", "tier": tier, "weight_ppm": {hardware: 10**6}}
        document["indices"].append(row)
    return {row["index"]: document for row in document["indices"]}


@pytest.mark.deep
@pytest.mark.skipif(HISTORY is None, reason="PARGRADE_HISTORY is not set: 1 count not compared")
def test_methodology__days_with_a_value_of_each_candidate__are_those_of_the_full_history(
    quotes_of_history,
):
    factors = {
        "rows": [
            {"model": h.model, "variant": h.variants[0], "memory_gb": h.memory_gb}
            | {"factor4": h.factor4}
            for h in load_method().hardware
        ]
    }
    panel, history = everyone(load_venues()), History.of(quotes_of_history)
    first = instant("2026-02-12T12:00:00Z")
    counted = []
    for index, document in candidates().items():
        chain = DailyChain(history, method_of(document, factors, bytes(32), index), panel)
        values = [chain.value(first + day * DAY) for day in range(86)]
        states = [v.state.value if isinstance(v, IndexValue) else "absent" for v in values]
        live, thin, absent = (str(states.count(s)) for s in ("live", "thin", "absent"))
        listed = any(row["index"] == index for row in DOCUMENT["indices"])
        counted.append([index, live, thin, absent, "yes" if listed else "no"])
    assert table("candidate", "live", "thin", "absent", "listed") == counted


@pytest.mark.skipif(HISTORY is None, reason="PARGRADE_HISTORY is not set: 1 table not compared")
def test_methodology__bands__are_a_quarter_to_four_or_six_times_the_medians_of_the_history():
    import polars as pl

    quotes = pl.read_csv(Path(HISTORY) / "gpu_rental_quotes.csv.gz", infer_schema_length=0).filter(
        ~pl.col("flags").fill_null("").str.contains("placeholder")
    )
    price = pl.col("price_usd_per_gpu_hour").cast(pl.Float64).median()
    for row in DOCUMENT["hardware"]:
        for tier, band in row["band8"].items():
            own = quotes.filter(pl.col("gpu_model") == row["model"], pl.col("lease_type") == tier)
            middle = own.select(price).item()
            low, high = (int(edge) / 1e8 for edge in band)
            if row["model"] == "L40S":
                open_venues = own.filter(~pl.col("provider").is_in(["vast.ai", "runpod"]))
                assert round(middle, 2) == 0.86
                assert round(open_venues.select(price).item(), 2) == 1.57
                middle, low = 1.57, low * 1.57 / 0.86
            assert 0.2 <= low / middle <= 0.3, (row["name"], tier, low / middle)
            assert 3.8 <= high / middle <= 6, (row["name"], tier, high / middle)
