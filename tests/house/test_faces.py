"""Every room says what it is and hands out what others may use; others use nothing else of it."""

import ast
import subprocess
import sys
from functools import cache
from importlib import import_module

import pytest

from pargrade.face import public_names
from tests.support.source_tree import ROOT, Module, modules, read_module

EVERYTHING_PUBLIC = {"pargrade.bindings"}
"""Generated: one module for each contract, all of them for everybody."""

TREE = modules()
ROOMS = sorted(name for name, module in TREE.items() if module.is_package)
FACES = [room for room in ROOMS if "face(__name__)" in TREE[room].path.read_text()]
PROGRAM_SURFACE = {
    *("pargrade.chain", "pargrade.deployment", "pargrade.devnet"),
    *("pargrade.futures", "pargrade.grade", "pargrade.spot_index"),
    "bridge.hedge",
}


@cache
def others() -> list[Module]:
    """Everything that is no test: the packages, and the scripts."""
    scripts = [read_module(path, ROOT) for path in sorted((ROOT / "scripts").rglob("*.py"))]
    return [*TREE.values(), *scripts]


def uses_of(room: str) -> list[tuple[str, str, str]]:
    """Who imports which name from which module of a room, from outside it."""
    found = []
    for module in others():
        if module.room == room or module.room.startswith(room + "."):
            continue
        for imported in module.imports:
            inside = f"{imported.module}.{imported.name}"
            if imported.module == room and inside in TREE:
                found.append((module.name, inside, ""))
            elif imported.module.rpartition(".")[0] == room and imported.module not in ROOMS:
                found.append((module.name, imported.module, imported.name))
    return found


def exported(room: str) -> set[str]:
    """The names in a room's `__all__`."""
    for statement in TREE[room].tree.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__":
            return set(ast.literal_eval(statement.value))
    return set()


@pytest.mark.parametrize("room", ROOMS)
def test_room__docstring__says_what_it_is(room):
    text = ast.get_docstring(TREE[room].tree)
    assert text
    first = text.splitlines()[0]
    assert len(first.split()) >= 4
    assert first[-1] in ".:"


@pytest.mark.parametrize("room", [room for room in ROOMS if "." in room])
def test_room__used_from_outside__only_by_what_it_hands_out(room):
    if room in EVERYTHING_PUBLIC:
        return
    names, public = set(public_names(room)) if room in FACES else set(), exported(room)
    undeclared = {
        f"{user} takes {name or 'all'} of {module}"
        for user, module, name in uses_of(room)
        # A function that is called like its module is taken from the module.
        if name not in names
        and module.rpartition(".")[2] not in ({name} if room in FACES else public)
    }
    assert undeclared == set()


@pytest.mark.parametrize("room", [room for room in ROOMS if exported(room) and room not in FACES])
def test_room__hands_out__nothing_that_is_not_there(room):
    for name in exported(room):
        assert f"{room}.{name}" in TREE or hasattr(import_module(room), name)


@pytest.mark.parametrize("room", FACES)
def test_face__every_name__is_what_its_module_has(room):
    face = import_module(room)
    names = public_names(room)
    assert dir(face) == sorted(names)
    for name, home in names.items():
        assert home.startswith(room + ".")
        assert getattr(face, name) is getattr(import_module(home), name)
        assert f"{room}.{name}" not in TREE, "a module of the same name would stand before it"
    with pytest.raises(AttributeError, match="no attribute 'unheard_of'"):
        face.unheard_of  # noqa: B018


def test_faces__of_the_surface_for_programs__are_all_there():
    assert set(FACES) == PROGRAM_SURFACE


@pytest.mark.parametrize("room", FACES)
def test_face__every_function_and_class_for_programs__is_documented(room):
    for name, home in public_names(room).items():
        value = getattr(import_module(home), name)
        if callable(value) and not name.isupper():
            assert value.__doc__, f"{home}.{name}"


def test_face__imported__imports_none_of_its_modules():
    lines = "\n".join(f"import {room}" for room in FACES)
    ours = "m.split('.')[0] in ('bridge', 'pargrade')"
    code = f"import sys\n{lines}\nprint(*(m for m in sys.modules if {ours}))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(ran.stdout.split()) == {"bridge", "pargrade", "pargrade.face", *FACES}
