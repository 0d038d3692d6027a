"""Where an endpoint is: its address taken apart, and what of it may be shown."""

import os
from base64 import b64encode
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import SplitResult, unquote, urlsplit

from pargrade.chain.errors import RpcDown
from pargrade.text import printable

ASKED: Final = ("http", "https", "ipc")
"""Kinds of addresses that take requests."""

_SHORTEST_SECRET: Final = 6
"""Shorter parts of an address are no keys, and would blot out ordinary words."""

_MOST_SHOWN: Final = 300
"""Characters of another's text in a message of ours."""

_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


def split_urls(text: str) -> tuple[str, ...]:
    """The addresses of endpoints that a person separated by commas, without spaces around them."""
    return tuple(url.strip() for url in text.split(","))


@dataclass(frozen=True, slots=True)
class Authority:
    """A host that a connection is opened to, and the credentials it wants."""

    host: str
    port: int | None
    authorization: str | None
    """Value of the header that carries user and password (RFC 7617)."""

    @classmethod
    def of(cls, parts: SplitResult) -> Self:
        """The authority of an address with a host."""
        assert parts.hostname is not None
        return cls(parts.hostname, parts.port, _basic(parts))


@dataclass(frozen=True, slots=True)
class EndpointUrl:
    """An http://, https://, ipc://, ws:// or wss:// address."""

    scheme: str
    shown: str
    """Without user, password, path and query, where providers put their customers' keys."""
    path: str
    """Path and query of a request, or the path of a socket."""
    server: Authority | None
    """None for a socket."""
    proxy: Authority | None
    """From HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY; never for this machine itself."""
    secrets: tuple[str, ...]

    @classmethod
    def parse(cls, url: str, schemes: tuple[str, ...] = ASKED) -> Self:
        """The address a person wrote, of one of some kinds.

        Raises RpcDown, which does not show what may be a secret.
        """
        try:
            parts = urlsplit(url)
            if parts.scheme in schemes:
                if parts.scheme == "ipc" and parts.path:
                    return cls("ipc", url, parts.path, None, None, ())
                if parts.hostname and url.isprintable():
                    return cls._over_http(parts)
        except ValueError:
            pass
        named = f"{url.partition('://')[0]}://…" if "://" in url else ""
        *first, last = (f"{scheme}://" for scheme in schemes)
        raise RpcDown(printable(named, 20), f"not an {', '.join(first)} or {last} address")

    def scrub(self, text: str) -> str:
        """Another's text for a message: printable, cut, and without the secrets of the address."""
        redacted: str = self.redact(text)
        return printable(redacted, _MOST_SHOWN)

    def redact(self, value: Any) -> Any:
        """A JSON value without the secrets of the address in any of its texts."""
        if isinstance(value, dict):
            return {self.redact(name): self.redact(inside) for name, inside in value.items()}
        if isinstance(value, list):
            return [self.redact(inside) for inside in value]
        if isinstance(value, str):
            for secret in self.secrets:
                value = value.replace(secret, "…")
        return value

    @classmethod
    def _over_http(cls, parts: SplitResult) -> Self:
        server = Authority.of(parts)
        port = f":{server.port}" if server.port else ""
        host = f"[{server.host}]" if ":" in server.host else server.host
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(
            scheme=parts.scheme,
            shown=f"{parts.scheme}://{host}{port}",
            path=path.replace(" ", "%20"),
            server=server,
            proxy=_proxy(parts.scheme, server.host),
            secrets=_secrets(parts),
        )


def _secrets(parts: SplitResult) -> tuple[str, ...]:
    """What must not be shown, the longest first."""
    found = {parts.password, parts.username, parts.query, *parts.path.split("/")}
    for pair in parts.query.split("&"):
        found.add(pair.partition("=")[2])
    found |= {unquote(text) for text in found if text}
    long = [text for text in found if text and len(text) >= _SHORTEST_SECRET]
    return tuple(sorted(long, key=len, reverse=True))


def _basic(parts: SplitResult) -> str | None:
    if parts.username is None and parts.password is None:
        return None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def _proxy(scheme: str, host: str) -> Authority | None:
    if host in _LOOPBACK or not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    # Imported late: only those behind a proxy need it.
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    if proxy_bypass(host):
        return None
    named = proxies.get(scheme) or proxies.get("all")
    if not named:
        return None
    parts = urlsplit(named if "://" in named else f"http://{named}")
    if parts.scheme != "http" or not parts.hostname:
        raise RpcDown(f"{scheme}://{host}", "the proxy named for it is not an http:// address")
    return Authority.of(parts)
