"""Listing a grade: the terms go to the registry, which makes the wrapped unit."""

from dataclasses import replace

from pargrade.bindings.grade_registry import GradeListed, GradeRegistry
from pargrade.chain.wallet import Wallet
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


def list_grade(
    curator: Wallet, deployment: Deployment, terms: GradeTerms, name: str, symbol: str
) -> Deployment:
    """Lists a grade as a curator and names it `symbol` in the deployment returned.

    `name` is that of the wrapped unit's token. Raises the registry's errors.
    """
    registry = GradeRegistry(curator.chain, deployment.address("GradeRegistry"))
    receipt = curator.send(registry.list(listed_terms(terms), name, symbol))
    listed = receipt.event(GradeListed)
    grade = DeployedGrade(
        token=listed.token,
        unit=listed.unit,
        grade_id="0x" + listed.grade_id.hex(),
        decimals=terms.decimals,
    )
    return replace(deployment, grades={**deployment.grades, symbol: grade})
