"""A real Prometheus and promtool: from PATH, or from Debian's package without installing it."""

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from pargrade.data.files import ALERTS
from pargrade.process.ports import free_ports
from tests.support import debian


def program(name: str) -> str:
    """Where prometheus or promtool is. Fails the test where it can be had in no way."""
    return debian.program("prometheus", f"usr/bin/{name}")


def promtool(*words: object) -> subprocess.CompletedProcess[str]:
    command = [program("promtool"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


class Prometheus:
    """A running one, with our rules and an interval of one second."""

    def __init__(self, url: str) -> None:
        self.url = url

    def query(self, expression: str) -> list[Any]:
        with urlopen(f"{self.url}/api/v1/query?query={quote(expression)}", timeout=20) as found:
            return list(json.load(found)["data"]["result"])

    def firing(self) -> set[tuple[str, str]]:
        """Alerts that fire: name and instance."""
        with urlopen(f"{self.url}/api/v1/alerts", timeout=20) as found:
            listed = json.load(found)["data"]["alerts"]
        return {
            (each["labels"]["alertname"], each["labels"].get("instance", ""))
            for each in listed
            if each["state"] == "firing"
        }

    def await_alert(self, name: str, instance: str, seconds: float = 180) -> float:
        """Seconds until it fires."""
        began = time.monotonic()
        while (name, instance) not in self.firing():
            waited = time.monotonic() - began
            assert waited < seconds, f"{name} of {instance} does not fire: {self.firing()}"
            time.sleep(0.2)
        return time.monotonic() - began


@contextmanager
def prometheus(folder: Path, jobs: Mapping[str, list[str]]) -> Iterator[Prometheus]:
    """Scrapes `host:port` targets by job every second, until the context closes."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(_rules(folder))],
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": targets}]}
            for job, targets in jobs.items()
        ],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config))
    [port] = free_ports(1)
    with (folder / "prometheus.log").open("w") as log:
        process = subprocess.Popen(
            [
                program("prometheus"),
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    found = Prometheus(f"http://127.0.0.1:{port}")
    try:
        _await_ready(found, process, folder / "prometheus.log")
        yield found
    finally:
        process.kill()
        process.wait()


def _rules(folder: Path) -> Path:
    """Our rules, evaluated every second as they are scraped."""
    rules = folder / "alerts.yml"
    rules.write_text(ALERTS.read_text().replace("interval: 5s", "interval: 1s"))
    return rules


def _await_ready(found: Prometheus, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            with urlopen(f"{found.url}/-/ready", timeout=5) as ready:
                if ready.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"prometheus is not ready after 60 s: {log.read_text()}")
