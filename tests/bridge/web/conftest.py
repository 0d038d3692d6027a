"""One browser for all tests of the page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browser import browser


@pytest.fixture(scope="session")
def chrome() -> Iterator[Browser]:
    with browser() as launched:
        yield launched
