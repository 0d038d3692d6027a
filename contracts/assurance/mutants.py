"""Mutants of a source file, from the compiler's syntax tree.

A mutant is an edit of an operator, a literal, a condition, an argument, a statement, a guard or a
modifier. The tree has types, so only arguments of equal types are swapped.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from contracts.codegen.sources import CONTRACTS
from contracts.codegen.syntax import Node, source_trees

_OPERATORS: Final = {
    "+": ("-",),
    "-": ("+",),
    "*": ("/",),
    "/": ("*",),
    "%": ("/",),
    "<": ("<=", ">"),
    "<=": ("<", ">="),
    ">": (">=", "<"),
    ">=": (">", "<="),
    "==": ("!=",),
    "!=": ("==",),
    "&&": ("||",),
    "||": ("&&",),
    "&": ("|",),
    "|": ("&",),
    "<<": (">>",),
    ">>": ("<<",),
    "+=": ("-=", "="),
    "-=": ("+=", "="),
    "|=": ("&=", "="),
    ">>=": ("<<=",),
}
_BUILT_INS: Final = {
    "lt": "gt",
    "gt": "lt",
    "add": "sub",
    "sub": "add",
    "mul": "div",
    "shl": "shr",
    "shr": "shl",
    "and": "or",
    "or": "and",
    "eq": "lt",
    "iszero": "not",
}
_COMMENT: Final = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_LONGEST: Final = 64


class Edit(NamedTuple):
    """Replaces the bytes from `start` until before `end` by `text`."""

    kind: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """A source file with a single mistake."""

    file: str
    """Path from contracts/."""
    scope: str
    """The function, modifier or contract that has the mistake."""
    line: int
    before: str
    """The replaced text, shortened."""
    number: int
    """Position among equal mutants of the file, from 0."""
    edit: Edit

    @property
    def id(self) -> str:
        """Identifies the mistake by its texts, not by its line."""
        text = f"{self.scope} {self.edit.kind}: {self.before} → {_short(self.edit.text)}"
        return f"{self.file} {text}" + (f" #{self.number}" if self.number else "")

    @property
    def rank(self) -> str:
        """Sort key that is independent of the place in the file."""
        return hashlib.sha256(self.id.encode()).hexdigest()

    def plant_in(self, source: str) -> str:
        """The text of the file with the mistake."""
        text = source.encode()
        mutated = text[: self.edit.start] + self.edit.text.encode() + text[self.edit.end :]
        return mutated.decode()


def find_mutants(file: str) -> list[Mutant]:
    """All mutants of a file, path from contracts/, in the order of `rank`: a random sample."""
    source = (CONTRACTS / file).read_bytes()
    found: list[Mutant] = []
    seen: Counter[tuple[str, str, str, str]] = Counter()
    for scope, edit in _edits(source_trees()[file], source, ""):
        before = _short(source[edit.start : edit.end].decode())
        same = (scope, edit.kind, before, _short(edit.text))
        line = source.count(b"\n", 0, edit.start) + 1
        found.append(Mutant(file, scope, line, before, seen[same], edit))
        seen[same] += 1
    return sorted(found, key=lambda mutant: mutant.rank)


def _edits(node: Node, source: bytes, scope: str) -> Iterator[tuple[str, Edit]]:
    """Edits of a node and all nodes below it, each with the name of its function or modifier."""
    kind = node["nodeType"]
    if kind in ("FunctionDefinition", "ModifierDefinition"):
        scope = node.get("name") or node.get("kind", "")
    for edit in _of_node(node, source):
        yield scope, edit
    # A mistake in one of these parts does not compile or changes no code.
    for name, child in node.items():
        if name in ("typeName", "overrides", "documentation", "baseContracts", "nativeSrc"):
            continue
        for part in child if isinstance(child, list) else (child,):
            if isinstance(part, dict) and "nodeType" in part and "src" in part:
                yield from _edits(part, source, scope)


def _of_node(node: Node, source: bytes) -> Iterator[Edit]:
    match node["nodeType"]:
        case "BinaryOperation":
            yield from _operator(node, node["leftExpression"], node["rightExpression"], source)
        case "Assignment":
            yield from _operator(node, node["leftHandSide"], node["rightHandSide"], source)
        case "UnaryOperation":
            yield from _unary(node, source)
        case "IfStatement":
            yield from _guard(node, source)
        case "Conditional":
            yield _replaced("condition", node["condition"], source, "!({})")
        case "Literal" if node["kind"] == "number":
            yield _replaced("constant", node, source, "({} + 1)")
            if node["value"] != "0":
                yield _replaced("constant", node, source, "({} - 1)")
        case "Literal" if node["kind"] == "bool":
            yield Edit("constant", *_span(node), {"true": "false"}.get(node["value"], "true"))
        case "ExpressionStatement" | "EmitStatement":
            # The span has no semicolon, so a statement has to remain before it.
            yield Edit("deleted statement", *_span(node), "0")
        case "FunctionCall":
            yield from _swapped(node, source)
        case "FunctionDefinition":
            yield from _modifiers(node)
        case "YulFunctionCall":
            name = node["functionName"]
            if name["name"] in _BUILT_INS:
                yield Edit("built-in", *_span(name), _BUILT_INS[name["name"]])
        case "YulLiteral" if node["kind"] == "number":
            value = int(node["value"], 0)
            yield from (Edit("constant", *_span(node), str(n)) for n in {value + 1, abs(value - 1)})
        case "YulExpressionStatement" | "YulAssignment":
            yield Edit("deleted statement", *_span(node), "")


def _operator(node: Node, left: Node, right: Node, source: bytes) -> Iterator[Edit]:
    operator = node["operator"]
    start, end = _span(left)[1], _span(right)[0]
    between = source[start:end].decode()
    place = re.search(
        re.escape(operator), _COMMENT.sub(lambda found: " " * len(found[0].encode()), between)
    )
    for other in _OPERATORS.get(operator, ()) if place else ():
        offset = start + len(between[: place.start()].encode())
        yield Edit("operator", offset, offset + len(operator), other)


def _unary(node: Node, source: bytes) -> Iterator[Edit]:
    start, end = _span(node)
    swap = {"++": "--", "--": "++", "!": ""}
    operator = node["operator"]
    if operator in swap:
        offset = start if node["prefix"] else end - len(operator)
        yield Edit("operator", offset, offset + len(operator), swap[operator])


def _guard(node: Node, source: bytes) -> Iterator[Edit]:
    yield _replaced("condition", node["condition"], source, "!({})")
    body = node["trueBody"]
    if body["nodeType"] == "Block" and len(body["statements"]) == 1:
        body = body["statements"][0]
    if body["nodeType"] == "RevertStatement" and not node.get("falseBody"):
        yield _replaced("removed guard", node["condition"], source, "false")


def _swapped(node: Node, source: bytes) -> Iterator[Edit]:
    arguments = node["arguments"]
    for first, other in pairwise(arguments):
        (start, middle), (last, end) = _span(first), _span(other)
        alike = first["typeDescriptions"]["typeString"] == other["typeDescriptions"]["typeString"]
        if alike and source[start:middle] != source[last:end]:
            swapped = source[last:end] + source[middle:last] + source[start:middle]
            yield Edit("swapped arguments", start, end, swapped.decode())


def _modifiers(node: Node) -> Iterator[Edit]:
    if node["kind"] != "constructor":
        for modifier in node["modifiers"]:
            yield Edit("removed modifier", *_span(modifier), "")


def _replaced(kind: str, node: Node, source: bytes, how: str) -> Edit:
    start, end = _span(node)
    return Edit(kind, start, end, how.format(source[start:end].decode()))


def _span(node: Node) -> tuple[int, int]:
    start, length, _ = map(int, node["src"].split(":"))
    return start, start + length


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
