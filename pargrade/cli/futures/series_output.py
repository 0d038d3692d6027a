"""A listed series as the commands print it: documents for machines, rows for people."""

from typing import Any

from pargrade.cli.toolkit.output import Table
from pargrade.deployment.series import ListedSeries, lots_shown
from pargrade.futures.next_action import NextAction, describe
from pargrade.futures.payoff import LotPayoff
from pargrade.spot_index.accumulator import Window
from pargrade.text import moment
from pargrade.units import Price, format_amount


def terms_document(series: ListedSeries) -> dict[str, Any]:
    """Terms and phase for machines. Prices have 8 decimals, quote amounts are base units."""
    view, terms, banded = series.view, series.view.terms, series.is_banded
    return {
        "name": series.name,
        "series_id": str(series.number),
        "style": series.style,
        "index": terms.index,
        "start": terms.start,
        "expiry": terms.expiry,
        "reference_price": str(terms.reference_price),
        "quote_token": terms.quote_token,
        "low": str(terms.low) if banded else None,
        "high": str(terms.high) if banded else None,
        "quote_per_lot": str(view.quote_per_lot),
        "short_quote_per_lot": str(view.short_quote_per_lot),
        "grades": [
            {"symbol": symbol, "unit": unit, "lots": lots, "cap_lots": cap}
            for symbol, unit, lots, cap in zip(
                series.grades, terms.units, view.lots_of, terms.cap_lots, strict=not banded
            )
        ],
        "cap_lots": terms.cap_lots[0] if banded else None,
        "lots": view.lots,
        "phase": view.phase.name,
        "price": str(view.price) if view.price else None,
        "challenge_ends": view.challenge_ends or None,
        "impaired": [s for g, s in enumerate(series.grades) if view.impaired >> g & 1],
    }


def list_row(series: ListedSeries, due: NextAction) -> tuple[str, ...]:
    """A series in the list for people."""
    view, terms = series.view, series.view.terms
    return (
        series.name,
        series.style,
        ", ".join(series.grades),
        moment(terms.start),
        moment(terms.expiry),
        Price(terms.reference_price).text(),
        lots_shown(view.lots),
        view.phase.name.lower(),
        Price(view.price).text() if view.price else "",
        due.action.value,
    )


def terms_table(series: ListedSeries, window: Window | None, due: NextAction) -> Table:
    """Everything about a series for people. `window` is what the index has of it so far."""
    view, terms = series.view, series.view.terms
    lines = [
        ("id", str(series.number)),
        ("style", series.style),
        ("window", f"{moment(terms.start)} to {moment(terms.expiry)}"),
        ("K", f"{Price(terms.reference_price).text()} USD per SCU"),
        ("locked", lots_shown(view.lots)),
        *_locks(series),
        ("phase", view.phase.name.lower()),
        ("coverage", _describe_coverage(terms.start, window)),
    ]
    if view.price:
        lines.append(("S", f"{Price(view.price).text()} USD per SCU"))
    lines += [("next", describe(due, terms.style)), ("why", due.reason)]
    return Table(("", series.name), lines)


def coverage_document(window: Window | None) -> dict[str, Any] | None:
    """What the index has of the window so far, for machines; None before it has any."""
    if window is None:
        return None
    return {
        "covered_seconds": window.covered_time,
        "span_seconds": window.span,
        "long_gap": window.long_gap,
        "average": str(int(window.price())) if window.covered_time else None,
    }


def payoff_document(per_lot: LotPayoff) -> dict[str, str]:
    """What a lot of each side is paid, for machines: base units and wei."""
    return {
        "long_quote": str(per_lot.long_quote),
        "short_quote": str(per_lot.short_quote),
        "long_units": str(per_lot.long_units),
        "short_units": str(per_lot.short_units),
    }


def payoff_table(series: ListedSeries, per_lot: LotPayoff) -> Table:
    """What a lot of each side is paid, for people."""
    quote = series.quote
    long = ("LONG", quote.shown(per_lot.long_quote), format_amount(per_lot.long_units, 18))
    short = ("SHORT", quote.shown(per_lot.short_quote), format_amount(per_lot.short_units, 18))
    return Table(
        ("a lot of", "is paid", "and units"),
        [long, short],
        numbers=frozenset({"is paid", "and units"}),
    )


def _describe_coverage(start: int, window: Window | None) -> str:
    if window is None:
        return "nothing of the window is final yet"
    share = format_amount(window.covered_time * 10**4 // window.span, 2)
    average = f", average {window.price().text()}" if window.covered_time else ""
    return f"{share} % up to {moment(start + window.span)}{average}"


def _locks(series: ListedSeries) -> list[tuple[str, str]]:
    view, terms = series.view, series.view.terms
    of_long = series.quote.shown(view.quote_per_lot)
    if series.is_banded:
        band = series.band
        return [
            ("band", f"{band.low.text()} to {band.high.text()} USD per SCU"),
            ("cap", f"{view.lots:,} of {terms.cap_lots[0]:,} lots"),
            ("a lot locks", f"{of_long} and {series.quote.shown(view.short_quote_per_lot)}"),
        ]
    return [
        *(
            (f"grade {symbol}", f"{lots:,} of {cap:,} lots")
            for symbol, lots, cap in zip(series.grades, view.lots_of, terms.cap_lots, strict=True)
        ),
        ("a lot locks", f"{of_long} and 0.01 units"),
    ]
