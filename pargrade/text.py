"""Amounts and moments as people read them."""

from datetime import UTC, datetime

from pargrade.units import format_amount


def amount(raw: int, decimals: int, symbol: str) -> str:
    """An amount for people, exact, with its symbol."""
    whole, dot, part = format_amount(raw, decimals).partition(".")
    return f"{int(whole):,}{dot}{part} {symbol}"


def moment(seconds: int) -> str:
    """Unix seconds for people: UTC, to the second only where it matters."""
    shape = "%Y-%m-%d %H:%M UTC" if seconds % 60 == 0 else "%Y-%m-%d %H:%M:%S UTC"
    return datetime.fromtimestamp(seconds, UTC).strftime(shape)


def printable(foreign: str, most: int) -> str:
    """Another's text for a message of ours: no control characters, at most `most` characters."""
    cut = foreign if len(foreign) <= most else foreign[: most - 1] + "…"
    if cut.isprintable():
        return cut
    return "".join(mark if mark.isprintable() else ascii(mark)[1:-1] for mark in cut)
