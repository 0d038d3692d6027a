"""A real NATS server with JetStream: from PATH, or from Debian's package without installing it."""

import asyncio
import socket
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nats
from nats.aio.client import Client

from pargrade.process.ports import free_ports
from tests.support import debian
from tests.support.nodes import until


class NatsServer:
    """One that may be stopped and started again at the same port. It forgets all then."""

    def __init__(self, folder: Path, user: str = "") -> None:
        """`user` is the public NKey of the only one who may connect; empty for anyone."""
        self._folder = folder
        self._user = user
        self._runs = 0
        [self.port] = free_ports(1)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._runs += 1
        store = self._folder / f"nats-{self._runs}"
        address = ("--addr", "127.0.0.1", "--port", str(self.port))
        command = [debian.program("nats-server", "usr/sbin/nats-server"), *address]
        log, settings = store.with_suffix(".log"), store.with_suffix(".conf")
        users = f'authorization {{ users = [{{ nkey: "{self._user}" }}] }}' if self._user else ""
        settings.write_text(users)
        self._process = subprocess.Popen(
            [*command, "-c", str(settings), "-js", "--store_dir", str(store), "--log", str(log)]
        )
        until(lambda: _listens(self.port), "a NATS server", 60)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def nats_server(folder: Path, user: str = "") -> Iterator[NatsServer]:
    server = NatsServer(folder, user)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def as_client(server: NatsServer, act: Callable[[Client], Awaitable[object]]) -> None:
    """Does something as one more client, then leaves."""

    async def do() -> None:
        client = await nats.connect(server.url)
        try:
            await act(client)
            await client.flush()
        finally:
            await client.close()

    asyncio.run(do())


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return False
    return True
