"""The module of a contract: its events, its functions and its class."""

from dataclasses import replace
from typing import Any

from contracts.codegen.interface import (
    Names,
    Value,
    method_names,
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
    render_named_layouts,
)

Entry = dict[str, Any]


def render_contract(
    artifact: dict[str, Any], errors: dict[str, str], names: Names, package: str
) -> str:
    """The file of a contract.

    `errors` are the names of `name_errors`; `package` is the package of the bindings.
    """
    abi, contract = artifact["abi"], artifact["contractName"]
    own_errors = sorted({errors[signature_of(entry)] for entry in select_entries(abi, "error")})
    structs = {names.of[name] for name, _ in structs_in(abi)}
    shared = structs | {names.of[name] for name in artifact["enums"]}
    taken = {*own_errors, *shared, contract}
    events = {
        entry["name"] + ("Event" if entry["name"] in taken else ""): entry
        for entry in select_entries(abi, "event")
    }
    functions = select_entries(abi, "function")
    methods = dict(zip(method_names(functions), functions, strict=True))
    several = {name: entry for name, entry in methods.items() if len(entry["outputs"]) > 1}

    exported = [contract, *events, *own_errors, *shared, *map(_result_name, several)]
    exported += [f"{contract}Event"] if events else []
    listed = "".join(f'"{name}", ' for name in sorted(exported))
    imports = [
        "from collections.abc import Mapping",
        "from dataclasses import dataclass",
        "from typing import Any, ClassVar, Final, NamedTuple",
        f"from {package}.errors import {', '.join(['ERRORS', *own_errors])}",
        *(f"from {package}.structs import {name}" for name in sorted(shared)),
        *(f"from {package}.structs import {to_constant_name(name)}" for name in sorted(structs)),
        "from pargrade.chain.abi import *",
        "from pargrade.chain.block import At",
        "from pargrade.chain.call import Call, Function",
        "from pargrade.chain.contract import Contract",
        "from pargrade.chain.hashing import Address",
        "from pargrade.chain.log import Event",
    ]
    notices = artifact["userdoc"]
    parts = [
        *(_event(name, entry, notices, names) for name, entry in events.items()),
        f"{contract}Event = {' | '.join(events)}" if events else "",
        *(_result(name, entry, names) for name, entry in several.items()),
        "\n".join(_function(name, entry, names) for name, entry in methods.items()),
        "\n\n".join(_class(artifact, list(events), methods, names)),
        f"__all__ = [{listed}]",
    ]
    return render_module(f"{contract}, typed.", imports, parts)


def _event(name: str, entry: Entry, notices: dict[str, Any], names: Names) -> str:
    values = [_as_logged(value) for value in names.values(entry["inputs"])]
    notice = notices.get("events", {}).get(signature_of(entry), {}).get("notice", "")
    indexed = [value for value in values if value.indexed]
    plain = [value for value in values if not value.indexed]
    lines = [
        f"@dataclass(frozen=True, slots=True)\nclass {name}(Event):",
        render_docstring(clean_notice(notice), render_declaration("event", entry)),
        f'\n    SIGNATURE = "{signature_of(entry)}"',
        f'    TOPIC = bytes.fromhex("{topic_of(entry)}")',
        f"    INDEXED: ClassVar[Mapping[str, Layout[Any]]] = {render_named_layouts(indexed)}",
        f"    PLAIN: ClassVar[Mapping[str, Layout[Any]]] = {render_named_layouts(plain)}\n",
        render_fields(values),
    ]
    return "\n".join(lines).rstrip()


def _as_logged(value: Value) -> Value:
    """The value as a log holds it: only the hash of an indexed value longer than a word."""
    if value.indexed and not value.is_word:
        return replace(value, python="bytes", layout="FixedBytes(32)")
    return value


def _result_name(method: str) -> str:
    return "".join(part.title() for part in method.split("_")) + "Result"


def _result(method: str, entry: Entry, names: Names) -> str:
    text, values = render_docstring(f"What {method} returns."), names.values(entry["outputs"])
    return f"class {_result_name(method)}(NamedTuple):\n{text}\n\n{render_fields(values)}"


def _function(name: str, entry: Entry, names: Names) -> str:
    inputs, outputs = names.values(entry["inputs"]), names.values(entry["outputs"])
    selector = f'bytes.fromhex("{topic_of(entry)[:8]}")'
    kind = "" if outputs else "[Function[None]]"
    if not outputs:
        result = "None"
    elif len(outputs) == 1:
        result = outputs[0].layout
    else:
        made = "".join(f", {value.name}={value.layout}" for value in outputs)
        result = f"Results({_result_name(name)}{made})"
    arguments = f'"{name}", {selector}, {render_layouts(inputs)}, {result}'
    return f"_{name.upper()}: Final{kind} = Function({arguments})"


def _class(
    artifact: dict[str, Any], events: list[str], methods: dict[str, Entry], names: Names
) -> list[str]:
    contract, notices = artifact["contractName"], artifact["userdoc"]
    by_topic = ", ".join(f"{name}.TOPIC: {name}" for name in events)
    selectors = ", ".join(f'"{name}": _{name.upper()}.selector' for name in methods)
    body = [
        f"class {contract}(Contract):\n"
        + render_docstring(clean_notice(notices.get("notice", "")) or contract),
        f'    NAME = "{contract}"\n    ERRORS = ERRORS\n'
        f"    EVENTS: ClassVar[Mapping[bytes, type[Event]]] = {{{by_topic}}}\n"
        f"    SELECTORS: ClassVar[Mapping[str, bytes]] = {{{selectors}}}",
    ]
    if artifact["bytecode"] != "0x":
        constructor = next(iter(select_entries(artifact["abi"], "constructor")), {"inputs": []})
        body.append(_deploy(constructor, names))
    for name, entry in methods.items():
        notice = notices.get("methods", {}).get(signature_of(entry), {}).get("notice", "")
        body.append(_method(name, entry, clean_notice(notice), names))
    return body


def _deploy(entry: Entry, names: Names) -> str:
    values = names.values(entry["inputs"])
    payable = entry.get("stateMutability") == "payable"
    given = "".join(f", {value.name}" for value in values) + (", value=wei" if payable else "")
    arguments = _signature(values, payable=payable)
    return (
        f"    @classmethod\n    def deploy(cls{arguments}) -> Call[None]:\n"
        f"{render_docstring('Creates the contract; the receipt says where.', indent=8)}\n"
        f"        return cls._create({render_layouts(values)}{given})"
    )


def _method(name: str, entry: Entry, notice: str, names: Names) -> str:
    inputs, outputs = names.values(entry["inputs"]), names.values(entry["outputs"])
    view = entry["stateMutability"] in ("view", "pure")
    payable = entry["stateMutability"] == "payable"
    python = _result_name(name) if len(outputs) > 1 else outputs[0].python if outputs else "None"
    given = "".join(f", {value.name}" for value in inputs)
    if view:
        returns, body = python, f"self._read(_{name.upper()}, block{given})"
    else:
        wei = ", value=wei" if payable else ""
        returns, body = f"Call[{python}]", f"self._call(_{name.upper()}{given}{wei})"
    return (
        f"    def {name}(self{_signature(inputs, view=view, payable=payable)}) -> {returns}:\n"
        f"{render_docstring(notice, render_declaration('function', entry), indent=8)}\n"
        f"        return {body}"
    )


def _signature(values: list[Value], *, view: bool = False, payable: bool = False) -> str:
    text = "".join(f", {value.name}: {value.python}" for value in values)
    return text + (", *, block: At" if view else ", *, wei: int = 0" if payable else "")
