"""Markdown tables of the figures of a back-test, for docs/BACKTEST.md."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from math import expm1
from typing import Any

from oracle.backtest.run import EXAMINED_INDEX
from oracle.backtest.track import STATES
from pargrade.units import Rounding, divide, format_amount

_NONE = "–"


def render_tables(found: Mapping[str, Any]) -> dict[str, str]:
    """Markdown of every generated block of the document, by the name of the block.

    `found` are figures as `compute_figures` returns them, with those of the market.
    """
    return {
        "period": _period(found),
        "family": _family(found["indices"]),
        "versions": _versions(found["candidate"]),
        "levels": _levels(found["levels"]),
        "composition": _composition(found),
        "screening": _screening(found["screening"]),
        "settlements": _settlements(found["settlements"]),
        "benchmark": _benchmark(found["benchmark"]),
        "volatility": _volatility(found["indices"]),
        "hedges": _hedges(found["hedges"]),
    }


def render_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; each row has as many cells as the header."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def format_usd(amount8: str | None) -> str:
    """An amount with 8 decimals as USD with four, half-even; a dash for None."""
    if amount8 is None:
        return _NONE
    return format_amount(divide(int(amount8), 10**4, Rounding.HALF_EVEN), 4, 4)


def format_share(share: float | None, places: int = 1) -> str:
    """A share as a percentage: 0.5 is `50.0 %`; a dash for None."""
    return _NONE if share is None else f"{100 * share:.{places}f} %"


def _signed(share: float | None) -> str:
    return _NONE if share is None else f"{100 * share:+.1f} %".replace("-", "−")


def _number(value: float | None) -> str:
    return _NONE if value is None else f"{value:.2f}".replace("-", "−")


def _period(found: Mapping[str, Any]) -> str:
    period = found["period"]
    return (
        f"{found['quotes']:,} quotes of {found['providers']} providers; {period['instants']:,} "
        f"instants, one every {period['step_s'] // 3_600} h, from {period['first']} to "
        f"{period['last']}; version {found['version']} of the method, `{found['method_hash']}`."
    )


def states_of(indices: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The states to show of the days of some indices, from best to worst."""
    return tuple(state for state in STATES if any(state in each["days"] for each in indices))


def _family(indices: Sequence[Mapping[str, Any]]) -> str:
    states = states_of(indices)
    return render_table(
        ("index", *states, "first", "last", "lowest", "highest", "held links"),
        [
            (
                each["index"],
                *(each["days"].get(state, 0) for state in states),
                *(format_usd(each[name]) for name in ("first8", "last8", "low8", "high8")),
                each["held"],
            )
            for each in indices
        ],
    )  # fmt: skip


def _versions(candidate: Mapping[str, Any]) -> str:
    states = states_of(candidate["indices"])
    rows = [
        (
            each["index"],
            *(each["days"].get(state, 0) for state in states),
            *(format_usd(each[name]) for name in ("first8", "last8", "low8", "high8")),
            f"{each['instants']:,} of {each['present_instants']:,}",
            *(_share_of_ppm(each[name]) for name in ("median_ppm", "greatest_ppm")),
        )
        for each in candidate["indices"]
    ]
    heads = ("first", "last", "lowest", "highest", "hours with a value", "median", "greatest")
    table = render_table(("index", *states, *heads), rows)
    return f"Version {candidate['version']}, `{candidate['method_hash']}`.\n\n{table}"


def _share_of_ppm(ppm: int | None) -> str:
    return format_share(None if ppm is None else ppm / 1_000_000)


def _levels(levels: Sequence[Mapping[str, Any]]) -> str:
    return render_table(
        ("provider", "days", "price against the index", "days it moved"),
        [
            (each["provider"], each["days"], _signed(each["premium"]), each["moves"])
            for each in levels
            if each["days"] >= 7
        ],
    )


def _composition(found: Mapping[str, Any]) -> str:
    rows = [
        (
            each["month"],
            format_usd(each["naive8"]),
            f"{each['naive_providers']:.1f}",
            format_usd(each["wide8"]),
            format_usd(each["index8"]),
        )
        for each in found["composition"]
    ]
    names = {"naive": "naive median", "wide": "yardstick", "index": EXAMINED_INDEX}
    jumps = [
        (names[line], change["day"] or _NONE, _signed(_simple(change["change"])),
         change["over_5_percent"])
        for line, change in found["jumps"].items()
    ]  # fmt: skip
    return "\n\n".join(
        (
            render_table(
                ("month", "naive median", "its providers", "yardstick", EXAMINED_INDEX), rows
            ),
            render_table(("line", "largest change in a day", "its size", "days over 5 %"), jumps),
        )
    )


def _simple(log_change: float | None) -> float | None:
    return None if log_change is None else expm1(log_change)


def _screening(screening: Sequence[Mapping[str, Any]]) -> str:
    seen = [each for each in screening if each["index"] == EXAMINED_INDEX]
    reasons = sorted({reason for each in seen for reason in each["rejected"]})
    return render_table(
        ("month", "providers", "used", *(f"`{reason}`" for reason in reasons)),
        [
            (
                each["month"],
                f"{each['providers']:.1f}",
                f"{each['used']:,}",
                *(f"{each['rejected'].get(reason, 0):,}" for reason in reasons),
            )
            for each in seen
        ],
    )


def _settlements(settlements: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for index, months in groupby(settlements, key=lambda each: str(each["index"])):
        for each in months:
            if each["price8"] is None:
                continue
            rows.append(
                (
                    index,
                    each["month"] + ("" if each["whole_month"] else " in part"),
                    format_usd(each["price8"]),
                    format_share(each["coverage_bps"] / 10**4),
                    each["rung"],
                    format_usd(each["business8"]),
                    each["business_days"],
                    format_usd(each["difference8"]).replace("-", "−"),
                )
            )
    return render_table(
        ("index", "month", "S", "coverage", "rung", "business-day mean", "days", "S less mean"),
        rows,
    )


def _benchmark(agreements: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (
            each["model"],
            month,
            format_usd(ours),
            format_usd(theirs),
            _signed(int(ours) / int(theirs) - 1),
        )
        for each in agreements
        for month, ours, theirs in zip(each["months"], each["ours8"], each["theirs8"], strict=True)
    ]
    agreement = [
        (each["model"], len(each["months"]), _number(each["level"]), _number(each["change"]))
        for each in agreements
    ]
    return "\n\n".join(
        (
            render_table(("model", "month", "S", "benchmark", "S against it"), rows),
            render_table(("model", "months", "correlation of levels", "of changes"), agreement),
        )
    )


def _volatility(indices: Sequence[Mapping[str, Any]]) -> str:
    return render_table(
        ("index", "daily changes", "of them zero", "annualised", "from weekly changes",
         "deepest fall", "largest daily change", "on"),
        [
            (
                each["index"],
                each["changes"],
                format_share(each["still"], 0),
                format_share(each["volatility_daily"]),
                format_share(each["volatility_weekly"]),
                format_share(each["drawdown"]),
                _signed(_simple(each["largest"] and each["largest"]["change"])),
                each["largest"]["day"] if each["largest"] else _NONE,
            )
            for each in indices
        ],
    )  # fmt: skip


def _hedges(hedges: Mapping[str, Any]) -> str:
    rows = [
        (
            each["provider"],
            f"{each['horizon']} d",
            each["changes"],
            each["independent"],
            each["moves"],
            _number(each["ratio"]),
            _number(each["effectiveness"]),
            _signed(each["offset"]),
            "yes" if each["in_band"] else "no",
        )
        for each in hedges["measured"]
    ]
    table = render_table(
        ("provider", "horizon", "changes", "independent", "days it moved", "h*", "rho²",
         "offset", "80–125 %"),
        rows,
    )  # fmt: skip
    still = ", ".join(hedges["too_still"])
    return (
        f"Hedged with {hedges['with']}.\n\n{table}\n\n"
        f"Too still or too short to tell ({len(hedges['too_still'])}): {still}."
    )
