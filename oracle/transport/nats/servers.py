"""Which NATS servers a member uses."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class NatsServers:
    """Servers of one cluster, and how a member is known to them."""

    urls: tuple[str, ...]
    """`nats://` or `tls://` addresses."""
    seed: Path | None = None
    """The file of its NKey's seed; None for servers that ask for none."""
