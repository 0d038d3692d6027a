"""A relay's, node's or service's API behind the page's own address: chosen paths, bounded answers.

A browser may then read them without leave of theirs (CORS), and the page needs none but its own
server in its content policy.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx
from fastapi.responses import Response

from pargrade.errors import PargradeError
from pargrade.web.page import HEADERS

MOST_ANSWER_BYTES: Final = 16 << 20
_TIMEOUT: Final = httpx.Timeout(20.0, connect=5.0)
_MEDIA: Final = frozenset({"application/json", "application/problem+json", "application/gzip"})
_INERT: Final = "default-src 'none'; sandbox"

NODE_PATHS: Final = re.compile(
    r"health|index|family|rounds|history|observation|sightings|evidence/0x[0-9a-f]{64}"
    r"|rounds/[0-9]{1,13}/why"
)
SERVICE_PATHS: Final = re.compile(r"health")
RELAY_PATHS: Final = re.compile(
    r"rules|series|health|(book|trades|calls|marks)/[0-9]{1,78}|orders/0x[0-9a-fA-F]{64}"
    r"|makers/0x[0-9a-fA-F]{40}|matches/[0-9]{1,19}"
)
RELAY_POSTS: Final = re.compile(r"orders|cancel")


class UpstreamDown(PargradeError):
    """Another service gives no usable answer."""

    hint = "See that it runs, and that the page was started with its address."

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        super().__init__(f"{name} does not answer: {reason}")


class NotPassedOn(PargradeError):
    """A path that the page does not ask for."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{ascii(path)[:80]} is not passed on")


@dataclass(frozen=True, slots=True)
class Upstream:
    """One service."""

    name: str
    url: str
    reads: re.Pattern[str]
    writes: re.Pattern[str] | None = None

    async def get(self, client: httpx.AsyncClient, path: str, query: str) -> Response:
        """Its answer to a read. Raises NotPassedOn, UpstreamDown."""
        if not self.reads.fullmatch(path):
            raise NotPassedOn(path)
        return await self._exchange(client, "GET", f"{path}?{query}" if query else path, b"")

    async def post(self, client: httpx.AsyncClient, path: str, body: bytes) -> Response:
        """Its answer to what a person signed. Raises NotPassedOn, UpstreamDown."""
        if self.writes is None or not self.writes.fullmatch(path):
            raise NotPassedOn(path)
        return await self._exchange(client, "POST", path, body)

    async def _exchange(
        self, client: httpx.AsyncClient, method: str, path: str, body: bytes
    ) -> Response:
        headers = {"content-type": "application/json"} if body else {}
        pieces: list[bytes] = []
        try:
            asked = client.stream(method, f"{self.url}/{path}", content=body, headers=headers)
            async with asked as response:
                length = 0
                async for piece in response.aiter_bytes():
                    length += len(piece)
                    if length > MOST_ANSWER_BYTES:
                        raise UpstreamDown(self.name, "its answer is too long")
                    pieces.append(piece)
        except httpx.HTTPError as failure:
            raise UpstreamDown(self.name, str(failure) or type(failure).__name__) from None
        return Response(b"".join(pieces), response.status_code, _kept(response.headers))


def new_client() -> httpx.AsyncClient:
    """A client for all of them. What an answer redirects to is not asked."""
    return httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False)


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers under which nothing that a stranger's service sends can run as the page's own."""
    stated = headers.get("content-type", "").partition(";")[0].strip().lower()
    return {
        **HEADERS,
        "cache-control": "no-store",
        "content-security-policy": _INERT,
        "content-type": stated if stated in _MEDIA else "application/octet-stream",
    }
