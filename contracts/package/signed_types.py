"""EIP-712 domains and types of all that is signed: of our file, and of the contracts' sources."""

import json
import re
from typing import Any, Final

from contracts.codegen.sources import CONTRACTS, ROOT

EIP712: Final = ROOT / "pargrade" / "data" / "eip712.json"

_DOMAINS: Final = {
    "index": {"name": "Pargrade SpotIndex", "version": "1"},
    "index_v2": {"name": "Pargrade SpotIndex", "version": "2"},
    "gate": {"name": "Pargrade BridgeGate", "version": "1"},
    "unit": {"name": "Pargrade Unit", "version": "1"},
}
"""Beside those of the file. The permit of a bridged token goes by the token's own name."""

_SIGNED_FOR: Final = {
    "Observation": "index",
    "Report": "index_v2",
    "Batch": "index_v2",
    "Transfer": "gate",
    "Permit": "unit",
}

_PERMIT: Final = (
    "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
)
"""ERC-2612, from the library that WrappedUnit and BridgedToken inherit it from."""

_TYPE: Final = re.compile(r"^([A-Z]\w*)\(([^()]*)\)")
_STRINGS: Final = re.compile(r'"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*')


def signed_types() -> dict[str, Any]:
    """`domains`, `signed_for` (type to domain) and `types`, as wallets and viem take them."""
    known: dict[str, Any] = json.loads(EIP712.read_text())
    found = {name: fields for text in type_strings() for name, fields in [_parse(text)]}
    return {
        "domains": known["domains"] | _DOMAINS,
        "signed_for": known["signed_for"] | _SIGNED_FOR,
        "types": found | known["types"],
    }


def type_strings() -> tuple[str, ...]:
    """Every encoded type in the sources of the contracts, in the order of their files."""
    found = [_PERMIT]
    for path in sorted((CONTRACTS / "src").rglob("*.sol")):
        for literal in _STRINGS.findall(path.read_text()):
            text = "".join(part[1:-1] for part in re.findall(r'"[^"]*"', literal))
            if _is_type(text):
                found.append(text)
    return tuple(dict.fromkeys(found))


def _is_type(text: str) -> bool:
    match = _TYPE.match(text)
    return match is not None and all(" " in field for field in match[2].split(","))


def _parse(text: str) -> tuple[str, list[dict[str, str]]]:
    match = _TYPE.match(text)
    if match is None:
        raise ValueError(f"{text} is no encoded type")
    fields = (field.split(" ") for field in match[2].split(","))
    return match[1], [{"name": name, "type": kind} for kind, name in fields]
