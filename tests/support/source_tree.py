"""The program's modules and what each imports, read from their source."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("pargrade", "oracle", "bridge")


@dataclass(frozen=True)
class Import:
    """One imported name: `from module import name`, or `import module` with no name."""

    module: str
    name: str
    line: int
    typing_only: bool
    """Under `if TYPE_CHECKING:`, so never run."""


@dataclass(frozen=True)
class Module:
    """A source file."""

    name: str
    path: Path
    is_package: bool
    tree: ast.Module
    imports: tuple[Import, ...]

    @property
    def room(self) -> str:
        """The package it lies in; a face is in its own room."""
        return self.name if self.is_package else self.name.rpartition(".")[0]


@cache
def modules(root: Path = ROOT) -> Mapping[str, Module]:
    """Every module of the three packages, by name."""
    found = {}
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            module = read_module(path, root)
            found[module.name] = module
    return found


def read_module(path: Path, root: Path) -> Module:
    """The module in a file below `root`."""
    parts = path.relative_to(root).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    name = ".".join(parts[:-1] if is_package else parts)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return Module(name, path, is_package, tree, tuple(_imports(tree)))


def _imports(tree: ast.AST, typing_only: bool = False) -> Iterator[Import]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                yield Import(str(node.module), alias.name, node.lineno, typing_only)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, "", node.lineno, typing_only)
        else:
            inside = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            yield from _imports(node, typing_only or inside)
