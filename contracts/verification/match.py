"""Whether code on a chain is what a compiler makes of given sources, as Sourcify compares it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pargrade.deployment.shipped_code import compare_code


@dataclass(frozen=True, slots=True)
class Compiled:
    """What the compiler made of one contract."""

    creation: bytes
    """Code that creates it; constructor arguments follow."""
    runtime: bytes
    """Code that is on the chain then, with zeros for immutables."""
    immutables: tuple[tuple[int, int], ...]
    """Start and length of each place in `runtime` that the constructor fills in."""

    @classmethod
    def of(cls, output: Mapping[str, Any]) -> "Compiled":
        """From the compiler's `evm` output of a contract."""
        deployed = output["deployedBytecode"]
        places = (
            (place["start"], place["length"])
            for found in deployed["immutableReferences"].values()
            for place in found
        )
        return cls(
            creation=bytes.fromhex(output["bytecode"]["object"]),
            runtime=bytes.fromhex(deployed["object"]),
            immutables=tuple(sorted(places)),
        )


def find_difference(compiled: Compiled, runtime: bytes, creation: bytes | None) -> str | None:
    """Why code on a chain is not that of the sources, or None where it is.

    `creation` is code and arguments of the transaction that created it; None where it is not known,
    as of a contract that another contract created. The code holds no hash of the sources, so it
    says nothing of comments and names: Sourcify calls that a match, not an exact match.
    """
    difference = compare_code(compiled.runtime, runtime, compiled.immutables)
    if difference is None and creation is not None and not creation.startswith(compiled.creation):
        return "it was created by other code"
    return difference
