"""The table of invariants names only errors, symbols and tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (\d+) \|(.*)\|$", re.MULTILINE)


@pytest.fixture(scope="module")
def rows():
    """(number, [statement, errors, symbols, Python tests, Solidity tests]) of each row."""
    text = (ROOT / "docs/INVARIANTS.md").read_text(encoding="utf-8")
    return [
        (int(number), [cell.strip() for cell in cells.split("|")])
        for number, cells in ROW.findall(text)
    ]


PYTHON = ("pargrade/**/*.py", "oracle/**/*.py", "bridge/**/*.py", "contracts/**/*.py")


def sources(*patterns):
    files = sorted(path for pattern in patterns for path in ROOT.glob(pattern))
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def quoted(cell):
    return re.findall(r"`([^`]+)`", cell)


def test_invariants__of_the_design__are_all_there_once(rows):
    assert sorted(number for number, _ in rows) == list(range(1, 21))
    assert {len(cells) for _, cells in rows} == {5}


def test_invariants__errors_they_name__are_defined(rows):
    solidity = sources("contracts/src/**/*.sol")
    python = sources(*PYTHON)
    for number, cells in rows:
        for error in quoted(cells[1]):
            defined = f"error {error}(" in solidity or f"class {error}(" in python
            assert defined, f"invariant {number}: {error}"


def test_invariants__symbols_they_name__are_defined(rows):
    text = sources("contracts/src/**/*.sol", *PYTHON)
    modules = {path.stem for pattern in PYTHON for path in ROOT.glob(pattern)}
    for number, cells in rows:
        for symbol in quoted(cells[2]):
            owner, _, member = symbol.rpartition(".")
            last = owner.rpartition(".")[2]
            is_module = member in modules
            is_member = re.search(rf"(?:def|function|class) {member}\(", text) and (
                last in modules or re.search(rf"(?:contract|library|class) {last}\b", text)
            )
            assert is_module or is_member, f"invariant {number}: {symbol}"


def test_invariants__tests_they_name__exist(rows):
    text = sources("tests/**/*.py", "contracts/test/**/*.sol")
    for number, cells in rows:
        for test in quoted(cells[3]) + quoted(cells[4]):
            name = test.rpartition(".")[2]
            assert re.search(rf"(?:def|function) {name}\(", text), f"invariant {number}: {test}"
