"""Commands over a route take their key as every other command does, and find faults in it first."""

import pytest

from tests.support.cli import run
from tests.support.two_chains import OVER_A_ROUTE

ABSENT = {
    "env:NOT_SET_ANYWHERE": "it is not set",
    "file:/nowhere/key": "No such file",
    "unlocked:nobody": "is not an address",
}


@pytest.mark.parametrize("path", [p for p in OVER_A_ROUTE if p[1] != "cancel"], ids=" ".join)
def test_key__that_is_not_where_it_is_said_to_be__is_one_error(path, chains):
    words = [*path, str(chains.path), *OVER_A_ROUTE[path]]
    before = (chains.home.chain.height(), chains.remote.chain.height())
    for key, why in ABSENT.items():
        assert why in run(*words, "--key", key).error
    assert (chains.home.chain.height(), chains.remote.chain.height()) == before
