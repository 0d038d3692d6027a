"""Lines kept between fixings: the same as made anew, and all found again however many they are."""

from dataclasses import replace

import pytest

from oracle.evidence import merkle
from oracle.index import verdict_lines
from oracle.index.checks import ACCEPTED
from oracle.index.verdict_lines import KeptLines, verdict_line
from tests.support.quote_builders import NOON, listing

(ONE, *_) = listing({"a": 250_000_000}, NOON)


def verdicts(first, count):
    return [(replace(ONE, price8=number), ACCEPTED) for number in range(first, first + count)]


@pytest.fixture
def made(monkeypatch):
    """Counts the lines that are made."""
    calls = []

    def counted(quote, verdict):
        calls.append(quote)
        return verdict_line(quote, verdict)

    monkeypatch.setattr(verdict_lines, "verdict_line", counted)
    return calls


def test_lines__of_any_fixing__are_those_made_anew():
    kept = KeptLines(least_room=3)
    for first, count in ((1, 2), (2, 7), (5, 1), (1, 9)):
        wanted = verdicts(first, count)
        lines = [verdict_line(*each) for each in wanted]
        assert kept.of(wanted) == [(line, merkle.leaf(line)) for line in lines]


@pytest.mark.parametrize("count", [1, 5, 40])
def test_lines__of_fixings_larger_than_the_least_room__are_made_once(made, count):
    kept = KeptLines(least_room=4)
    for first in (1, 2, 3, 4):
        kept.of(verdicts(first, count))
    assert len(made) == count + 3


def test_lines__of_many_fixings__keep_two_of_the_largest_at_most(made):
    kept = KeptLines(least_room=4)
    for first in range(1, 400, 10):
        kept.of(verdicts(first, 10))
        assert len(kept) <= 20
