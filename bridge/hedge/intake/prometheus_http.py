"""Range queries to a Prometheus server, in parts that it can answer."""

from collections.abc import Iterator
from typing import Final

import httpx

from bridge.hedge.readers.errors import Unreadable
from bridge.hedge.readers.servers import COUNTED, ENGINE_ACTIVE, GPU_UTIL
from bridge.hedge.readers.times import SECOND_NS

_MOST_POINTS: Final = 10_000
"""Of a series in one answer; Prometheus refuses more than 11,000."""
_MOST_BYTES: Final = 1 << 29
_TIMEOUT_S: Final = 60.0
_QUERY: Final = f'{{__name__=~"{"|".join(sorted([*COUNTED, ENGINE_ACTIVE, GPU_UTIL]))}"}}'


class PrometheusUnreachable(Unreadable):
    """A server that gave no answer we can use."""

    hint = "Check the address, the network and the credentials."

    def __init__(self, url: str, why: str) -> None:
        self.url = url
        super().__init__(f"{url}: {why}")


def fetch_range(url: str, span_ns: tuple[int, int], step_s: int) -> Iterator[str]:
    """Answers about every metric we read, between two moments, a sample every `step_s` seconds.

    Parts share one sample, so that no increase between them is lost; read together, it counts once.
    Raises PrometheusUnreachable; an answer that is an error is raised when it is read.
    """
    with httpx.Client(timeout=_TIMEOUT_S, follow_redirects=False) as client:
        for part in _parts(span_ns, step_s):
            yield _ask(client, url, part, step_s)


def _parts(span_ns: tuple[int, int], step_s: int) -> Iterator[tuple[int, int]]:
    start, end = span_ns[0] // SECOND_NS, span_ns[1] // SECOND_NS
    length = _MOST_POINTS * step_s
    while start < end:
        yield start, min(start + length, end)
        start += length


def _ask(client: httpx.Client, url: str, part: tuple[int, int], step_s: int) -> str:
    form = {"query": _QUERY, "start": str(part[0]), "end": str(part[1]), "step": str(step_s)}
    shown = httpx.URL(url).copy_with(username=None, password=None)
    address = url.rstrip("/") + "/api/v1/query_range"
    try:
        with client.stream("POST", address, data=form) as response:
            raw = b""
            for chunk in response.iter_bytes():
                raw += chunk
                if len(raw) > _MOST_BYTES:
                    raise PrometheusUnreachable(str(shown), "an answer of more than 512 MiB")
    except httpx.HTTPError as failure:
        raise PrometheusUnreachable(str(shown), str(failure) or type(failure).__name__) from None
    is_answer = raw.lstrip().startswith(b"{")
    if not is_answer:
        raise PrometheusUnreachable(str(shown), f"status {response.status_code}, and no JSON")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise PrometheusUnreachable(str(shown), "an answer that is not UTF-8") from None
