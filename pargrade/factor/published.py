"""The published factor of a grade's token, compared with its terms."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache

from pargrade.data.files import DATA
from pargrade.errors import PargradeError
from pargrade.factor.factor import flop_factor, inference_factor, scu_per_token
from pargrade.factor.quality import QualityRung, multiplier
from pargrade.factor.table import FactorTable, Facts, load_facts, read_table
from pargrade.grade.terms import Denomination, GradeTerms
from pargrade.units import Rounding, Scu, divide, format_amount

_HOUR = 3_600


class NoPublishedFactor(PargradeError):
    """The table has no factor for these terms."""

    hint = "Propose what the table rates, or publish a new table with the facts that are missing."

    def __init__(self, what: str, why: str) -> None:
        self.what = what
        self.why = why
        super().__init__(f"no factor is published for {what}: {why}")


class UnknownTable(PargradeError):
    """A method hash that is not the hash of a shipped table."""

    def __init__(self, stated: bytes, known: Sequence[FactorTable]) -> None:
        self.stated = stated
        names = (f"{table.method} 0x{table.hash.hex()}" for table in known)
        self.hint = f"Give the hash of a published table: {', '.join(names)}."
        super().__init__(f"no published factor table has the hash 0x{stated.hex()}")


class FactorDiffers(PargradeError):
    """A stated factor that is not the table's factor times the declared quality."""

    def __init__(
        self, stated: Scu, expected: Scu, published: "Published", quality: Decimal
    ) -> None:
        self.stated = stated
        self.expected = expected
        self.published = published
        self.quality = quality
        self.hint = (
            f"State {expected.text()}, declare the quality that explains the difference, or "
            "override with --override-factor."
        )
        super().__init__(
            f"scu_per_token is {stated.text()}, but the table's "
            f"{format_amount(published.factor4, 4)} times quality {quality} is {expected.text()}"
        )


@dataclass(frozen=True, slots=True)
class Published:
    """SCU per whole token before quality, in ten-thousandths, and its band."""

    factor4: int
    band4: tuple[int, int]


def table_of(method_hash: bytes, tables: Sequence[FactorTable]) -> FactorTable:
    """The table with the hash that a grade names. Raises UnknownTable."""
    for table in tables:
        if table.hash == method_hash:
            return table
    raise UnknownTable(method_hash, tables)


def published_factor(terms: GradeTerms, table: FactorTable, facts: Facts) -> Published:
    """The factor of one whole token of a grade. Raises NoPublishedFactor, UnratedPrecision.

    Each end of a band is rounded half-even, like the factor.
    """
    match terms.denomination:
        case Denomination.GPU_HOUR:
            return _gpu_hours(terms, table)
        case Denomination.FLOP:
            factor4 = flop_factor(terms.quantity, terms.precision, terms.basis, facts.method)
            # This factor is declared and not estimated, so it has no band.
            return Published(factor4, (factor4, factor4))
        case _:
            return _inference(terms, facts)


def expected_factor(published: Published, rungs: Sequence[QualityRung], facts: Facts) -> Scu:
    """The factor times the declared quality, half-even. Raises QualityOutOfBounds."""
    return scu_per_token(published.factor4, multiplier(rungs), facts.method)


def require_agreement(
    terms: GradeTerms, published: Published, rungs: Sequence[QualityRung], facts: Facts
) -> None:
    """Raise FactorDiffers or QualityOutOfBounds unless the terms state the table's factor."""
    expected = expected_factor(published, rungs, facts)
    if terms.scu_per_token != expected:
        raise FactorDiffers(terms.scu_per_token, expected, published, multiplier(rungs))


def _gpu_hours(terms: GradeTerms, table: FactorTable) -> Published:
    try:
        row = table.row(terms.model)
    except KeyError:
        why = table.refused.get(terms.model, "the table does not know this hardware")
        raise NoPublishedFactor(f"a GPU-hour of {terms.model}", why) from None

    def of_token(hour4: int) -> int:
        return divide(hour4 * terms.quantity, _HOUR, Rounding.HALF_EVEN)

    low, high = row["band4"]
    return Published(of_token(int(row["factor4"])), (of_token(low), of_token(high)))


def _inference(terms: GradeTerms, facts: Facts) -> Published:
    benchmark = facts.benchmark
    asked = (terms.model, terms.precision.name, terms.input_tokens, terms.output_tokens)
    rated = (
        benchmark["model"],
        benchmark["precision"],
        benchmark["input_tokens"],
        benchmark["output_tokens"],
    )
    if asked != rated:
        sentence = "{} in {}, {} in and {} out"
        raise NoPublishedFactor(
            sentence.format(*asked),
            f"the benchmark is {sentence.format(*rated)}; tokens never compare across",
        )

    def factor_at(rate: Fraction) -> int:
        return inference_factor(0, Fraction(0), terms.quantity, rate, facts.method)

    rates = facts.rates
    return Published(factor_at(facts.output_rate), (factor_at(max(rates)), factor_at(min(rates))))


@cache
def published_tables() -> tuple[FactorTable, ...]:
    """Every published table, the newest first."""
    files = sorted(DATA.glob("factors-*.json"), key=lambda file: int(file.stem.split("-")[1]))
    return tuple(read_table(file.read_text(encoding="utf-8")) for file in reversed(files))


def table_for(terms: GradeTerms) -> tuple[FactorTable, Facts]:
    """The table that terms name, with the facts it was derived from. Raises UnknownTable."""
    table = table_of(terms.method_hash, published_tables())
    return table, load_facts(table.method)
