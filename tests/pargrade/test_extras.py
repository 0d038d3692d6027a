"""What a small installation lacks: which extra brings it, said with the one command to run."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from pargrade.extras import EXTRAS, MissingExtra, explain_absence, require_extra

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DECLARED = PROJECT["project"]["optional-dependencies"]

BASE = [
    *("pargrade.cli.deploy", "pargrade.cli.devnet", "pargrade.cli.faucet", "pargrade.cli.grade"),
    *("pargrade.cli.wrap", "pargrade.cli.unwrap", "pargrade.cli.futures.app", "pargrade.cli.ops"),
    *("pargrade.world.status", "pargrade.world.down", "bridge.cli.bridge", "bridge.service"),
    *("oracle.cli.index_on_chain", "pargrade.deployment", "pargrade.futures"),
]
"""Deploying, wrapping, trading, settling and reading."""

WITHOUT = """
import sys
from importlib.abc import MetaPathFinder

class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
"""


def run_without(absent: set[str], code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A process of its own in which some modules cannot be found."""
    script = WITHOUT.format(absent=absent) + code
    command = [sys.executable, "-c", script, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


IMPORTED_AS = {"nats-py": "nats"}
"""Distributions whose module has another name."""


def distribution(requirement: str) -> str:
    return requirement.partition(">")[0].partition("[")[0]


def brought_by(extra: str) -> set[str]:
    """Distributions of an extra, those of the extras it names included."""
    found = set()
    for requirement in DECLARED[extra]:
        if requirement.startswith("pargrade["):
            for other in requirement.removeprefix("pargrade[").removesuffix("]").split(","):
                found |= brought_by(other)
        else:
            named = distribution(requirement)
            found.add(IMPORTED_AS.get(named, named))
    return found


def test_extras__in_code__are_those_of_the_distribution():
    assert {extra: set(modules) for extra, modules in EXTRAS.items()} == {
        extra: brought_by(extra) for extra in DECLARED
    }


def test_extras__every_requirement__is_in_the_group_that_is_locked():
    locked = set(PROJECT["dependency-groups"]["dev"])
    wanted = {each for extra in DECLARED.values() for each in extra}
    assert {each for each in wanted if not each.startswith("pargrade[")} <= locked


def test_packages__all_three__say_that_they_are_typed():
    for package in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        assert (ROOT / package / "py.typed").is_file()


def test_base__without_any_extra__imports():
    absent = {module for modules in EXTRAS.values() for module in modules}
    code = f"import importlib\nfor name in {BASE!r}: importlib.import_module(name)"
    done = run_without(absent, code)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("words", "absent", "extra"),
    [
        (("index", "show"), {"numpy", "polars"}, "oracle"),
        (("unit", "basis"), {"polars"}, "oracle"),
        (("hedge", "exposure", "days.csv", "--by", "gpu-hours"), {"numpy", "polars"}, "hedge"),
        (("unit", "basis", "--plot", "x.png"), {"matplotlib"}, "plot"),
        (("index", "study", "--out", "x"), {"matplotlib"}, "plot"),
        (("demo", "--out", "x"), {"polars"}, "devnet"),
        (("up",), {"matplotlib"}, "devnet"),
    ],
)
def test_command__without_its_extra__is_one_error_with_the_command_that_installs_it(
    words, absent, extra, tmp_path
):
    code = "import os\nfrom pargrade.cli import main\nos.chdir(sys.argv.pop())\nmain()"
    done = run_without(absent, code, *words, str(tmp_path))
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("error:") == 1, done.stderr
    assert f'hint: pip install "pargrade[{extra}]"' in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_packages__where_another_distribution_took_a_name__are_one_error(tmp_path):
    (tmp_path / "oracle").mkdir()
    (tmp_path / "oracle" / "__init__.py").write_text("database = 'of somebody else'\n")
    code = f"sys.path.insert(0, {str(tmp_path)!r})\nfrom pargrade.cli import main\nmain()"
    done = run_without(set(), code, "grade", "list")
    assert done.returncode == 1
    assert done.stderr.startswith("error: the package 'oracle' in ")
    assert "environment of its own" in done.stderr


def test_postgres__without_its_driver__names_the_extra():
    code = """
from pargrade.database.engine import open_database
from pargrade.extras import MissingExtra
try:
    open_database("postgresql://someone@127.0.0.1:1/bridge")
except MissingExtra as error:
    print(error.hint)
"""
    assert run_without({"psycopg"}, code).stdout.strip() == 'pip install "pargrade[postgres]"'


def test_help__of_a_small_command__works_without_an_extra():
    absent = {module for modules in EXTRAS.values() for module in modules}
    done = run_without(absent, "from pargrade.cli import main\nmain()", "wrap", "--help")
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


def test_absence__of_a_module_that_no_extra_brings__is_no_missing_extra():
    assert explain_absence(ModuleNotFoundError("x", name="numbers_of_mine")) is None
    found = explain_absence(ModuleNotFoundError("x", name="polars.lazyframe"), "hedge")
    assert found is not None
    assert found.extra == "hedge"
    assert found.hint == 'pip install "pargrade[hedge]"'


def test_require__what_is_installed__passes_and_what_is_not_is_refused(monkeypatch):
    for extra in EXTRAS:
        require_extra(extra)
    monkeypatch.setitem(EXTRAS, "plot", ("never_heard_of",))
    with pytest.raises(MissingExtra, match="never_heard_of"):
        require_extra("plot")
