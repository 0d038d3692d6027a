"""Syntax trees of the sources, as the compiler reads them."""

import json
import subprocess
from collections.abc import Mapping
from functools import cache
from typing import Any

from contracts.codegen.sources import CONTRACTS, read_closure

Node = dict[str, Any]


class SourceRefused(Exception):
    """Text that the compiler does not take; the message is the compiler's."""


@cache
def source_trees() -> Mapping[str, Node]:
    """The trees of all files below src/, by path from contracts/: one run of the compiler."""
    names = [path.relative_to(CONTRACTS).as_posix() for path in CONTRACTS.glob("src/**/*.sol")]
    texts = {found: text for name in names for found, text in read_closure(name, CONTRACTS).items()}
    trees = _compile(texts)
    return {name: trees[name] for name in names}


def tree_of_text(name: str, text: str) -> Node:
    """The tree of a file of contracts/ if it had this text. Raises SourceRefused."""
    return _compile(read_closure(name, CONTRACTS) | {name: text})[name]


def _compile(texts: Mapping[str, str]) -> dict[str, Node]:
    asked = {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in texts.items()},
        "settings": {"evmVersion": "prague", "outputSelection": {"*": {"": ["ast"]}}},
    }
    done = subprocess.run(  # noqa: S603 - our own compiler
        [CONTRACTS / "solc", "--standard-json"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    output = json.loads(done.stdout)
    for found in output.get("errors", []):
        if found["severity"] == "error":
            raise SourceRefused(found["formattedMessage"])
    return {name: each["ast"] for name, each in output["sources"].items()}
