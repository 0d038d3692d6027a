"""The three grades of a development chain, with faucet tokens standing in for the networks'."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.bindings.test_token import TestToken
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.create2 import NO_SALT, address_by
from pargrade.chain.hashing import Address, parse_address
from pargrade.chain.simulation import Message
from pargrade.chain.wallet import Wallet
from pargrade.clock import DAY_S
from pargrade.deployment.deployer import creations, place_all
from pargrade.deployment.file import DeployedGrade, Deployment
from pargrade.deployment.grade_listing import NewGrade, list_grades
from pargrade.deployment.grade_terms import listed_terms
from pargrade.deployment.plan import Plan
from pargrade.deployment.rehearsal import creation_messages
from pargrade.grade.file import DEVNET_GRADES, load_terms
from pargrade.grade.terms import GradeTerms

_A_YEAR: Final = 365 * DAY_S

# Terms exist only with a token; the files are read before theirs is created.
_NOT_YET: Final = "0x" + 40 * "1"


@dataclass(frozen=True, slots=True)
class DevnetGrade:
    """A token to create, and the file of the terms to list it under."""

    symbol: str
    """Of the token, and the grade's name in the deployment file. The unit's is p and this."""
    token_name: str
    file: Path


DEVNET: Final = (
    DevnetGrade("A1GH", "A100 80GB SXM GPU-hour", DEVNET_GRADES / "a100-gpu-hour.toml"),
    DevnetGrade("EFLP", "delivered BF16 EFLOP", DEVNET_GRADES / "bf16-eflop.toml"),
    DevnetGrade(
        "L70M", "million output tokens Llama-2-70B", DEVNET_GRADES / "llama2-70b-mtok.toml"
    ),
)


def list_devnet_grades(
    admin: Wallet, curator: Wallet, deployment: Deployment, salt: bytes = NO_SALT
) -> Deployment:
    """Creates the three test tokens and lists their grades; the deployment returned knows them.

    Tokens and grades that are on the chain already are taken as they are.

    `admin` pays for the tokens, which nobody owns: anyone may mint. `curator` lists. A factor ages
    in real time, while a development chain may run at any: where the published validity has passed
    on this chain, the grade is listed for a year from its head.
    """
    tokens = place_all(admin, _token_creations(), salt)
    return _enlist(curator, deployment, _terms(tokens, curator.chain.head().timestamp))


def grade_messages(admin: Wallet, curator: Wallet | None, plan: Plan) -> Iterator[Message]:
    """Every call that `list_devnet_grades` would send now, in its order; none without a curator."""
    if curator is None:
        return
    tokens = tuple(address_by(creation, plan.salt) for creation in _token_creations())
    yield from creation_messages(admin, _token_creations(), plan.salt)
    planned = {each.name: each.address for each in creations(admin.address, plan)}
    registry = GradeRegistry(admin.chain, planned["GradeRegistry"])
    is_there = bool(admin.chain.code(registry.address, block=Tag.LATEST))
    known = _grades_by_token(registry) if is_there else {}
    for new in _missing_grades(_terms(tokens, admin.chain.head().timestamp), known):
        call = registry.list(listed_terms(new.terms), new.name, new.symbol)
        yield Message(call, curator.address)


def _token_creations() -> list[Call[None]]:
    return [
        TestToken.deploy(grade.token_name, grade.symbol, load_terms(grade.file, _NOT_YET).decimals)
        for grade in DEVNET
    ]


def _terms(tokens: Sequence[Address], now: int) -> list[GradeTerms]:
    """The published terms of each grade on its token, valid for a year from `now` if expired."""
    published = [load_terms(grade.file, token) for grade, token in zip(DEVNET, tokens, strict=True)]
    return [
        stated if stated.valid_until > now else replace(stated, valid_until=now + _A_YEAR)
        for stated in published
    ]


def _missing_grades(
    terms: Sequence[GradeTerms], known: Mapping[Address, DeployedGrade]
) -> list[NewGrade]:
    """Those of DEVNET whose token has no grade yet."""
    return [
        NewGrade(of_it, unit_name(grade.token_name), unit_symbol(grade.symbol))
        for grade, of_it in zip(DEVNET, terms, strict=True)
        if of_it.token not in known
    ]


def _enlist(curator: Wallet, deployment: Deployment, terms: Sequence[GradeTerms]) -> Deployment:
    """Lists the terms of every grade of DEVNET whose token has no grade yet, under its symbol."""
    known = _grades_by_token(GradeRegistry(curator.chain, deployment.address("GradeRegistry")))
    missing = _missing_grades(terms, known)
    listed = {grade.token: grade for grade in list_grades(curator, deployment, missing).values()}
    found = {**known, **listed}
    grades = {
        grade.symbol: found[parse_address(of_it.token)]
        for grade, of_it in zip(DEVNET, terms, strict=True)
    }
    return replace(deployment, grades={**deployment.grades, **grades})


def _grades_by_token(registry: GradeRegistry) -> dict[Address, DeployedGrade]:
    """The first grade that was listed of every token."""
    chain = registry.chain
    found: dict[Address, DeployedGrade] = {}
    for unit in registry.units(block=Tag.LATEST):
        factor = WrappedUnit(chain, unit).factor(block=Tag.LATEST)
        number = "0x" + registry.grade(unit, block=Tag.LATEST).id.hex()
        found.setdefault(factor.token, DeployedGrade(factor.token, unit, number, factor.decimals))
    return found


def unit_symbol(token_symbol: str) -> str:
    """Symbol of the wrapped unit of a token."""
    return f"p{token_symbol}"


def unit_name(token_name: str) -> str:
    """Name of the wrapped unit of a token."""
    return f"Pargrade {token_name}"
