"""Copies of the tree to plant bugs in: one for what forge tests, one for what pytest tests.

A plot is prepared once with the tests as they are, which have to pass; then every bug gets its own
copy of the prepared plot. The tree itself is only ever read.
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

_TEST: Final = re.compile(r"\bfunction ((?:test|invariant)_\w+)\(")
_IMPORT: Final = re.compile(r"""\bimport\b[^;"']*["'](\.[^"']+)["']""")
_GENERATED: Final = shutil.ignore_patterns(
    "out", "cache", "build", "dist", "node_modules", "__pycache__", ".*"
)
# Not optimizing halves the time of a compilation; the bugs are in what the code means. The seed is
# fixed, so that a bug that is caught once is caught every time.
SETTINGS: Final = {
    "FOUNDRY_PROFILE": "default",
    "FOUNDRY_DYNAMIC_TEST_LINKING": "true",
    "FOUNDRY_OPTIMIZER": "false",
    "FOUNDRY_FUZZ_SEED": "0x1",
    "FOUNDRY_FUZZ_RUNS": "128",
}


class Baseline(Exception):
    """A test that fails, or cannot be found, without any bug: it would prove nothing."""


class Unplantable(Exception):
    """A bug whose test could not be run: it does not compile, or a set-up fails."""


class Plot(Protocol):
    """Where one runner's bugs are planted."""

    def prepare(self) -> None:
        """Makes the plot and runs every test without a bug. Raises Baseline."""

    def fails(self, file: str, bug: Callable[[str], str], test: str) -> bool:
        """Whether the test fails once the bug is in the text of the file. Raises Unplantable."""


class ForgePlot:
    """contracts/ with nothing but the tests that are named: the others are renamed or left out.

    Forge compiles everything it could filter before it filters, which is most of the time it takes,
    so there is nothing left to filter here. Tests find what they deploy by name (dynamic linking):
    a bug costs the compilation of the contracts it is in and not of the tests.
    """

    def __init__(self, root: Path, plot: Path, tests: Iterable[str]) -> None:
        self._root = root
        self._plot = plot
        self._tests: dict[str, set[str]] = defaultdict(set)
        for test in tests:
            path, _, function = test.partition("::")
            self._tests[path].add(function)

    def prepare(self) -> None:
        """See Plot."""
        contracts = copy_contracts(self._root, self._plot, self._tests)
        for path, names in self._tests.items():
            suite = contracts / path
            suite.write_text(_only(names, suite.read_text()))
        passed = self._run(self._plot)
        for named, functions in self._tests.items():
            for function in functions:
                if not passed.get((named, function)):
                    raise Baseline(f"{named}::{function} does not pass as it is")

    def fails(self, file: str, bug: Callable[[str], str], test: str) -> bool:
        """See Plot."""
        path, _, function = test.partition("::")
        copy = Path(mkdtemp(dir=self._plot.parent)) / "forge"
        shutil.copytree(self._plot, copy, symlinks=True)
        for other in self._tests.keys() - {path}:
            (copy / "contracts" / other).unlink()
        (copy / file).write_text(bug((copy / file).read_text()))
        passed = self._run(copy)
        shutil.rmtree(copy.parent)
        if (path, function) not in passed:
            raise Unplantable(f"{test} did not run")
        return not passed[path, function]

    def _run(self, plot: Path) -> dict[tuple[str, str], bool]:
        """Which tests ran, and whether they passed."""
        done = subprocess.run(  # noqa: S603 - our own forge
            [self._root / "node_modules" / ".bin" / "forge", "test", "--json"],
            cwd=plot / "contracts",
            env={**os.environ, **SETTINGS},
            capture_output=True,
            text=True,
        )
        try:
            suites = json.loads(done.stdout)
        except json.JSONDecodeError:
            raise Unplantable(f"forge says:\n{done.stdout[-3000:]}{done.stderr[-3000:]}") from None
        return {
            (suite.partition(":")[0], name.partition("(")[0]): outcome["status"] == "Success"
            for suite, results in suites.items()
            for name, outcome in results["test_results"].items()
        }


class MutantPlot:
    """contracts/ with whole test files, in which one mistake after the other is made and undone.

    Forge keeps what it compiled, so a mistake costs the compilation of the contracts it is in.
    """

    _SECONDS: Final = 300
    _SETTINGS: Final = {
        **SETTINGS,
        "FOUNDRY_FUZZ_RUNS": "16",
        "FOUNDRY_LINT_LINT_ON_BUILD": "false",
    }

    def __init__(self, root: Path, plot: Path, tests: Iterable[str]) -> None:
        self._root = root
        self._plot = plot
        self._tests = tuple(tests)

    def prepare(self) -> None:
        """Makes the plot and runs every test without a mistake. Raises Baseline."""
        copy_contracts(self._root, self._plot, self._tests)
        fate, test = self._run()
        if fate != "survived":
            raise Baseline(f"{self._plot.name}: {test or fate} without any mistake")

    def fate(self, file: str, mistake: Callable[[str], str]) -> tuple[str, str | None]:
        """What the tests make of the mistake, and the first test that failed."""
        path = self._plot / "contracts" / file
        sound = path.read_text()
        path.write_text(mistake(sound))
        try:
            return self._run()
        finally:
            path.write_text(sound)

    def _run(self) -> tuple[str, str | None]:
        try:
            done = subprocess.run(  # noqa: S603 - our own forge
                [self._root / "node_modules" / ".bin" / "forge", "test", "--json", "--fail-fast"],
                cwd=self._plot / "contracts",
                env={**os.environ, **self._SETTINGS},
                capture_output=True,
                text=True,
                timeout=self._SECONDS,
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


class PytestPlot:
    """The Python packages and their tests; the copy's own folder comes first on the path."""

    _FAILED: Final = 1
    _OPTIONS: Final = ("-x", "-p", "no:cacheprovider", "--hypothesis-seed=0")

    def __init__(self, root: Path, plot: Path, tests: Iterable[str]) -> None:
        self._root = root
        self._plot = plot
        self._tests = sorted(tests)

    def prepare(self) -> None:
        """See Plot."""
        self._plot.mkdir()
        for name in ("pargrade", "oracle", "bridge", "contracts", "tests"):
            shutil.copytree(self._root / name, self._plot / name, ignore=_GENERATED)
        shutil.copy(self._root / "pyproject.toml", self._plot)
        (self._plot / "node_modules").symlink_to((self._root / "node_modules").resolve())
        outcome = self._run(self._plot, self._tests)
        if outcome.returncode != 0:
            raise Baseline(outcome.stdout[-3000:] + outcome.stderr[-3000:])

    def fails(self, file: str, bug: Callable[[str], str], test: str) -> bool:
        """See Plot."""
        copy = Path(mkdtemp(dir=self._plot.parent)) / "pytest"
        shutil.copytree(self._plot, copy, symlinks=True)
        (copy / file).write_text(bug((copy / file).read_text()))
        outcome = self._run(copy, [test])
        shutil.rmtree(copy.parent)
        if outcome.returncode not in (0, self._FAILED):
            raise Unplantable(outcome.stdout[-3000:] + outcome.stderr[-3000:])
        return outcome.returncode == self._FAILED

    def _run(self, plot: Path, tests: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own pytest
            [sys.executable, "-m", "pytest", *self._OPTIONS, *tests],
            cwd=plot,
            env={**os.environ, "PYTHONPATH": str(plot), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
        )


def copy_contracts(root: Path, plot: Path, tests: Iterable[str]) -> Path:
    """Copies contracts/ with these test files and what they import; the copy's contracts/."""
    contracts = plot / "contracts"
    # What an earlier copy compiled may stay.
    for part in (contracts / "src", contracts / "test", plot / "tests"):
        shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(root / "contracts", contracts, ignore=_GENERATED, dirs_exist_ok=True)
    shutil.copytree(root / "tests" / "vectors", plot / "tests" / "vectors")
    if not (plot / "node_modules").exists():
        (plot / "node_modules").symlink_to((root / "node_modules").resolve())
    # Absolute: forge would know the packages by the copy's folder and compile them again.
    packages = str((root / "node_modules").resolve())
    settings = contracts / "foundry.toml"
    settings.write_text(settings.read_text().replace("../node_modules", packages))
    needed = _with_imports((contracts / path).resolve() for path in tests)
    for path in (contracts / "test").resolve().rglob("*.sol"):
        if path not in needed:
            path.unlink()
    return contracts


def _with_imports(paths: Iterable[Path]) -> set[Path]:
    """The files and all they import by relative path."""
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
    """The text with every other test renamed to something that is none."""

    def renamed(found: re.Match[str]) -> str:
        return found[0] if found[1] in wanted else f"function unused_{found[1]}("

    return _TEST.sub(renamed, text)
