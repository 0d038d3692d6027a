"""Serving the pages of a service's health where an option says, if anywhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pargrade.cli.toolkit.output import progress

if TYPE_CHECKING:
    from bridge.gate.health.api import ServiceHealth


@contextmanager
def serving_health(service: str, looks: "ServiceHealth", port: int | None) -> Iterator[None]:
    """The pages while the context is open; nothing without a port. Raises BadConfig."""
    if port is None:
        yield
        return
    from bridge.gate.health.api import create_health_api, serving

    with serving(create_health_api(service, looks), "127.0.0.1", port) as bound:
        progress(f"{service}: http://127.0.0.1:{bound}/health and /metrics")
        yield
