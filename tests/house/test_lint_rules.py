"""The import rules of pyproject.toml bite: every pure folder, every container, every direction."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.source_tree import PACKAGES, ROOT

RULES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
PURE = next(rule["source_modules"] for rule in RULES if "is pure" in rule["name"])
CONTAINERS = [name for rule in RULES for name in rule.get("containers", ())]
LINT = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the three packages and of the rules."""
    folder = tmp_path_factory.mktemp("copy")
    for package in PACKAGES:
        keep = shutil.ignore_patterns("__pycache__", "*.json", "*.gz", "*.csv")
        shutil.copytree(ROOT / package, folder / package, ignore=keep)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def lint(folder: Path) -> tuple[int, str]:
    ended = subprocess.run(
        [*LINT, "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    return ended.returncode, " ".join((ended.stdout + ended.stderr).split())


@pytest.fixture(scope="module")
def planted(copy):
    """What lint says of a copy with every plant in it at once."""
    for pure in PURE:
        place = copy.joinpath(*pure.split("."))
        if place.is_dir():
            (place / "planted.py").write_text(
                '"""Planted."""\n\nimport subprocess\n\nimport matplotlib\n'
            )
        else:
            with place.with_suffix(".py").open("a") as file:
                file.write("\nimport subprocess\n")
    for container in CONTAINERS:
        room = copy / container / "unheard_of"
        room.mkdir()
        (room / "__init__.py").write_text('"""A room on no floor."""\n')
    (copy / "pargrade" / "chain" / "upward.py").write_text(
        "def late():\n    import pargrade.demo\n"
    )
    (copy / "bridge" / "keeper" / "across.py").write_text("import oracle.index\n")
    code, text = lint(copy)
    assert code == 1
    return text


def test_lint__of_the_tree_as_it_is__keeps_every_rule():
    code, text = lint(ROOT)
    assert code == 0, text
    assert f"Contracts: {len(RULES)} kept, 0 broken" in text


@pytest.mark.parametrize("pure", PURE)
def test_lint__subprocess_in_a_pure_folder__is_red(planted, pure):
    assert f"{pure} is not allowed to import subprocess" in planted


@pytest.mark.parametrize("package", PACKAGES)
def test_lint__a_picture_drawn_by_another_hand__is_red(planted, package):
    assert f"{package} is not allowed to import matplotlib" in planted


@pytest.mark.parametrize("container", CONTAINERS)
def test_lint__a_room_on_no_floor__is_red(planted, container):
    assert f"{container}.unheard_of" in planted


def test_lint__an_import_upward_or_across__is_red(planted):
    assert "pargrade.chain is not allowed to import pargrade.demo" in planted
    assert "bridge is not allowed to import oracle" in planted


def test_rules__by_folder__are_short_and_name_every_room():
    text = (ROOT / "pyproject.toml").read_text().splitlines()
    start = text.index("[tool.importlinter]")
    end = next(
        (
            number
            for number, line in enumerate(text[start:], start)
            if line.startswith("[") and "importlinter" not in line
        ),
        len(text),
    )
    assert end - start <= 45
    assert all(rule["exhaustive"] for rule in RULES if "containers" in rule)
    assert {*CONTAINERS} == {*PACKAGES}
    assert len(PURE) >= 13
