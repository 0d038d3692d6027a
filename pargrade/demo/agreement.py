"""What the committee agreed on: one value, and for each list why it is what it is."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pargrade.cli.toolkit.output import Table
from pargrade.demo.members import CORRUPTED, DEAD
from pargrade.demo.rounds import RecordedRound
from pargrade.units import Price

_MOST_LINES: Final = 8


def sum_up(
    explanations: Sequence[Mapping[str, Any]], rounds: Sequence[RecordedRound]
) -> dict[str, Any]:
    """Rounds as a node explains them beside the chain's; the last one whole.

    Values have 8 decimals, as text. `is_unmoved` says that every one of them is what it is without
    the corrupted batch.
    """
    on_chain = {each.slot: str(each.value) for each in rounds}
    last = explanations[-1]
    return {
        "explained": len(explanations),
        "slot": last["slot"],
        "value8": last["value8"],
        "value8_on_chain": on_chain[last["slot"]],
        "value8_without_corrupted": last["value8_without"],
        "is_unmoved": all(
            each["value8"] == each["value8_without"] == on_chain[each["slot"]]
            for each in explanations
        ),
        "attesters": last["attesters"],
        "dead": DEAD,
        "corrupted": CORRUPTED,
        "alone": {str(each["position"]): each["value8_alone"] for each in last["members"]},
        "batches": sorted(each["position"] for each in last["members"]),
        "lines": [line for line in last["lines"] if len(line["stated"]) > 1][:_MOST_LINES],
    }


def agreement_tables(found: Mapping[str, Any]) -> Iterator[Table | str]:
    """The same for people."""
    yield Table(
        ("member", "its source", "value by its list alone", "in the input set"),
        list(_member_rows(found)),
        title="Members of the committee at the last round",
        numbers=frozenset({"value by its list alone"}),
    )
    yield Table(
        ("list", "price taken", "stated by", "left out", "stated by "),
        [_line_row(line) for line in found["lines"]],
        title=f"A price counts when {found['attesters']} members state it",
        numbers=frozenset({"price taken", "left out"}),
    )
    yield (
        f"The index: {_text(found['value8_on_chain'])} USD per SCU on chain, "
        f"{_text(found['value8_without_corrupted'])} without the corrupted and the dead."
    )
    yield (
        f"To the last digit the same, as in all {found['explained']} rounds that were asked about."
        if found["is_unmoved"]
        else "They differ: this must not happen."
    )


def _member_rows(found: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for position in range(max(found["dead"], found["corrupted"], *found["batches"]) + 1):
        value = found["alone"].get(str(position))
        kind = {found["dead"]: "dead", found["corrupted"]: "corrupted"}.get(position, "well")
        is_in = "yes" if position in found["batches"] else "no"
        yield str(position + 1), kind, "-" if value is None else _text(value), is_in


def _line_row(line: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    taken = [each for each in line["stated"] if each["price8"] == line["price8"]]
    others = [each for each in line["stated"] if each["price8"] != line["price8"]]
    name = f"{line['list'].split('/')[0]} {line['gpus'] or ''} {line['hardware'] or ''}"
    return (
        " ".join(name.split()),
        "-" if line["price8"] is None else _text(line["price8"]),
        _members(taken),
        ", ".join(_text(each["price8"]) for each in others),
        _members(others),
    )


def _members(stated: list[Mapping[str, Any]]) -> str:
    positions = sorted(position for each in stated for position in each["positions"])
    return ", ".join(str(position + 1) for position in positions)


def _text(value8: str) -> str:
    return Price(int(value8)).text()
