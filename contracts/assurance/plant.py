"""Plants each bug of test/bugs/bugs.json in a copy of the tree and expects its test to fail.

python -m contracts.assurance.plant          every bug, and keeps a record in assurance/planted.json
python -m contracts.assurance.plant 1 4 14   the bugs against these invariants
python -m contracts.assurance.plant --check  only check that every bug applies and its test exists
"""

import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

from contracts.assurance import records
from contracts.assurance.sandbox import (
    BaselineFailed,
    ForgeSandbox,
    PytestSandbox,
    Sandbox,
    Unplantable,
)
from contracts.codegen.sources import CONTRACTS, ROOT

BUGS: Final = CONTRACTS / "test" / "bugs" / "bugs.json"
PROCESSES: Final = 2
SANDBOXES: Final[dict[str, Callable[[Path, Path, Iterable[str]], Sandbox]]] = {
    "forge": ForgeSandbox,
    "pytest": PytestSandbox,
}


@dataclass(frozen=True, slots=True)
class Bug:
    """A mistake in the sources, and the test that has to fail because of it."""

    invariant: int
    name: str
    file: str
    """Path from the root of the repository."""
    find: str
    """Text that occurs exactly once in the file."""
    replace: str
    runner: str
    """A key of SANDBOXES."""
    test: str
    """path::function; the path is from contracts/ for forge, from the root for pytest."""

    def plant_in(self, text: str) -> str:
        """The text of the file with the bug."""
        return text.replace(self.find, self.replace)

    def find_faults(self, root: Path = ROOT) -> list[str]:
        """The reasons why the bug cannot be planted in the tree, as text; empty when it can."""
        path, _, function = self.test.partition("::")
        tests = root / ("contracts" if self.runner == "forge" else ".") / path
        found = (root / self.file).read_text().count(self.find) if self.find else 0
        faults = [] if found == 1 else [f"found {found} times in {self.file}"]
        if self.find == self.replace:
            faults.append("changes nothing")
        if self.runner not in SANDBOXES:
            faults.append(f"no such runner: {self.runner}")
        defined = rf"(?:def|function) {re.escape(function)}\("
        if not tests.is_file() or not re.search(defined, tests.read_text()):
            faults.append(f"no such test: {self.test}")
        return [f"invariant {self.invariant}, {self.name}: {fault}" for fault in faults]


@dataclass(frozen=True, slots=True)
class BugOutcome:
    """The result of running a bug's test against the bug."""

    bug: Bug
    caught: bool
    seconds: float
    fault: str = ""
    """Why the test could not run: the runner's output."""

    def __str__(self) -> str:
        verdict = "caught" if self.caught else "NOT RUN" if self.fault else "SURVIVED"
        bug = self.bug
        line = f"{bug.invariant:>2}  {verdict:<8}  {self.seconds:5.1f} s  {bug.name} | {bug.test}"
        return f"{line}\n{self.fault}" if self.fault else line


def read_bugs(path: Path = BUGS) -> list[Bug]:
    """All bugs of a file, in its order."""
    return [Bug(**bug) for bug in json.loads(path.read_text())]


def plant_bugs(
    bugs: Sequence[Bug], report: Callable[[BugOutcome], None] = print
) -> list[BugOutcome]:
    """Run the test of each bug against the bug, two at a time; outcomes in the order of `bugs`.

    Raises BaselineFailed when a test fails without its bug, Unplantable when tests cannot run.
    """
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        sandboxes = {
            runner: SANDBOXES[runner](ROOT, Path(folder) / runner, tests)
            for runner in SANDBOXES
            if (tests := sorted({bug.test for bug in bugs if bug.runner == runner}))
        }

        def try_bug(bug: Bug) -> BugOutcome:
            started = monotonic()
            caught, fault = False, ""
            try:
                caught = sandboxes[bug.runner].fails(bug.file, bug.plant_in, bug.test)
            except Unplantable as failed:
                fault = str(failed)
            outcome = BugOutcome(bug, caught, monotonic() - started, fault)
            report(outcome)
            return outcome

        with ThreadPoolExecutor(PROCESSES) as pool:
            list(pool.map(lambda sandbox: sandbox.prepare(), sandboxes.values()))
            return list(pool.map(try_bug, bugs))


def main() -> int:
    """Plant or check the bugs. Exit code 0 when every bug is caught (can be planted)."""
    parser = records.command_parser(__doc__)
    parser.add_argument("invariants", nargs="*", type=int, metavar="NN")
    parser.add_argument("--check", action="store_true", help="run no test")
    arguments = parser.parse_args()

    bugs = [
        b for b in read_bugs() if not arguments.invariants or b.invariant in arguments.invariants
    ]
    faults = [fault for bug in bugs for fault in bug.find_faults()]
    if not bugs:
        faults.append("no bug is against any of these invariants")
    if faults or arguments.check:
        print("\n".join(faults) or f"{len(bugs)} bugs can be planted")
        return int(bool(faults))
    row, started = records.start_row("planted bugs"), monotonic()
    try:
        outcomes = plant_bugs(bugs, lambda outcome: print(outcome, flush=True))
    except (BaselineFailed, Unplantable) as failed:
        print(failed, file=sys.stderr)
        return 1
    caught, seconds = sum(outcome.caught for outcome in outcomes), monotonic() - started
    print(f"{caught} of {len(outcomes)} bugs caught in {seconds:.0f} s")
    if not arguments.invariants:
        row |= {"bugs": len(outcomes), "caught": caught, "seconds": round(seconds, 1)}
        records.write_record("planted", [row])
    return int(caught < len(outcomes))


if __name__ == "__main__":
    sys.exit(main())
