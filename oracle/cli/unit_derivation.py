"""The published factor tables, and the prices the newest ones were derived from."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache

from oracle.sources.factor_prices import read_rows
from pargrade.factor.derivation import Derivation, derivation
from pargrade.factor.factor import PriceRow, SourceDay, matched_relatives
from pargrade.factor.published import published_factor, table_for
from pargrade.factor.quality import QualityRung
from pargrade.factor.table import Facts
from pargrade.grade.terms import Denomination, GradeTerms


def derived(terms: GradeTerms, quality: Mapping[str, str] | None) -> Derivation:
    """The derivation of a grade's factor from the table its terms name and the sample that ships.

    `quality` None means that none was kept. Raises UnknownTable, NoPublishedFactor, UnknownRung,
    QualityOutOfBounds.
    """
    table, facts = table_for(terms)
    published = published_factor(terms, table, facts)
    rungs: tuple[QualityRung, ...] | None = None
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
