"""The three grades of a development chain, with faucet tokens standing in for the networks'."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.bindings.test_token import TestToken
from pargrade.chain.block import Tag
from pargrade.chain.create2 import NO_SALT
from pargrade.chain.hashing import ZERO_ADDRESS, parse_address
from pargrade.chain.wallet import Wallet
from pargrade.clock import DAY_S
from pargrade.deployment.deployer import place
from pargrade.deployment.file import DeployedGrade, Deployment
from pargrade.deployment.grade_listing import list_grade
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
    for grade in DEVNET:
        published = load_terms(grade.file, _NOT_YET)
        creation = TestToken.deploy(grade.token_name, grade.symbol, published.decimals)
        now = curator.chain.head().timestamp
        terms = replace(
            published,
            token=place(admin, creation, salt),
            valid_until=published.valid_until if published.valid_until > now else now + _A_YEAR,
        )
        deployment = enlist(curator, deployment, terms, grade.symbol, grade.token_name)
    return deployment


def enlist(
    curator: Wallet, deployment: Deployment, terms: GradeTerms, symbol: str, token_name: str
) -> Deployment:
    """Lists terms as the unit p`symbol`; the deployment returned knows the grade as `symbol`."""
    registry = GradeRegistry(curator.chain, deployment.address("GradeRegistry"))
    known = registry.unit_of(terms.grade_id, block=Tag.LATEST)
    if known != ZERO_ADDRESS:
        grade = DeployedGrade(
            parse_address(terms.token), known, "0x" + terms.grade_id.hex(), terms.decimals
        )
        return replace(deployment, grades={**deployment.grades, symbol: grade})
    unit = unit_symbol(symbol)
    listed = list_grade(curator, deployment, terms, unit_name(token_name), unit)
    return replace(deployment, grades={**deployment.grades, symbol: listed.grades[unit]})


def unit_symbol(token_symbol: str) -> str:
    """Symbol of the wrapped unit of a token."""
    return f"p{token_symbol}"


def unit_name(token_name: str) -> str:
    """Name of the wrapped unit of a token."""
    return f"Pargrade {token_name}"
