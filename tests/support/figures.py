"""What a service's /metrics page says, and a port for one."""

from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families


def scrape(url: str) -> dict[str, float]:
    """Every sample of the page by its name with labels, as in a Prometheus query."""
    with urlopen(f"{url}/metrics", timeout=10) as page:
        assert page.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        text = page.read().decode()
    families = text_string_to_metric_families(text)
    return {
        _name(sample.name, sample.labels): sample.value
        for family in families
        for sample in family.samples
    }


def status_of(url: str) -> tuple[int, Any]:
    """The status of an answer, and its body."""
    try:
        with urlopen(url, timeout=10) as found:
            return found.status, found.read()
    except HTTPError as refused:
        return refused.code, refused.read()


def _name(name: str, labels: dict[str, str]) -> str:
    if not labels:
        return name
    inside = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{inside}}}"
