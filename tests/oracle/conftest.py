"""The inputs that ship, read once."""

import pytest
from hypothesis import settings

from oracle.history import History
from oracle.method import Method, load_method
from oracle.panel import Panel, load_panels
from oracle.sources.recorded import SAMPLE, load_recorded
from oracle.venue import load_venues

# A busy machine is not a failing test; a test that hangs meets pytest's own time-out.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def sample() -> History:
    return History.of(load_recorded(SAMPLE, load_venues()))


@pytest.fixture(scope="session")
def method() -> Method:
    return load_method()


@pytest.fixture(scope="session")
def panels() -> dict[str, Panel]:
    return load_panels()
