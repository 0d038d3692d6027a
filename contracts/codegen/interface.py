"""Python names, types and layouts of the entries of an ABI."""

import keyword
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from Crypto.Hash import keccak

Abi = list[dict[str, Any]]

# Names that every binding already has, so a generated method or argument may not take them.
_TAKEN: Final = {
    "self",
    "block",
    "wei",
    "chain",
    "address",
    "history",
    "decode",
    "deploy",
    "creation_code",
}


@dataclass(frozen=True, slots=True)
class Value:
    """An argument, result or field."""

    name: str
    solidity: str
    """Type as Solidity writes it."""
    python: str
    """Python type annotation."""
    layout: str
    """Python expression of its Layout."""
    indexed: bool = False

    @property
    def is_word(self) -> bool:
        """Whether the value is a single word: no array, no struct, not dynamic."""
        return self.layout.startswith(
            ("Uint(", "Int(", "Bool(", "AddressWord(", "FixedBytes(", "Choice(")
        )


@dataclass(frozen=True, slots=True)
class Names:
    """Python names of structs and enums, which several contracts share."""

    of: dict[str, str]
    """By qualified Solidity name."""

    def values(self, parameters: Iterable[dict[str, Any]]) -> list[Value]:
        """The values of parameters, in order.

        A parameter without a name gets its position; a repeated name gets an underscore.
        """
        made: list[Value] = []
        for position, parameter in enumerate(parameters):
            name = to_argument_name(parameter["name"]) or f"value{position}"
            while any(value.name == name for value in made):
                name += "_"
            made.append(self._value(name, parameter))
        return made

    def _value(self, name: str, parameter: dict[str, Any]) -> Value:
        base, *lengths = re.findall(r"^[^\[]+|\[\d*\]", parameter["type"])
        python, layout = self._scalar(base, parameter)
        for length in lengths:
            size = length[1:-1]
            python = f"tuple[{python}, ...]"
            layout = f"Sequence({layout}, {size})" if size else f"Sequence({layout})"
        return Value(
            name=name,
            solidity=solidity_type(parameter),
            python=python,
            layout=layout,
            indexed=parameter.get("indexed", False),
        )

    def _scalar(self, base: str, parameter: dict[str, Any]) -> tuple[str, str]:
        kind, bits = re.fullmatch(r"([a-z]+?)(\d*)", base).groups()  # type: ignore[union-attr]
        qualified = qualified_name(parameter)
        if kind == "tuple":
            return self.of[qualified], to_constant_name(self.of[qualified])
        if qualified in self.of:
            return self.of[qualified], f"Choice({self.of[qualified]})"
        if kind in ("uint", "int"):
            return "int", f"{kind.title()}({bits})"
        if kind == "bytes" and bits:
            return "bytes", f"FixedBytes({bits})"
        return {
            "bool": ("bool", "Bool()"),
            "address": ("Address", "AddressWord()"),
            "bytes": ("bytes", "Bytes()"),
            "string": ("str", "Text()"),
        }[kind]


def select_entries(abi: Abi, kind: str) -> list[dict[str, Any]]:
    """The entries of a kind (function, event, error, constructor), in the order of the ABI."""
    return [entry for entry in abi if entry["type"] == kind]


def structs_in(abi: Abi) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every struct in an ABI: qualified name and fields, innermost first, repeated per use."""

    def visit(parameters: Iterable[dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        for parameter in parameters:
            if parameter["type"].startswith("tuple"):
                yield from visit(parameter["components"])
                yield qualified_name(parameter), parameter["components"]

    for entry in abi:
        yield from visit([*entry.get("inputs", []), *entry.get("outputs", [])])


def qualified_name(parameter: dict[str, Any]) -> str:
    """`ISpotIndex.RoundView` of `struct ISpotIndex.RoundView[]`; empty for plain types."""
    found = re.match(r"(?:struct|enum) ([\w.]+)", parameter.get("internalType", ""))
    return found[1] if found else ""


def solidity_type(parameter: dict[str, Any]) -> str:
    """The type as the source has it, without the word struct, enum or contract."""
    return re.sub(r"^(struct|enum|contract) ", "", parameter.get("internalType", parameter["type"]))


def signature_of(entry: dict[str, Any]) -> str:
    """The canonical signature, such as `transfer(address,uint256)`."""
    return entry["name"] + _types(entry["inputs"])


def _types(parameters: Iterable[dict[str, Any]]) -> str:
    spelled = (
        _types(parameter["components"]) + parameter["type"][len("tuple") :]
        if parameter["type"].startswith("tuple")
        else parameter["type"]
        for parameter in parameters
    )
    return f"({','.join(spelled)})"


def topic_of(entry: dict[str, Any]) -> str:
    """keccak256 of the signature, 64 hexadecimal digits. The first 8 are the selector."""
    return keccak.new(data=signature_of(entry).encode(), digest_bits=256).hexdigest()


def to_snake_case(name: str) -> str:
    """The snake case of a name: `redeemFor` becomes `redeem_for`."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name.strip("_"))
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


def to_argument_name(name: str) -> str:
    """The Python name of an argument, field or method; a keyword or taken name ends in `_`."""
    made = to_snake_case(name)
    return f"{made}_" if keyword.iskeyword(made) or made in _TAKEN else made


def to_constant_name(name: str) -> str:
    """The constant of a name: `RoundView` becomes `ROUND_VIEW`."""
    return to_snake_case(name).upper()


def method_names(functions: list[dict[str, Any]]) -> list[str]:
    """A Python name per function, in order.

    The overload with the fewest inputs keeps the plain name. The others add `_with_` and the names
    of the inputs that it lacks.
    """
    made = []
    for entry in functions:
        twins = sorted(
            (twin for twin in functions if twin["name"] == entry["name"]),
            key=lambda twin: (len(twin["inputs"]), signature_of(twin)),
        )
        name = to_argument_name(entry["name"])
        if entry is not twins[0]:
            had = {value["name"] for value in twins[0]["inputs"]}
            more = [
                to_snake_case(value["name"])
                for value in entry["inputs"]
                if value["name"] not in had
            ]
            name += "_with_" + "_and_".join(more or [str(twins.index(entry))])
        made.append(name)
    return made


def distinct_names(owners: dict[str, list[tuple[str, str]]]) -> dict[str, str]:
    """A Python name for every key, from (owner, key) pairs by plain name.

    A plain name with a single use is kept; otherwise each use gets its owner as a prefix.
    """
    names: dict[str, str] = {}
    for plain, uses in owners.items():
        for owner, key in uses:
            names[key] = plain if len(uses) == 1 else f"{owner}{plain}"
    return names
