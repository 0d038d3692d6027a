"""The published factor tables, and the prices the newest ones were derived from."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Final

import oracle
from oracle.price_rows import read_rows
from pargrade.derivation import Derivation, derivation
from pargrade.factor import PriceRow, SourceDay, matched_relatives
from pargrade.factor_table import FactorTable, Facts, load_facts, read_table
from pargrade.grade import Denomination, GradeTerms
from pargrade.published import published_factor, table_of
from pargrade.quality import Rung

_DATA: Final = Path(oracle.__file__).parent / "data"


@cache
def published_tables() -> tuple[FactorTable, ...]:
    """Every published table, the newest first."""
    files = sorted(_DATA.glob("factors-*.json"), key=lambda file: int(file.stem.split("-")[1]))
    return tuple(read_table(file.read_text(encoding="utf-8")) for file in reversed(files))


def table_for(terms: GradeTerms) -> tuple[FactorTable, Facts]:
    """The table that terms name, with the facts behind it. Raises UnknownTable."""
    table = table_of(terms.method_hash, published_tables())
    return table, load_facts(table.method)


def derived(terms: GradeTerms, quality: Mapping[str, str] | None) -> Derivation:
    """The derivation of a grade's factor from the table its terms name and the sample that ships.

    `quality` None means that none was kept. Raises UnknownTable, NoPublishedFactor, UnknownRung,
    QualityOutOfBounds.
    """
    table, facts = table_for(terms)
    published = published_factor(terms, table, facts)
    rungs: tuple[Rung, ...] | None = None
    if quality is not None:
        rungs = facts.method.ladder.chosen(quality)
    return derivation(terms, published, table, facts, _relatives(terms, facts), rungs)


def _relatives(terms: GradeTerms, facts: Facts) -> Mapping[SourceDay, Fraction]:
    if terms.denomination is not Denomination.GPU_HOUR:
        return {}
    return matched_relatives(_sample(), terms.model, facts.method)


@cache
def _sample() -> list[PriceRow]:
    return read_rows()
