"""The derivation of a grade's factor as text, step by step."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from statistics import median
from typing import Any, Final

from pargrade.factor.factor import FACTOR_ONE, SourceDay, shrunk, specification_relative
from pargrade.factor.published import Published, expected_factor
from pargrade.factor.quality import QualityRung, multiplier
from pargrade.factor.table import FactorTable, Facts
from pargrade.grade.terms import Basis, Denomination, GradeTerms

EXAMPLES: Final = 4
"""How many matched source-days are shown."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Derivation:
    """The steps of a derivation; `differences` is empty when the terms agree with it."""

    lines: tuple[tuple[str, str], ...]
    differences: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The derivation as JSON values."""
        return {
            "derivation": [{"step": step, "text": text} for step, text in self.lines],
            "agrees": not self.differences,
            "differences": list(self.differences),
        }


def derivation(
    terms: GradeTerms,
    published: Published,
    table: FactorTable,
    facts: Facts,
    relatives: Mapping[SourceDay, Fraction],
    rungs: Sequence[QualityRung] | None,
) -> Derivation:
    """The derivation of `published`, compared with the terms.

    `relatives` are those of the grade's hardware. `rungs` is None for terms from a chain, which
    stores no quality; then the ladder is searched for qualities that explain the factor.
    """
    if terms.denomination is Denomination.GPU_HOUR:
        made = _gpu_hour(terms, published, table, facts, relatives)
    elif terms.denomination is Denomination.FLOP:
        made = _flop(terms, published, facts)
    else:
        made = _inference(terms, published, facts)
    quality, differences = _quality(terms, published, facts, rungs)
    valid_until = _EPOCH + timedelta(seconds=terms.valid_until)
    return Derivation(
        lines=(
            *made,
            ("band", _band(published, terms, facts)),
            ("quality", quality),
            (
                "SCU per token",
                f"{terms.scu_per_token.text()}, frozen; rounded half-even to 4 decimals",
            ),
            ("table", f"{table.method}, 0x{table.hash.hex()}"),
            ("facts", f"0x{facts.hash.hex()}: method, hardware and benchmark"),
            ("valid until", f"{valid_until:%Y-%m-%d %H:%M} UTC: nothing is wrapped from then on"),
        ),
        differences=(
            *_facts_differ(table, facts),
            *_fit_differs(terms, table, facts, relatives),
            *differences,
        ),
    )


def four(value: int) -> str:
    """Ten-thousandths as text of four decimals."""
    return f"{value // FACTOR_ONE}.{value % FACTOR_ONE:04d}"


def _gpu_hour(
    terms: GradeTerms,
    published: Published,
    table: FactorTable,
    facts: Facts,
    relatives: Mapping[SourceDay, Fraction],
) -> Iterable[tuple[str, str]]:
    row, method = table.row(terms.model), facts.method
    yield "denomination", f"{terms.quantity} GPU-seconds of {terms.model} per whole token"
    if terms.model == method.par.key:
        yield "formula", "the par grade itself: 1.0000 SCU per hour, by definition"
        return
    hardware = next(each for each in facts.hardware if each.key == terms.model)
    k, n = method.shrinkage, row["source_days"]
    market, prior, weight = (
        four(row[f"{what}4"]) for what in ("market", "specification", "weight")
    )
    yield "formula", "factor = exp(w ln R + (1 - w) ln S), w = n / (n + k)"
    yield (
        "R, market",
        f"{market}: median of {n} source-days, {row['providers']} providers, "
        f"{' to '.join(table.document['period'])}",
    )
    first, third = row["provider_quartiles4"]
    yield "providers", f"quartiles of their own medians {four(first)} and {four(third)}"
    for here, relative in _examples(relatives):
        day = _EPOCH + timedelta(days=here.day)
        yield (
            "for example",
            f"{day:%Y-%m-%d} {here.provider} ({here.tier}, through {here.source}): "
            f"{four(round(relative * FACTOR_ONE))}",
        )
    par = method.par
    yield (
        "S, specification",
        f"({hardware.bf16_dense_tflops} / {par.bf16_dense_tflops})^{method.tflops_exponent} * "
        f"({hardware.memory_bandwidth_gb_s} / {par.memory_bandwidth_gb_s})^"
        f"{method.bandwidth_exponent} * ({hardware.memory_gb} / {par.memory_gb})^"
        f"{method.memory_exponent} = {prior}",
    )
    yield "specification of", facts.sources[terms.model]
    yield "w, shrinkage", f"{n} / ({n} + {k}) = {weight}"
    yield (
        "factor of an hour",
        f"exp({weight} ln {market} + (1 - {weight}) ln {prior}) = {four(row['factor4'])}",
    )
    if terms.quantity != 3_600:
        yield (
            "factor of a token",
            f"{four(row['factor4'])} * {terms.quantity} / 3600 = {four(published.factor4)}",
        )


def _examples(relatives: Mapping[SourceDay, Fraction]) -> list[tuple[SourceDay, Fraction]]:
    """Some source-days, evenly spaced over providers and days."""
    ordered = sorted(relatives.items())
    step = max(1, len(ordered) // EXAMPLES)
    return ordered[step // 2 :: step][:EXAMPLES]


def _flop(terms: GradeTerms, published: Published, facts: Facts) -> Iterable[tuple[str, str]]:
    method = facts.method
    basis = terms.basis.name.lower()
    yield "denomination", f"{terms.quantity} {basis} {terms.precision.name} FLOP per whole token"
    rate = method.par.bf16_dense_tflops
    share = f" * {method.delivered_share}" if terms.basis is Basis.DELIVERED else ""
    yield (
        "formula",
        f"factor = FLOP / (TFLOP/s of the par GPU * 10^12 * 3600{' * share' if share else ''})",
    )
    yield "specification of", facts.sources[method.par.key]
    if share:
        yield "delivered share", f"{method.delivered_share} of the peak, declared by {method.name}"
    yield "factor", f"{terms.quantity} / ({rate} * 10^12 * 3600{share}) = {four(published.factor4)}"


def _inference(terms: GradeTerms, published: Published, facts: Facts) -> Iterable[tuple[str, str]]:
    benchmark = facts.benchmark
    yield (
        "denomination",
        f"{terms.quantity} completion tokens of {terms.model} in {terms.precision.name} per whole "
        f"token; profile {terms.input_tokens} in, {terms.output_tokens} out",
    )
    yield (
        "formula",
        "factor = tokens / (3600 * R), R tokens/s of one par GPU; prompts are in the time",
    )
    yield "benchmark", f"{benchmark['benchmark']}, {benchmark['source']}"
    for row in benchmark["rows"]:
        yield (
            "result",
            f"{row['result']} {row['submitter']}: {row['tokens_per_second']} tokens/s on "
            f"{row['gpus']} GPUs",
        )
    rate = f"{float(facts.output_rate):.2f}"
    yield "R, rate", f"median per GPU {rate} tokens/s"
    yield "factor", f"{terms.quantity} / (3600 * {rate}) = {four(published.factor4)}"


def _band(published: Published, terms: GradeTerms, facts: Facts) -> str:
    low, high = (four(end) for end in published.band4)
    if terms.denomination is Denomination.FLOP:
        return "none: declared, not estimated"
    if terms.denomination is Denomination.INFERENCE:
        return f"{low} to {high}: the fastest and the slowest result"
    if terms.model == facts.method.par.key:
        return "none: by definition"
    bootstrap = facts.method.bootstrap
    if bootstrap is None:
        return f"{low} to {high}: range of the fits to the period and to its two halves; too narrow"
    inside = float(100 - 200 * bootstrap.outside)
    return f"{low} to {high}: the middle {inside:g} % of {bootstrap.draws} draws of whole providers"


def _quality(
    terms: GradeTerms, published: Published, facts: Facts, rungs: Sequence[QualityRung] | None
) -> tuple[str, tuple[str, ...]]:
    if rungs is None:
        return _explain_by_ladder(terms, published, facts)
    expected = expected_factor(published, rungs, facts)
    product = " * ".join(f"{rung.multiplier} ({rung.name}: {rung.reason})" for rung in rungs)
    text = f"{multiplier(rungs)}{' = ' + product if rungs else ': the par rung of every step'}"
    if terms.scu_per_token == expected:
        return text, ()
    return text, (
        f"scu_per_token: the terms say {terms.scu_per_token.text()}, "
        f"the table and the quality give {expected.text()}",
    )


def _explain_by_ladder(
    terms: GradeTerms, published: Published, facts: Facts
) -> tuple[str, tuple[str, ...]]:
    """The qualities on the ladder that explain the factor of terms without a quality."""
    method = facts.method
    if terms.scu_per_token == expected_factor(published, (), facts):
        return "1: the factor is the table's own", ()
    found = [
        " and ".join(f"{rung.name} {rung.multiplier}" for rung in rungs if rung.multiplier != 1)
        for rungs in method.ladder.combinations()
        if method.least_quality <= multiplier(rungs) <= method.most_quality
        and expected_factor(published, rungs, facts) == terms.scu_per_token
    ]
    if found:
        return f"not kept on chain; the ladder gives it as {', or '.join(found)}", ()
    implied = (
        Fraction(int(terms.scu_per_token), published.factor4 * 10**14) if published.factor4 else 0
    )
    return f"{float(implied):.4f} implied, on no rung of the ladder", (
        f"scu_per_token: the terms say {terms.scu_per_token.text()}, the table "
        f"{four(published.factor4)}, and no quality on the ladder explains the difference",
    )


def _facts_differ(table: FactorTable, facts: Facts) -> tuple[str, ...]:
    stated = table.document["facts_hash"]
    if stated == "0x" + facts.hash.hex():
        return ()
    return (f"facts: the table rests on {stated}, the files that ship are 0x{facts.hash.hex()}",)


def _fit_differs(
    terms: GradeTerms, table: FactorTable, facts: Facts, relatives: Mapping[SourceDay, Fraction]
) -> tuple[str, ...]:
    """The difference between the table's factor and the one of the given prices, if any."""
    if terms.denomination is not Denomination.GPU_HOUR or terms.model == facts.method.par.key:
        return ()
    hardware = next(each for each in facts.hardware if each.key == terms.model)
    prior = specification_relative(hardware, facts.method)
    market = median(relatives.values()) if relatives else Fraction(1)
    again = shrunk(market, len(relatives), prior, facts.method)
    stated = table.gpu_hour(terms.model)
    if again == stated:
        return ()
    return (f"prices: those at hand give {four(again)} an hour, the table {four(stated)}",)
