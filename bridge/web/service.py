"""Serving the page on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager

from bridge.web.api import PageHttp, create_api
from bridge.web.sources import PageSources
from pargrade.settings import BadConfig
from pargrade.web.server import listen, serve_beside

_HOST = "127.0.0.1"


@contextmanager
def serving_page(sources: PageSources, port: int) -> Iterator[str]:
    """The page while the context is open: its URL, on a free port for 0. Raises BadConfig."""
    api = create_api(sources)
    try:
        listening = listen(_HOST, port)
    except OSError as failure:
        hint = "Another process has this port, perhaps another page; change --http-port."
        raise BadConfig(None, f"page {_HOST}:{port}: {failure.strerror}", hint) from None
    with listening, serve_beside(api, listening, PageHttp):
        yield f"http://{_HOST}:{listening.getsockname()[1]}/"
