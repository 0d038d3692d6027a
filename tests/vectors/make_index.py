"""Vectors of the index, from quotes to value, worked out with exact fractions alone.

python tests/vectors/make_index.py

Written from docs/METHODOLOGY.md sections 3 and 4; shares no code with oracle/. Weights are shares
of one, levels are rounded only where the methodology says so.
"""

import json
import sys
from collections.abc import Iterator
from fractions import Fraction
from math import ceil
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).parent
DAY = 86_400
HOUR = 3_600
START = 20_000 * DAY

Quote = dict[str, Any]
Prices = dict[tuple[str, str, int, str], int]

HARDWARE: dict[str, dict[str, Any]] = {
    "P": {"model": "PAR", "variant": "SXM", "memory_gb": 80, "spelled": ["SXM"], "weight": 1000000},
    "Q": {
        "model": "QUO",
        "variant": "SXM",
        "memory_gb": 96,
        "spelled": ["SXM", ""],
        "weight": 250000,
    },
    "R": {"model": "ROS", "variant": "", "memory_gb": 24, "spelled": [""], "weight": 250000},
}
FACTORS = {"P": 10_000, "Q": 13_337, "R": 3_001}
LOW, HIGH = 50_000_000, 2_000_000_000
PLACEHOLDER = 77_000_000
AGES = {"daily": 36 * HOUR, "direct": 6 * HOUR}
LOOKBACK = 48 * HOUR


def method(band: tuple[int, int]) -> dict[str, Any]:
    """The method document of the cases; made for them, not the one that ships."""
    return {
        "version": 1,
        "firmness": ["decentralised", "neocloud"],
        "lookback_s": LOOKBACK,
        "max_age_s": AGES,
        "placeholder_flag": "placeholder",
        "placeholder_price8": str(PLACEHOLDER),
        "hardware": [
            {
                "name": name,
                **{key: row[key] for key in ("model", "variant", "memory_gb", "spelled")},
                "band8": {"on_demand": [str(LOW), str(HIGH)]},
            }
            for name, row in HARDWARE.items()
        ],
        "indices": [
            {
                "index": "SCU / USD",
                "unit": "SCU",
                "tier": "on_demand",
                "weight_ppm": {name: row["weight"] for name, row in HARDWARE.items()},
            }
        ],
        "outlier_min_providers": 5,
        "outlier_mad_multiple": 6,
        "outlier_floor_ppm": 500_000,
        "provider_cap_parts": 3,
        "middle_band": list(band),
        "min_providers": 3,
        "live_providers": 5,
    }


def factors() -> dict[str, Any]:
    keys = ("model", "variant", "memory_gb")
    rows = [{k: HARDWARE[n][k] for k in keys} | {"factor4": f} for n, f in FACTORS.items()]
    return {"rows": rows}


# --- the method, once more


def half_even(x: Fraction) -> int:
    return round(x)


def low_middle(values: list[int]) -> int:
    ordered = sorted(values)
    while len(ordered) > 2:
        ordered = ordered[1:-1]
    return ordered[0]


def name_of(quote: Quote) -> str | None:
    for name, row in HARDWARE.items():
        if quote["gpu_model"] == row["model"] and quote["gpu_memory_gb"] == row["memory_gb"]:
            return name if quote["variant"] in row["spelled"] else None
    return None


def fault(quote: Quote, panel: dict[str, Any], as_of: int) -> str | None:
    name = name_of(quote)
    price = int(quote["price8"])
    tests = [
        ("RESTRICTED_TERMS", quote["terms"] == "restricted"),
        ("FUTURE", quote["observed_at"] + panel["lag_s"] > as_of),
        ("STALE", quote["observed_at"] + AGES[quote["cadence"]] < as_of),
        ("ZERO_OR_NEGATIVE", price <= 0),
        ("UNKNOWN_HARDWARE", name is None),
        (
            "WRONG_TIER",
            quote["tier"] != "on_demand" or quote["firmness"] not in ("decentralised", "neocloud"),
        ),
        ("NOT_ON_PANEL", quote["provider"] not in panel["providers"]),
        ("PLACEHOLDER", price == PLACEHOLDER or "placeholder" in "|".join(quote["flags"])),
        ("OUT_OF_BAND", price < LOW or price > HIGH),
    ]
    return next((reason for reason, holds in tests if holds), None)


def apart(price: int, middle: int) -> int:
    """Distance as a ratio above one, in whole millionths."""
    return int((Fraction(max(price, middle), min(price, middle)) - 1) * 10**6)


def screened(quotes: list[Quote], panel: dict[str, Any], as_of: int) -> tuple[list[str], Prices]:
    """A verdict per quote, and the price of each line that counts."""
    verdicts = [fault(quote, panel, as_of) or "" for quote in quotes]
    lines: dict[tuple[str, str, int, str], list[int]] = {}
    for position, quote in enumerate(quotes):
        if not verdicts[position]:
            line = (quote["provider"], str(name_of(quote)), quote["gpu_count"], quote["region"])
            lines.setdefault(line, []).append(position)
    standing: dict[tuple[str, str, int, str], int] = {}
    for line, positions in lines.items():
        best = sorted(
            positions,
            key=lambda position: (
                quotes[position]["cadence"] != "direct",
                -quotes[position]["observed_at"],
                quotes[position]["variant"],
                int(quotes[position]["price8"]),
            ),
        )[0]
        standing[line] = best
        for position in positions:
            if position != best:
                same = quotes[position]["source"] == quotes[best]["source"]
                verdicts[position] = "SUPERSEDED" if same else "DUPLICATE_SOURCE"
    for name in HARDWARE:
        mine = {line: position for line, position in standing.items() if line[1] == name}
        providers = {line[0] for line in mine}
        if len(providers) < 5:
            continue
        own = [
            low_middle(
                [int(quotes[position]["price8"]) for line, position in mine.items() if line[0] == p]
            )
            for p in providers
        ]
        middle = low_middle(own)
        limit = max(500_000, 6 * low_middle([apart(price, middle) for price in own]))
        for position in mine.values():
            if apart(int(quotes[position]["price8"]), middle) > limit:
                verdicts[position] = "OUTLIER"
    prices: Prices = {}
    for line, position in standing.items():
        if not verdicts[position]:
            verdicts[position] = "ACCEPTED"
            worth = Fraction(FACTORS[line[1]], 10_000)
            prices[line] = half_even(int(quotes[position]["price8"]) / worth)
    return verdicts, prices


def shares(prices: Prices) -> list[tuple[int, Fraction]]:
    """(unit price, share of all weight) per provider and hardware, providers held to a third."""
    units: dict[tuple[str, str], list[int]] = {}
    for (provider, name, _, _), unit in prices.items():
        units.setdefault((provider, name), []).append(unit)
    raw: dict[str, Fraction] = {}
    for provider, name in units:
        raw[provider] = raw.get(provider, Fraction(0)) + HARDWARE[name]["weight"]
    # Pour weight in until the heaviest stand at a third: largest first, what is left is shared.
    third, free, room = Fraction(1, 3), dict(raw), Fraction(1)
    final: dict[str, Fraction] = {}
    for provider in sorted(raw, key=lambda p: (-raw[p], p)):
        if free[provider] / sum(free.values()) * room > third:
            final[provider] = third
            room -= third
            del free[provider]
    rest = sum(free.values())
    final |= {provider: weight / rest * room for provider, weight in free.items()}
    return sorted(
        (low_middle(own), final[provider] * HARDWARE[name]["weight"] / raw[provider])
        for (provider, name), own in units.items()
    )


def at_share(weighted: list[tuple[int, Fraction]], share: Fraction) -> int:
    filled = Fraction(0)
    for unit, weight in weighted:
        filled += weight
        if filled >= share:
            return unit
    raise AssertionError(weighted)


def middle_of(prices: Prices, band: Fraction) -> Fraction:
    weighted = shares(prices)
    if band == 0:
        return Fraction(at_share(weighted, Fraction(1, 2)))
    low, high = (1 - band) / 2, (1 + band) / 2
    filled, total = Fraction(0), Fraction(0)
    for unit, weight in weighted:
        inside = min(filled + weight, high) - max(filled, low)
        total += unit * max(inside, Fraction(0))
        filled += weight
    return total / band


def providers_of(prices: Prices) -> int:
    return len({line[0] for line in prices})


def link(before: Prices, now: Prices, band: Fraction) -> Fraction | None:
    both = set(before) & set(now)
    if providers_of({line: now[line] for line in both}) < 3:
        return None
    then = middle_of({line: before[line] for line in both}, band)
    ratio = middle_of({line: now[line] for line in both}, band) / then
    return Fraction(half_even(ratio * 10**18), 10**18)


def rounded18(x: Fraction) -> Fraction:
    return Fraction(half_even(x * 10**18), 10**18)


def fixing(quotes: list[Quote], panel: dict[str, Any], as_of: int) -> Prices:
    seen = [q for q in quotes if as_of - LOOKBACK < q["observed_at"] <= as_of - panel["lag_s"]]
    return screened(seen, panel, as_of)[1]


def expected(
    quotes: list[Quote], panel: dict[str, Any], as_of: int, band: Fraction
) -> dict[str, Any]:
    """What the index says at an instant."""
    now = fixing(quotes, panel, as_of)
    level: Fraction | None = None
    before: Prices = {}
    links = held = 0
    last_held = False
    first = min(quote["observed_at"] for quote in quotes)
    for midnight in range(-(-first // DAY) * DAY, as_of + 1, DAY):
        at_midnight = fixing(quotes, panel, midnight)
        if level is None:
            if providers_of(at_midnight) >= 3:
                # Prices are integers of 8 decimals, levels are dollars with 18.
                level = rounded18(middle_of(at_midnight, band) / 10**8)
                before = at_midnight
            continue
        ratio = link(before, at_midnight, band)
        links += 1
        last_held = ratio is None
        held += last_held
        if ratio is not None:
            level = rounded18(level * ratio)
        if providers_of(at_midnight) >= 3:
            before = at_midnight
    if level is None:
        return {"absent": "NO_BASE", "providers": providers_of(now)}
    if providers_of(now) < 3:
        return {"absent": "TOO_FEW_PROVIDERS", "providers": providers_of(now)}
    ratio = link(before, now, band)
    if ratio is not None:
        level = rounded18(level * ratio)
    value8 = half_even(level * 10**8)
    weighted = shares(now)
    median8 = at_share(weighted, Fraction(1, 2))
    spread = at_share(weighted, Fraction(3, 4)) - at_share(weighted, Fraction(1, 4))
    thin = last_held or providers_of(now) < 5
    return {
        "value8": str(value8),
        "confidence8": str(ceil(Fraction(spread, 2) * value8 / median8)),
        "median8": str(median8),
        "providers": providers_of(now),
        "state": "halted" if ratio is None else "thin" if thin else "live",
        "links": links,
        "held": held,
    }


# --- the cases


def quote(provider: str, position: int, dollars: str, name: str = "P", **other: Any) -> Quote:
    row = HARDWARE[name]
    plain = {
        "observed_at": START + position,
        "provider": provider,
        "gpu_model": row["model"],
        "variant": row["spelled"][0],
        "gpu_memory_gb": row["memory_gb"],
        "gpu_count": 8,
        "price8": str(int(Fraction(dollars) * 10**8)),
        "tier": "on_demand",
        "region": "global",
        "source": "list",
        "cadence": "daily",
        "firmness": "neocloud",
        "terms": "open",
        "n_offers": 1,
        "flags": [],
    }
    return plain | other


def daily(prices: dict[str, str], days: range, **other: Any) -> list[Quote]:
    """The same list, seen at 21:00 on each of these days."""
    return [quote(p, d * DAY + 21 * HOUR, usd, **other) for d in days for p, usd in prices.items()]


def named_cases() -> Iterator[tuple[str, list[Quote], list[int]]]:
    three = {"a": "2", "b": "2.5", "c": "4"}
    yield "three providers", daily(three, range(3)), [22 * HOUR, DAY, DAY + HOUR, 3 * DAY]
    yield "two providers are no index", daily({"a": "2", "b": "3"}, range(2)), [DAY, 2 * DAY]
    yield (
        "one of three falls silent",
        daily(three, range(1)) + daily({"a": "2", "b": "2.5"}, range(1, 3)),
        [DAY, 2 * DAY, 2 * DAY + 10 * HOUR, 3 * DAY],
    )
    yield "every reason", list(zoo()), [DAY, DAY + 9 * HOUR]
    heavy = [quote("a", 21 * HOUR, "3", name=name) for name in HARDWARE]
    light = [quote(p, 21 * HOUR, usd, name="Q") for p, usd in (("b", "5"), ("c", "2"), ("d", "4"))]
    yield "one provider is capped", heavy + light, [DAY, DAY + HOUR]
    two = [quote(p, 21 * HOUR, usd, name=n) for p, usd in (("a", "3"), ("b", "2.2")) for n in "PQ"]
    yield "two providers are capped", [*two, quote("c", 21 * HOUR, "1.1", name="R")], [DAY]
    five = {"a": "2", "b": "2.1", "c": "2.7", "d": "3", "e": "3.3"}
    yield (
        "a provider joins and one leaves",
        daily(five, range(2)) + daily({"b": "2.1", "c": "2.7", "d": "3", "f": "9"}, range(2, 6)),
        [d * DAY + h * HOUR for d in range(1, 6) for h in (0, 12, 22)],
    )
    moved = {"a": "2", "b": "2.3", "c": "2.9", "d": "2.8", "e": "3.3"}
    yield (
        "prices move",
        daily(five, range(2)) + daily(moved, range(2, 4)),
        [2 * DAY, 2 * DAY + 22 * HOUR, 3 * DAY, 4 * DAY],
    )
    yield (
        "an outage of four days loses no movement",
        daily(five, range(2)) + daily(moved, range(6, 8)),
        [d * DAY + 12 * HOUR for d in range(1, 9)] + [7 * DAY],
    )
    other = {p.upper(): usd for p, usd in moved.items()}
    yield (
        "a whole new panel",
        daily(five, range(2)) + daily(other, range(3, 6)),
        [d * DAY + h * HOUR for d in range(2, 7) for h in (0, 10, 23)],
    )
    sizes = [quote(p, 21 * HOUR, usd, gpu_count=n) for p, usd in five.items() for n in (1, 8)]
    dearer = [quote(p, 45 * HOUR, usd, gpu_count=1) for p, usd in five.items()]
    bigger = [quote("b", 21 * HOUR, "2.6", gpu_count=4), quote("c", 45 * HOUR, "2", gpu_count=16)]
    yield "sizes come and go", sizes + dearer + bigger, [DAY, 2 * DAY, 2 * DAY + 12 * HOUR]
    yield (
        "units that divide badly",
        [quote(p, 21 * HOUR, usd, name="R") for p, usd in (("a", "0.77777777"), ("b", "1"))]
        + [quote("c", 21 * HOUR, "0.99999999", name="Q"), quote("d", 21 * HOUR, "1.5", name="R")],
        [DAY, DAY + HOUR],
    )


def zoo() -> Iterator[Quote]:
    evening = 21 * HOUR
    for provider, usd in (("a", "2"), ("b", "2.5"), ("c", "3"), ("d", "2.4"), ("e", "2.6")):
        yield quote(provider, evening, usd)
    yield quote("a", evening, "2", terms="restricted")
    yield quote("b", 2 * DAY, "2")
    yield quote("c", -13 * HOUR, "2.9")
    yield quote("d", 17 * HOUR, "2.39", cadence="direct", source="api")
    yield quote("d", DAY - HOUR, "2.41", cadence="direct", source="api")
    yield quote("a", evening, "0", gpu_count=1)
    yield quote("b", evening, "-3", gpu_count=1)
    yield quote("a", evening, "2", gpu_model="GTX")
    yield quote("a", evening, "2", variant="PCIe")
    yield quote("a", evening, "1", tier="spot")
    yield quote("b", evening, "1", tier="reserved")
    yield quote("c", evening, "1", firmness="hyperscaler")
    yield quote("z", evening, "2")
    yield quote("a", evening, "0.77", gpu_count=2)
    yield quote("a", evening, "2.2", gpu_count=2, flags=["shop_placeholder_2.2"])
    yield quote("b", evening, "0.49999999", gpu_count=2)
    yield quote("b", evening, "20.00000001", gpu_count=2)
    yield quote("b", evening, "2.7", source="copy")
    yield quote("c", evening - 60, "2.8")
    yield quote("c", evening, "3.01")
    yield quote("e", evening, "19", gpu_count=1)
    yield quote("e", evening, "0.5", gpu_count=2)
    yield quote("a", evening, "2.1", name="Q", variant="")
    yield quote("a", evening, "2.2", name="Q", variant="SXM")


def random_case(random: Random) -> tuple[list[Quote], list[int]]:
    providers = "abcdefgh"[: random.randrange(3, 9)]
    level = {(p, n): random.randrange(80, 500) for p in providers for n in HARDWARE}
    quotes = []
    for day in range(5):
        for (provider, name), cents in level.items():
            if random.random() < 0.15:
                level[provider, name] = max(51, cents * random.randrange(70, 140) // 100)
            for count in random.sample((1, 2, 4, 8), random.randrange(0, 3)):
                cost = Fraction(level[provider, name] + count, 100)
                seen = day * DAY + random.choice((9, 21)) * HOUR + random.randrange(30)
                quotes.append(quote(provider, seen, str(cost), name=name, gpu_count=count))
    return quotes, [random.randrange(DAY, 6 * DAY) for _ in range(6)] + [3 * DAY]


def case(
    name: str,
    quotes: list[Quote],
    instants: list[int],
    lag_s: int,
    bands: tuple[tuple[int, int], ...],
) -> dict[str, Any]:
    members = sorted({q["provider"] for q in quotes} - {"z"} | {"x", "y", "w"})
    panel = {"name": "vectors", "providers": members, "lag_s": lag_s}
    checks = [
        {
            "as_of": START + position,
            "verdicts": screened(quotes, panel, START + position)[0],
            "values": {
                f"{n}/{d}": expected(quotes, panel, START + position, Fraction(n, d))
                for n, d in bands
            },
        }
        for position in instants
    ]
    return {"name": name, "panel": panel, "quotes": quotes, "checks": checks}


BANDS = ((1, 3), (0, 3), (1, 2), (3, 7))


def build() -> dict[str, Any]:
    random = Random(20_260_302)
    cases = [
        case(name, quotes, position, 300, BANDS[:3]) for name, quotes, position in named_cases()
    ]
    for number in range(8):
        quotes, instants = random_case(random)
        cases.append(case(f"random {number}", quotes, instants, random.randrange(900), BANDS))
    methods = {f"{n}/{d}": method((n, d)) for n, d in BANDS}
    return {"methods": methods, "factors": factors(), "cases": cases}


def text_of(vectors: dict[str, Any]) -> str:
    """One line per case: readable enough, and differences stay small."""
    cases = ",\n".join(json.dumps(case, sort_keys=True) for case in vectors["cases"])
    head = {key: vectors[key] for key in ("methods", "factors")}
    start = json.dumps(head, sort_keys=True, indent=1).removesuffix("\n}")
    return f'{start},\n "cases": [\n{cases}\n]}}\n'


if __name__ == "__main__":
    (HERE / "index.json").write_text(text_of(build()), encoding="utf-8")
    print("written: index.json", file=sys.stderr)
