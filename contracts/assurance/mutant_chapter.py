"""The chapter of docs/ASSURANCE.md about mutants: what was drawn, what noticed it, and why not."""

from collections import Counter
from collections.abc import Iterator

from contracts.assurance import mutate
from contracts.codegen.sources import CONTRACTS


def write_mutants() -> Iterator[str]:
    """By file, and every survivor with its reason."""
    yield "## Mutants\n"
    yield "`python -m contracts.assurance.mutate` makes small mistakes in the sources, one at"
    yield "a time, and runs the tests that should notice. Which ones is drawn by a hash of what"
    yield "they change. A mutant that means the same as the source is left out of the share, with"
    yield "its reason below. An outcome (`contracts/assurance/mutation.jsonl`) holds while the"
    yield "source is the same and the test that killed is there; a survivor is run again when a"
    yield "test changes. A mistake is in no artifact that ships, so mutants are compiled by forge,"
    yield "without the optimizer: what they show is that the tests notice. That these tests pass on"
    yield "the code that ships is what CI runs."
    seconds = sum(each.seconds for each in mutate.read_outcomes().values())
    yield f"The last run of each took {seconds:,.0f} s in all, two at a time.\n"
    yield "| file | drawn | killed | survived | timed out | equivalent | not run | share |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for file, count in tally_mutants().items():
        yield _mutant_row(file, count)
    yield f"\nNone is drawn from {', '.join(f'`{file}`' for file in list_undrawn())}."
    yield "\n| mutant that survives | why |\n| --- | --- |"
    for mutant, reason in mutate.read_reasons().items():
        yield f"| {_cell(mutant)} | {reason} |"
    yield ""


def list_undrawn() -> list[str]:
    """Sources with code, but for those of devnets and interfaces, of which no mutant is drawn."""
    drawn = {file for group in mutate.read_groups() for file in group.files}
    paths = (*CONTRACTS.glob("src/*.sol"), *CONTRACTS.glob("src/libraries/*.sol"))
    return sorted({str(path.relative_to(CONTRACTS)) for path in paths} - drawn)


def tally_mutants() -> dict[str, Counter[str]]:
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
