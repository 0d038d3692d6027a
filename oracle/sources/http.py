"""One bounded GET: everything that can go wrong on the way to a venue becomes SourceDown."""

from dataclasses import dataclass
from time import monotonic

import httpx

from oracle.sources.errors import SourceDown


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may cost us."""

    seconds: float = 10.0
    most_bytes: int = 4_000_000


def get(source: str, url: str, limits: Limits) -> bytes:
    """The body at a URL. Raises SourceDown unless it comes complete, in time and in size.

    The seconds bound every wait and also the whole: a venue that drips bytes is down, too.
    """
    deadline = monotonic() + limits.seconds
    try:
        with (
            httpx.Client(timeout=limits.seconds, headers={"User-Agent": "pargrade"}) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise SourceDown(source, f"HTTP {answer.status_code}", answer.status_code)
            return _body(source, answer, limits, deadline)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SourceDown(source, str(error) or type(error).__name__) from error


def _body(source: str, answer: httpx.Response, limits: Limits, deadline: float) -> bytes:
    body = bytearray()
    for chunk in answer.iter_bytes():
        body += chunk
        if len(body) > limits.most_bytes:
            raise SourceDown(source, f"more than {limits.most_bytes} bytes")
        if monotonic() > deadline:
            raise SourceDown(source, f"not complete after {limits.seconds} s")
    return bytes(body)
