"""Who asks, for paces and bounds: an IPv4 address, or the /64 of an IPv6 one.

Whoever has one IPv6 address mostly has the 2^64 of its network. Behind a proxy every connection
comes from the proxy, which names its client in X-Forwarded-For: that is believed of proxies that
the settings trust, from the right to the first address that is none of them, and of nobody else.
"""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from pargrade.settings import Unfit

FORWARDED: Final = "x-forwarded-for"
_ONE_ASKER: Final = 64
"""Bits of an IPv6 address that one asker cannot choose."""

Network = IPv4Network | IPv6Network


def parse_proxies(text: str) -> tuple[Network, ...]:
    """Addresses and networks with commas. Raises ValueError."""
    return tuple(ip_network(each.strip()) for each in text.split(",") if each.strip())


def _checked(text: str) -> str:
    try:
        parse_proxies(text)
    except ValueError:
        raise Unfit from None
    return text


_DESCRIPTION: Final = 'addresses and networks with commas, as "127.0.0.1, 10.0.0.0/8"'

Proxies = Annotated[str, AfterValidator(_checked), Field(description=_DESCRIPTION)]
"""A setting that `parse_proxies` takes."""


class Askers:
    """Names askers by what their connections say. Safe to share between threads."""

    def __init__(self, proxies: Sequence[Network] = ()) -> None:
        self._proxies = tuple(proxies)

    def name(self, peer: str, forwarded: Iterable[str] = ()) -> str:
        """The asker behind a connection from `peer`; `forwarded` are its headers, in order."""
        found = _address(peer)
        if found is None:
            return peer or "?"
        hops = [hop for line in forwarded for hop in line.split(",")] if self._proxies else []
        while hops and self._is_trusted(found):
            before = _address(hops.pop())
            if before is None:
                break
            found = before
        if isinstance(found, IPv6Address):
            return str(ip_network((found, _ONE_ASKER), strict=False))
        return str(found)

    def _is_trusted(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._proxies)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address, perhaps with a port; one of IPv4 that is written as IPv6 is of IPv4."""
    plain = text.strip()
    if plain.startswith("["):
        plain = plain[1:].partition("]")[0]
    elif plain.count(":") == 1:
        plain = plain.partition(":")[0]
    try:
        found = ip_address(plain.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found
