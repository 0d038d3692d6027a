"""Writes docs/ASSURANCE.md from the records of the deep runs.

python -m contracts.assurance.document          write
python -m contracts.assurance.document --check  compare only; exit 1 on a difference

The records are JSON files in assurance/, written by campaigns.py, fuzz.py, prove.py, plant.py,
mutate.py and semgrep.py. Each row has the commit of its run and a hash over the contracts' code.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from operator import itemgetter
from typing import Final

from contracts.assurance import mutate
from contracts.assurance.records import (
    ASSURANCE,
    command_parser,
    contracts_hash,
    read_record,
)
from contracts.codegen.sources import ROOT

DOCUMENT: Final = ROOT / "docs" / "ASSURANCE.md"
WANTED_CALLS: Final = 5_000_000
"""Effective calls that the campaigns should reach in all."""

HEAD: Final = """\
# Assurance

What was run against the contracts beyond the tests of every day, on which contracts, and what came
of it. Contracts are named by a hash over the code that ships, which comments do not change. Written
by `python -m contracts.assurance.document` from the records in `contracts/assurance/`; a test
compares it with them, and warns where the contracts have changed since a record was made.
"""


def describe_stale() -> list[str]:
    """A line for each row that is of other contracts and each drawn mutant without an outcome."""
    now = contracts_hash()
    found = [
        f"{name}: {each['name']} ran on contracts {each['contracts']}"
        for name in ("campaigns", "fuzz", "planted", "proofs", "semgrep", "slither")
        for each in read_record(name)
        if each["contracts"] != now
    ]
    return found + [
        f"mutation: no outcome for {mutant.id}"
        for group in mutate.read_groups()
        for mutant, outcome in mutate.draw_sample(group, mutate.read_outcomes())
        if outcome is None
    ]


def render() -> str:
    """The whole document."""
    parts = (
        _summary(),
        _campaigns(),
        _fuzz(),
        _proofs(),
        _static_analysis(),
        _planted(),
        _mutants(),
    )
    return "\n".join([HEAD, *chain.from_iterable(parts)])


def _summary() -> Iterator[str]:
    campaigns, proofs = read_record("campaigns"), read_record("proofs")
    held = sum(row["result"] == "held" for row in campaigns)
    effective = sum(row["effective"] for row in campaigns)
    yield "| run | result |\n| --- | --- |"
    yield (
        f"| [campaigns](#campaigns) | {effective:,} effective calls; every invariant held in "
        f"{held} of {len(campaigns)} slices |"
    )
    for row in read_record("fuzz")[-1:]:
        yield (
            f"| [fuzzing](#fuzzing), last run | {row['cases']:,} cases; {len(row['failed'])} of "
            f"{row['tests']} tests failed |"
        )
    proved = sum(row["result"] == "proved" for row in proofs)
    yield f"| [proofs](#proofs) | {proved} of {len(proofs)} properties proved |"
    for tool in ("slither", "semgrep"):
        for row in read_record(tool):
            yield (
                f"| [static analysis](#static-analysis), {tool} | {row['accepted']} findings with "
                f"a reason, {row['new']} without |"
            )
    for row in read_record("planted"):
        yield f"| [planted bugs](#planted-bugs) | {row['caught']} of {row['bugs']} caught |"
    count = _tallies()["all"]
    yield (
        f"| [mutants](#mutants) | {count['killed']} of {count['drawn'] - count['equivalent']} "
        f"killed; {count['equivalent']} more mean the same as the source |\n"
    )


def _campaigns() -> Iterator[str]:
    rows = read_record("campaigns")
    yield "## Campaigns\n"
    yield "`python -m contracts.assurance.campaigns` runs the campaigns of"
    yield "`contracts/test/invariants` at length, in slices with seeds 1, 2, 3 and so on"
    yield "(`contracts/assurance/campaigns.toml`)."
    yield "A call is effective when it changed the contracts in the way it is named after."
    yield "Here invariants are checked after every fourth call, daily after every one.\n"
    yield (
        "| campaign | contracts | commit | seeds | runs × depth | calls | effective | time | held |"
    )
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    by_setting = defaultdict(list)
    setting_of = itemgetter("name", "contracts", "commit", "runs", "depth")
    for row in rows:
        by_setting[setting_of(row)].append(row)
    for (name, contracts, commit, runs, depth), slices in sorted(by_setting.items()):
        calls, effective, seconds = (
            sum(each[key] for each in slices) for key in ("calls", "effective", "seconds")
        )
        held = sum(each["result"] == "held" for each in slices)
        seeds = describe_ranges(each["seed"] for each in slices)
        yield (
            f"| {name} | `{contracts}` | `{commit}` | {seeds} | {runs} × {depth} | {calls:,} "
            f"| {effective:,} | {seconds:,.0f} s | {held} of {len(slices)} slices |"
        )
    effective = sum(row["effective"] for row in rows)
    missing = max(0, WANTED_CALLS - effective)
    yield f"\n{effective:,} effective calls of {sum(row['calls'] for row in rows):,} in all."
    if missing:
        yield f"The deep run asks for {WANTED_CALLS:,}: {missing:,} are still missing."
    yield ""


def _fuzz() -> Iterator[str]:
    yield "## Fuzzing\n"
    yield "`python -m contracts.assurance.fuzz` runs all other tests with the many cases of"
    yield "`profile.deep` (`contracts/foundry.toml`), each time with the next seed. What failed"
    yield "stays on record; the run after it shows that it is mended.\n"
    yield "| contracts | commit | seed | tests | of them fuzzed | cases | time | failed |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for row in read_record("fuzz"):
        failed = ", ".join(f"`{name}`" for name in row["failed"]) or "none"
        yield (
            f"| `{row['contracts']}` | `{row['commit']}` | {row['seed']} | {row['tests']} "
            f"| {row['fuzzed']} | {row['cases']:,} | {row['seconds']:,.0f} s | {failed} |"
        )
    yield ""


def describe_ranges(numbers: Iterable[int]) -> str:
    """Whole numbers as text, a run of them by its ends: `1 to 3, 5`."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join(" to ".join(map(str, run)) for run in runs)


def _proofs() -> Iterator[str]:
    yield "## Proofs\n"
    yield "`scripts/prove` lets halmos read `contracts/test/proofs`: every path, every value within"
    yield "the types of the arguments and what the property assumes. Only `proved` is a proof."
    yield "What halmos asks, `contracts/assurance/integer_solver.py` answers: it reads"
    yield "bits as integers with bounds, and a test holds it to never ruling out what is so.\n"
    yield "| property | contracts | commit | result | paths | time | limits |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for row in read_record("proofs"):
        yield (
            f"| {row['name']} | `{row['contracts']}` | `{row['commit']}` | {row['result']} "
            f"| {row['paths']} | {row['seconds']:.0f} s | {row['limits']} |"
        )
    yield ""


def _static_analysis() -> Iterator[str]:
    yield "## Static analysis\n"
    yield "`scripts/prove slither` fails on any finding of high or medium impact that has no reason"
    yield "here, and `python -m contracts.assurance.semgrep` on any finding of our own rules"
    yield "(`contracts/assurance/semgrep.yml`): one names every function that anyone may call, that"
    yield "changes state, and that has neither a role nor a guard against re-entry."
    for tool in ("slither", "semgrep"):
        yield from _findings_of(tool)


def _findings_of(tool: str) -> Iterator[str]:
    reasons = json.loads((ASSURANCE / f"{tool}-reasons.json").read_text())
    for row in read_record(tool):
        yield (
            f"\nLast run of {tool} on contracts `{row['contracts']}` at `{row['commit']}`: "
            f"{row['accepted']} findings, each with its reason, and {row['new']} without."
        )
    yield "\n| check | where | why it stands |\n| --- | --- | --- |"
    for row in reasons:
        yield f"| {row['check']} | `{row['where']}` | {row['reason']} |"
    yield ""


def _planted() -> Iterator[str]:
    yield "## Planted bugs\n"
    yield "`python -m contracts.assurance.plant` plants every bug of"
    yield "`contracts/test/bugs/bugs.json`, some against each invariant, and runs the test"
    yield "that has to catch it.\n"
    yield "| contracts | commit | bugs | caught | time |"
    yield "| --- | --- | --- | --- | --- |"
    for row in read_record("planted"):
        yield (
            f"| `{row['contracts']}` | `{row['commit']}` | {row['bugs']} | {row['caught']} "
            f"| {row['seconds']:,.0f} s |"
        )
    yield ""


def _mutants() -> Iterator[str]:
    yield "## Mutants\n"
    yield "`python -m contracts.assurance.mutate` makes small mistakes in the sources, one at"
    yield "a time, and runs the tests that should notice. Which ones is drawn by a hash of what"
    yield "they change. A mutant that means the same as the source is left out of the share, with"
    yield "its reason below. An outcome (`contracts/assurance/mutation.jsonl`) holds while the"
    yield "source is the same and the test that killed is there; a survivor is run again when a"
    yield "test changes."
    seconds = sum(each.seconds for each in mutate.read_outcomes().values())
    yield f"The last run of each took {seconds:,.0f} s in all, two at a time.\n"
    yield "| file | drawn | killed | survived | timed out | equivalent | not run | share |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for file, count in _tallies().items():
        yield _mutant_row(file, count)
    yield "\n| mutant that survives | why |\n| --- | --- |"
    for mutant, reason in mutate.read_reasons().items():
        yield f"| {_cell(mutant)} | {reason} |"
    yield ""


def _tallies() -> dict[str, Counter[str]]:
    """Number of mutants by fate, for each file and for all."""
    known = mutate.read_outcomes()
    tallies: dict[str, Counter[str]] = {}
    total: Counter[str] = Counter()
    for group in mutate.read_groups():
        for file, wanted in group.files.items():
            count = mutate.count_fates(file, known)
            count["not run"] = wanted - count.total()
            count["drawn"] = wanted
            total += count
            tallies[f"`{file}`"] = count
    return {**tallies, "all": total}


def _mutant_row(name: str, count: Counter[str]) -> str:
    kinds = ("drawn", "killed", "survived", "timed out", "equivalent", "not run")
    decided = count["killed"] + count["survived"] + count["timed out"]
    share = f"{100 * count['killed'] / decided:.1f} %" if decided else "–"
    return "| " + " | ".join([name, *(str(count[kind]) for kind in kinds), share]) + " |"


def _cell(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`"


def main() -> int:
    """Write or compare the document. Exit code 1 when a check finds a difference."""
    parser = command_parser(__doc__)
    parser.add_argument("--check", action="store_true", help="compare only")
    check = parser.parse_args().check
    text = render()
    if DOCUMENT.exists() and DOCUMENT.read_text() == text:
        return 0
    if check:
        print(f"differs from the records: {DOCUMENT.name}", file=sys.stderr)
        return 1
    DOCUMENT.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
