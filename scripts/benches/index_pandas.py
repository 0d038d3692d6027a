"""The method of the index in pandas, as one would write it who knows pandas: what we compare with.

The frame is sorted once, what a row is by itself is found once for all rows, windows are cut by
binary search, instants with the same rows in view share their result, and what is left is grouping,
sorting and joining. Weights and the chain are Python's integers, since int64 does not hold them.
Made for the comparison alone; it shares no code with the oracle but the constants of the method.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.quotes.quote import Quote
from pargrade.clock import DAY_S

LINE: Final = ["provider", "hardware", "gpu_count", "region"]
PAIR: Final = ["provider", "hardware"]


def frame_of(quotes: list[Quote]) -> pd.DataFrame:
    """Quotes as a frame in canonical order; words are categories, which group fast."""
    rows = pd.DataFrame(
        {
            name: [getattr(quote, name) for quote in quotes]
            for name in Quote.__dataclass_fields__
            if name != "flags"
        }
    )
    rows["flags"] = ["|".join(quote.flags) for quote in quotes]
    rows = rows.sort_values(list(rows.columns), kind="stable", ignore_index=True)
    words = rows.select_dtypes(exclude="int64").columns
    return rows.astype(dict.fromkeys(words, "category"))


@dataclass(frozen=True)
class Anchor:
    """The chain after a midnight."""

    level18: int
    prices: pd.Series
    links: int
    held: int
    last_held: bool


class PandasIndex:
    """The index of one panel over one frame."""

    def __init__(self, quotes: pd.DataFrame, method: Method, panel: Panel) -> None:
        self.method = method
        self.panel = panel
        self.rows = self._judged(quotes)
        self.times = self.rows["observed_at"].to_numpy()
        self.weights = {each.name: each.weight_ppm for each in method.hardware}
        self.anchor: Anchor | None = None
        self.midnight = -(-int(self.times[0]) // DAY_S) * DAY_S
        self.known: tuple[tuple[int, ...], tuple[pd.Series, pd.Series]] | None = None

    def _judged(self, quotes: pd.DataFrame) -> pd.DataFrame:
        """The frame with hardware, factor, age limit and the fault each row has by itself."""
        method = self.method
        known = pd.DataFrame(
            [
                (h.model, variant, h.memory_gb, h.name, h.factor4, h.low8, h.high8)
                for h in method.hardware
                for variant in h.variants
            ],
            columns=["gpu_model", "variant", "gpu_memory_gb", "hardware", "factor4", "low", "high"],
        )
        rows = quotes.astype({"gpu_model": "object", "variant": "object"}).merge(
            known, how="left", on=["gpu_model", "variant", "gpu_memory_gb"]
        )
        price8 = rows["price8"]
        faults = {
            "RESTRICTED_TERMS": rows["terms"] == "restricted",
            "ZERO_OR_NEGATIVE": price8 <= 0,
            "UNKNOWN_HARDWARE": rows["hardware"].isna(),
            "WRONG_TIER": (rows["tier"] != method.tier) | ~rows["firmness"].isin(method.firmness),
            "NOT_ON_PANEL": ~rows["provider"].isin(self.panel.providers),
            "PLACEHOLDER": (price8 == method.placeholder_price8)
            | rows["flags"].astype(str).str.contains(method.placeholder_flag, regex=False),
            "OUT_OF_BAND": (price8 < rows["low"]) | (price8 > rows["high"]),
        }
        rows["fault"] = np.select(list(faults.values()), list(faults), default="")
        rows["max_age_s"] = rows["cadence"].map(method.max_age_s).astype("int64")
        rows["direct"] = rows["cadence"] == "direct"
        rows["factor4"] = rows["factor4"].fillna(1).astype("int64")
        rows["line"] = rows.groupby(LINE, observed=True, dropna=False).ngroup()
        rows["hardware"] = rows["hardware"].astype("category")
        used = ["observed_at", "price8", "source", "fault", "max_age_s", "direct", "factor4"]
        return rows[[*LINE, *used, "line"]]

    def value(self, as_of: int) -> dict[str, Any]:
        """The index at an instant, in unix seconds, as its canonical values. Ask in order."""
        while self.midnight <= as_of:
            self._follow(self.midnight)
            self.midnight += DAY_S
        method, anchor = self.method, self.anchor
        prices, _ = self.fixing(as_of)
        providers = self._providers(prices)
        if anchor is None:
            return {"absent": "NO_BASE", "providers": providers}
        if providers < method.min_providers:
            return {"absent": "TOO_FEW_PROVIDERS", "providers": providers}
        ratio18, held = self._link(anchor.prices, prices)
        value8 = half_even(half_even(anchor.level18 * ratio18, 10**18), 10**10)
        entries = self._entries(prices)
        median8 = quantile(entries, 1, 2)
        spread8 = quantile(entries, 3, 4) - quantile(entries, 1, 4)
        thin = anchor.last_held or providers < method.live_providers
        return {
            "value8": str(value8),
            "confidence8": str(-(-spread8 * value8 // (2 * median8))),
            "median8": str(median8),
            "providers": providers,
            "state": "halted" if held else "thin" if thin else "live",
            "links": anchor.links,
            "held": anchor.held,
        }

    def fixing(self, as_of: int) -> tuple[pd.Series, pd.Series]:
        """Unit prices by line, and how many rows in view have each verdict."""
        method = self.method
        ages = sorted(method.max_age_s.values())
        edges = (method.lookback_s, self.panel.lag_s, *(age + 1 for age in ages))
        key = tuple(np.searchsorted(self.times, [as_of - e for e in edges], "right").tolist())
        if self.known is None or self.known[0] != key:
            self.known = (key, self._fixing(self.rows.iloc[key[0] : key[1]].copy(), as_of))
        return self.known[1]

    def _fixing(self, seen: pd.DataFrame, as_of: int) -> tuple[pd.Series, pd.Series]:
        stale = (as_of - seen["observed_at"] > seen["max_age_s"]) & (
            seen["fault"] != "RESTRICTED_TERMS"
        )
        seen.loc[stale, "fault"] = "STALE"
        current = seen[seen["fault"] == ""]
        best = current.sort_values(
            ["direct", "observed_at"], ascending=False, kind="stable"
        ).drop_duplicates("line")
        source = current["line"].map(best.set_index("line")["source"].astype(str))
        surplus = current.index.difference(best.index)
        same = (current["source"].astype(str) == source).loc[surplus]
        seen.loc[surplus, "fault"] = np.where(same, "SUPERSEDED", "DUPLICATE_SOURCE")
        outliers = self._outliers(best)
        seen.loc[best.index[outliers], "fault"] = "OUTLIER"
        counted = best[~outliers]
        scaled = counted["price8"] * 10**4
        whole, rest = scaled // counted["factor4"], scaled % counted["factor4"]
        twice = 2 * rest
        up = (twice > counted["factor4"]) | ((twice == counted["factor4"]) & (whole % 2 == 1))
        index = pd.MultiIndex.from_frame(counted[LINE])
        return pd.Series((whole + up).to_numpy(), index), seen["fault"].value_counts()

    def _outliers(self, best: pd.DataFrame) -> np.ndarray:
        method = self.method
        own = lower_medians(best, PAIR, "price8")
        middle = lower_medians(own, ["hardware"], "price8").set_index("hardware")["price8"]
        own["away"] = deviation(own["price8"], own["hardware"].astype(str).map(middle))
        spread = lower_medians(own, ["hardware"], "away").set_index("hardware")["away"]
        limit = (spread * method.outlier_mad_multiple).clip(lower=method.outlier_floor_ppm)
        many = own.groupby("hardware", observed=True).size() >= method.outlier_min_providers
        kind = best["hardware"].astype(str)
        far = deviation(best["price8"], kind.map(middle)) > kind.map(limit)
        return (far & kind.map(many).astype(bool)).to_numpy()

    def _follow(self, midnight: int) -> None:
        method, anchor = self.method, self.anchor
        prices, _ = self.fixing(midnight)
        usable = self._providers(prices) >= method.min_providers
        if anchor is None:
            if usable:
                total, parts = middle(self._entries(prices), method.middle_band)
                self.anchor = Anchor(half_even(total * 10**10, parts), prices, 0, 0, False)
            return
        ratio18, held = self._link(anchor.prices, prices)
        level18 = half_even(anchor.level18 * ratio18, 10**18)
        kept = prices if usable else anchor.prices
        self.anchor = Anchor(level18, kept, anchor.links + 1, anchor.held + held, held)

    def _link(self, before: pd.Series, now: pd.Series) -> tuple[int, bool]:
        both = pd.concat([before, now], axis=1, join="inner", keys=["before", "now"])
        if self._providers(both) < self.method.min_providers:
            return 10**18, True
        then, then_parts = middle(self._entries(both["before"]), self.method.middle_band)
        since, since_parts = middle(self._entries(both["now"]), self.method.middle_band)
        return half_even(since * then_parts * 10**18, then * since_parts), False

    @staticmethod
    def _providers(prices: pd.Series | pd.DataFrame) -> int:
        return prices.index.get_level_values("provider").nunique()

    def _entries(self, prices: pd.Series) -> list[tuple[int, int]]:
        """(unit price, weight) of every provider and hardware, ascending."""
        lines = prices.rename("unit8").reset_index()
        own = lower_medians(lines, PAIR, "unit8")
        raw = own["hardware"].astype(str).map(self.weights)
        totals = raw.groupby(own["provider"].astype(str)).sum()
        weights = capped(totals.to_dict(), self.method.provider_cap_parts)
        common = 1
        for provider in weights.capped:
            common *= int(totals[provider])
        weighted = []
        for provider, unit8, weight in zip(own["provider"], own["unit8"], raw, strict=True):
            if provider in weights.capped:
                share = weights.rest * int(weight) * common // int(totals[provider])
            else:
                share = weights.scale * int(weight) * common
            weighted.append((int(unit8), share))
        return sorted(weighted)


@dataclass(frozen=True)
class Capped:
    """Who is capped, what the others weigh together, and the factor for each of them."""

    capped: frozenset[str]
    rest: int
    scale: int


def capped(totals: dict[str, int], parts: int) -> Capped:
    """Providers over one part of the total, until nobody is."""
    over: set[str] = set()
    while True:
        rest = int(sum(weight for provider, weight in totals.items() if provider not in over))
        scale = parts - len(over)
        more = {p for p, weight in totals.items() if p not in over and weight * scale > rest}
        if not more:
            return Capped(frozenset(over), rest, scale)
        over |= more


def lower_medians(rows: pd.DataFrame, by: list[str], value: str) -> pd.DataFrame:
    """The lower median of each group."""
    ordered = rows[[*by, value]].sort_values([*by, value], kind="stable", ignore_index=True)
    groups = ordered.groupby(by, observed=True, sort=False)
    place, size = groups.cumcount(), groups[value].transform("size")
    return ordered[place == (size - 1) // 2].reset_index(drop=True)


def deviation(prices: pd.Series, middles: pd.Series) -> pd.Series:
    """How far prices are from a middle, in millionths of the lower one."""
    middles = middles.astype("int64")
    return (prices - middles).abs() * 10**6 // prices.where(prices < middles, middles)


def quantile(weighted: list[tuple[int, int]], part: int, parts: int) -> int:
    """The lowest value with part/parts of the weight at or below it."""
    wanted, below = sum(weight for _, weight in weighted) * part, 0
    for value, weight in weighted:
        below += weight
        if below * parts >= wanted:
            return value
    raise ValueError("no values")


def middle(weighted: list[tuple[int, int]], band: tuple[int, int]) -> tuple[int, int]:
    """The mean over the central part of the weight, as a fraction."""
    part, parts = band
    if part == 0:
        return quantile(weighted, 1, 2), 1
    total = sum(weight for _, weight in weighted)
    low, high = total * (parts - part), total * (parts + part)
    below = kept = 0
    for value, weight in weighted:
        upto = below + 2 * parts * weight
        kept += value * max(0, min(upto, high) - max(below, low))
        below = upto
    return kept, high - low


def half_even(numerator: int, denominator: int) -> int:
    """The quotient, half-even."""
    whole, rest = divmod(numerator, denominator)
    return whole + (2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1))
