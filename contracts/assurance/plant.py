"""Plants each bug of test/bugs/bugs.json in a copy of the tree and expects its test to fail.

python -m contracts.assurance.plant          every bug, and keeps a record in assurance/planted.json
python -m contracts.assurance.plant 1 4 14   the bugs against these invariants
python -m contracts.assurance.plant --check  only whether every bug applies and its test exists
"""

import argparse
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

from contracts.assurance import document as assurance
from contracts.assurance.sandbox import Baseline, ForgePlot, Plot, PytestPlot, Unplantable
from contracts.codegen.sources import CONTRACTS

ROOT: Final = CONTRACTS.parent
BUGS: Final = CONTRACTS / "test" / "bugs" / "bugs.json"
PROCESSES: Final = 2
PLOTS: Final[dict[str, Callable[[Path, Path, Iterable[str]], Plot]]] = {
    "forge": ForgePlot,
    "pytest": PytestPlot,
}


@dataclass(frozen=True, slots=True)
class Bug:
    """One mistake somebody could make, and the test that must notice it."""

    invariant: int
    name: str
    file: str
    """Path from the root of the repository."""
    find: str
    """Text that occurs exactly once in the file."""
    replace: str
    runner: str
    """A key of PLOTS."""
    test: str
    """path::function; the path is from contracts/ for forge, from the root for pytest."""

    def planted(self, text: str) -> str:
        """The file's text with the bug in it."""
        return text.replace(self.find, self.replace)

    def faults(self, root: Path = ROOT) -> list[str]:
        """Why the bug cannot be planted in the tree, in words; empty when it can."""
        path, _, function = self.test.partition("::")
        tests = root / ("contracts" if self.runner == "forge" else ".") / path
        found = (root / self.file).read_text().count(self.find) if self.find else 0
        faults = [] if found == 1 else [f"found {found} times in {self.file}"]
        if self.find == self.replace:
            faults.append("changes nothing")
        if self.runner not in PLOTS:
            faults.append(f"no such runner: {self.runner}")
        defined = rf"(?:def|function) {re.escape(function)}\("
        if not tests.is_file() or not re.search(defined, tests.read_text()):
            faults.append(f"no such test: {self.test}")
        return [f"invariant {self.invariant}, {self.name}: {fault}" for fault in faults]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the test made of the bug."""

    bug: Bug
    caught: bool
    seconds: float
    fault: str = ""
    """Why the test could not be run, in the words of the runner."""

    def __str__(self) -> str:
        verdict = "caught" if self.caught else "NOT RUN" if self.fault else "SURVIVED"
        bug = self.bug
        line = f"{bug.invariant:>2}  {verdict:<8}  {self.seconds:5.1f} s  {bug.name} | {bug.test}"
        return f"{line}\n{self.fault}" if self.fault else line


def read(path: Path = BUGS) -> list[Bug]:
    """Every committed bug, in the order of the file."""
    return [Bug(**bug) for bug in json.loads(path.read_text())]


def plant(bugs: Sequence[Bug], report: Callable[[Outcome], None] = print) -> list[Outcome]:
    """Runs the test of each bug against the bug, two at a time.

    Raises Baseline when a test fails without its bug, Unplantable when the tests do not run at all.
    """
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        plots = {
            runner: PLOTS[runner](ROOT, Path(folder) / runner, tests)
            for runner in PLOTS
            if (tests := sorted({bug.test for bug in bugs if bug.runner == runner}))
        }

        def try_one(bug: Bug) -> Outcome:
            started = monotonic()
            caught, fault = False, ""
            try:
                caught = plots[bug.runner].fails(bug.file, bug.planted, bug.test)
            except Unplantable as failed:
                fault = str(failed)
            outcome = Outcome(bug, caught, monotonic() - started, fault)
            report(outcome)
            return outcome

        with ThreadPoolExecutor(PROCESSES) as pool:
            list(pool.map(lambda plot: plot.prepare(), plots.values()))
            return list(pool.map(try_one, bugs))


def main() -> int:
    """Exit code 0 when every bug is caught (or, with --check, can be planted)."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("invariants", nargs="*", type=int, metavar="NN")
    parser.add_argument("--check", action="store_true", help="run no test")
    arguments = parser.parse_args()

    bugs = [b for b in read() if not arguments.invariants or b.invariant in arguments.invariants]
    faults = [fault for bug in bugs for fault in bug.faults()]
    if not bugs:
        faults.append("no bug is against any of these invariants")
    if faults or arguments.check:
        print("\n".join(faults) or f"{len(bugs)} bugs can be planted")
        return int(bool(faults))
    contracts, commit, started = assurance.contracts_hash(), assurance.commit(), monotonic()
    try:
        outcomes = plant(bugs, lambda outcome: print(outcome, flush=True))
    except (Baseline, Unplantable) as failed:
        print(failed, file=sys.stderr)
        return 1
    caught, seconds = sum(outcome.caught for outcome in outcomes), monotonic() - started
    print(f"{caught} of {len(outcomes)} bugs caught in {seconds:.0f} s")
    if not arguments.invariants:
        report = {
            "name": "planted bugs",
            "contracts": contracts,
            "commit": commit,
            "bugs": len(outcomes),
            "caught": caught,
            "seconds": round(seconds, 1),
        }
        assurance.keep("planted", [report])
    return int(caught < len(outcomes))


if __name__ == "__main__":
    sys.exit(main())
