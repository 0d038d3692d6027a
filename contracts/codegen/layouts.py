"""Storage layouts of the contracts, committed so that review shows every change."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from contracts.codegen.files import update_files
from contracts.codegen.sources import CONTRACTS

LAYOUTS: Final = CONTRACTS / "layouts"


def simplify_layout(layout: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The variables of a compiler's storageLayout, without node numbers.

    Node numbers change with every source and are left out. `slot` is a slot number, `offset` and
    `bytes` are bytes.
    """
    types = layout.get("types") or {}
    return [_variable(each, types) for each in layout.get("storage", [])]


def render(artifacts: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The text of every layout file, by file name. Contracts without storage have no file."""
    return {
        f"{artifact['contractName']}.json": json.dumps(artifact["storageLayout"], indent=2) + "\n"
        for artifact in artifacts
        if artifact["storageLayout"]
    }


def generate(artifacts: Sequence[Mapping[str, Any]], *, check: bool) -> int:
    """Write the layout files, or compare them with `check`. Exit code 1 for a difference."""
    refusal = "storage layout differs from the sources" if check else ""
    return update_files(LAYOUTS, ".json", render(artifacts), refusal=refusal)


def _variable(variable: Mapping[str, Any], types: Mapping[str, Any]) -> dict[str, Any]:
    kind = types[variable["type"]]
    row = {
        "label": variable["label"],
        "slot": int(variable["slot"]),
        "offset": variable["offset"],
        "bytes": int(kind["numberOfBytes"]),
        "type": kind["label"],
    }
    inner = _struct_inside(kind, types)
    return row | ({"members": [_variable(each, types) for each in inner]} if inner else {})


def _struct_inside(kind: Mapping[str, Any], types: Mapping[str, Any]) -> Sequence[Any]:
    """Members of the struct inside a variable, a mapping or an array; empty without a struct."""
    while "members" not in kind:
        deeper = kind.get("value") or kind.get("base")
        if deeper is None:
            return ()
        kind = types[deeper]
    members: Sequence[Any] = kind["members"]
    return members
