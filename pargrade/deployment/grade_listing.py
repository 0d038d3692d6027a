"""Listing a grade: the terms go to the registry, which makes the wrapped unit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pargrade.bindings.grade_registry import GradeListed, GradeRegistry
from pargrade.chain.block import At
from pargrade.chain.hashing import ZERO_ADDRESS, Address
from pargrade.chain.wallet import Wallet
from pargrade.deployment.batch import send_batch
from pargrade.deployment.file import DeployedGrade, Deployment, free_name
from pargrade.deployment.grade_terms import listed_terms
from pargrade.deployment.session import Session
from pargrade.errors import PargradeError
from pargrade.grade.terms import GradeTerms


class SymbolTaken(PargradeError):
    """A symbol that already names another grade here."""

    hint = "Give the new grade another name with --symbol."

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        super().__init__(f"the deployment already has a grade {symbol}")


def require_free_symbol(deployment: Deployment, symbol: str) -> None:
    """Raises SymbolTaken for a symbol that names a grade of this deployment."""
    if symbol in deployment.grades:
        raise SymbolTaken(symbol)


def find_unrecorded(session: Session, terms: GradeTerms, block: At) -> Address | None:
    """The unit of terms that are listed and that the deployment file does not know; None else.

    A multi-signature wallet listed them, or a command that was killed before it wrote the file.
    """
    registry = GradeRegistry(session.chain, session.deployment.address("GradeRegistry"))
    unit = registry.unit_of(terms.grade_id, block=block)
    known = {grade.unit for grade in session.deployment.grades.values()}
    return None if unit == ZERO_ADDRESS or unit in known else unit


def record_grade(session: Session, symbol: str, grade: DeployedGrade) -> str:
    """Writes a listed grade into the deployment file; the symbol that it has there.

    Where another grade got the symbol meanwhile a number follows it: what is on the chain is kept.
    """
    amended = Deployment.amend(session.path, lambda known: _with_grade(known, symbol, grade))
    return next(name for name, each in amended.grades.items() if each.unit == grade.unit)


def _with_grade(known: Deployment, symbol: str, grade: DeployedGrade) -> Deployment:
    if any(each.unit == grade.unit for each in known.grades.values()):
        return known
    return replace(known, grades={**known.grades, free_name(symbol, known.grades): grade})


@dataclass(frozen=True, slots=True)
class NewGrade:
    """A grade to list: its terms, and the name and symbol of its wrapped unit."""

    terms: GradeTerms
    name: str
    symbol: str


def list_grade(
    curator: Wallet, deployment: Deployment, terms: GradeTerms, name: str, symbol: str
) -> Deployment:
    """Lists a grade as a curator and names it `symbol` in the deployment returned.

    `name` is that of the wrapped unit's token. Raises the registry's errors.
    """
    listed = list_grades(curator, deployment, [NewGrade(terms, name, symbol)])
    return replace(deployment, grades={**deployment.grades, **listed})


def list_grades(
    curator: Wallet, deployment: Deployment, grades: Sequence[NewGrade]
) -> dict[str, DeployedGrade]:
    """Lists grades in one batch; what they became, by symbol. Raises the registry's errors."""
    registry = GradeRegistry(curator.chain, deployment.address("GradeRegistry"))
    calls = [registry.list(listed_terms(new.terms), new.name, new.symbol) for new in grades]
    found = {}
    for new, receipt in zip(grades, send_batch(curator, calls), strict=True):
        listed = receipt.event(GradeListed)
        found[new.symbol] = DeployedGrade(
            token=listed.token,
            unit=listed.unit,
            grade_id="0x" + listed.grade_id.hex(),
            decimals=new.terms.decimals,
        )
    return found
