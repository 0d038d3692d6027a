"""What a sequence of calls would do, each in a block of its own on top of the head.

Served by eth_simulateV1, which many endpoints lack.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

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
from pargrade.chain.errors import RpcRefused
from pargrade.chain.hashing import Address
from pargrade.chain.log import Log, read_topics
from pargrade.chain.rpc import Chain

_NO_SUCH_METHOD: Final = (-32601, -32004)
"""JSON-RPC's code and, as hardhat has it, Ethereum's (EIP-1474)."""

_AS_IT_IS: Final[Mapping[Address, bytes]] = {}


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


@dataclass(frozen=True, slots=True)
class Message:
    """A call, and the account that would send it."""

    call: Call[Any]
    sender: Address


def simulate_sequence(
    chain: Chain, calls: Sequence[Call[Any]], sender: Address, first_timestamp: int
) -> tuple[SimulatedCall, ...]:
    """The calls one after the other; see simulate_messages."""
    return simulate_messages(chain, [Message(call, sender) for call in calls], first_timestamp)


def simulate_messages(
    chain: Chain,
    messages: Sequence[Message],
    first_timestamp: int,
    codes: Mapping[Address, bytes] = _AS_IT_IS,
) -> tuple[SimulatedCall, ...]:
    """The calls one after the other, in blocks one second apart from `first_timestamp` on.

    `codes` are contracts that count as there before the first.
    Raises RpcRefused, for which `cannot_simulate` says whether the endpoint lacks the method.
    """
    blocks: list[dict[str, Any]] = [
        {
            "blockOverrides": {"time": hex(first_timestamp + later)},
            "calls": [_message(message)],
        }
        for later, message in enumerate(messages)
    ]
    if codes:
        blocks[0]["stateOverrides"] = {
            address: {"code": "0x" + code.hex()} for address, code in codes.items()
        }

    def decode(raw: Any) -> tuple[SimulatedCall, ...]:
        found = tuple(read_list(raw, _read_block))
        if len(found) != len(messages):
            raise Malformed(f"{len(messages)} blocks", raw)
        return found

    return chain.ask("eth_simulateV1", ({"blockStateCalls": blocks}, Tag.LATEST.value), decode)


def cannot_simulate(refused: RpcRefused) -> bool:
    """Whether an endpoint refused because it has no such method."""
    return refused.code in _NO_SUCH_METHOD


def _message(message: Message) -> dict[str, Any]:
    call = message.call
    found = {"from": message.sender, "to": call.to, "data": "0x" + call.data.hex()}
    return found | {"value": hex(call.value)} if call.value else found


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
