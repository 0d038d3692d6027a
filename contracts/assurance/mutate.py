"""Makes a drawn sample of small mistakes, one at a time, in copies of the tree, and runs its tests.

python -m contracts.assurance.mutate             run what has no outcome yet
python -m contracts.assurance.mutate gate index  only these groups of assurance/mutation.toml
python -m contracts.assurance.mutate --check     only whether the outcomes are those of this tree

Outcomes go to assurance/mutation.jsonl, a line each, so a run that stops goes on where it was. A
killed mutant is not run again while its file and the test that killed it are there; a survivor is,
once a test of its group changes. A mutant that does not compile is replaced by the next one drawn.
"""

import argparse
import hashlib
import json
import sys
import threading
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import Final

from contracts.assurance.mutants import Mutant, mutants_of
from contracts.assurance.sandbox import Baseline, MutantPlot
from contracts.codegen.sources import CONTRACTS

ROOT: Final = CONTRACTS.parent
ASSURANCE: Final = CONTRACTS / "assurance"
OUTCOMES: Final = ASSURANCE / "mutation.jsonl"
PROCESSES: Final = 2


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    TIMED_OUT = "timed out"
    INVALID = "does not compile"


@dataclass(frozen=True, slots=True)
class Group:
    """Files whose mutants the same tests have to notice."""

    name: str
    tests: tuple[str, ...]
    """Paths from contracts/."""
    files: dict[str, int]
    """How many mutants are drawn from each."""

    @property
    def tests_hash(self) -> str:
        """Changes with every test file of the group."""
        return _hash(*(CONTRACTS / test for test in self.tests))


@dataclass(frozen=True, slots=True)
class Outcome:
    """A mutant's fate, and the texts it holds for."""

    mutant: str
    fate: Fate
    test: str | None
    """path::function of the first test that failed."""
    seconds: float
    source: str
    """Hash of the file without the mistake."""
    tests: str
    """Group.tests_hash."""

    def holds(self, group: Group, source: str) -> bool:
        """Whether running the mutant again could tell nothing new."""
        if self.source != source:
            return False
        if self.fate is Fate.KILLED and self.test is not None:
            path, _, function = self.test.partition("::")
            suite = CONTRACTS / path
            return suite.is_file() and (function == "setUp" or function in suite.read_text())
        return self.fate is Fate.INVALID or self.tests == group.tests_hash


def groups(path: Path = ASSURANCE / "mutation.toml") -> list[Group]:
    """The plan, in the order of the file."""
    stated = tomllib.loads(path.read_text())["group"]
    return [Group(each["name"], tuple(each["tests"]), each["files"]) for each in stated]


def outcomes(path: Path = OUTCOMES) -> dict[str, Outcome]:
    """The last outcome of every mutant that ever ran."""
    lines = path.read_text().splitlines() if path.exists() else []
    read = (json.loads(line) for line in lines)
    return {each["mutant"]: Outcome(**{**each, "fate": Fate(each["fate"])}) for each in read}


def reasons(path: Path = ASSURANCE / "mutation-reasons.json") -> dict[str, str]:
    """Why a surviving mutant means the same as the source, by mutant."""
    report: dict[str, str] = json.loads(path.read_text())
    return report


def tally(file: str, known: dict[str, Outcome]) -> Counter[str]:
    """How many recorded mutants of one file met which fate; equivalent ones are counted apart."""
    equivalent = reasons()
    count: Counter[str] = Counter()
    for outcome in known.values():
        if outcome.mutant.startswith(f"{file} ") and outcome.fate is not Fate.INVALID:
            survived = outcome.fate is Fate.SURVIVED and outcome.mutant in equivalent
            count["equivalent" if survived else outcome.fate.value] += 1
    return count


def sample(group: Group, known: dict[str, Outcome]) -> Iterator[tuple[Mutant, Outcome | None]]:
    """The drawn mutants that compile, as far as that is known, with the outcome where it holds.

    Draws again for each that does not compile, so `known` is read while the run goes on.
    """
    for file, wanted in group.files.items():
        source = _hash(CONTRACTS / file)
        drawn = iter(mutants_of(file))
        counted = 0
        while counted < wanted and (mutant := next(drawn, None)) is not None:
            outcome = known.get(mutant.id)
            if outcome is None or not outcome.holds(group, source):
                yield mutant, None
                outcome = known.get(mutant.id)
            else:
                yield mutant, outcome
            counted += outcome is None or outcome.fate is not Fate.INVALID


class Run:
    """One run over some groups, appending outcomes as they come."""

    def __init__(self, folder: Path, report: Callable[[Outcome], None]) -> None:
        self._folder = folder
        self._to_json = report
        self._lock = threading.Lock()
        self.known = outcomes()

    def group(self, group: Group) -> None:
        """Runs what has no outcome yet. Raises Baseline when a test fails without any mistake."""
        plot: MutantPlot | None = None
        for mutant, outcome in sample(group, self.known):
            if outcome is not None:
                continue
            if plot is None:
                plot = MutantPlot(ROOT, self._folder / group.name, group.tests)
                plot.prepare()
            self._add(self._run(plot, group, mutant))

    def _run(self, plot: MutantPlot, group: Group, mutant: Mutant) -> Outcome:
        started = monotonic()
        fate, test = plot.fate(mutant.file, mutant.planted)
        return Outcome(
            mutant.id,
            Fate(fate),
            test,
            round(monotonic() - started, 1),
            _hash(CONTRACTS / mutant.file),
            group.tests_hash,
        )

    def _add(self, outcome: Outcome) -> None:
        with self._lock:
            self.known[outcome.mutant] = outcome
            with OUTCOMES.open("a") as file:
                file.write(json.dumps(asdict(outcome), ensure_ascii=False) + "\n")
            self._to_json(outcome)


def tidy() -> None:
    """Leaves the last outcome of each mutant that is still drawn, in the order of the plan."""
    known = outcomes()
    drawn = [mutant.id for group in groups() for mutant, _ in sample(group, known)]
    kept = [json.dumps(asdict(known[id_]), ensure_ascii=False) for id_ in drawn if id_ in known]
    OUTCOMES.write_text("".join(line + "\n" for line in kept))


def main() -> int:
    """Exit code 0 when every drawn mutant has an outcome of this tree."""
    plan = groups()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=", ".join(g.name for g in plan))
    parser.add_argument("--check", action="store_true", help="run nothing")
    arguments = parser.parse_args()
    unknown = set(arguments.groups) - {group.name for group in plan}
    if unknown:
        print(f"no such group: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 1
    wanted = [group for group in plan if not arguments.groups or group.name in arguments.groups]
    if arguments.check:
        return _check(wanted)
    run = Run(ROOT / "build" / "mutants", lambda outcome: print(_line(outcome), flush=True))
    try:
        with ThreadPoolExecutor(PROCESSES) as pool:
            list(pool.map(run.group, sorted(wanted, key=lambda g: -sum(g.files.values()))))
    except Baseline as failed:
        print(failed, file=sys.stderr)
        return 1
    tidy()
    return _check(wanted)


def _check(wanted: Sequence[Group]) -> int:
    known = outcomes()
    missing = [m.id for group in wanted for m, outcome in sample(group, known) if outcome is None]
    for mutant in missing:
        print(f"no outcome for this tree: {mutant}", file=sys.stderr)
    return int(bool(missing))


def _line(outcome: Outcome) -> str:
    by = f" | {outcome.test}" if outcome.test else ""
    return f"{outcome.fate:<10} {outcome.seconds:5.1f} s  {outcome.mutant}{by}"


def _hash(*paths: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16]


if __name__ == "__main__":
    sys.exit(main())
