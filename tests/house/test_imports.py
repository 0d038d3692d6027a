"""No module uses another one's private names, and no modules import each other in a circle."""

import ast
from collections.abc import Iterator

import pytest

from tests.support.source_tree import Module, modules, read_module

PUBLIC = {"os._exit"}
"""What a library documents in spite of its name."""


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def private_uses(module: Module, known: set[str]) -> Iterator[str]:
    """Names with an underscore that a module takes from another module."""
    aliases = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if is_private(alias.name):
                    yield f"{module.name}:{node.lineno} imports {node.module}.{alias.name}"
                if f"{node.module}.{alias.name}" in known:
                    aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                aliases[alias.asname or alias.name] = alias.name
                if any(map(is_private, alias.name.split("."))):
                    yield f"{module.name}:{node.lineno} imports {alias.name}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            owner = ast.unparse(node.value)
            if owner in aliases and f"{aliases[owner]}.{node.attr}" not in PUBLIC:
                yield f"{module.name}:{node.lineno} uses {aliases[owner]}.{node.attr}"


def edges(tree: dict[str, Module]) -> dict[str, set[str]]:
    """Which modules each module imports, in functions too; not what only types need."""
    found = {}
    for module in tree.values():
        targets = set()
        for imported in module.imports:
            if not imported.typing_only:
                inside = f"{imported.module}.{imported.name}"
                targets.add(inside if inside in tree else imported.module)
        found[module.name] = {target for target in targets if target in tree}
    return found


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Modules in a circle, or that import one: what remains when leaves are taken off for ever."""
    left = {name: set(targets) for name, targets in graph.items()}
    while leaves := {name for name, targets in left.items() if not targets}:
        left = {name: targets - leaves for name, targets in left.items() if name not in leaves}
    return sorted(left)


def test_private_names__of_another_module__are_used_nowhere():
    tree = modules()
    assert [use for module in tree.values() for use in private_uses(module, set(tree))] == []


@pytest.mark.parametrize(
    "line",
    [
        "from oracle.index.level import _median",
        "from oracle.index import level\nlevel._median()",
        "import oracle.index.level as level\nlevel._median()",
        "import oracle.index.level\noracle.index.level._median()",
        "def late():\n    from oracle.index.level import _median",
    ],
)
def test_private_names__planted__are_seen(tmp_path, line):
    path = tmp_path / "planted.py"
    path.write_text(line)
    planted = read_module(path, tmp_path)
    assert len(list(private_uses(planted, {"oracle.index.level"}))) == 1


def test_imports__of_all_modules__make_no_circle():
    graph = edges(dict(modules()))
    assert sum(map(len, graph.values())) > 1_000
    assert circle(graph) == []


def test_imports__a_circle_through_a_function__is_seen(tmp_path):
    (tmp_path / "oracle").mkdir()
    (tmp_path / "oracle" / "a.py").write_text("from oracle.b import x")
    (tmp_path / "oracle" / "b.py").write_text("def late():\n    from oracle import a")
    (tmp_path / "oracle" / "c.py").write_text("from oracle.a import y")
    assert circle(edges(dict(modules(tmp_path)))) == ["oracle.a", "oracle.b", "oracle.c"]
