"""The inputs that ship, read once."""

from collections.abc import Iterator

import pytest

from oracle.index.method import Method, load_method
from oracle.index.panel import Panel, load_panels
from oracle.quotes.history import History
from oracle.sources.recorded import load_recording
from oracle.sources.venue import load_venues
from pargrade.data.files import SAMPLE
from tests.support.landed import two_rounds
from tests.support.nodes import Nodes


@pytest.fixture(scope="session")
def sample() -> History:
    return History.of(load_recording(SAMPLE, load_venues()).columns)


@pytest.fixture(scope="session")
def method() -> Method:
    return load_method()


@pytest.fixture(scope="session")
def panels() -> dict[str, Panel]:
    return load_panels()


@pytest.fixture(scope="session")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """Two rounds of four nodes, one of them corrupted: to be read, never changed."""
    with two_rounds(tmp_path_factory.mktemp("rounds")) as five:
        yield five
