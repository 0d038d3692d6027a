"""Runs the tests against a drawn sample of small mistakes, each alone in a copy of the tree.

python -m contracts.assurance.mutate             run mutants without an outcome
python -m contracts.assurance.mutate gate index  only these groups of assurance/mutation.toml
python -m contracts.assurance.mutate --check     only check that every outcome is of this tree

Outcomes go to assurance/mutation.jsonl, a line each, so a run that stops can continue later. A
killed mutant runs again when its file changes or the test that killed it is gone. A survivor runs
again when a test of its group changes. The next mutant drawn replaces one that does not compile.
"""

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

from contracts.assurance.mutants import Mutant, find_mutants
from contracts.assurance.records import ASSURANCE, command_parser
from contracts.assurance.sandbox import BaselineFailed, MutantSandbox
from contracts.codegen.sources import CONTRACTS, ROOT

OUTCOMES: Final = ASSURANCE / "mutation.jsonl"
PROCESSES: Final = 2


class Fate(StrEnum):
    """The result of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    TIMED_OUT = "timed out"
    INVALID = "does not compile"


@dataclass(frozen=True, slots=True)
class Group:
    """Files whose mutants have to fail the same tests."""

    name: str
    tests: tuple[str, ...]
    """Paths from contracts/."""
    files: dict[str, int]
    """Number of mutants to draw, by file."""

    @property
    def tests_hash(self) -> str:
        """Hash of all test files of the group, 16 hexadecimal digits."""
        return _hash(*(CONTRACTS / test for test in self.tests))


@dataclass(frozen=True, slots=True)
class MutantOutcome:
    """A mutant's fate, and the hashes of the files that it is valid for."""

    mutant: str
    fate: Fate
    test: str | None
    """path::function of the first test that failed."""
    seconds: float
    source: str
    """Hash of the file without the mistake."""
    tests: str
    """`tests_hash` of the group."""

    def is_valid(self, group: Group, source: str) -> bool:
        """Whether the mutant need not run again. `source` is the hash of its file now."""
        if self.source != source:
            return False
        if self.fate is Fate.KILLED and self.test is not None:
            path, _, function = self.test.partition("::")
            suite = CONTRACTS / path
            return suite.is_file() and (function == "setUp" or function in suite.read_text())
        return self.fate is Fate.INVALID or self.tests == group.tests_hash


def read_groups(path: Path = ASSURANCE / "mutation.toml") -> list[Group]:
    """The groups of the plan, in the order of the file."""
    stated = tomllib.loads(path.read_text())["group"]
    return [Group(each["name"], tuple(each["tests"]), each["files"]) for each in stated]


def read_outcomes(path: Path = OUTCOMES) -> dict[str, MutantOutcome]:
    """The last outcome of every mutant that ran, by its id."""
    lines = path.read_text().splitlines() if path.exists() else []
    read = (json.loads(line) for line in lines)
    return {each["mutant"]: MutantOutcome(**{**each, "fate": Fate(each["fate"])}) for each in read}


def read_reasons(path: Path = ASSURANCE / "mutation-reasons.json") -> dict[str, str]:
    """Why a surviving mutant is equivalent to the source, by its id."""
    report: dict[str, str] = json.loads(path.read_text())
    return report


def count_fates(file: str, known: dict[str, MutantOutcome]) -> Counter[str]:
    """Number of recorded mutants of a file by fate; equivalent mutants are counted apart."""
    equivalent = read_reasons()
    count: Counter[str] = Counter()
    for outcome in known.values():
        if outcome.mutant.startswith(f"{file} ") and outcome.fate is not Fate.INVALID:
            survived = outcome.fate is Fate.SURVIVED and outcome.mutant in equivalent
            count["equivalent" if survived else outcome.fate.value] += 1
    return count


def draw_sample(
    group: Group, known: dict[str, MutantOutcome]
) -> Iterator[tuple[Mutant, MutantOutcome | None]]:
    """Draw the mutants of a group, each with its outcome if that is still valid.

    Another mutant is drawn for each that does not compile. `known` may grow while this runs: it is
    read again after each mutant without an outcome.
    """
    for file, wanted in group.files.items():
        source = _hash(CONTRACTS / file)
        drawn = iter(find_mutants(file))
        counted = 0
        while counted < wanted and (mutant := next(drawn, None)) is not None:
            outcome = known.get(mutant.id)
            if outcome is None or not outcome.is_valid(group, source):
                yield mutant, None
                outcome = known.get(mutant.id)
            else:
                yield mutant, outcome
            counted += outcome is None or outcome.fate is not Fate.INVALID


class MutationRun:
    """A run over some groups that appends each outcome to the file."""

    def __init__(self, folder: Path, report: Callable[[MutantOutcome], None]) -> None:
        self._folder = folder
        self._report = report
        self._lock = threading.Lock()
        self.known = read_outcomes()

    def run_group(self, group: Group) -> None:
        """Run the mutants of a group that have no valid outcome. Raises BaselineFailed."""
        sandbox: MutantSandbox | None = None
        for mutant, outcome in draw_sample(group, self.known):
            if outcome is not None:
                continue
            if sandbox is None:
                sandbox = MutantSandbox(ROOT, self._folder / group.name, group.tests)
                sandbox.prepare()
            self._add(self._run(sandbox, group, mutant))

    def _run(self, sandbox: MutantSandbox, group: Group, mutant: Mutant) -> MutantOutcome:
        started = monotonic()
        fate, test = sandbox.run_mistake(mutant.file, mutant.plant_in)
        return MutantOutcome(
            mutant.id,
            Fate(fate),
            test,
            round(monotonic() - started, 1),
            _hash(CONTRACTS / mutant.file),
            group.tests_hash,
        )

    def _add(self, outcome: MutantOutcome) -> None:
        with self._lock:
            self.known[outcome.mutant] = outcome
            with OUTCOMES.open("a") as file:
                file.write(json.dumps(asdict(outcome), ensure_ascii=False) + "\n")
            self._report(outcome)


def drop_old_outcomes() -> None:
    """Keep only the last outcome of each mutant that is drawn now, in the order of the plan."""
    known = read_outcomes()
    drawn = [mutant.id for group in read_groups() for mutant, _ in draw_sample(group, known)]
    kept = [json.dumps(asdict(known[id_]), ensure_ascii=False) for id_ in drawn if id_ in known]
    OUTCOMES.write_text("".join(line + "\n" for line in kept))


def main() -> int:
    """Run or check the mutants. Exit code 0 when every drawn mutant has a valid outcome."""
    plan = read_groups()
    parser = command_parser(__doc__)
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
    run = MutationRun(ROOT / "build" / "mutants", lambda outcome: print(_line(outcome), flush=True))
    try:
        with ThreadPoolExecutor(PROCESSES) as pool:
            list(pool.map(run.run_group, sorted(wanted, key=lambda g: -sum(g.files.values()))))
    except BaselineFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    drop_old_outcomes()
    return _check(wanted)


def _check(wanted: Sequence[Group]) -> int:
    known = read_outcomes()
    missing = [
        m.id for group in wanted for m, outcome in draw_sample(group, known) if outcome is None
    ]
    for mutant in missing:
        print(f"no outcome for this tree: {mutant}", file=sys.stderr)
    return int(bool(missing))


def _line(outcome: MutantOutcome) -> str:
    by = f" | {outcome.test}" if outcome.test else ""
    return f"{outcome.fate:<10} {outcome.seconds:5.1f} s  {outcome.mutant}{by}"


def _hash(*paths: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16]


if __name__ == "__main__":
    sys.exit(main())
