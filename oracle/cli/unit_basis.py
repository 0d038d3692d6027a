"""`pargrade unit basis`: what an SCU costs in each grade, and which a short would deliver."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from oracle.cli.index_inputs import show_refused
from oracle.cli.options import AsOf
from oracle.index.chain import spot_index
from oracle.index.family import everyone
from oracle.index.level import IndexValue
from oracle.index.method import Method, load_method
from oracle.index.provider_prices import lowest_asks
from oracle.node.recording import recorded_history
from oracle.quotes.history import History
from oracle.sources.venue import load_venues
from pargrade.canonical import read_json
from pargrade.cli.toolkit import parse
from pargrade.cli.toolkit.options import AsJson, PlotFile, SampleFile
from pargrade.cli.toolkit.output import Table, report
from pargrade.data.files import DATA, SAMPLE
from pargrade.deployment.grade_terms import NO_TOKEN
from pargrade.devnet.grades import DEVNET
from pargrade.errors import PargradeError
from pargrade.factor.basis import Asked, BasisReport, GradeBasis, basis_report
from pargrade.factor.derivation import four
from pargrade.factor.drift import WorkCheck, work_checks
from pargrade.factor.method import GpuModel
from pargrade.factor.published import published_tables
from pargrade.factor.table import FactorTable, Facts, load_facts
from pargrade.grade.file import load_terms
from pargrade.grade.terms import FACTOR_STEP, Denomination, GradeTerms
from pargrade.text import moment
from pargrade.units import Rounding, divide, format_amount

_MILLION: Final = 10**6
_PERISHABLE: Final = (
    "No carry and no implied repo rate: an hour of compute perishes and cannot be stored to be "
    "delivered later."
)


class NoIndex(PargradeError):
    """An instant at which the quotes give no index to measure a basis from."""

    hint = "Take an instant inside the recording, after its first midnight."

    def __init__(self, as_of: int, reason: str) -> None:
        self.as_of = as_of
        super().__init__(f"there is no index at {moment(as_of)}: {reason}")


def basis(
    as_of: AsOf = "",
    sample: SampleFile = None,
    plot: PlotFile = None,
    as_json: AsJson = False,
) -> None:
    """Compare what an SCU costs in each grade: implied price, basis, cheapest to deliver.

    Prices are the lower medians over providers of their lowest on-demand asks. A FLOP or inference
    grade is priced by the rent of hardware that does the work: the cheapest of those rated.
    """
    history, refused = recorded_history(sample or SAMPLE)
    show_refused(sample or SAMPLE, refused)
    instant_s = parse.instant(as_of) if as_of else int(history.times[-1])
    method = load_method()
    table = published_tables()[0]
    facts = load_facts(table.method)
    value = spot_index(history, method, everyone(load_venues()), instant_s)
    if not isinstance(value, IndexValue):
        raise NoIndex(instant_s, value.reason.value)
    work = work_checks(read_json((DATA / "work.json").read_bytes()), facts.method)
    asked = _asks(history, method, instant_s)
    least = method.min_providers
    hardware = basis_report(list(_of_hardware(asked, table)), value.value8, least)
    grades = basis_report(list(_of_grades(asked, table, facts)), value.value8, least)
    if plot is not None:
        from oracle.cli.plots.basis import draw_basis

        draw_basis(plot, hardware, grades, moment(instant_s))
    loss8 = grades.delivery_loss8(grade.symbol for grade in DEVNET)
    report(
        {
            "as_of": instant_s,
            "index8": str(value.value8),
            "table": "0x" + table.hash.hex(),
            "hardware": _to_json(hardware),
            "work_per_scu": {
                each.through: [
                    f"{float(end):.4f}" for end in work[each.through].per_scu(each.factor4)
                ]
                for each in hardware.ranked
                if each.through in work
            },
            "grades": _to_json(grades),
            "series_of_all_grades_loss8_per_contract": str(loss8),
            "carry": _PERISHABLE,
        },
        f"Index {_usd(value.value8)} USD per SCU at {moment(instant_s)}, by {table.method}",
        _table("Hardware", hardware),
        _table("Devnet grades", grades),
        *(
            _work_line(each, work)
            for each in hardware.ranked
            if each.through != facts.method.par.key
        ),
        *(f"{each.grade}: no price, {each.providers} providers" for each in hardware.unpriced),
        *(f"{each.grade}: no price, {each.providers} providers" for each in grades.unpriced),
        *_describe(grades, loss8),
        _PERISHABLE,
        as_json=as_json,
    )


def _work_line(each: GradeBasis, work: Mapping[str, WorkCheck]) -> str:
    found = work.get(each.through)
    if found is None:
        return f"Whoever is delivered {each.through} gets work that was not measured beside par."
    low, high = (float(end) for end in found.per_scu(each.factor4))
    return (
        f"Whoever is delivered {each.through} gets {low:.2f} to {high:.2f} of the work of par "
        f"for an SCU, in {found.kinds} kinds of work."
    )


def _describe(grades: BasisReport, loss8: int) -> Iterator[str]:
    if grades.ranked:
        yield (
            f"A short of a series over all devnet grades would deliver {grades.ranked[0].grade}; "
            f"per contract of 730 SCU that costs the long {_usd(loss8)} USD against the index."
        )


def _asks(history: History, method: Method, as_of: int) -> Mapping[str, Mapping[str, int]]:
    rows = history.between(as_of - method.lookback_s, as_of)
    return lowest_asks(history.columns.quotes(rows), method, as_of)


def _of_hardware(asked: Mapping[str, Mapping[str, int]], table: FactorTable) -> Iterator[Asked]:
    for row in table.document["rows"]:
        key = GpuModel.key_of(row)
        yield Asked(key, key, int(row["factor4"]), asked.get(key, {}))


def _of_grades(
    asked: Mapping[str, Mapping[str, int]], table: FactorTable, facts: Facts
) -> Iterator[Asked]:
    rated = {GpuModel.key_of(row) for row in table.document["rows"]}
    hardware = [each for each in facts.hardware if each.key in rated]
    for grade in DEVNET:
        terms = load_terms(grade.file, NO_TOKEN)
        for each in hardware:
            hours = _millionths_of_hour(terms, each, facts)
            prices = {
                provider: divide(price8 * hours, _MILLION, Rounding.HALF_EVEN)
                for provider, price8 in asked.get(each.key, {}).items()
            }
            if hours:
                yield Asked(grade.symbol, each.key, terms.scu_per_token // FACTOR_STEP, prices)


def _millionths_of_hour(terms: GradeTerms, hardware: GpuModel, facts: Facts) -> int:
    """How long this hardware works for one whole token, rounded down; 0 where nothing says so."""
    method = facts.method
    if terms.denomination is Denomination.GPU_HOUR:
        return terms.quantity * _MILLION // 3_600 if hardware.key == terms.model else 0
    if terms.denomination is Denomination.FLOP:
        # The delivered share is declared for the par grade, and taken to hold for the others.
        factor = terms.scu_per_token * _MILLION // 10**18
        return int(factor * method.par.bf16_dense_tflops / hardware.bf16_dense_tflops)
    if hardware.key != method.par.key:
        return 0
    return terms.scu_per_token * _MILLION // 10**18


def _table(title: str, found: BasisReport) -> Table:
    return Table(
        ("rank", "grade", "priced on", "providers", "USD per native unit", "factor",
         "USD per SCU", "basis USD", "basis %"),
        [_row(rank, each) for rank, each in enumerate(found.ranked, start=1)],
        title=f"{title}, cheapest to deliver first",
        numbers=frozenset({"rank", "providers", "USD per native unit", "factor", "USD per SCU",
                           "basis USD", "basis %"}),
    )  # fmt: skip


def _row(rank: int, each: GradeBasis) -> tuple[object, ...]:
    return (
        rank,
        each.grade,
        each.through,
        each.providers,
        _usd(each.price8),
        four(each.factor4),
        _usd(each.implied8),
        _usd(each.basis8, sign=True),
        f"{each.basis_ppm / 10_000:+.1f}",
    )


def _usd(value8: int, *, sign: bool = False) -> str:
    rounded = divide(value8, 10**4, Rounding.HALF_EVEN)
    return ("+" if sign and rounded > 0 else "") + format_amount(rounded, 4, 4)


def _to_json(found: BasisReport) -> dict[str, Any]:
    amounts = ("price8", "implied8", "basis8")
    return {
        "ranked": [
            {"rank": rank, **{k: str(v) if k in amounts else v for k, v in asdict(each).items()}}
            for rank, each in enumerate(found.ranked, start=1)
        ],
        "unpriced": [each._asdict() for each in found.unpriced],
    }
