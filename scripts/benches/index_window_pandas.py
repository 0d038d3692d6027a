"""The method with a window in pandas and numpy, as one would write it who knows both.

Screening is that of index_pandas.py with what the window adds: carried lists and lines that left
their own history. Days are frames, the fit is floating point, where ours is integers for the sake
of one digest, and instants with the same prices share their value, as ours do. Made for the
comparison alone; it shares no code with the oracle but the constants of the method.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from index_pandas import LINE, PAIR, PandasIndex, capped, deviation, lower_medians

from oracle.index.method import Method
from oracle.index.panel import Panel
from pargrade.clock import DAY_S

ONE: Final = 10**6
TIERS: Final = ("executed", "bookable", "sold_out")


@dataclass(frozen=True)
class PandasDay:
    """Logs and weights of the lines of an instant, by line."""

    logs: pd.Series
    weights: pd.Series
    median: float
    low: float
    high: float


class PandasWindowIndex(PandasIndex):
    """The index of one panel over one frame."""

    def __init__(self, quotes: pd.DataFrame, method: Method, panel: Panel) -> None:
        placed = quotes["region"].astype(str)
        unplaced = placed.isin(method.window.unplaced_regions)
        quotes = quotes.assign(region=placed.mask(unplaced, ""))
        super().__init__(quotes, method, panel)
        self.rule = method.window
        flags = quotes["flags"].astype(str)
        self.rows["tier_ppm"] = np.select(
            [flags.str.contains(word, regex=False) for word in TIERS],
            [getattr(self.rule, f"{word}_ppm") for word in TIERS],
            default=self.rule.listed_ppm,
        )
        self.days: dict[int, PandasDay] = {}
        self.begin = int(self.times[0])
        self.decided: tuple[Any, dict[str, Any]] | None = None
        self.seen: tuple[tuple[int, ...], pd.DataFrame] | None = None

    def value(self, as_of: int) -> dict[str, Any]:
        """State and, where there is one, value in USD of an instant, in unix seconds."""
        last = -(-as_of // DAY_S) * DAY_S - DAY_S
        first = last - (self.rule.days - 2) * DAY_S
        known = [
            m for m in range(first, last + 1, DAY_S) if m >= self.begin + self.method.lookback_s
        ]
        before = {midnight: self._day_of(midnight) for midnight in known}
        counted = self._counted(as_of, before)
        decisive = counted[["unit8", "carried", "ppm"]].to_numpy()
        key = (last, as_of % DAY_S == 0, tuple(counted.index), decisive.tobytes())
        if self.decided is None or self.decided[0] != key:
            self.decided = key, self._decide(as_of, counted, before)
        return self.decided[1]

    def _decide(
        self, as_of: int, counted: pd.DataFrame, before: dict[int, PandasDay]
    ) -> dict[str, Any]:
        least, rule = self.method.min_providers, self.rule
        current = counted[counted["carried"] == 0]
        if self._providers(counted) < least or current.empty:
            return {"state": "absent"}
        held = current if self._providers(current) >= least else counted
        lines = [set(day.logs.index) for day in before.values()] + [set(held.index)]
        segment, broken, established = self._segment(lines, as_of)
        whole = len(before) == rule.days - 1
        if (broken and (whole or segment)) or not whole:
            return {"state": "halted"}
        days = [list(before.values())[place] for place in segment[:-1]]
        remembered = set().union(*(day.logs.index for day in days))
        keep = (counted["carried"] == 0) | counted.index.isin(list(remembered))
        counted = counted[keep]
        if self._providers(counted) < least:
            return {"state": "absent"}
        instants = [list(before)[place] for place in segment[:-1]] + [as_of]
        days.append(self._day(counted))
        levels = self._levels(days)
        start = self._first_astray(days, instants, levels)
        if start:
            days, instants = days[start:], instants[start:]
            levels = self._levels(days)
        value, day = float(np.exp(levels[-1])), days[-1]
        prices = held["unit8"]
        far = abs(value / np.exp(day.median) - 1) * ONE > rule.max_distance_ppm
        if far or not prices.min() <= value <= prices.max():
            state = "halted"
        elif instants[-1] - instants[0] < rule.settled_days * DAY_S:
            state = "splicing"
        else:
            few = min(self._providers(current), established) < self.method.live_providers
            state = "thin" if few else "live"
        return {"state": state, "value": value / 1e8}

    def _segment(self, days: list[set[Any]], as_of: int) -> tuple[list[int], bool, int]:
        """Positions of the days that belong together, whether the last is broken off, overlap."""

        def overlap(lines: set[Any], known: set[Any]) -> int:
            return len({line[0] for line in lines & known})

        least = self.method.min_providers
        main: list[int] = []
        aside: list[int] = []
        known: set[Any] = set()
        strange: set[Any] = set()
        established = 0
        for place, lines in enumerate(days):
            if len({line[0] for line in lines}) < least:
                continue
            established = overlap(lines, known)
            if main and established >= least:
                main, aside, strange, known = [*main, place], [], set(), known | lines
                continue
            established = overlap(lines, strange)
            if established < least:
                aside, strange, established = [], set(), 0
            aside, strange = [*aside, place], strange | lines
            last_hour = place == len(days) - 1 and as_of % DAY_S != 0
            if len(aside) - last_hour >= self.rule.splice_days:
                main, known, aside, strange = aside, strange, [], set()
        return main, bool(aside) or not main, established

    def _levels(self, days: list[PandasDay]) -> np.ndarray:
        """The robust time-product-dummy with its centre."""
        logs = pd.concat([day.logs for day in days], axis=1).to_numpy()
        weights = pd.concat([day.weights for day in days], axis=1).fillna(0).to_numpy()
        present = weights > 0
        logs = np.where(present, logs, 0.0)
        huber, used = self.rule.huber_ppm / ONE, weights
        levels, effects = np.zeros(len(days)), np.zeros(len(logs))
        for step in range(self.rule.steps + 1):
            errors = np.where(present, logs - levels - effects[:, None], 0.0)
            pulls = weights * (np.clip(errors, -huber, huber) if step else errors)
            if step:
                size = np.maximum(np.abs(errors), 1e-12)
                used = np.where(size <= huber, weights, weights * huber / (2 * size))
            of_line = used.sum(axis=1)
            shares = used / of_line[:, None]
            matrix = np.diag(used.sum(axis=0)) - used.T @ shares
            wanted = pulls.sum(axis=0) - used.T @ (pulls.sum(axis=1) / of_line)
            by_day = np.zeros(len(days))
            by_day[:-1] = np.linalg.solve(matrix[:-1, :-1], wanted[:-1])
            levels += by_day
            effects += (pulls.sum(axis=1) - used @ by_day) / of_line
        presence = weights.sum(axis=1)
        order = np.argsort(effects, kind="stable")
        below = np.cumsum(presence[order])
        median = effects[order][np.searchsorted(2 * below, below[-1])]
        clip = self.rule.clip_ppm / ONE
        centre = median + np.average(np.clip(effects - median, -clip, clip), weights=presence)
        return levels + centre

    def _first_astray(self, days: list[PandasDay], instants: list[int], levels: np.ndarray) -> int:
        most = self.rule.max_distance_ppm / ONE
        found = begun = midnights = 0
        first: dict[Any, int] = {}
        for place, (day, instant, level) in enumerate(zip(days, instants, levels, strict=True)):
            for line in day.logs.index:
                first.setdefault(line, instant)
            apart = level - day.median
            if np.log(1 - most) <= apart <= np.log(1 + most) and day.low <= level <= day.high:
                begun, midnights = place + 1, 0
                continue
            midnights += instant % DAY_S == 0
            since = instant - self.rule.settled_days * DAY_S
            new = day.weights[[first[line] > since for line in day.weights.index]].sum()
            if midnights >= self.rule.splice_days and 2 * new > day.weights.sum():
                found = begun
        return found

    def _day_of(self, midnight: int) -> PandasDay:
        if midnight not in self.days:
            rows = self._screened(midnight, self.method.lookback_s, carry_s=0)
            self.days[midnight] = self._day(rows[rows["age"] < DAY_S])
        return self.days[midnight]

    def _day(self, rows: pd.DataFrame) -> PandasDay:
        """A day of lines that count; none where there are too few providers."""
        if self._providers(rows) < self.method.min_providers:
            none = pd.Series(dtype="float64")
            return PandasDay(none, none, 0.0, 0.0, 0.0)
        lines = rows.reset_index()
        pairs = lines.groupby(PAIR, observed=True)["ppm"].agg(["sum", "count"]).reset_index()
        pairs["raw"] = pairs["hardware"].astype(str).map(self.weights)
        names = pairs["provider"].astype(str)
        offered = pairs.groupby(names)["raw"].transform("sum")
        most = self.rule.provider_ppm
        pairs["raw"] = (
            pairs["raw"] * most // offered.clip(lower=most) * pairs["sum"] // pairs["count"]
        )
        totals = pairs.groupby(names)["raw"].sum()
        caps = capped(
            {name: int(total) for name, total in totals.items()}, self.method.provider_cap_parts
        )
        weight = np.where(
            names.isin(caps.capped),
            caps.rest * pairs["raw"] / names.map(totals),
            caps.scale * pairs["raw"],
        )
        pairs["weight"] = weight / weight.sum()
        own = lower_medians(lines, PAIR, "unit8").merge(pairs, on=PAIR)
        ordered = own.sort_values("unit8", kind="stable")
        median = ordered["unit8"].to_numpy()[
            np.searchsorted(ordered["weight"].cumsum(), 0.5 - 1e-12)
        ]
        each = lines.merge(pairs, on=PAIR)
        shares = pd.Series((each["weight"] * each["ppm"] / each["sum"]).to_numpy(), rows.index)
        current = rows[rows["carried"] == 0]
        held = current if self._providers(current) >= self.method.min_providers else rows
        logs = np.log(rows["unit8"].astype("float64"))
        low, high = np.log(held["unit8"].min()), np.log(held["unit8"].max())
        return PandasDay(logs, shares, float(np.log(median)), float(low), float(high))

    def _counted(self, as_of: int, before: dict[int, PandasDay]) -> pd.DataFrame:
        """What counts at an instant, without lines that left their own history alone."""
        view_s = max(self.method.lookback_s, self.rule.carry_days * DAY_S)
        rows = self._screened(as_of, view_s, self.rule.carry_days * DAY_S)
        hardware = rows.index.get_level_values("hardware")
        provider = rows.index.get_level_values("provider")
        counts = pd.Series(provider).groupby(hardware).nunique()
        few = np.array(
            [counts[kind] < self.method.outlier_min_providers for kind in hardware], bool
        )
        with_lines = [day.logs for day in before.values() if len(day.logs)]
        if not few.any() or not with_lines:
            return rows
        past = pd.concat(with_lines)
        sizes = past.groupby(level=list(range(4))).size()
        settled = sizes[sizes >= self.rule.splice_days].index
        past = past[past.index.isin(settled)].sort_values(kind="stable")
        groups = past.groupby(level=list(range(4)))
        middles = past[groups.cumcount() == (groups.transform("size") - 1) // 2]
        logs = np.log(rows["unit8"].astype("float64"))
        apart = logs - middles.reindex(rows.index)
        limit = np.log(1 + self.rule.own_history_ppm / ONE)
        way = np.sign(apart.where(apart.abs() > limit, 0).fillna(0)).to_numpy()
        movers = {side: set(provider[way == side]) for side in (-1.0, 1.0)}
        alone = [
            side != 0 and len(movers[side] - {name}) < 2
            for side, name in zip(way, provider, strict=True)
        ]
        room = np.log(1 + self.method.outlier_floor_ppm / ONE)
        kinds = past.groupby([line[1] for line in past.index])
        low, high = kinds.min(), kinds.max()
        new = apart.isna().to_numpy() & hardware.isin(low.index)
        out = (logs < low.reindex(hardware).to_numpy() - room) | (
            logs > high.reindex(hardware).to_numpy() + room
        )
        return rows[~(few & (np.array(alone) | (new & out.to_numpy())))]

    def _screened(self, as_of: int, view_s: int, carry_s: int) -> pd.DataFrame:
        """Lines that count, by line: unit price, age, whole days carried, and firmness."""
        ages = sorted(self.method.max_age_s.values())
        edges = (view_s, self.panel.lag_s, *(age + 1 for age in ages))
        key = (carry_s, *np.searchsorted(self.times, [as_of - e for e in edges], "right").tolist())
        if self.seen is None or self.seen[0] != key:
            self.seen = key, self._choose(self.rows.iloc[key[1] : key[2]], as_of, carry_s)
        best = self.seen[1].assign(age=as_of - self.seen[1]["observed_at"])
        best["carried"] = np.where(best["is_carried"], (best["age"] // DAY_S).clip(lower=1), 0)
        falling = best["tier_ppm"].clip(upper=self.rule.listed_ppm)
        left = (self.rule.carry_days - best["carried"]).clip(lower=0)
        best["ppm"] = np.where(
            best["is_carried"], falling * left // self.rule.carry_days, best["tier_ppm"]
        )
        return best[["unit8", "age", "carried", "ppm"]]

    def _choose(self, seen: pd.DataFrame, as_of: int, carry_s: int) -> pd.DataFrame:
        seen = seen[seen["fault"] == ""].assign(age=lambda rows: as_of - rows["observed_at"])
        current = seen[seen["age"] <= seen["max_age_s"]].assign(is_carried=False)
        stale = seen[(seen["age"] > seen["max_age_s"]) & (seen["age"] <= carry_s)]
        stale = stale.assign(is_carried=True)
        if len(stale):
            pair = pd.MultiIndex.from_frame(stale[PAIR].astype(str))
            stale = stale[~pair.isin(pd.MultiIndex.from_frame(current[PAIR].astype(str)))]
            newest = stale.groupby(PAIR, observed=True)["age"].transform("min")
            stale = stale[stale["age"] - newest < DAY_S].assign(direct=False)
        rows = pd.concat([current, stale])
        best = rows.sort_values(
            ["direct", "observed_at"], ascending=False, kind="stable"
        ).drop_duplicates("line")
        best = best[~self._astray(best)]
        scaled = best["price8"] * 10**4
        whole, rest = scaled // best["factor4"], scaled % best["factor4"]
        up = (2 * rest > best["factor4"]) | ((2 * rest == best["factor4"]) & (whole % 2 == 1))
        best = best.assign(unit8=whole + up)
        index = pd.MultiIndex.from_frame(best[LINE].astype({"provider": str, "hardware": str}))
        return best.set_index(index)[
            ["unit8", "observed_at", "is_carried", "tier_ppm"]
        ].sort_index()

    def _astray(self, best: pd.DataFrame) -> np.ndarray:
        """Outliers, against current lists where these are enough."""
        if best.empty:
            return np.zeros(0, bool)
        method = self.method
        own = lower_medians(best, PAIR, "price8").astype({"provider": str, "hardware": str})
        fresh = best[~best["is_carried"].astype(bool)]
        known = pd.MultiIndex.from_frame(fresh[PAIR].astype(str))
        own["fresh"] = pd.MultiIndex.from_frame(own[PAIR].astype(str)).isin(known)
        enough = own.groupby("hardware")["fresh"].sum() >= method.outlier_min_providers
        own = own[own["fresh"] | ~own["hardware"].map(enough).astype(bool)]
        middle = lower_medians(own, ["hardware"], "price8").set_index("hardware")["price8"]
        own["away"] = deviation(own["price8"], own["hardware"].map(middle))
        spread = lower_medians(own, ["hardware"], "away").set_index("hardware")["away"]
        limit = (spread * method.outlier_mad_multiple).clip(lower=method.outlier_floor_ppm)
        many = own.groupby("hardware").size() >= method.outlier_min_providers
        kind = best["hardware"].astype(str)
        far = deviation(best["price8"], kind.map(middle)) > kind.map(limit)
        return (far & kind.map(many).astype(bool)).to_numpy()
