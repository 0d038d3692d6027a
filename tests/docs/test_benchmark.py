"""The benchmark statement: 19 principles, each with a standing and something that shows it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "BENCHMARK.md"
TEXT = PAGE.read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if re.match(r"^\| \d+ \|", line)
]
SECTIONS = ("Benchmark statement", "Calendar", "Errors, restatement and complaints", "Cessation")


def test_principles__of_iosco__are_all_there_once_with_a_standing():
    assert [int(row[0]) for row in ROWS] == list(range(1, 20))
    assert {row[2] for row in ROWS} == {"met", "in part", "not met"}
    assert all(len(row) == 5 for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[row[1] for row in ROWS])
def test_principle__what_shows_it__exists(row):
    tests = re.findall(r"`([^`]+)`", row[4])
    pages = re.findall(r"\]\(([^)#]+)\)", row[4])
    assert tests or pages
    for reference in tests:
        file, _, name = reference.partition("::")
        text = (ROOT / file).read_text(encoding="utf-8")
        assert f"def {name}(" in text if name else "def test_" in text, reference
    for page in pages:
        assert (PAGE.parent / page).is_file(), page
    assert row[2] != "met" or tests


@pytest.mark.parametrize("section", SECTIONS)
def test_statement__section_of_an_administrator__is_there_and_says_something(section):
    part = TEXT.split(f"## {section}\n", 1)[1].split("\n## ", 1)[0]
    assert len(part.split()) > 40


def test_page__links__lead_to_files():
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (PAGE.parent / target).is_file(), target
