"""The page as a folder for any web server: its readers read straight from an endpoint of theirs."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from bridge.web.settings import clean_address
from bridge.web.sources import PageSources, SeenChain
from pargrade.errors import PargradeError
from pargrade.settings import Unfit
from pargrade.web.page import content_policy, read_files

_INDEX: Final = "index.html"
_FIRST: Final = '<meta charset="utf-8">'


class NotForReaders(PargradeError):
    """No endpoint of a chain can be handed to whoever opens the page."""

    hint = "Name an http:// or https:// endpoint that is meant for everyone, without a password."

    def __init__(self, chain_id: int) -> None:
        self.chain_id = chain_id
        super().__init__(f"no endpoint of chain {chain_id} is one for readers")


class FolderInUse(PargradeError):
    """The folder has files already."""

    hint = "Name a folder that is empty or does not exist."

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"{folder} is not an empty folder")


def export_page(sources: PageSources, folder: Path) -> dict[int, str]:
    """Writes the page's files and what it looks at; the endpoint of each chain it reads from.

    Relay, nodes, services and plans are left out: they answer to their own origin alone. So is
    what is published of a factor, which no contract knows. Raises NotForReaders, FolderInUse,
    NoPage and OSError, before anything is written but the folder.
    """
    endpoints = {number: _endpoint(number, seen) for number, seen in sources.chains.items()}
    files = {name: file.plain for name, file in read_files().items()}
    files[_INDEX] = _with_policy(files[_INDEX].decode(), endpoints).encode()
    files["config.json"] = json.dumps(_settings(sources, endpoints)).encode()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderInUse(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return endpoints


def _endpoint(chain_id: int, seen: SeenChain) -> str:
    for url in seen.urls:
        parts = urlsplit(url)
        with suppress(Unfit):
            if not (parts.username or parts.password):
                return clean_address(url, ("http", "https"))
    raise NotForReaders(chain_id)


def _with_policy(html: str, endpoints: dict[int, str]) -> str:
    """The document with its content policy inside, since its server may send none.

    Frames can be forbidden by a header only.
    """
    origins = [f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, endpoints.values())]
    policy = "; ".join(
        each for each in content_policy(origins).split("; ") if "frame-ancestors" not in each
    )
    stated = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return html.replace(_FIRST, f"{_FIRST}\n    {stated}", 1)


def _settings(sources: PageSources, endpoints: dict[int, str]) -> dict[str, Any]:
    seen = sources.to_json()
    chains = [{**chain, "rpc": endpoints[chain["chain_id"]]} for chain in seen["chains"]]
    alone: dict[str, Any] = {
        "nodes": [],
        "services": [],
        "relay": None,
        "stream": None,
        "plans": None,
        "published": None,
    }
    return {**seen, **alone, "chains": chains}
