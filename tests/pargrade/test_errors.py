"""Every error crosses a process boundary with its evidence."""

import pickle
from pathlib import Path

import pytest

from bridge.hedge.intake.files import UnreadableFile
from bridge.hedge.readers.errors import Unreadable
from pargrade.chain.errors import WrongChain
from pargrade.settings import BadConfig

ERRORS = [
    BadConfig(Path("node.toml"), "keys", "Write them again."),
    UnreadableFile(Path("a.csv"), Unreadable("no table", "Look at it.")),
    WrongChain("http://127.0.0.1:8545", 1, 31_337),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_error__pickled__is_the_same_with_message_hint_and_evidence(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), again.hint) == (str(error), error.hint)
    assert again.__dict__.keys() == error.__dict__.keys()
