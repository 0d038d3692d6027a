"""Storage layouts of the contracts, committed so that a change of one shows in review."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from contracts.codegen.sources import CONTRACTS

LAYOUTS: Final = CONTRACTS / "layouts"


def simplified(layout: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The compiler's storageLayout without its node numbers, which change with every source."""
    types = layout.get("types") or {}
    return [_variable(each, types) for each in layout.get("storage", [])]


def render(artifacts: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Text of every layout file, by name. Contracts without storage have none."""
    return {
        f"{artifact['contractName']}.json": json.dumps(artifact["storageLayout"], indent=2) + "\n"
        for artifact in artifacts
        if artifact["storageLayout"]
    }


def generate(artifacts: Sequence[Mapping[str, Any]], *, check: bool) -> int:
    """Writes the files, or compares them. Exit code: 1 for a difference found by a check."""
    wanted = render(artifacts)
    known = {path.name: path.read_text() for path in LAYOUTS.glob("*.json")}
    differing = [name for name in sorted(wanted | known) if wanted.get(name) != known.get(name)]
    for name in differing:
        if check:
            print(f"storage layout differs from the sources: {name}", file=sys.stderr)
        elif name in wanted:
            LAYOUTS.mkdir(exist_ok=True)
            (LAYOUTS / name).write_text(wanted[name])
        else:
            (LAYOUTS / name).unlink()
    return int(check and bool(differing))


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
    """Members of the struct that a variable is, or maps to, or is an array of."""
    while "members" not in kind:
        deeper = kind.get("value") or kind.get("base")
        if deeper is None:
            return ()
        kind = types[deeper]
    members: Sequence[Any] = kind["members"]
    return members
