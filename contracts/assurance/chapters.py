"""Chapters of docs/ASSURANCE.md, each from one record, line by line."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Final

from contracts.assurance.records import ASSURANCE, read_record

WANTED_CALLS: Final = 5_000_000
"""Effective calls that the campaigns should reach in all."""


def write_campaigns() -> Iterator[str]:
    """What the invariants held against."""
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


def write_fuzz() -> Iterator[str]:
    """All other tests with many cases."""
    yield "## Fuzzing\n"
    yield "`python -m contracts.assurance.fuzz` runs all other tests with the many cases of"
    yield "`profile.deep` (`contracts/foundry.toml`), each time with the next seed. What failed"
    yield "stays on record; once it is mended, `--failed` runs it again with the same seed.\n"
    yield "| contracts | commit | seed | tests | of them fuzzed | cases | time | failed |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for row in read_record("fuzz"):
        failed = ", ".join(f"`{name}`" for name in row["failed"]) or "none"
        yield (
            f"| `{row['contracts']}` | `{row['commit']}` | {row['seed']} | {row['tests']} "
            f"| {row['fuzzed']} | {row['cases']:,} | {row['seconds']:,.0f} s | {failed} |"
        )
    yield ""


def write_proofs() -> Iterator[str]:
    """What holds for every value."""
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


def write_static_analysis() -> Iterator[str]:
    """What reads the sources, and why its findings stand."""
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


def write_planted() -> Iterator[str]:
    """Whether known bugs are caught."""
    yield "## Planted bugs\n"
    yield "`python -m contracts.assurance.plant` plants every bug of"
    yield "`contracts/test/bugs/bugs.json`, some against each invariant, and runs the test"
    yield "that has to catch it. A bug is in no artifact that ships: contracts with one are"
    yield "compiled by forge, without the optimizer.\n"
    yield "| contracts | commit | bugs | caught | time |"
    yield "| --- | --- | --- | --- | --- |"
    for row in read_record("planted"):
        yield (
            f"| `{row['contracts']}` | `{row['commit']}` | {row['bugs']} | {row['caught']} "
            f"| {row['seconds']:,.0f} s |"
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
