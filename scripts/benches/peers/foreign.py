"""Calls of contracts we have no bindings of, by signature; and their sources, compiled."""

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

import solcx
from eth_abi.abi import encode
from eth_abi.grammar import parse

from pargrade.chain.call import Call
from pargrade.chain.hashing import Address, keccak

ROOT: Final = Path(__file__).parents[3]
SOLC: Final = ROOT / "contracts" / "solc"
OPENZEPPELIN: Final = ROOT / "node_modules" / "@openzeppelin" / "contracts"
SETTINGS: Final = {"optimizer": {"enabled": True, "runs": 200}, "evmVersion": "prague"}
"""What Hardhat uses unless told otherwise: the packages bring sources and no settings."""
_IMPORT: Final = re.compile(r"""^\s*import\b[^;"']*["']([^"']+)["']""", re.MULTILINE)


def call(to: Address, signature: str, *arguments: Any) -> Call[Any]:
    """A call of `name(type,…)`."""
    types = signature[signature.index("(") :]
    data = keccak(signature.encode())[:4] + _encoded(types, arguments)
    return Call(to, data, signature, None, {})


def creation(bytecode: str, types: str = "()", *arguments: Any) -> Call[None]:
    """The creation of a contract with constructor arguments."""
    code = bytes.fromhex(bytecode.removeprefix("0x"))
    return Call(None, code + _encoded(types, arguments), "creation", None, {})


def compiled(source: Path, packs: Mapping[str, Path]) -> dict[str, str]:
    """Bytecode of the contracts in a file, which may import packs and OpenZeppelin's package."""
    packages = {"@openzeppelin/contracts": OPENZEPPELIN, **packs}
    sources = {source.name: {"content": source.read_text()}}
    waiting = [source.name]
    while waiting:
        importer = waiting.pop()
        for imported in _IMPORT.findall(sources[importer]["content"]):
            name = _resolved(importer, imported)
            if name not in sources:
                sources[name] = {"content": _file(name, packages).read_text()}
                waiting.append(name)
    request = {
        "language": "Solidity",
        "sources": sources,
        "settings": {
            **SETTINGS,
            "outputSelection": {source.name: {"*": ["evm.bytecode.object"]}},
        },
    }
    output = solcx.compile_standard(request, solc_binary=SOLC)
    contracts = output["contracts"][source.name]
    return {name: found["evm"]["bytecode"]["object"] for name, found in contracts.items()}


def _encoded(types: str, arguments: tuple[Any, ...]) -> bytes:
    if not arguments:
        return b""
    parts = [part.to_type_str() for part in parse(types).components]
    return encode(parts, arguments)


def _resolved(importer: str, imported: str) -> str:
    if not imported.startswith("."):
        return imported
    parts: list[str] = []
    for part in (PurePosixPath(importer).parent / imported).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def _file(name: str, packages: Mapping[str, Path]) -> Path:
    package = "/".join(name.split("/")[:2])
    return packages[package] / name.removeprefix(f"{package}/")
