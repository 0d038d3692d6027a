"""What the committee's demo shows: one value, and for each list why it is what it is."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pargrade.cli.toolkit.output import Table
from pargrade.units import Price

_MOST_LINES: Final = 8


def sum_up(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    on_chain: int,
    *,
    dead: int,
    corrupted: int,
) -> dict[str, Any]:
    """The summary of two rounds as a node explains them; values in 8 decimals as text."""
    alone = {each["position"]: each["value8_alone"] for each in after["members"]}
    return {
        "all_well": {"slot": before["slot"], "value8": before["value8"]},
        "attacked": {
            "slot": after["slot"],
            "value8": after["value8"],
            "value8_on_chain": str(on_chain),
            "value8_without_corrupted": after["value8_without"],
        },
        "is_unmoved": after["value8"] == after["value8_without"] == str(on_chain),
        "attesters": after["attesters"],
        "dead": dead,
        "corrupted": corrupted,
        "alone": {str(position): value for position, value in alone.items()},
        "batches": sorted(alone),
        "lines": [line for line in after["lines"] if len(line["stated"]) > 1][:_MOST_LINES],
    }


def tables(found: Mapping[str, Any]) -> Iterator[Table | str]:
    """The same for people."""
    attacked = found["attacked"]
    yield Table(
        ("member", "its source", "value by its list alone", "in the input set"),
        list(_member_rows(found)),
        title="Members of the committee",
        numbers=frozenset({"value by its list alone"}),
    )
    yield Table(
        ("list", "price taken", "stated by", "left out", "stated by "),
        [_line_row(line) for line in found["lines"]],
        title=f"A price counts when {found['attesters']} members state it",
        numbers=frozenset({"price taken", "left out"}),
    )
    yield (
        f"The index: {_text(attacked['value8_on_chain'])} USD per SCU on chain, "
        f"{_text(attacked['value8_without_corrupted'])} without the corrupted and the dead."
    )
    yield (
        "To the last digit the same."
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
