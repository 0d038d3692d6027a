"""Real answers that venues once gave, and the whole quote history, where they are at hand."""

import csv
import gzip
import os
from collections import Counter
from pathlib import Path

import pytest

from oracle.index.screen import Reason, screen
from oracle.quotes.quote import Tier
from oracle.sources.number import scaled
from oracle.sources.recorded import COLUMNS, FURTHER, load_recording
from oracle.sources.table import load_table
from oracle.sources.venue import Terms
from tests.support.feed_visits import VENUES, read
from tests.support.quote_builders import METHOD_1, NOON, PANEL, USD

HISTORY = os.environ.get("PARGRADE_HISTORY")
pytestmark = pytest.mark.skipif(
    HISTORY is None, reason="PARGRADE_HISTORY is not set: raw payloads and history not read"
)


def raw(name: str) -> bytes:
    (path,) = Path(HISTORY, "raw").glob(name)
    return path.read_bytes()


def prices(fetched) -> dict[tuple, int]:
    return {
        (q.gpu_model, q.variant, q.gpu_count, q.tier, q.region): q.price8 for q in fetched.quotes
    }


def test_payload__lium__is_what_its_hosts_asked():
    fetched = read("lium", raw("lium_*.json"))
    assert fetched.omitted == ()
    assert sum(quote.n_offers for quote in fetched.quotes) == 11
    found = prices(fetched)
    assert found["H100", "SXM", 8, Tier.ON_DEMAND, "global"] == 175 * USD // 100
    assert found["H200", "SXM", 8, Tier.SPOT, "global"] == 310 * USD // 100
    assert found["H200", "NVL", 1, Tier.ON_DEMAND, "global"] == 390 * USD // 100
    assert found["B200", "SXM", 1, Tier.ON_DEMAND, "global"] == 653_180_000


def test_payload__azure__leaves_out_reservations_and_windows_and_divides_by_the_gpus():
    fetched = read("azure", raw("azure_*.json"))
    found = prices(fetched)
    # 98.32 and 88.488 USD for eight: the lower one is what a buyer takes.
    assert found["H100", "SXM", 8, Tier.ON_DEMAND, "eastus"] == 1_106_100_000
    assert found["A100", "SXM", 8, Tier.SPOT, "eastus"] in (74_791_750, 81_925_000)
    assert sum(each.rows for each in fetched.omitted) == 6
    assert sum(quote.n_offers for quote in fetched.quotes) == 4


def test_payload__runpod__every_price_is_a_quote_or_said_to_be_none():
    fetched = read("runpod", raw("runpod_*.json"))
    assert len(fetched.quotes) + sum(each.rows for each in fetched.omitted) == 9 * 4
    found = prices(fetched)
    assert found["H100", "SXM", 1, Tier.ON_DEMAND, "secure"] == 329 * USD // 100
    assert found["MI300X", "OAM", 1, Tier.ON_DEMAND, "community"] == USD // 2
    reasons = {each.reason for each in screen(fetched.quotes, METHOD_1, PANEL, NOON).rejected}
    assert reasons == {Reason.RESTRICTED_TERMS}


def test_payload__vast__gives_the_middle_of_the_hosts_of_a_country():
    fetched = read("vast.ai", raw("vastai_*.json"))
    assert prices(fetched) == {
        ("H100", "SXM", 1, Tier.ON_DEMAND, "JP"): 160_592_593,
        ("H100", "SXM", 1, Tier.ON_DEMAND, "US"): 149_288_889,
    }
    assert {quote.gpu_memory_gb for quote in fetched.quotes} == {80}


@pytest.fixture(scope="module")
def history_path() -> Path:
    return Path(HISTORY, "gpu_rental_quotes.csv.gz")


@pytest.fixture(scope="module")
def history(history_path):
    return load_recording(history_path, VENUES).quotes


def test_history__all_of_it__parses_and_every_provider_is_classified(history):
    assert len(history) == 90_081
    providers = {quote.provider for quote in history}
    assert len(providers) == 53
    assert providers <= VENUES.by_slug.keys()
    restricted = {quote.provider for quote in history if quote.terms is Terms.RESTRICTED}
    assert restricted == {"runpod", "vast.ai"}


def test_history__table__is_the_file_digit_by_digit(history_path, history):
    with gzip.open(history_path, "rt", encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    table = load_table(history_path, COLUMNS, FURTHER)
    assert table.flawed == {}
    assert set(FURTHER) <= table.columns.keys()
    for column in table.columns:
        assert table.texts(column) == [row[column] for row in rows], column
    for quote, row in zip(history, rows, strict=True):
        whole, _, part = row["price_min"].partition(".")
        assert quote.price8 == int(whole + part.ljust(8, "0"))
        # The price is between the least and the most, wherever it is one of several.
        assert scaled(row["price_min"], 8) <= scaled(row["price_max"], 8)


def test_history__what_upstream_mislabelled__is_flagged_and_sits_where_it_belongs(history):
    flagged = Counter(flag for quote in history for flag in quote.flags)
    placeholders = [q for q in history if "runpod_placeholder_0.50" in q.flags]
    assert len(placeholders) == 1_826
    assert {quote.price8 for quote in placeholders} == {METHOD_1.placeholder_price8}
    for flag, tiers, models in [
        ("relabelled_spot_upstream_said_on_demand", {Tier.SPOT}, None),
        ("vast_min_bid_floor_not_a_trade", {Tier.SPOT}, None),
        ("upstream_said_H200_but_price_is_Lambda_GH200", None, {"GH200"}),
    ]:
        rows = [quote for quote in history if flag in quote.flags]
        assert len(rows) == flagged[flag] > 0
        assert tiers is None or {quote.tier for quote in rows} == tiers
        assert models is None or {quote.gpu_model for quote in rows} == models
