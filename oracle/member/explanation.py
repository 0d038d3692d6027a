"""Why a report has its value: what each member's batch says alone, and where batches differ."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from oracle.protocol.batch.section import read_section
from oracle.protocol.committee.committee import Committee
from oracle.protocol.report.attested import LineName, Lines
from oracle.protocol.report.input_set import InputSet
from oracle.protocol.report.line_price import AttestedPrice, Basis, LineValue, line_value
from oracle.protocol.report.valuation import Figure, Valuation
from oracle.quotes.quote import Quote
from oracle.valuation.lists import quotes_of

MOST_LINES: Final = 64
"""Lines that are shown: those on which members differ, and then the others."""

_Attested = Mapping[LineName, Mapping[int, AttestedPrice]]


def explain(
    found: InputSet,
    committee: Committee,
    values: Valuation,
    names: Sequence[str],
    without: Collection[int] = (),
) -> dict[str, Any]:
    """An input set as JSON values; `without` are positions whose batches are left out of one value.

    `names` are those of the indices. A value is USD per SCU with 8 decimals as text, "0" for none;
    of several indices there is a list in their order, and the first one by itself.
    """
    attested = _attested(found)
    kept = _lines(attested, committee, frozenset(range(committee.bounds.nodes)))
    rest = frozenset(each.position for each in found.batches) - frozenset(without)
    slot = found.slot
    return {
        "slot": slot,
        "input_root": found.root.hex(),
        "leader": found.proposal.position,
        "attesters": committee.bounds.attesters,
        "indices": list(names),
        **_values8("", values(kept, slot)),
        "without": sorted(without),
        **_values8("_without", values(_lines(attested, committee, rest), slot)),
        "members": [
            {
                "position": each.position,
                "lists": len(each.content.entries),
                **_values8("_alone", values(_own(attested, each.position), slot)),
            }
            for each in found.batches
        ],
        "lines": _describe_lines(attested, kept),
    }


def _attested(found: InputSet) -> _Attested:
    known: dict[LineName, dict[int, AttestedPrice]] = {}
    for batch in found.batches:
        for provider, fetched_at, name in batch.content.entries:
            for line, price8, stated in read_section(found.sections[name]):
                seen = AttestedPrice(price8, stated, fetched_at)
                known.setdefault(LineName(provider, line), {})[batch.position] = seen
    return dict(sorted(known.items()))


def _lines(attested: _Attested, committee: Committee, positions: frozenset[int]) -> Lines:
    found: dict[LineName, LineValue] = {}
    for name, prices in attested.items():
        value = line_value(
            [each for position, each in prices.items() if position in positions], committee.bounds
        )
        if value is not None:
            found[name] = value
    return found


def _own(attested: _Attested, position: int) -> Lines:
    return {
        name: LineValue(*prices[position], Basis.LIST)
        for name, prices in attested.items()
        if position in prices
    }


def _values8(ending: str, figures: tuple[Figure, ...]) -> dict[str, Any]:
    texts = [str(figure.value8) for figure in figures]
    return {f"value8{ending}": texts[0], f"values8{ending}": texts}


def _describe_lines(attested: _Attested, kept: Lines) -> list[dict[str, Any]]:
    ordered = sorted(attested, key=lambda name: len(_prices(attested[name])) < 2)
    quotes: dict[tuple[str, bytes], Quote] = {}
    for name, value in kept.items():
        for quote in quotes_of({name: value}):
            quotes[name] = quote
    return [_describe(name, attested[name], kept, quotes) for name in ordered[:MOST_LINES]]


def _describe(
    name: LineName,
    prices: Mapping[int, AttestedPrice],
    kept: Lines,
    quotes: Mapping[tuple[str, bytes], Quote],
) -> dict[str, Any]:
    value, quote = kept.get(name), quotes.get(name)
    by_price: dict[int, list[int]] = {}
    for position, each in prices.items():
        by_price.setdefault(each.price8, []).append(position)
    return {
        "list": name.provider,
        "hardware": None if quote is None else f"{quote.gpu_model} {quote.variant}".strip(),
        "gpus": None if quote is None else quote.gpu_count,
        "price8": None if value is None else str(value.price8),
        "basis": None if value is None else value.basis.value,
        "stated": [
            {"price8": str(price8), "positions": positions}
            for price8, positions in sorted(by_price.items())
        ],
    }


def _prices(prices: Mapping[int, AttestedPrice]) -> set[int]:
    return {each.price8 for each in prices.values()}
