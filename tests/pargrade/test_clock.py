"""A day in seconds is written once."""

import ast
from pathlib import Path

from pargrade.clock import DAY_S, day_name, midnight_of

ROOT = Path(__file__).parents[2]
ELSEWHERE = ROOT / "scripts" / "benches" / "peers"
"""Other people's contracts, with constants of their own."""


def days_in(path: Path) -> list[int]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and type(node.value) is int and node.value == 86_400
    ]


def test_day__in_seconds__is_a_constant_of_the_clock_alone() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("pargrade", "oracle", "bridge", "scripts")
        for path in (ROOT / folder).rglob("*.py")
        if ELSEWHERE not in path.parents and days_in(path)
    }
    assert found == {"pargrade/clock.py"}


def test_midnight_of__last_and_first_second_of_a_day__belong_to_their_own() -> None:
    assert (midnight_of(DAY_S - 1), midnight_of(DAY_S), midnight_of(DAY_S + 1)) == (0, DAY_S, DAY_S)
    assert day_name(DAY_S) == "1970-01-02"
