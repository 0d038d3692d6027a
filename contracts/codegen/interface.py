"""An ABI in Python's words: names, types and layouts of everything a contract speaks of."""

import keyword
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from Crypto.Hash import keccak

Abi = list[dict[str, Any]]

# Names a generated method or argument may not take, because every binding has them already.
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
    """One argument, result or field."""

    name: str
    solidity: str
    """Type as Solidity writes it."""
    python: str
    layout: str
    """Expression that makes its Layout."""
    indexed: bool = False

    @property
    def is_word(self) -> bool:
        """Whether it is one word in place: neither an array, nor a struct, nor dynamic."""
        return self.layout.startswith(
            ("Uint(", "Int(", "Bool(", "AddressWord(", "FixedBytes(", "Choice(")
        )


@dataclass(frozen=True, slots=True)
class Names:
    """Python names of structs and enums, which several contracts share, by qualified name."""

    of: dict[str, str]

    def values(self, parameters: Iterable[dict[str, Any]]) -> list[Value]:
        """Parameters in order; those without a name are numbered, those of one name told apart."""
        made: list[Value] = []
        for position, parameter in enumerate(parameters):
            name = argument(parameter["name"]) or f"value{position}"
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
            return self.of[qualified], constant(self.of[qualified])
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


def entries(abi: Abi, kind: str) -> list[dict[str, Any]]:
    """Functions, events, errors or the constructor of an ABI, in its order."""
    return [entry for entry in abi if entry["type"] == kind]


def structs_in(abi: Abi) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every struct an ABI speaks of with its fields, innermost first."""

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


def signature(entry: dict[str, Any]) -> str:
    """`transfer(address,uint256)`: what selectors and topics are hashes of."""
    return entry["name"] + _types(entry["inputs"])


def _types(parameters: Iterable[dict[str, Any]]) -> str:
    spelled = (
        _types(parameter["components"]) + parameter["type"][len("tuple") :]
        if parameter["type"].startswith("tuple")
        else parameter["type"]
        for parameter in parameters
    )
    return f"({','.join(spelled)})"


def topic(entry: dict[str, Any]) -> str:
    """keccak256 of the signature, hex."""
    return keccak.new(data=signature(entry).encode(), digest_bits=256).hexdigest()


def snake(name: str) -> str:
    """`redeemFor` as `redeem_for`, `eip712Domain` as `eip712_domain`."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name.strip("_"))
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


def argument(name: str) -> str:
    """A Python name for an argument, field or method; a taken one gets an underscore."""
    made = snake(name)
    return f"{made}_" if keyword.iskeyword(made) or made in _TAKEN else made


def constant(name: str) -> str:
    """`RoundView` as `ROUND_VIEW`."""
    return snake(name).upper()


def method_names(functions: list[dict[str, Any]]) -> list[str]:
    """A name per function; of overloads the shortest keeps it, the others say what they add."""
    made = []
    for entry in functions:
        twins = sorted(
            (twin for twin in functions if twin["name"] == entry["name"]),
            key=lambda twin: (len(twin["inputs"]), signature(twin)),
        )
        name = argument(entry["name"])
        if entry is not twins[0]:
            had = {value["name"] for value in twins[0]["inputs"]}
            more = [snake(value["name"]) for value in entry["inputs"] if value["name"] not in had]
            name += "_with_" + "_and_".join(more or [str(twins.index(entry))])
        made.append(name)
    return made


def told_apart(owners: dict[str, list[tuple[str, str]]]) -> dict[str, str]:
    """A Python name for every key, given per plain name its (owner, key) pairs.

    A plain name used once is kept; one used for different things gets its owner in front.
    """
    names: dict[str, str] = {}
    for plain, uses in owners.items():
        for owner, key in uses:
            names[key] = plain if len(uses) == 1 else f"{owner}{plain}"
    return names
