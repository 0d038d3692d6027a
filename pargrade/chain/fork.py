"""Whether a chain can run our contracts: which instructions it knows, asked by one call.

The call is of creation code that creates a tiny contract for each instruction we need, and calls it
with little gas: an unknown instruction takes all it was given, and the others are not disturbed.
"""

from dataclasses import dataclass
from typing import Any, Final

from pargrade.chain.abi import Bytes
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.errors import ChainError, Reverted, RpcRefused
from pargrade.chain.rpc import Chain


@dataclass(frozen=True, slots=True)
class Instruction:
    """An instruction of the EVM that our contracts use."""

    name: str
    fork: str
    """The upgrade that brought it."""
    code: bytes
    """A contract's code that runs it, at most 20 bytes."""


NEEDED: Final = (
    Instruction("PUSH0", "Shanghai", bytes.fromhex("5f00")),
    Instruction("MCOPY", "Cancun", bytes.fromhex("6000600060005e00")),
    Instruction("TSTORE", "Cancun", bytes.fromhex("600160005d00")),
    Instruction("TLOAD", "Cancun", bytes.fromhex("60005c00")),
)
"""In the order of their forks."""


_SHOWN: Final = 8
"""Bytes of an answer that was not expected, in the message."""

_RESULTS: Final = 0x20
"""Where in memory the results are."""


class MissingFork(ChainError):
    """A chain that lacks instructions of our contracts, or does not run the probe at all."""

    def __init__(self, endpoint: str, missing: tuple[Instruction, ...], why: str = "") -> None:
        """`why` is what came in place of an answer to the probe."""
        self.endpoint = endpoint
        self.missing = missing
        newest = missing[-1].fork
        names = ", ".join(instruction.name for instruction in missing)
        self.hint = f"Take a chain, or start its node with a hard fork, of {newest} or later."
        if why:
            self.hint += " docs/ARCHITECTURE.md names chains that cannot run our contracts."
        reason = f"does not run a probe for {names}: {why}" if why else _lacks(names, newest)
        super().__init__(f"the chain at {endpoint} {reason}")


def _lacks(names: str, newest: str) -> str:
    return f"does not know {names}: it is before {newest}"


def require_fork(chain: Chain) -> None:
    """Raises MissingFork where our contracts could not run; changes nothing."""
    try:
        found = chain.call(_PROBE, block=Tag.LATEST)
    except (Reverted, RpcRefused) as refusal:
        raise MissingFork(chain.endpoint, NEEDED, str(refusal)) from None
    if len(found) != len(NEEDED) or set(found) - {0, 1}:
        shown = f"0x{found[:_SHOWN].hex()}{'…' if len(found) > _SHOWN else ''}"
        why = f"it returned {shown}, not {len(NEEDED)} bytes of 0 or 1"
        raise MissingFork(chain.endpoint, NEEDED, why)
    missing = tuple(
        instruction for instruction, known in zip(NEEDED, found, strict=True) if not known
    )
    if missing:
        raise MissingFork(chain.endpoint, missing)


def _assemble() -> bytes:
    """Code that returns a byte per instruction needed: 1 where the chain knows it."""
    code = b""
    for place, instruction in enumerate(NEEDED):
        size = bytes([len(instruction.code)])
        # CODECOPY what follows these twelve bytes to memory, and RETURN it.
        creation = b"\x60" + size + bytes.fromhex("600c60003960") + size + bytes.fromhex("6000f3")
        creation += instruction.code
        code += b"\x7f" + creation.ljust(32, b"\x00") + bytes.fromhex("600052")  # MSTORE at 0
        code += 5 * bytes.fromhex("6000")  # of the CALL below: no data, nothing back, no value
        code += bytes([0x60, len(creation)]) + bytes.fromhex("60006000f0")  # CREATE
        code += bytes.fromhex("61c350f1")  # CALL with 50,000 gas
        code += bytes([0x60, _RESULTS + place, 0x53])  # MSTORE8 whether it worked
    return code + bytes([0x60, len(NEEDED), 0x60, _RESULTS, 0xF3])


class _Raw(Bytes):
    """What is returned, as it is."""

    def decode(self, data: bytes) -> bytes:
        return data


_PROBE: Final[Call[Any]] = Call(None, _assemble(), "the chain's instructions", _Raw(), {})
