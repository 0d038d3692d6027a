"""`pargrade web` as a person runs it."""

import json
import signal

import httpx

from tests.support.command import start
from tests.support.world import World


def test_web__run__serves_the_page_until_it_is_stopped(world: World) -> None:
    words = ("--rpc-url", world.url, "--deployment", str(world.path))
    running = start("web", *words, "--http-port", "0", "--json")
    try:
        assert running.stdout is not None
        url = json.loads(running.stdout.readline())["url"]
        assert "<title>Pargrade</title>" in httpx.get(url, timeout=60).text
        assert httpx.get(f"{url}config.json", timeout=60).json()["plans"] is None
    finally:
        running.send_signal(signal.SIGINT)
        assert running.wait(60) in (0, 130)
