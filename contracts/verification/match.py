"""Whether code on a chain is what a compiler makes of given sources, as Sourcify compares it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


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
    if not runtime:
        return "there is no code on the chain"
    if len(runtime) != len(compiled.runtime):
        return f"{len(runtime)} bytes of code on the chain, {len(compiled.runtime)} compiled"
    wanted = _without(compiled.runtime, compiled.immutables)
    found = _without(runtime, compiled.immutables)
    if wanted != found:
        return f"the code differs at byte {_first_difference(wanted, found)}"
    if creation is not None and not creation.startswith(compiled.creation):
        return "it was created by other code"
    return None


def _without(code: bytes, places: Sequence[tuple[int, int]]) -> bytes:
    blank = bytearray(code)
    for start, length in places:
        blank[start : start + length] = bytes(length)
    return bytes(blank)


def _first_difference(left: Iterable[int], right: Iterable[int]) -> int:
    pairs = zip(left, right, strict=True)
    return next(number for number, (a, b) in enumerate(pairs) if a != b)
