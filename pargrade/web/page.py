"""The page as a service hands it out: built files, its settings, and what a browser may load.

GET /              the page
GET /page.js       and the other built files
GET /config.json   which chains, relay, nodes and services it looks at
"""

import gzip
import json
import mimetypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self

from fastapi import APIRouter, Request
from fastapi.responses import Response

from pargrade.data.files import PAGE
from pargrade.errors import PargradeError

HEADERS: Final[Mapping[str, str]] = {
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""Of every answer."""

_INDEX: Final = "index.html"


class NoPage(PargradeError):
    """The built files of the page are not where they should be."""

    hint = "In a checkout run `node bridge/web/build.mjs`; else install the wheel again."

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"{folder} has no {_INDEX}")


@dataclass(frozen=True, slots=True)
class PageFile:
    """One built file, packed once."""

    media: str
    plain: bytes
    packed: bytes
    tag: str
    """Of its content, as browsers send it back."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """The file at a path."""
        plain = path.read_bytes()
        media = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        tag = f'"{sha256(plain).hexdigest()[:32]}"'
        return cls(media, plain, gzip.compress(plain, 9, mtime=0), tag)

    def respond(self, request: Request, headers: Mapping[str, str]) -> Response:
        """The file, packed where the browser takes that; 304 where it has it already."""
        stated = {**headers, "etag": self.tag, "vary": "accept-encoding"}
        if request.headers.get("if-none-match") == self.tag:
            return Response(status_code=304, headers=stated)
        if "gzip" in request.headers.get("accept-encoding", ""):
            stated["content-encoding"] = "gzip"
            return Response(self.packed, media_type=self.media, headers=stated)
        return Response(self.plain, media_type=self.media, headers=stated)


def read_files(folder: Path = PAGE) -> dict[str, PageFile]:
    """Every built file by name. Raises NoPage."""
    if not (folder / _INDEX).is_file():
        raise NoPage(folder)
    return {path.name: PageFile.read(path) for path in sorted(folder.iterdir()) if path.is_file()}


def content_policy(sockets: Sequence[str] = ()) -> str:
    """What a browser lets the page do: only what this server gives, and these WebSockets.

    Wallets announce their pictures as data: URLs; nothing else comes from elsewhere.
    """
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            " ".join(("connect-src 'self'", *sockets)),
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def page_router(
    describe: Callable[[], Mapping[str, Any]], sockets: Sequence[str] = ()
) -> APIRouter:
    """The page's paths, relative to where the router is mounted.

    `describe` gives the settings at each request. `sockets` are ws:// and wss:// addresses that
    the page may open. Raises NoPage.
    """
    files = read_files()
    router = APIRouter()
    stated = {
        **HEADERS,
        "cache-control": "no-cache",
        "content-security-policy": content_policy(sockets),
    }

    @router.get("/config.json", response_class=Response, include_in_schema=False)
    def read_config() -> Response:
        headers = {**HEADERS, "cache-control": "no-store"}
        return Response(json.dumps(describe()), media_type="application/json", headers=headers)

    def add(path: str, file: PageFile) -> None:
        @router.get(path, response_class=Response, include_in_schema=False)
        def send_file(request: Request) -> Response:
            return file.respond(request, stated)

    add("/", files[_INDEX])
    for name, file in files.items():
        add(f"/{name}", file)
    return router
