"""Every invariant has bugs committed against it, and each is caught by the test it names.

The whole set takes minutes, so it runs with `-m deep`; otherwise the bugs are checked to apply,
and one in twenty-four is run. Which ones follows from the text of contracts and tests: the same
tree always runs the same bugs, and the choice moves on with every change of either.
"""

import hashlib

import pytest

from contracts.assurance import plant

ONE_IN = 24


@pytest.fixture(scope="module")
def bugs():
    return plant.read_bugs()


def of_this_tree(bugs):
    digest = hashlib.sha256(plant.BUGS.read_bytes())
    for path in sorted((plant.CONTRACTS / "src").rglob("*.sol")):
        digest.update(path.read_bytes())
    for path in sorted((plant.CONTRACTS / "test").rglob("*.sol")):
        digest.update(path.read_bytes())
    return bugs[int.from_bytes(digest.digest()) % ONE_IN :: ONE_IN]


def survivors(bugs):
    return [outcome.bug.name for outcome in plant.plant_bugs(bugs) if not outcome.caught]


def test_bugs__committed__are_against_every_invariant(bugs):
    assert {bug.invariant for bug in bugs} == set(range(1, 21))
    assert len({bug.name for bug in bugs}) == len(bugs)


def test_bugs__against_the_tree_as_it_is__can_all_be_planted(bugs):
    assert [fault for bug in bugs for fault in bug.find_faults()] == []


@pytest.mark.full
def test_bugs__some_of_them_planted__are_all_caught(bugs):
    assert survivors(of_this_tree(bugs)) == []


@pytest.mark.deep
@pytest.mark.timeout(3600)
def test_bugs__all_of_them_planted__are_all_caught(bugs):
    assert survivors(bugs) == []
