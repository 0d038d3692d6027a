"""Modules for what several contracts share: structs, enums and custom errors."""

import json
from collections import defaultdict
from typing import Any

from contracts.codegen.interface import (
    Names,
    constant,
    entries,
    signature,
    structs_in,
    told_apart,
    topic,
)
from contracts.codegen.text import declaration, doc, fields, layouts, module, sentence

Artifact = dict[str, Any]


def struct_names(artifacts: list[Artifact]) -> Names:
    """Python names of all structs and enums."""
    owners: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for qualified in sorted({**_structs(artifacts), **_enums(artifacts)}):
        owner, _, plain = qualified.rpartition(".")
        owners[plain].append((owner.removeprefix("I"), qualified))
    return Names(told_apart(owners))


def error_names(artifacts: list[Artifact]) -> dict[str, str]:
    """Class name of every custom error, by signature."""
    owners: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for artifact in artifacts:
        for entry in entries(artifact["abi"], "error"):
            key = signature(entry)
            if all(known != key for _, known in owners[entry["name"]]):
                owners[entry["name"]].append((artifact["contractName"], key))
    return told_apart(owners)


def structs_module(artifacts: list[Artifact], names: Names) -> str:
    """The file of structs and enums. A struct stands before those that contain it."""
    parts = []
    for qualified, members in sorted(_enums(artifacts).items()):
        lines = "\n".join(f"    {member} = {value}" for value, member in enumerate(members))
        parts.append(
            f"class {names.of[qualified]}(IntEnum):\n{doc(f'enum {qualified}')}\n\n{lines}"
        )
    for qualified, components in _structs(artifacts).items():
        name, values = names.of[qualified], names.values(components)
        record = "".join(f", {value.name}={value.layout}" for value in values)
        parts.append(
            f"@dataclass(frozen=True, slots=True)\nclass {name}:\n"
            f"{doc(f'struct {qualified}')}\n\n{fields(values)}\n\n\n"
            f"{constant(name)}: Final = Record({name}{record})"
        )
    imports = [
        "from dataclasses import dataclass",
        "from enum import IntEnum",
        "from typing import Final",
        "from pargrade.chain.abi import *",
        "from pargrade.chain.hashing import Address",
    ]
    return module("Structs and enums of the contracts.", imports, parts)


def errors_module(
    artifacts: list[Artifact], errors: dict[str, str], names: Names, package: str
) -> str:
    """The file of custom errors, each selector once."""
    parts = []
    waiting = dict(errors)
    for artifact in artifacts:
        for entry in entries(artifact["abi"], "error"):
            name = waiting.pop(signature(entry), None)
            if name is not None:
                notices = artifact["userdoc"].get("errors", {}).get(signature(entry), [{}])
                parts.append(_error(name, entry, sentence(notices[0].get("notice", "")), names))
    records = {constant(names.of[name]) for name in _structs(artifacts)}
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
    return module("Custom errors of the contracts.", imports, parts)


def _error(name: str, entry: dict[str, Any], notice: str, names: Names) -> str:
    values = names.values(entry["inputs"])
    lines = [
        f"@dataclass(eq=False)\nclass {name}(ContractError):",
        doc(notice, declaration("error", entry)),
        "",
        *([f"    NOTICE = {json.dumps(notice, ensure_ascii=False)}"] if notice else []),
        f'    SELECTOR = bytes.fromhex("{topic(entry)[:8]}")',
        f"    LAYOUT = {layouts(values)}",
        "",
        fields(values),
    ]
    return "\n".join(lines).rstrip()


def _structs(artifacts: list[Artifact]) -> dict[str, list[dict[str, Any]]]:
    return {name: found for artifact in artifacts for name, found in structs_in(artifact["abi"])}


def _enums(artifacts: list[Artifact]) -> dict[str, list[str]]:
    return {name: found for artifact in artifacts for name, found in artifact["enums"].items()}
