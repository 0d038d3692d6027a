"""Bounded, polite HTTP: everything that can go wrong on the way to a venue becomes SourceDown.

One visit is all that is asked of a venue at once: a page or many. Its seconds and bytes bound the
whole of it, however the venue answers: slowly, without end, or packed to burst.
"""

import asyncio
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from time import monotonic
from typing import Final, Protocol

import httpx

from oracle.sources.errors import SourceDown, SourceMalformed

USER_AGENT: Final = f"pargrade/{version('pargrade')} (GPU price index; one visit per interval)"
"""Who asks, as every venue sees it."""

_BUSY: Final = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class VisitLimits:
    """What one visit may cost us."""

    seconds: float = 20.0
    most_bytes: int = 16_000_000
    most_pages: int = 50
    attempts: int = 3
    """How often one page is asked for while the venue says it is busy."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask. A body is posted as JSON."""

    url: str
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    content: tuple[str, ...] = ()
    """Words one of which a stated content type must contain, if any are given."""


class VisitClock(Protocol):
    """Time as a visit sees it: how long it has taken, and waiting."""

    def now(self) -> float:
        """Seconds since some fixed instant."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        ...


class RealClock:
    """The machine's own time."""

    def now(self) -> float:
        """Seconds of the machine's monotonic clock."""
        return monotonic()

    async def sleep(self, seconds: float) -> None:
        """Waits for as long."""
        await asyncio.sleep(seconds)


Recorder = Callable[[str, bytes], None]
"""Takes the URL and the body of every answer that came whole, as it came; no key is in either."""


class Visit:
    """One conversation with a venue within its limits. Use it inside `visiting`."""

    def __init__(
        self,
        source: str,
        limits: VisitLimits,
        clock: VisitClock,
        client: httpx.AsyncClient,
        record: Recorder | None = None,
    ) -> None:
        self.limits = limits
        self._record = record
        self._source = source
        self._clock = clock
        self._client = client
        self._deadline = clock.now() + limits.seconds
        self._left = limits.most_bytes

    async def get(self, request: Request) -> bytes:
        """The body of an answer, complete. Raises SourceDown, or SourceMalformed for a type of
        content that was not asked for.

        A venue that says it is busy is asked again when it says, or after one, two, four seconds,
        but not once that would be past the deadline.
        """
        for attempt in range(1, self.limits.attempts + 1):
            try:
                return await self._once(request)
            except _Busy as busy:
                wait = 2.0 ** (attempt - 1) if busy.wait is None else busy.wait
                late = self._clock.now() + wait > self._deadline
                if late or attempt == self.limits.attempts:
                    raise SourceDown(self._source, f"HTTP {busy.status}", busy.status) from None
                await self._clock.sleep(wait)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _once(self, request: Request) -> bytes:
        asked = {"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", **request.headers}
        if request.body:
            asked["Content-Type"] = "application/json"
        method = "POST" if request.body else "GET"
        try:
            async with self._client.stream(
                method, request.url, content=request.body or None, headers=asked
            ) as response:
                if response.status_code in _BUSY:
                    raise _Busy(response.status_code, _retry_after(response.headers))
                if response.status_code != httpx.codes.OK:
                    status = response.status_code
                    raise SourceDown(self._source, f"HTTP {status}", status)
                self._require_content(request, response.headers.get("Content-Type", ""))
                body = await self._body(response)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SourceDown(self._source, str(error) or type(error).__name__) from error
        if self._record is not None:
            self._record(request.url, body)
        return body

    def _require_content(self, request: Request, stated: str) -> None:
        wanted = request.content
        if stated and wanted and not any(word in stated.lower() for word in wanted):
            raise SourceMalformed(self._source, "the content type", f"{stated!r}")

    async def _body(self, response: httpx.Response) -> bytes:
        coding = response.headers.get("Content-Encoding", "identity").lower()
        if coding not in ("identity", "gzip"):
            raise SourceMalformed(self._source, "the content encoding", repr(coding))
        # Unpacked by hand: the library would unpack a whole chunk before we could count its bytes.
        unpack = zlib.decompressobj(16 + zlib.MAX_WBITS) if coding == "gzip" else None
        body = bytearray()
        try:
            async for chunk in response.aiter_raw():
                body += chunk if unpack is None else unpack.decompress(chunk, self._left + 1)
                if len(body) > self._left:
                    raise SourceDown(self._source, f"more than {self.limits.most_bytes} bytes")
        except zlib.error as error:
            raise SourceMalformed(self._source, "the packed answer", str(error)) from error
        finally:
            # What did not end well has been received, too.
            self._left = max(0, self._left - len(body))
        if unpack is not None and not unpack.eof:
            raise SourceDown(self._source, "the packed answer ends early")
        if unpack is not None and unpack.unused_data:
            raise SourceMalformed(self._source, "the packed answer", "goes on after its end")
        return bytes(body)


class _Busy(Exception):
    def __init__(self, status: int, wait: float | None) -> None:
        self.status = status
        self.wait = wait


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the venue asks us to wait: a number, or a date beside the date of the answer."""
    stated = headers.get("Retry-After", "").strip()
    if stated.isascii() and stated.isdigit():
        return float(stated[:9])
    with suppress(ValueError, TypeError, KeyError, OverflowError):
        wait = parsedate_to_datetime(stated) - parsedate_to_datetime(headers["Date"])
        return max(0.0, wait.total_seconds())
    return None


def same_site(first: str, other: str) -> bool:
    """Whether two URLs are of one scheme, host and port: a venue may not send us elsewhere."""
    try:
        a, b = httpx.URL(first), httpx.URL(other)
    except httpx.InvalidURL:
        return False
    return (a.scheme, a.host, a.port) == (b.scheme, b.host, b.port)


def with_query(url: str, name: str, value: str) -> str:
    """The URL with one query parameter set."""
    return str(httpx.URL(url).copy_set_param(name, value))


def client(limits: VisitLimits) -> httpx.AsyncClient:
    """The client of a visit. It follows no redirect: what is elsewhere is not the venue's."""
    return httpx.AsyncClient(timeout=limits.seconds)
