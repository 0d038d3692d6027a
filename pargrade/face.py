"""Hands out a package's public names on first use, so that importing it costs nothing.

A package lists what others may use as imports under `if TYPE_CHECKING:`, where editors and type
checkers read them, and makes that list work at run time:

    if TYPE_CHECKING:
        from pargrade.grade.terms import GradeTerms as GradeTerms

    __getattr__, __dir__ = face(__name__)
"""

import ast
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any


def face(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package. A name is imported when it is asked for.

    Any other name raises AttributeError, as for every module.
    """

    def get(name: str) -> Any:
        home = public_names(package).get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(home), name)

    def names() -> list[str]:
        return sorted(public_names(package))

    return get, names


@cache
def public_names(package: str) -> dict[str, str]:
    """What a package hands out: names, and the modules they are in."""
    source = Path(str(import_module(package).__file__)).read_text(encoding="utf-8")
    return {
        alias.name: str(imported.module)
        for statement in ast.parse(source).body
        if isinstance(statement, ast.If)
        for imported in statement.body
        if isinstance(imported, ast.ImportFrom)
        for alias in imported.names
    }
