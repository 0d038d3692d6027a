"""The bars of the method with a window: rows of `scripts/bench index`, or alone with --window.

They need the full history (PARGRADE_HISTORY), because the sample that ships has few days more than
a window. The panel is everyone. S is the mean of every fifth daily value of SCU / USD from the
first whole window on; a lie begins with it, an old lie 30 days before. Attacks change prices after
the screen, for every provider of the window and both signs. Figures are per cent of the honest S,
the largest of either sign.

base_day_spread         Highest less lowest value of one instant over histories that begin on other
                        days, in units of the eighth decimal.
outside_panel           Reported values of all indices, every third hour, that are outside the
                        prices that count.
far_from_median         Largest distance of a reported value to the weighted median.
break_case              Hours in which a value is reported that is outside its panel's prices, when
                        five strangers at twice the price replace a panel of five.
one_provider_*          One lies: +45 or -30 %, the same for long, a ratchet of 10 %, a lie on every
                        other day, a drip to 45 % over 20 days.
four_*                  Four together: the eight heaviest in fours, and others drawn.
market_lag              Part of a true move of 20 % that is missing while all move, one every two
                        days, in three orders.
frozen_drift, _day      What is left of movement when no line ever changes its price.
coverage                Instants with a value among those at which three providers are current,
                        every third hour after the warm-up. Values that rest on carried lists are
                        counted beside it.
benchmark_distance      Largest distance of a monthly mean to the index of another publisher. It is
                        published and was not tuned to; it has no limit.
fit_ms                  The fit of 171 lines by 60 days.
append_ms               A new day for a window that is known, with a history of 1,000,000 quotes
                        behind it, against 100,000.
batch_ms                A visit that a node fetched, from its store to the next value of the method
                        in use, with 1,000,000 quotes in the store, against 100,000.
"""

import os
import random
import sys
from collections.abc import Collection, Iterable
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from math import log
from pathlib import Path
from statistics import fmean, median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Final

import numpy as np
from rows import Row

from oracle.backtest.benchmark import parse_benchmark
from oracle.fetch.quote_store import QuoteStore
from oracle.index.chain import chain_of
from oracle.index.family import Family, everyone, load_candidate
from oracle.index.level import Absence, IndexValue, NoValue
from oracle.index.method import METHOD, PAR_INDEX, Method, load_method
from oracle.index.panel import Panel
from oracle.index.window.chain import WindowChain
from oracle.index.window.estimator import DAY_WEIGHT, fit
from oracle.index.window.logs import LOG_ONE
from oracle.index.window.standing import current_providers, firmnesses_of, panel_in_force
from oracle.manipulation.window_attack import Change, PriceTable, bias, drip, ratchet, rotating
from oracle.node.quote_source import FetchedQuotes
from oracle.quotes.classes import Firmness
from oracle.quotes.history import History
from oracle.quotes.quote import Line, Quote, Tier
from oracle.sources.canary import Canary
from oracle.sources.history_file import Scan
from oracle.sources.mapping import Fetched
from oracle.sources.venue import Cadence, Terms, load_venues
from pargrade.clock import DAY_S, HOUR_S, day_name

SHIPPED: Final = METHOD.with_name("method-3.json")
OLD_DAYS: Final = 30
EVERY: Final = 5
PRICE: Final = 10**8


def window_rows() -> list[Row]:
    """Every row; none without the full history."""
    folder = os.environ.get("PARGRADE_HISTORY")
    if not folder:
        print("no PARGRADE_HISTORY: the rows of the window are left out", file=sys.stderr)
        return []
    history = History.of(Scan(Path(folder) / "gpu_rental_quotes.csv.gz", load_venues()).read())
    family = load_candidate(SHIPPED)
    chains = [chain_of(history, method, everyone(load_venues())) for method in family.methods]
    parts = (
        lambda: [base_day_row(history, family[PAR_INDEX]), break_row(family[PAR_INDEX])],
        lambda: hourly_rows(chains, Path(folder)),
        lambda: attack_rows(price_table(chains[0])),
        lambda: following_rows(price_table(chains[0])),
        lambda: [fit_row(family[PAR_INDEX]), append_row(history, family), batch_row()],
    )
    rows: list[Row] = []
    for number, part in enumerate(parts, start=1):
        print(f"window, part {number} of {len(parts)}", file=sys.stderr)
        rows += part()
    return rows


def price_table(chain: WindowChain) -> PriceTable:
    """The prices of every midnight that has three providers, up to the last in a row."""
    first = -(-(int(chain.history.times[0]) + chain.method.lookback_s) // DAY_S) * DAY_S
    days = []
    for midnight in range(first, int(chain.history.times[-1]), DAY_S):
        fixing = chain.fixing_of_midnight(midnight)
        if fixing.providers < chain.method.min_providers:
            break
        days.append(fixing.prices)
    return PriceTable(days, chain.method)


def base_day_row(history: History, method: Method) -> Row:
    """Histories from nine base days on, 12 to 28 February at noon, for noon of 1 May."""
    as_of, panel = 1_777_636_800, everyone(load_venues())
    begins = [1_770_897_600 + 2 * DAY_S * day for day in range(9)]
    values = []
    for begin in begins:
        part = History.of(history.columns.take(history.between(begin, as_of)))
        value = chain_of(part, method, panel).value(as_of)
        values.append(value.value8 if isinstance(value, IndexValue) else 0)
    late = History.of(history.columns.take(history.between(as_of - 59 * DAY_S, as_of)))
    early = isinstance(chain_of(late, method, panel).value(as_of), IndexValue)
    spread = max(values) - min(values) if min(values) and not early else PRICE
    return Row("base_day_spread", spread, 0, "of 8 decimals", peers={"base days": len(begins)})


def break_row(method: Method) -> Row:
    """Seventy days at about 2 USD, then five strangers at 4."""
    old, new = ("lambda", "crusoe", "hyperstack", "koyeb", "novita"), tuple("vwxyz")
    quotes = [
        _quote(provider, (2 if day < 70 else 4) * PRICE, day)
        for day in range(90)
        for provider in (old if day < 70 else new)
    ]
    panel = replace(everyone(load_venues()), providers=(*old, *new))
    chain = chain_of(History.of(quotes), method, panel)
    away = halted = spliced = 0
    for hour in range(70 * DAY_S, 90 * DAY_S, HOUR_S):
        value, prices = chain.value(hour), _current_prices(chain, hour)
        halted += value.state == "halted"
        if isinstance(value, IndexValue) and value.reportable:
            away += not min(prices) <= value.value8 <= max(prices)
            spliced += value.state == "splicing"
    return Row(
        "break_case",
        away if halted else 1,
        0,
        "hours",
        peers={"hours halted": halted, "hours splicing": spliced},
    )


def _current_prices(chain: WindowChain, hour: int) -> list[int]:
    fixing = chain.fixing(hour)
    firm = firmnesses_of(fixing.screened, chain.method, hour)
    return [fixing.prices[line] for line in panel_in_force(firm, chain.method)]


def _quote(provider: str, price8: int, day: int) -> Quote:
    return Quote(
        observed_at=day * DAY_S + 21 * HOUR_S,
        provider=provider,
        gpu_model="H100",
        variant="SXM",
        gpu_memory_gb=80,
        gpu_count=8,
        price8=price8,
        tier=Tier.ON_DEMAND,
        region="",
        source="made up",
        cadence=Cadence.DAILY,
        firmness=Firmness.NEOCLOUD,
        terms=Terms.OPEN,
        n_offers=1,
    )


def hourly_rows(chains: Collection[WindowChain], folder: Path) -> list[Row]:
    """Bounds, coverage and the other publisher's index, from the hourly values of all indices."""
    outside, farthest, valued, carried = 0, 0, 0, 0
    lacks: dict[str, int] = {}
    months: dict[tuple[str, str], list[int]] = {}
    for chain in chains:
        for hour in _hours(chain.history):
            value = chain.value(hour)
            if chain.method.index == PAR_INDEX and not _is_current(chain, hour):
                carried += value.reportable
            elif isinstance(value, NoValue):
                reason = value.reason
                if reason is not Absence.TOO_FEW_PROVIDERS and chain.method.index == PAR_INDEX:
                    lacks[reason] = lacks.get(reason, 0) + 1
            elif chain.method.index == PAR_INDEX:
                valued += value.reportable
                for doubt in () if value.reportable else value.doubts:
                    lacks[doubt] = lacks.get(doubt, 0) + 1
            if value.reportable:
                prices = _current_prices(chain, hour)
                outside += not min(prices) <= value.value8 <= max(prices)
                farthest = max(farthest, abs(value.distance_ppm))
                model = chain.method.hardware[0].model
                if chain.method.unit == "GPU_HOUR" and chain.method.tier is Tier.ON_DEMAND:
                    months.setdefault((model, day_name(hour)[:7]), []).append(value.value8)
    warm_up = lacks.pop(Absence.WARM_UP, 0)
    text = (folder / "gpu_ratecard_benchmark_monthly.csv").read_text(encoding="utf-8")
    apart = {
        f"{row.model} {row.month}, %": 100 * (fmean(months[row.model, row.month]) / row.value8 - 1)
        for row in parse_benchmark(text)
        if (row.model, row.month) in months
    }
    share = 100 * valued / (valued + sum(lacks.values()))
    return [
        Row("outside_panel", outside, 0, "values"),
        Row("far_from_median", farthest / 10**4, 12, "%"),
        Row(
            "coverage",
            share,
            95,
            "% of instants",
            "higher",
            {**lacks, "WARM_UP, not in it": warm_up, "carried, not in it": carried},
        ),
        Row("benchmark_distance", max(map(abs, apart.values())), 100, "%", peers=apart),
    ]


def _is_current(chain: WindowChain, hour: int) -> bool:
    firm = firmnesses_of(chain.fixing(hour).screened, chain.method, hour)
    return current_providers(firm) >= chain.method.min_providers


def _hours(history: History) -> range:
    """Every third hour: midnights are among them."""
    first = -(-int(history.times[0]) // DAY_S) * DAY_S
    return range(first, int(history.times[-1]), 3 * HOUR_S)


def attack_rows(table: PriceTable) -> list[Row]:
    """Every provider of the days of S, and coalitions of four."""
    places = range(table.first, len(table.days), EVERY)
    weight: dict[str, int] = {}
    for place in places:
        for line in table.days[place]:
            weight[line.provider] = weight.get(line.provider, 0) + 1
    honest = table.mean8(places)
    alone = [(provider,) for provider in sorted(weight)]
    heavy = _heaviest(table, places)
    draw = random.Random(1)  # noqa: S311 - which coalitions are tried, not a secret
    fours = [heavy[:4], heavy[4:8], *(tuple(draw.sample(heavy[:8], 4)) for _ in range(5))]
    fours += [tuple(draw.sample(sorted(weight), 4)) for _ in range(3)]

    def row(
        name: str, limit: float, change: Change, who: Iterable[Collection[str]], old: int = 0
    ) -> Row:
        moved = {
            ", ".join(liars): 100
            * (table.changed(liars, table.first - old, change).mean8(places) / honest - 1)
            for liars in who
        }
        worst = max(moved, key=lambda liars: abs(moved[liars]))
        return Row(name, abs(moved[worst]), limit, "%", peers={worst: moved[worst]})

    up, down = bias(450_000), bias(-300_000)
    return [
        row("one_provider_bias45", 2, up, alone),
        row("one_provider_bias-30", 2, down, alone),
        row("one_provider_old_lie", 3.5, up, alone, OLD_DAYS),
        row("one_provider_old_lie-30", 3.5, down, alone, OLD_DAYS),
        row("one_provider_ratchet10", 0.7, ratchet(100_000), alone),
        row("one_provider_ratchet45", 2, ratchet(450_000), alone),
        row("one_provider_rotating45", 2, rotating(450_000), alone),
        row("one_provider_drip45", 2, drip(450_000, 20), alone),
        row("four_providers_bias45", 7, up, fours),
        row("four_providers_bias-30", 7, down, fours),
        row("four_old_lie", 11, up, fours, OLD_DAYS),
        row("four_old_lie-30", 11, down, fours, OLD_DAYS),
    ]


def _heaviest(table: PriceTable, places: Iterable[int]) -> tuple[str, ...]:
    weight: dict[str, int] = {}
    for place in places:
        pairs = {(line.provider, line.hardware) for line in table.days[place]}
        for provider, hardware in pairs:
            each = table.method.by_name[hardware].weight_ppm
            weight[provider] = weight.get(provider, 0) + each
    return tuple(sorted(weight, key=lambda provider: (-weight[provider], provider)))


def following_rows(table: PriceTable) -> list[Row]:
    """A market that moves, and one that never does."""
    first: dict[Line, int] = {}
    for prices in table.days:
        for line, unit8 in prices.items():
            first.setdefault(line, unit8)
    still = PriceTable(
        [{line: first[line] for line in prices} for prices in table.days], table.method
    )
    logs = [log(still.value8(place)) for place in range(table.first, len(table.days))]
    steps = [abs(later - earlier) for earlier, later in pairwise(logs)]
    lags = [market_lag(table, seed) for seed in (1, 2, 3)]
    return [
        Row("market_lag", max(lags), 0.25, "of the move"),
        Row("frozen_drift", 100 * (max(logs) - min(logs)), 2, "%"),
        Row("frozen_drift_day", 100 * max(steps), 0.5, "%"),
    ]


def market_lag(table: PriceTable, seed: int) -> float:
    """The last day's panel stays; its providers rise by a fifth in a drawn order."""
    last = table.days[-1]
    providers = sorted({line.provider for line in last})
    random.Random(seed).shuffle(providers)  # noqa: S311 - an order, not a secret
    start, gap, worst = len(table.days), 2, 0.0
    whole = log(1.2)
    days = [*table.days, *[last] * (gap * len(providers) + 1)]
    still = PriceTable(days, table.method)
    moved = [dict(prices) for prices in days]
    weights = {line: weight for line, _, weight in still.day(start).lines}
    for number, provider in enumerate(providers):
        for prices in moved[start + gap * number :]:
            prices.update({ln: last[ln] * 6 // 5 for ln in last if ln.provider == provider})
    moving = PriceTable(moved, table.method)
    for place in range(start, len(days), 3):
        risen = sum(weight for line, weight in weights.items() if moved[place][line] != last[line])
        true = whole * risen / sum(weights.values())
        worst = max(worst, true - log(moving.value8(place) / still.value8(place)))
    return worst / whole


def fit_row(method: Method) -> Row:
    """Random prices with jumps, a third of them missing."""
    rule = method.window
    draw = np.random.default_rng(1)
    logs = 19 + draw.normal(0, 0.3, (171, 1)) + draw.normal(0, 0.05, (171, 60))
    weights = np.where(draw.random(logs.shape) < 0.67, DAY_WEIGHT // 171, 0)
    amounts = np.rint(logs * LOG_ONE).astype(np.int64)
    found = []
    for _ in range(7):
        began = process_time()
        fit(amounts, weights, rule.huber, rule.steps)
        found.append(1000 * (process_time() - began))
    return Row("fit_ms", median(found), 25, "ms", peers={"steps": rule.steps})


def append_row(history: History, family: Family) -> Row:
    """One more day costs the quotes of a day, whatever lies behind."""
    found = {
        f"{quotes:,} quotes, ms": median(_append_ms(history, family[PAR_INDEX], quotes))
        for quotes in (100_000, 1_000_000)
    }
    small, large = found.values()
    return Row("append_ms", large / small, 1.3, "times that of a tenth", peers=found)


def _append_ms(history: History, method: Method, quotes: int) -> list[float]:
    """Milliseconds for each of a few days, appended to a chain over so many quotes before them."""
    first, last = 1_777_636_800, 1_778_155_200
    known = history.columns.take(history.between(0, first))
    copy = np.arange(quotes) // len(known)
    span = first - int(history.times[0]) + DAY_S
    long = replace(
        known.take(np.arange(quotes) % len(known)),
        observed_at=known.observed_at[np.arange(quotes) % len(known)] - copy * span,
        ordered=False,
    )
    chain = WindowChain(History.of(long), method, everyone(load_venues()))
    chain.value(first)
    took = []
    for as_of in range(first + DAY_S, last, DAY_S):
        rows = history.between(as_of - DAY_S - method.view_s, as_of)
        began = process_time()
        chain = chain.continued(History.of(history.columns.take(rows)), as_of - DAY_S)
        value = chain.value(as_of)
        took.append(1000 * (process_time() - began))
        if not isinstance(value, IndexValue):
            raise SystemExit(f"no value at {as_of}: {value}")
    return took[1:]  # the first lets go of the long history


def batch_row() -> Row:
    """A store of visits twice an hour to 125 lists, of which the months that are over are cold."""
    found = {}
    for quotes in (100_000, 1_000_000):
        with TemporaryDirectory() as folder:
            found[f"{quotes:,} quotes, ms"] = median(_batch_ms(Path(folder), quotes))
    small, large = found.values()
    return Row("batch_ms", large / small, 1.3, "times that of a tenth", peers=found)


def _batch_ms(folder: Path, quotes: int) -> list[float]:
    """Milliseconds for each of a few visits, after so many quotes."""
    visits, begin = quotes // 125, 1_780_272_000
    panel, took = Panel("made up", tuple(f"p{n}" for n in range(25)), 0), []
    with closing(QuoteStore(folder)) as store:
        for number in range(visits):
            store.append("made up", begin + number * 1_800, _list_of(begin + number * 1_800))
        store.cool(begin + visits * 1_800)
        source = FetchedQuotes(store, load_method(), panel)
        for number in range(visits, visits + 8):
            as_of = begin + number * 1_800
            store.append("made up", as_of, _list_of(as_of))
            began = process_time()
            value = source.chain().value(as_of)
            took.append(1000 * (process_time() - began))
            if not isinstance(value, IndexValue):
                raise SystemExit(f"no value at {as_of}: {value}")
    return took[1:]  # the first reads what is not known yet


def _list_of(instant: int) -> Fetched:
    plain = _quote("", 0, 0)
    quotes = tuple(
        replace(
            plain,
            provider=f"p{number % 25}",
            gpu_count=1 + number // 25,
            price8=2 * PRICE + number * PRICE // 500,
            observed_at=instant,
        )
        for number in range(125)
    )
    return Fetched(quotes, (), (), Canary({}, {}))
