"""The terms of a grade: read from a file, or from the block that listed it."""

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from pargrade.bindings.grade_registry import GradeListed, GradeRegistry
from pargrade.bindings.structs import GradeTerms as ListedTerms
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import Address, parse_address
from pargrade.deployment.file import DeployedGrade
from pargrade.deployment.session import Session
from pargrade.errors import PargradeError
from pargrade.grade.file import Proposal, load_proposal
from pargrade.grade.terms import GradeTerms
from pargrade.units import Scu

NO_TOKEN: Final = parse_address("0x" + 40 * "1")
"""Stands in where a factor is looked at before its token exists."""


class BadTermsFile(PargradeError):
    """A file of terms that cannot even be read."""

    hint = "Write the terms as TOML, YAML or JSON: see pargrade/data/grades for examples."

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        super().__init__(f"{path} is no file of terms: {why}")


class LostTerms(PargradeError):
    """A unit whose listing is not in the blocks of this deployment."""

    hint = "Check that the deployment file belongs to this chain, and its first block."

    def __init__(self, unit: Address, first: int) -> None:
        self.unit = unit
        super().__init__(f"{unit} was not listed since block {first}")


def read_proposal(path: Path, token: Address | None) -> Proposal:
    """The terms and the quality in a file a person named. Raises BadTermsFile, BadTerms."""
    try:
        return load_proposal(path, token)
    except (tomllib.TOMLDecodeError, ValueError) as failure:
        raise BadTermsFile(path, str(failure)) from None


def frozen_terms(session: Session, known: DeployedGrade, head: BlockStamp) -> ListedTerms:
    """The terms a grade was listed under. Raises LostTerms."""
    registry = GradeRegistry(session.chain, session.deployment.address("GradeRegistry"))
    first = session.deployment.block
    for _, listed in registry.history(GradeListed, first=first, last=head.number):
        if listed.unit == known.unit:
            return listed.terms
    raise LostTerms(known.unit, first)


def own_terms(listed: ListedTerms) -> GradeTerms:
    """Terms from the chain as the checked kind, amounts typed again."""
    values: dict[str, Any] = {field.name: getattr(listed, field.name) for field in fields(listed)}
    values |= {name: Scu(values[name]) for name in ("scu_per_token", "deposit_cap")}
    return GradeTerms(**values)


def listed_terms(terms: GradeTerms) -> ListedTerms:
    """Terms as the registry takes them: the same fields in the same order."""
    fields: dict[str, Any] = {name: getattr(terms, name) for name in ListedTerms.__slots__}
    return ListedTerms(**{**fields, "token": parse_address(terms.token)})
