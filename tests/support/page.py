"""The page of a world, served by `pargrade web`'s own server, and tabs on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from bridge.web.service import serving_page
from bridge.web.settings import WebSettings
from bridge.web.sources import PageSources

VIEWS = ("index", "units", "hedge", "network")
"""Paths of the views that every page has; the market's has tests of its own."""


@contextmanager
def served(rpc_url: str, deployment: Path, **settings: Any) -> Iterator[str]:
    """The page's URL while it is served; `settings` are those of `pargrade web`."""
    given = {"rpc_url": rpc_url, "deployment": deployment, "http_port": 0, **settings}
    made = WebSettings.read(None, **given)
    with serving_page(PageSources.open(made), made.http_port) as url:
        yield url


def settle(page: Page) -> None:
    """Waits until nothing on it is being read for the first time."""
    page.get_by_role("heading", level=1).first.wait_for()
    page.get_by_text("Reading…").first.wait_for(state="detached")
