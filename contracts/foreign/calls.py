"""Calls of contracts we have no bindings of, by signature."""

from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.grammar import parse

from pargrade.chain.call import Call
from pargrade.chain.hashing import Address, keccak


def call(to: Address, signature: str, *arguments: Any) -> Call[Any]:
    """A call of `name(type,…)`."""
    types = signature[signature.index("(") :]
    data = keccak(signature.encode())[:4] + _encoded(types, arguments)
    return Call(to, data, signature, None, {})


def creation(bytecode: str, types: str = "()", *arguments: Any) -> Call[None]:
    """The creation of a contract with constructor arguments."""
    code = bytes.fromhex(bytecode.removeprefix("0x"))
    return Call(None, code + _encoded(types, arguments), "creation", None, {})


def returned(types: str, data: bytes) -> tuple[Any, ...]:
    """What a call returned, by the types in brackets."""
    return decode(_parts(types), data)


def _encoded(types: str, arguments: tuple[Any, ...]) -> bytes:
    if not arguments:
        return b""
    return encode(_parts(types), arguments)


def _parts(types: str) -> list[str]:
    return [part.to_type_str() for part in parse(types).components]
