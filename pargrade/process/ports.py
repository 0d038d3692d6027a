"""Ports for services that are about to start, each named to others before it listens."""

import secrets
import socket
from pathlib import Path
from typing import Final

_LOWEST: Final = 10_000
_EPHEMERAL_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_EPHEMERAL: Final = 32_768
"""Where the system's own choice begins, on Linux by default; above it elsewhere."""


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """`count` different ports of this machine on which nobody listens now.

    They lie below the range from which the system takes a port for every outgoing connection and
    every listener that names none: one drawn from there could be taken before its service starts.
    Raises OSError when there are too few.
    """
    candidates = range(_LOWEST, max(_first_ephemeral(), _LOWEST + 10_000))
    held: dict[int, socket.socket] = {}
    try:
        for _ in range(100 * count + 100):
            if len(held) == count:
                return list(held)
            port = candidates[secrets.randbelow(len(candidates))]
            try:
                held[port] = held.get(port) or socket.create_server((host, port))
            except OSError:  # taken
                continue
    finally:
        for listening in held.values():
            listening.close()
    raise OSError(f"fewer than {count} free ports in {candidates}")


def _first_ephemeral() -> int:
    try:
        return int(_EPHEMERAL_RANGE.read_text().split()[0])
    except OSError:
        return _EPHEMERAL
