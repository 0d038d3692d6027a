"""Listing a grade: the terms go to the registry, which makes the wrapped unit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pargrade.bindings.grade_registry import GradeListed, GradeRegistry
from pargrade.chain.wallet import Wallet
from pargrade.deployment.batch import send_batch
from pargrade.deployment.file import DeployedGrade, Deployment
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


def record_grade(session: Session, symbol: str, grade: DeployedGrade) -> None:
    """Writes a listed grade into the deployment file."""
    known = session.deployment
    replace(known, grades={**known.grades, symbol: grade}).write(session.path)


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
