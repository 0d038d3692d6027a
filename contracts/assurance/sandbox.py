"""Copies of the tree in which bugs are planted, for tests of forge and of pytest.

A sandbox is prepared once with the sources as they are, where the tests have to pass. Every bug
gets its own copy of it, or is undone after its run. The tree itself is only read.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import mkdtemp
from typing import Final, Protocol

from contracts.assurance.forge import NO_LINT, run_forge

_TEST: Final = re.compile(r"\bfunction ((?:test|invariant)_\w+)\(")
_IMPORT: Final = re.compile(r"""\bimport\b[^;"']*["'](\.[^"']+)["']""")
_GENERATED: Final = shutil.ignore_patterns(
    "out", "cache", "build", "dist", "node_modules", "__pycache__", ".*"
)
# What is planted in the sources is in forge's build alone, not in the artifacts that ship. Without
# the optimizer a compilation takes half the time, and the bugs do not depend on it. The
# seed is fixed, so that a caught bug is caught every time.
SETTINGS: Final = {
    "FOUNDRY_PROFILE": "default",
    "PARGRADE_TEST_BUILT": "true",
    "FOUNDRY_DYNAMIC_TEST_LINKING": "true",
    "FOUNDRY_OPTIMIZER": "false",
    "FOUNDRY_FUZZ_SEED": "0x1",
    "FOUNDRY_FUZZ_RUNS": "128",
}


class BaselineFailed(Exception):
    """A test that fails or is missing without any bug, so its failure would prove nothing."""


class Unplantable(Exception):
    """A bug whose test could not run: the code does not compile or a set-up fails."""


class Sandbox(Protocol):
    """The place of a test runner's bugs."""

    def prepare(self) -> None:
        """Make the sandbox and run every test without a bug. Raises BaselineFailed."""

    def fails(self, file: str, bug: Callable[[str], str], test: str) -> bool:
        """Whether the test fails with the bug in the file. Raises Unplantable.

        `file` is a path from the root, `bug` maps the text of the file to the text with the bug.
        """


class ForgeSandbox:
    """contracts/ with only the named tests: other tests are renamed or left out.

    Forge compiles all tests before it filters them, which takes most of its time, so there is
    nothing to filter here. Tests find contracts by name (dynamic linking), so a bug compiles its
    own contracts again and no test.
    """

    def __init__(self, root: Path, sandbox: Path, tests: Iterable[str]) -> None:
        self._root = root
        self._sandbox = sandbox
        self._tests: dict[str, set[str]] = defaultdict(set)
        for test in tests:
            path, _, function = test.partition("::")
            self._tests[path].add(function)

    def prepare(self) -> None:
        """See Sandbox."""
        contracts = copy_contracts(self._root, self._sandbox, self._tests)
        for path, names in self._tests.items():
            suite = contracts / path
            suite.write_text(_only(names, suite.read_text()))
        passed = self._run(self._sandbox)
        for named, functions in self._tests.items():
            for function in functions:
                if not passed.get((named, function)):
                    raise BaselineFailed(f"{named}::{function} does not pass as it is")

    def fails(self, file: str, bug: Callable[[str], str], test: str) -> bool:
        """See Sandbox."""
        path, _, function = test.partition("::")
        copy = Path(mkdtemp(dir=self._sandbox.parent)) / "forge"
        shutil.copytree(self._sandbox, copy, symlinks=True)
        for other in self._tests.keys() - {path}:
            (copy / "contracts" / other).unlink()
        (copy / file).write_text(bug((copy / file).read_text()))
        passed = self._run(copy)
        shutil.rmtree(copy.parent)
        if (path, function) not in passed:
            raise Unplantable(f"{test} did not run")
        return not passed[path, function]

    def _run(self, sandbox: Path) -> dict[tuple[str, str], bool]:
        """Whether each test passed, by path and function, of those that ran."""
        done = run_forge(["test", "--json"], sandbox / "contracts", SETTINGS)
        try:
            suites = json.loads(done.stdout)
        except json.JSONDecodeError:
            raise Unplantable(
                f"forge printed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
            ) from None
        return {
            (suite.partition(":")[0], name.partition("(")[0]): outcome["status"] == "Success"
            for suite, results in suites.items()
            for name, outcome in results["test_results"].items()
        }


class MutantSandbox:
    """contracts/ with whole test files, where each mistake is made and undone.

    Forge caches compiled files, so a mistake compiles its own contracts again and no test.
    """

    _SECONDS: Final = 300
    _SETTINGS: Final = {
        **SETTINGS,
        "FOUNDRY_FUZZ_RUNS": "16",
        **NO_LINT,
    }

    def __init__(self, root: Path, sandbox: Path, tests: Iterable[str]) -> None:
        self._root = root
        self._sandbox = sandbox
        self._tests = tuple(tests)

    def prepare(self) -> None:
        """Make the sandbox and run every test without a mistake. Raises BaselineFailed."""
        copy_contracts(self._root, self._sandbox, self._tests)
        fate, test = self._run()
        if fate != "survived":
            raise BaselineFailed(f"{self._sandbox.name}: {test or fate} without any mistake")

    def run_mistake(self, file: str, mistake: Callable[[str], str]) -> tuple[str, str | None]:
        """Run the tests with a mistake: its fate, as in `Fate`, and the first test that failed."""
        path = self._sandbox / "contracts" / file
        sound = path.read_text()
        path.write_text(mistake(sound))
        try:
            return self._run()
        finally:
            path.write_text(sound)

    def _run(self) -> tuple[str, str | None]:
        try:
            done = run_forge(
                ["test", "--json", "--fail-fast"],
                self._sandbox / "contracts",
                self._SETTINGS,
                self._SECONDS,
            )
        except subprocess.TimeoutExpired:
            return "timed out", None
        try:
            suites = json.loads(done.stdout)
        except json.JSONDecodeError:
            return "does not compile", None
        for suite, results in suites.items():
            for name, outcome in results["test_results"].items():
                if outcome["status"] != "Success":
                    return "killed", f"{suite.partition(':')[0]}::{name.partition('(')[0]}"
        return "survived", None


class PytestSandbox:
    """The Python packages and their tests; imports come from the copy."""

    _FAILED: Final = 1
    _OPTIONS: Final = ("-x", "-p", "no:cacheprovider", "--hypothesis-seed=0")

    def __init__(self, root: Path, sandbox: Path, tests: Iterable[str]) -> None:
        self._root = root
        self._sandbox = sandbox
        self._tests = sorted(tests)

    def prepare(self) -> None:
        """See Sandbox."""
        self._sandbox.mkdir()
        for name in ("pargrade", "oracle", "bridge", "contracts", "tests"):
            shutil.copytree(self._root / name, self._sandbox / name, ignore=_GENERATED)
        shutil.copy(self._root / "pyproject.toml", self._sandbox)
        (self._sandbox / "node_modules").symlink_to((self._root / "node_modules").resolve())
        outcome = self._run(self._sandbox, self._tests)
        if outcome.returncode != 0:
            raise BaselineFailed(outcome.stdout[-3000:] + outcome.stderr[-3000:])

    def fails(self, file: str, bug: Callable[[str], str], test: str) -> bool:
        """See Sandbox."""
        copy = Path(mkdtemp(dir=self._sandbox.parent)) / "pytest"
        shutil.copytree(self._sandbox, copy, symlinks=True)
        (copy / file).write_text(bug((copy / file).read_text()))
        outcome = self._run(copy, [test])
        shutil.rmtree(copy.parent)
        if outcome.returncode not in (0, self._FAILED):
            raise Unplantable(outcome.stdout[-3000:] + outcome.stderr[-3000:])
        return outcome.returncode == self._FAILED

    def _run(self, sandbox: Path, tests: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own pytest
            [sys.executable, "-m", "pytest", *self._OPTIONS, *tests],
            cwd=sandbox,
            env={**os.environ, "PYTHONPATH": str(sandbox), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
        )


def copy_contracts(root: Path, sandbox: Path, tests: Iterable[str]) -> Path:
    """Copy contracts/ with these test files and their imports; returns the copy's contracts/."""
    contracts = sandbox / "contracts"
    # Compiled files of an earlier copy stay.
    for part in (contracts / "src", contracts / "test", sandbox / "tests"):
        shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(root / "contracts", contracts, ignore=_GENERATED, dirs_exist_ok=True)
    shutil.copytree(root / "tests" / "vectors", sandbox / "tests" / "vectors")
    if not (sandbox / "node_modules").exists():
        (sandbox / "node_modules").symlink_to((root / "node_modules").resolve())
    # Absolute paths, or forge would compile the packages again for each copy.
    packages = str((root / "node_modules").resolve())
    settings = contracts / "foundry.toml"
    settings.write_text(settings.read_text().replace("../node_modules", packages))
    needed = _with_imports((contracts / path).resolve() for path in tests)
    for path in (contracts / "test").resolve().rglob("*.sol"):
        if path not in needed:
            path.unlink()
    return contracts


def _with_imports(paths: Iterable[Path]) -> set[Path]:
    """The files and all their imports by relative path."""
    found: set[Path] = set()
    waiting = list(paths)
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        waiting += [(path.parent / name).resolve() for name in _IMPORT.findall(path.read_text())]
    return found


def _only(wanted: set[str], text: str) -> str:
    """The text with every other test renamed, so that forge does not run it."""

    def renamed(found: re.Match[str]) -> str:
        return found[0] if found[1] in wanted else f"function unused_{found[1]}("

    return _TEST.sub(renamed, text)
