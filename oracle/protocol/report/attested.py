"""All lines of an input set, and the price of each."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from oracle.protocol.batch.manifest import Manifest
from oracle.protocol.batch.section import read_section
from oracle.protocol.batch.shelf import Shelf
from oracle.protocol.batch.table import Table
from oracle.protocol.committee.bounds import Bounds
from oracle.protocol.report.line_price import AttestedPrice, Basis, LineValue, line_value


class LineName(NamedTuple):
    """One line of one provider."""

    provider: str
    line: bytes


Lines = Mapping[LineName, LineValue]
"""Every line that has a price, in ascending order of names."""


def price_lines(manifests: Iterable[Manifest], shelf: Shelf, bounds: Bounds) -> Lines:
    """The lines of batches that are held whole, one batch per node."""
    attested: dict[LineName, list[AttestedPrice]] = {}
    for manifest in manifests:
        for provider, fetched_at, name in manifest.entries:
            for line, price8, stated in read_section(shelf.section(name)):
                seen = AttestedPrice(price8, stated, fetched_at)
                attested.setdefault(LineName(provider, line), []).append(seen)
    found = {}
    for key in sorted(attested):
        value = line_value(attested[key], bounds)
        if value is not None:
            found[key] = value
    return found


def own_lines(table: Table) -> Lines:
    """The lines of one node's table alone: what it judges by whether prices have moved."""
    found = {}
    for provider in sorted(table):
        fetched = table[provider]
        for line, price8, stated in read_section(fetched.section):
            value = LineValue(price8, stated, fetched.fetched_at, Basis.LIST)
            found[LineName(provider, line)] = value
    return found
