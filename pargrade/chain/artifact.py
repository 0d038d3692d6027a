"""Compiled contracts, as shipped: reading them needs no compiler."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pargrade.errors import PargradeError


class MissingArtifact(PargradeError):
    """A contract that was never compiled into this distribution."""

    hint = "In a source checkout, run `python -m contracts.codegen.compile`."

    def __init__(self, contract: str) -> None:
        self.contract = contract
        super().__init__(f"there is no compiled {contract}")


@dataclass(frozen=True, slots=True)
class Artifact:
    """What is needed to create a contract and to say which build it came from."""

    contract: str
    creation_code: bytes
    runtime_code: bytes
    """As the compiler gives it: immutables are still zero in it."""
    input_hash: str
    """sha256 of the compiler's whole input, hex."""


@cache
def load_artifact(contract: str) -> Artifact:
    """The artifact of a contract by its Solidity name. Raises MissingArtifact."""
    try:
        raw = json.loads((files("pargrade.artifacts") / f"{contract}.json").read_text())
    except FileNotFoundError:
        raise MissingArtifact(contract) from None
    return Artifact(
        contract=contract,
        creation_code=bytes.fromhex(raw["bytecode"][2:]),
        runtime_code=bytes.fromhex(raw["deployedBytecode"][2:]),
        input_hash=raw["inputHash"],
    )
