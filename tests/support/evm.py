"""A real EVM in this process, for comparing contracts with their Python twins many times a second.

It stands where the bindings expect a chain: `SpotIndex(evm, address).latest(0, block=...)` runs the
committed bytecode. There are no blocks, only a time that is set by hand.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from pyrevm import EVM, BlockEnv

from pargrade.chain.call import Call
from pargrade.chain.hashing import Address, address_of, parse_address
from pargrade.chain.log import Event, Log
from pargrade.chain.reverts import decode_revert

T = TypeVar("T")
E = TypeVar("E", bound=Event)

ME: Final = address_of(b"\x11" * 20)
"""Who sends everything unless said otherwise, and is admin of everything."""

_OUTPUT: Final = re.compile(r"output: 0x([0-9a-f]*)")


class Evm:
    """State and a clock."""

    chain_id = 1

    def __init__(self, time: int) -> None:
        self._evm = EVM(gas_limit=2**63 - 1, spec_id="PRAGUE")
        self._evm.set_balance(ME, 10**30)
        self.time = time
        self.warp(time)

    def warp(self, time: int) -> None:
        """Every call from now on happens at this time."""
        self.time = time
        self._evm.set_block_env(BlockEnv(number=1, timestamp=time))

    def create(self, creation: Call[None]) -> Address:
        """Creates a contract."""
        return parse_address(self._evm.deploy(ME, creation.data))

    def call(self, call: Call[T], *, block: Any = None, sender: Address | None = None) -> T:
        """What a call returns, changing nothing."""
        return self._run(call, static=True)

    def send(self, call: Call[T], sender: Address = ME) -> T:
        """What a call returns, keeping what it changes; `events` tells what it announced."""
        return self._run(call, static=False, sender=sender)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever is sent inside is taken back; `events` still tells what it announced."""
        checkpoint = self._evm.snapshot()
        try:
            yield
        finally:
            self._evm.revert(checkpoint)

    def events(self, kind: type[E], emitter: Address) -> list[E]:
        """Events of a kind in the last call that was sent."""
        logs = [
            Log(
                address=parse_address(raw.address),
                topics=tuple(_bytes(topic) for topic in raw.topics),
                data=_bytes(raw.data[1]),
                block_number=0,
                block_hash=b"",
                tx_hash=b"",
                index=0,
            )
            for raw in self._evm.result.logs
        ]
        return [
            kind.decode(log)
            for log in logs
            if log.address == emitter and log.topics[0] == kind.TOPIC
        ]

    def load(self, contract: Address, slot: int) -> int:
        """A word of storage."""
        return int(self._evm.storage(contract, slot) or 0)

    def store(self, contract: Address, slot: int, word: int) -> None:
        """Sets a word of storage."""
        self._evm.insert_account_storage(contract, slot, word)

    def _run(self, call: Call[T], *, static: bool, sender: Address = ME) -> T:
        try:
            data = self._evm.message_call(sender, call.to, calldata=call.data, is_static=static)
        except RuntimeError as refusal:
            output = _OUTPUT.search(str(refusal))
            if output is None:
                raise
            raise decode_revert(bytes.fromhex(output[1]), call.errors, call.label) from None
        if call.result is None:
            return None  # type: ignore[return-value]
        return call.result.decode(bytes(data))


def _bytes(raw: Any) -> bytes:
    return bytes.fromhex(raw.removeprefix("0x")) if isinstance(raw, str) else bytes(raw)
