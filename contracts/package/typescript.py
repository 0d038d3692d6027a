"""JSON values as TypeScript: constants, and their types down to every literal."""

import json
from typing import Any


def constant(name: str, value: Any) -> str:
    """An exported constant, as JavaScript."""
    return f"export const {name} = {json.dumps(value, indent=2, ensure_ascii=False)};\n"


def declaration(name: str, value: Any) -> str:
    """The declaration of the same constant: viem infers arguments and results from its literals."""
    return f"export declare const {name}: {literal_type(value)};\n"


def literal_type(value: Any) -> str:
    """The type that has this one value. Objects and lists are read-only."""
    if isinstance(value, dict):
        fields = (f"{json.dumps(key)}: {literal_type(each)}" for key, each in value.items())
        return "{ " + "; ".join(f"readonly {field}" for field in fields) + " }"
    if isinstance(value, list):
        return "readonly [" + ", ".join(map(literal_type, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
