"""Writes docs/ASSURANCE.md from the records of the deep runs.

python -m contracts.assurance.document          write
python -m contracts.assurance.document --check  compare only; exit 1 on a difference

The records are JSON files in assurance/, written by campaigns.py, fuzz.py, prove.py, plant.py,
mutate.py and semgrep.py. Each row has the commit of its run and a hash over the contracts' code.
"""

import sys
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final

from contracts.assurance import chapters, mutate
from contracts.assurance.mutant_chapter import tally_mutants, write_mutants
from contracts.assurance.records import command_parser, contracts_hash, read_record
from contracts.codegen.sources import ROOT

DOCUMENT: Final = ROOT / "docs" / "ASSURANCE.md"

HEAD: Final = """\
# Assurance

What was run against the contracts beyond the tests of every day, on which contracts, and what came
of it. Contracts are named by a hash over the code that ships, which comments do not change. Written
by `python -m contracts.assurance.document` from the records in `contracts/assurance/`; a test
compares it with them, and warns where the contracts have changed since a record was made. A `+`
behind a commit: when the run began, sources or tests of the contracts differed from it. The hash
still names the code; the tests as they ran then are in no commit.
"""

RUNS: Final = ("campaigns", "fuzz", "planted", "proofs", "semgrep", "slither")
"""Records whose rows have contracts and a commit each."""


def describe_stale() -> list[str]:
    """A line for each row that is of other contracts and each drawn mutant without an outcome."""
    now = contracts_hash()
    found = [
        f"{name}: {each['name']} ran on contracts {each['contracts']}"
        for name in RUNS
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
        chapters.write_campaigns(),
        chapters.write_fuzz(),
        chapters.write_proofs(),
        chapters.write_static_analysis(),
        chapters.write_planted(),
        write_mutants(),
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
    yield from _summary_of_fuzzing(read_record("fuzz"))
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
    count = tally_mutants()["all"]
    yield (
        f"| [mutants](#mutants) | {count['killed']} of {count['drawn'] - count['equivalent']} "
        f"killed; {count['equivalent']} more mean the same as the source |\n"
    )
    yield from describe_uncommitted()


def describe_uncommitted() -> Iterator[str]:
    """Which runs no commit has the tests of."""
    rows = [(name, row) for name in RUNS for row in read_record(name) if row["commit"][-1:] == "+"]
    if rows:
        yield f"{len(rows)} of all these runs were of a tree that was not committed (`+`):"
        named = (f"{name} {row['name']}" + _seed_of(row) for name, row in rows)
        yield ", ".join(named) + ".\n"


def _seed_of(row: Mapping[str, Any]) -> str:
    return f" with seed {row['seed']}" if "seed" in row else ""


def _summary_of_fuzzing(rows: list[dict[str, Any]]) -> Iterator[str]:
    """The last whole run, and whether what failed in it was mended since."""
    for row in [each for each in rows if not each["only"]][-1:]:
        again = [each for each in rows if each["seed"] == row["seed"] and each["only"]]
        is_mended = any(each["only"] == row["failed"] and not each["failed"] for each in again)
        since = ", none since it was mended" if is_mended else ""
        yield (
            f"| [fuzzing](#fuzzing), last whole run | {row['cases']:,} cases; {len(row['failed'])} "
            f"of {row['tests']} tests failed{since} |"
        )


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
