"""A page without a server of ours: files, an endpoint, and a browser."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, expect

from bridge.web.export import FolderInUse, NotForReaders, export_page
from bridge.web.settings import WebSettings
from bridge.web.sources import PageSources
from tests.support.browser import tab
from tests.support.page import settle
from tests.support.world import World


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        pass


@contextmanager
def any_web_server(folder: Path) -> Iterator[str]:
    """A server that knows nothing of the page."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def sources(world: World, rpc_url: str) -> PageSources:
    settings = WebSettings.read(
        None, rpc_url=rpc_url, deployment=world.path, relay_url="http://127.0.0.1:9"
    )
    return PageSources.open(settings)


@pytest.mark.full
def test_export__handed_out_by_any_server__reads_the_chain_itself(
    world: World, chrome: Browser, tmp_path: Path
) -> None:
    folder = tmp_path / "page"
    words = ("--relay", "http://127.0.0.1:9", "--export", str(folder), "--json")
    ended = world.run("web", *words)
    assert ended.code == 0, ended.err
    made = json.loads(ended.out)
    assert made == {"folder": str(folder), "endpoints": {"31337": world.url}}
    with any_web_server(folder) as url, tab(chrome) as reader:
        page = reader.open(url)
        expect(page.locator(".big")).to_contain_text("2.3100 USD")
        settle(page)
        page.get_by_role("link", name="Units").click()
        expect(page.get_by_text("1 h of one A100-SXM-80").first).to_be_visible()
        settle(page)
        refused = page.evaluate("fetch('http://127.0.0.1:9/').then(() => '', (e) => e.name)")
        assert refused == "TypeError"
        assert [each for each in reader.errors if "Content Security Policy" not in each] == []


def test_export__over_other_files__is_refused_and_changes_nothing(
    world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "kept").write_text("mine")
    with pytest.raises(FolderInUse):
        export_page(sources(world, world.url), folder)
    assert [each.name for each in folder.iterdir()] == ["kept"]


@pytest.mark.parametrize(
    "secret", ["http://me:word@127.0.0.1:9", "ipc:///nowhere/geth.ipc", "http://a;b/"]
)
def test_export__of_an_endpoint_that_is_not_for_all__names_none(
    world: World, tmp_path: Path, secret: str
) -> None:
    with pytest.raises(NotForReaders) as refused:
        export_page(sources(world, secret), tmp_path / "page")
    assert "word" not in str(refused.value)
    assert not (tmp_path / "page").exists()
    made = export_page(sources(world, f"{secret},{world.url}"), tmp_path / "page")
    assert made == {31337: world.url}
    written = "".join(each.read_text() for each in (tmp_path / "page").iterdir())
    assert secret not in written
