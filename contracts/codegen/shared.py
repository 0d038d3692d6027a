"""The modules of structs, enums and custom errors, which several contracts share."""

import json
from collections import defaultdict
from typing import Any

from contracts.codegen.interface import (
    Names,
    distinct_names,
    select_entries,
    signature_of,
    structs_in,
    to_constant_name,
    topic_of,
)
from contracts.codegen.text import (
    clean_notice,
    render_declaration,
    render_docstring,
    render_fields,
    render_layouts,
    render_module,
)

Artifact = dict[str, Any]


def name_structs(artifacts: list[Artifact]) -> Names:
    """The Python names of all structs and enums, by qualified Solidity name."""
    owners: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for qualified in sorted({**_structs(artifacts), **_enums(artifacts)}):
        owner, _, plain = qualified.rpartition(".")
        owners[plain].append((owner.removeprefix("I"), qualified))
    return Names(distinct_names(owners))


def name_errors(artifacts: list[Artifact]) -> dict[str, str]:
    """The class name of every custom error, by signature."""
    owners: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for artifact in artifacts:
        for entry in select_entries(artifact["abi"], "error"):
            key = signature_of(entry)
            if all(known != key for _, known in owners[entry["name"]]):
                owners[entry["name"]].append((artifact["contractName"], key))
    return distinct_names(owners)


def render_structs(artifacts: list[Artifact], names: Names) -> str:
    """The file of structs and enums. A struct comes before the structs that contain it."""
    parts = []
    for qualified, members in sorted(_enums(artifacts).items()):
        lines = "\n".join(f"    {member} = {value}" for value, member in enumerate(members))
        text = render_docstring(f"enum {qualified}")
        parts.append(f"class {names.of[qualified]}(IntEnum):\n{text}\n\n{lines}")
    for qualified, components in _structs(artifacts).items():
        name, values = names.of[qualified], names.values(components)
        record = "".join(f", {value.name}={value.layout}" for value in values)
        parts.append(
            f"@dataclass(frozen=True, slots=True)\nclass {name}:\n"
            f"{render_docstring(f'struct {qualified}')}\n\n{render_fields(values)}\n\n\n"
            f"{to_constant_name(name)}: Final = Record({name}{record})"
        )
    imports = [
        "from dataclasses import dataclass",
        "from enum import IntEnum",
        "from typing import Final",
        "from pargrade.chain.abi import *",
        "from pargrade.chain.hashing import Address",
    ]
    return render_module("Structs and enums of the contracts.", imports, parts)


def render_errors(
    artifacts: list[Artifact], errors: dict[str, str], names: Names, package: str
) -> str:
    """The file of custom errors, each selector once.

    `errors` are the names of `name_errors`; `package` is the package of the bindings.
    """
    parts = []
    waiting = dict(errors)
    for artifact in artifacts:
        for entry in select_entries(artifact["abi"], "error"):
            name = waiting.pop(signature_of(entry), None)
            if name is not None:
                notices = artifact["userdoc"].get("errors", {}).get(signature_of(entry), [{}])
                parts.append(_error(name, entry, clean_notice(notices[0].get("notice", "")), names))
    records = {to_constant_name(names.of[name]) for name in _structs(artifacts)}
    listed = "".join(f"{name}, " for name in sorted(errors.values()))
    parts.append(
        f"ALL: Final = ({listed})\n\n"
        "ERRORS: Final[Errors] = {kind.SELECTOR: kind for kind in ALL}"
    )
    imports = [
        "from dataclasses import dataclass",
        "from typing import Final",
        f"from {package}.structs import {', '.join(sorted({*names.of.values(), *records}))}",
        "from pargrade.chain.abi import *",
        "from pargrade.chain.call import Errors",
        "from pargrade.chain.hashing import Address",
        "from pargrade.chain.errors import ContractError",
    ]
    return render_module("Custom errors of the contracts.", imports, parts)


def _error(name: str, entry: dict[str, Any], notice: str, names: Names) -> str:
    values = names.values(entry["inputs"])
    lines = [
        f"@dataclass(eq=False)\nclass {name}(ContractError):",
        render_docstring(notice, render_declaration("error", entry)),
        "",
        *([f"    NOTICE = {json.dumps(notice, ensure_ascii=False)}"] if notice else []),
        f'    SELECTOR = bytes.fromhex("{topic_of(entry)[:8]}")',
        f"    LAYOUT = {render_layouts(values)}",
        "",
        render_fields(values),
    ]
    return "\n".join(lines).rstrip()


def _structs(artifacts: list[Artifact]) -> dict[str, list[dict[str, Any]]]:
    return {name: found for artifact in artifacts for name, found in structs_in(artifact["abi"])}


def _enums(artifacts: list[Artifact]) -> dict[str, list[str]]:
    return {name: found for artifact in artifacts for name, found in artifact["enums"].items()}
