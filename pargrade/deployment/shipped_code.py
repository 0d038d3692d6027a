"""Whether the code of a deployment is the code that ships, but for what constructors fill in."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from pargrade.chain.artifact import Artifact, load_artifact
from pargrade.chain.block import Tag
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain
from pargrade.deployment.file import Deployment

_WORD: Final = 32
_PUSH32_ZERO: Final = b"\x7f" + bytes(_WORD)
"""Where the compiler leaves room for an immutable; a plain zero is pushed in one byte."""


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """One contract of a deployment, held against its artifact."""

    name: str
    """In the deployment file; a wrapped unit goes by the symbol of its grade."""
    address: Address
    difference: str | None
    """Why it is not what ships, for people; None where it is."""

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {"address": self.address, "matches": self.difference is None, "why": self.difference}


def check_code(chain: Chain, deployment: Deployment) -> Iterator[CodeCheck]:
    """Every contract and every wrapped unit of a deployment, in the order of its file.

    Says nothing of who holds which role, and nothing of the quote token unless it is deployed with
    the rest. Raises what the chain raises.
    """
    shipped = {artifact.input_hash: artifact for artifact in _artifacts()}
    for name, contract in deployment.contracts.items():
        artifact = shipped.get(contract.input_hash)
        yield _check(chain, name, contract.address, artifact)
    for symbol, grade in deployment.grades.items():
        yield _check(chain, f"grade {symbol}", grade.unit, load_artifact("WrappedUnit"))


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


def _immutables(shipped: bytes) -> Iterator[tuple[int, int]]:
    start = shipped.find(_PUSH32_ZERO)
    while start >= 0:
        yield start + 1, _WORD
        start = shipped.find(_PUSH32_ZERO, start + 1 + _WORD)


def _artifacts() -> Iterator[Artifact]:
    for file in files("pargrade.artifacts").iterdir():
        if file.name.endswith(".json"):
            yield load_artifact(file.name.removesuffix(".json"))


def _check(chain: Chain, name: str, address: Address, artifact: Artifact | None) -> CodeCheck:
    if artifact is None:
        return CodeCheck(name, address, "it is of another version of Pargrade than this one")
    code = chain.code(address, block=Tag.LATEST)
    return CodeCheck(name, address, find_difference(artifact.runtime_code, code))
