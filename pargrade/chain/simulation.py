"""What a sequence of calls would do, each in a block of its own on top of the head.

Served by eth_simulateV1, which many endpoints lack.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from pargrade.chain.answers import (
    read_address,
    read_data,
    read_field,
    read_list,
    read_object,
    read_quantity,
)
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.endpoint.errors import Malformed
from pargrade.chain.hashing import Address
from pargrade.chain.log import Log, read_topics
from pargrade.chain.rpc import Chain


@dataclass(frozen=True, slots=True)
class SimulatedCall:
    """What one call would do."""

    succeeded: bool
    gas_used: int
    returned: bytes
    """Results, or what the contract gave back when it refused."""
    logs: tuple[Log, ...]
    """Without a place in the chain: block, hashes and position are zero or empty."""

    @classmethod
    def of(cls, raw: Any) -> Self:
        """A simulated call as JSON-RPC gives it. Raises Malformed."""
        fields = read_object(raw)
        return cls(
            succeeded=read_field(fields, "status", read_quantity) == 1,
            gas_used=read_field(fields, "gasUsed", read_quantity),
            returned=read_data(fields.get("returnData", "0x")),
            logs=tuple(read_list(fields.get("logs", []), _read_log)),
        )


def simulate_sequence(
    chain: Chain, calls: Sequence[Call[Any]], sender: Address, first_timestamp: int
) -> tuple[SimulatedCall, ...]:
    """The calls one after the other, in blocks one second apart from `first_timestamp` on.

    Raises RpcRefused, with code -32601 where the endpoint cannot simulate.
    """
    blocks = [
        {
            "blockOverrides": {"time": hex(first_timestamp + later)},
            "calls": [{"from": sender, "to": call.to, "data": "0x" + call.data.hex()}],
        }
        for later, call in enumerate(calls)
    ]

    def decode(raw: Any) -> tuple[SimulatedCall, ...]:
        found = tuple(read_list(raw, _read_block))
        if len(found) != len(calls):
            raise Malformed(f"{len(calls)} blocks", raw)
        return found

    return chain.ask("eth_simulateV1", ({"blockStateCalls": blocks}, Tag.LATEST.value), decode)


def _read_block(raw: Any) -> SimulatedCall:
    calls = read_field(read_object(raw), "calls", _read_calls)
    if len(calls) != 1:
        raise Malformed("a block with one call", raw)
    return calls[0]


def _read_calls(raw: Any) -> list[SimulatedCall]:
    return read_list(raw, SimulatedCall.of)


def _read_log(raw: Any) -> Log:
    fields = read_object(raw)
    return Log(
        address=read_field(fields, "address", read_address),
        topics=read_field(fields, "topics", read_topics),
        data=read_field(fields, "data", read_data),
        block_number=0,
        block_hash=b"",
        tx_hash=b"",
        index=0,
    )
