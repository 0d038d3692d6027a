"""Who runs an endpoint, as far as its address shows: what is one host's is one operator's."""

from contextlib import suppress
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def host_of(url: str) -> str:
    """The host, without what may be secret; on this machine itself with the port.

    Names are compared as DNS does, addresses as numbers. Of another machine neither scheme nor port
    nor path makes a second operator. On loopback each port may lead to somebody else: a tunnel, or
    a node of one's own beside it.
    """
    try:
        parts = urlsplit(url)
        name, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return url.partition("://")[0]
    if not name:
        return parts.path
    if not _is_loopback(name):
        return _spelled(name)
    return f"{_spelled(name)}:{port or _default_port(parts)}"


def _default_port(parts: SplitResult) -> int:
    return _DEFAULT_PORTS.get(parts.scheme, 0)


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def _spelled(name: str) -> str:
    """One spelling of a name or an address."""
    with suppress(ValueError):
        address = ip_address(name)
        return str(getattr(address, "ipv4_mapped", None) or address)
    try:
        return name.encode("idna").decode().lower()
    except UnicodeError:
        return name
