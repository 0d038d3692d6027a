"""Whether a deployment is what ships: the code of every contract, and whom each is wired to.

The code is compared with what our constructors make of the addresses in the file, to the byte: an
immutable in one place of the code cannot differ from what a getter shows of another. Beside it, the
authority each contract asks, the phases of an index, and the grades of the registry. Not looked
at: who holds which role, who reports, caps, and what else a contract has stored.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from pargrade.bindings.bridge_gate import BridgeGate
from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.bindings.phased_index import PhasedIndex
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.artifact import Artifact, load_artifact
from pargrade.chain.block import At
from pargrade.chain.call import Call
from pargrade.chain.construction import NotConstructed, construct, construct_inner, created_by
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain
from pargrade.deployment.file import DeployedGrade, Deployment
from pargrade.deployment.front import phase_difference
from pargrade.deployment.wired_creation import (
    contracts_named,
    inner_contracts,
    is_deployed,
    unit_creation,
    wired_creation,
)

_WORD: Final = 32
_PUSH32_ZERO: Final = b"\x7f" + bytes(_WORD)
"""Where the compiler leaves room for an immutable; a plain zero is pushed in one byte."""

_MANAGED: Final = {
    kind.NAME: kind
    for kind in (
        *(GradeRegistry, SpotIndex, SpotIndexV2, PhasedIndex),
        *(FuturesMarket, FuturesExchange, BridgeGate),
    )
}
"""Contracts that ask an authority who may call."""

_MOST_CREATED: Final = 2
"""By a constructor of ours: contracts, and bytes kept as code."""

_MOST_GRADES: Final = 1_000
"""Whose units are compared, some five requests each."""

_UNTOLD: Final = "whom it is wired to cannot be told"


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """One contract of a deployment, held against its artifact and the file."""

    name: str
    """In the deployment file; a wrapped unit goes by the symbol of its grade."""
    address: Address
    difference: str | None
    """Why it is not what ships, for people; None where it is."""

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {"address": self.address, "matches": self.difference is None, "why": self.difference}


def check_code(chain: Chain, deployment: Deployment) -> Iterator[CodeCheck]:
    """Every contract of a deployment, what those have created, and every wrapped unit of its chain.

    In the order of the file; units that the registry lists and the file does not come last. Raises
    NotDeployed for a file without Governance, registry or index, and what the chain raises.
    """
    block = chain.head()
    shipped = {artifact.input_hash: artifact for artifact in _artifacts()}
    for name, contract in deployment.contracts.items():
        artifact = shipped.get(contract.input_hash)
        difference = _contract_difference(chain, deployment, name, artifact, block)
        yield CodeCheck(name, contract.address, difference)
        yield from _check_inner(chain, deployment, name, block)
    yield from _check_grades(chain, deployment, block)


def check_contract(chain: Chain, deployment: Deployment, name: str) -> CodeCheck:
    """One contract of a deployment; what it has created is not looked at. Raises NotDeployed."""
    contract, block = deployment.contract(name), chain.head()
    shipped = {artifact.input_hash: artifact for artifact in _artifacts()}
    artifact = shipped.get(contract.input_hash)
    difference = _contract_difference(chain, deployment, name, artifact, block)
    return CodeCheck(name, contract.address, difference)


def find_difference(shipped: bytes, found: bytes) -> str | None:
    """Why `found` on a chain is not `shipped` as the compiler left it; None where it is."""
    return compare_code(shipped, found, _immutables(shipped))


def compare_code(
    compiled: bytes, found: bytes, immutables: Iterable[tuple[int, int]]
) -> str | None:
    """Why code on a chain is not what was compiled, for people; None where it is.

    Immutables are start and length, in bytes, of what the constructor fills in.
    """
    if not found:
        return "there is no code at its address"
    if len(found) != len(compiled):
        return f"it has {len(found)} bytes of code in place of {len(compiled)}"
    wanted, there = bytearray(compiled), bytearray(found)
    for start, length in immutables:
        wanted[start : start + length] = there[start : start + length] = bytes(length)
    for number, (ours, theirs) in enumerate(zip(wanted, there, strict=True)):
        if ours != theirs:
            return f"its code differs at byte {number}"
    return None


def compare_wiring(shipped: bytes, wired: bytes, found: bytes) -> str | None:
    """Which word that a constructor filled in is another one than it has to be; None where none is.

    `wired` and `found` are both `shipped` but for those words.
    """
    for start, length in _immutables(shipped):
        ours, theirs = wired[start : start + length], found[start : start + length]
        if ours != theirs:
            return f"it is wired to 0x{_plain(theirs)} at byte {start}, not to 0x{_plain(ours)}"
    return None


def _plain(word: bytes) -> str:
    """A word as an address where it can be one."""
    return word[12:].hex() if not any(word[:12]) else word.hex()


def _contract_difference(
    chain: Chain, deployment: Deployment, name: str, artifact: Artifact | None, block: At
) -> str | None:
    if artifact is None:
        return "it is of another version of Pargrade than this one"
    if artifact.contract not in contracts_named(name):
        return f"the file has a {artifact.contract} under this name"
    if not is_deployed(artifact.contract):
        return "no deployment of this version has such a contract"
    address = deployment.address(name)
    difference = find_difference(artifact.runtime_code, chain.code(address, block=block))
    if difference is not None:
        return difference
    # Its code is ours: what it says of itself, and only that, is needed for the rest.
    creation = wired_creation(chain, deployment, name, artifact.contract, block)
    difference = _code_difference(chain, artifact, creation, address, block)
    return difference or _stored_difference(chain, deployment, name, artifact.contract, block)


def _stored_difference(
    chain: Chain, deployment: Deployment, name: str, contract: str, block: At
) -> str | None:
    """Whom a contract trusts by what it stored."""
    address = deployment.address(name)
    if contract in _MANAGED:
        authority = _MANAGED[contract](chain, address).authority(block=block)
        if authority != deployment.address("Governance"):
            return f"it asks {authority} who may call, not the file's Governance"
    if contract == PhasedIndex.NAME:
        return phase_difference(chain, deployment, block)
    return None


def _check_inner(chain: Chain, deployment: Deployment, name: str, block: At) -> Iterator[CodeCheck]:
    """What a contract of the file has created, which that contract alone knows."""
    creator = deployment.address(name)
    inner = inner_contracts(name, creator)
    addresses = tuple(inner.values())
    for number, (contract, address) in enumerate(inner.items()):
        found = chain.code(address, block=block)
        try:
            creation = wired_creation(chain, deployment, name, name, block)
            made = construct_inner(chain, creation, creator, addresses, number, block)
        except NotConstructed as failure:
            yield CodeCheck(contract, address, f"{_UNTOLD}: {failure}")
            continue
        yield CodeCheck(contract, address, compare_code(made, found, ()))


def _code_difference(
    chain: Chain,
    artifact: Artifact,
    creation: Call[None],
    address: Address,
    block: At,
    sender: Address | None = None,
) -> str | None:
    """As `compare_wiring`, of code that is ours but for what a constructor fills in."""
    created = tuple(created_by(address, nonce) for nonce in range(1, _MOST_CREATED + 1))
    try:
        wired = construct(chain, creation, address, sender=sender, created=created, block=block)
    except NotConstructed as failure:
        return f"{_UNTOLD}: {failure}"
    difference = find_difference(artifact.runtime_code, wired)
    if difference is not None:
        return f"{_UNTOLD}: run in a call, {difference}"
    return compare_wiring(artifact.runtime_code, wired, chain.code(address, block=block))


def _check_grades(chain: Chain, deployment: Deployment, block: At) -> Iterator[CodeCheck]:
    registry = GradeRegistry(chain, deployment.address("GradeRegistry"))
    artifact = load_artifact("WrappedUnit")
    shipped = load_artifact(GradeRegistry.NAME).runtime_code
    if find_difference(shipped, chain.code(registry.address, block=block)) is not None:
        # Whatever is there could say anything, or nothing.
        why = "they cannot be told: the registry is not what ships"
        yield CodeCheck("grades", registry.address, why)
        return
    listed = registry.units(block=block)
    if len(listed) > _MOST_GRADES:
        why = f"{len(listed):,} are listed, and the first {_MOST_GRADES:,} of them are compared"
        yield CodeCheck("grades", registry.address, why)
        listed = listed[:_MOST_GRADES]
    names = {grade.unit: symbol for symbol, grade in deployment.grades.items()}
    for unit in dict.fromkeys((*names, *listed)):
        symbol = names.get(unit)
        difference = find_difference(artifact.runtime_code, chain.code(unit, block=block))
        if difference is None:
            creation = unit_creation(chain, unit, block)
            difference = _code_difference(chain, artifact, creation, unit, block, registry.address)
        if difference is None and unit not in listed:
            difference = "the registry does not list it"
        if difference is None and symbol is not None:
            difference = _grade_difference(chain, unit, deployment.grades[symbol], block)
        yield CodeCheck(f"grade {symbol or unit}", unit, difference)


def _grade_difference(chain: Chain, unit: Address, filed: DeployedGrade, block: At) -> str | None:
    """Which field of the file is another than the unit's."""
    wrapped = WrappedUnit(chain, unit)
    factor = wrapped.factor(block=block)
    if filed.token != factor.token:
        return f"it wraps {factor.token}, and the file says {filed.token}"
    if filed.decimals != factor.decimals:
        return f"its token has {factor.decimals} decimals, and the file says {filed.decimals}"
    grade_id = "0x" + wrapped.grade_id(block=block).hex()
    if filed.grade_id != grade_id:
        return f"it is of grade {grade_id}, and the file says {filed.grade_id}"
    return None


def _immutables(shipped: bytes) -> Iterator[tuple[int, int]]:
    start = shipped.find(_PUSH32_ZERO)
    while start >= 0:
        yield start + 1, _WORD
        start = shipped.find(_PUSH32_ZERO, start + 1 + _WORD)


def _artifacts() -> Iterator[Artifact]:
    for file in files("pargrade.artifacts").iterdir():
        if file.name.endswith(".json"):
            yield load_artifact(file.name.removesuffix(".json"))
