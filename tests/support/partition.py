"""The network between nodes, with every line through here, so that it can be cut and mended.

A cut line drops what is sent on it: whoever asks waits until its own patience ends, as with a
network that has fallen apart, and not as with a peer that refuses.
"""

import asyncio
import json
import re
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from oracle.member.config import MemberConfig
from oracle.node.config import NodeConfig

_PEERS: Final = re.compile(r"^peers = .*$", re.MULTILINE)
_LOOK_S: Final = 0.02

Redirect = Callable[[int, dict[int, str]], None]


class Network:
    """The lines between the nodes of some configurations, all whole at first."""

    def __init__(self, ports: Sequence[int], redirect: Redirect) -> None:
        """Makes every node reach its peers through here: `redirect` gets a node's number, and the
        URLs of all others by theirs.
        """
        self._island: dict[int, int] = dict.fromkeys(range(len(ports)), 0)
        self._loop = asyncio.new_event_loop()
        self._servers: list[asyncio.Server] = []
        self._thread = threading.Thread(target=self._loop.run_forever, name="network")
        self._thread.start()
        for asking in range(len(ports)):
            others = [asked for asked in range(len(ports)) if asked != asking]
            lines = {asked: self._open_line(asking, asked, ports[asked]) for asked in others}
            redirect(asking, lines)

    def split(self, *islands: Sequence[int]) -> None:
        """Only nodes of one island reach each other from now on."""
        self._island = {node: number for number, nodes in enumerate(islands) for node in nodes}

    def mend(self) -> None:
        """All reach all."""
        self._island = dict.fromkeys(self._island, 0)

    def close(self) -> None:
        """Ends every line."""
        self._loop.call_soon_threadsafe(self._end)
        self._thread.join()
        self._loop.close()

    def _end(self) -> None:
        for server in self._servers:
            server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        # Cancelled tasks close their connections first.
        self._loop.call_later(_LOOK_S, self._loop.stop)

    def _open_line(self, asking: int, asked: int, port: int) -> str:
        async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            def is_whole() -> bool:
                return self._island[asking] == self._island[asked]

            with suppress(OSError):
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
                there = _pump(reader, far_writer, is_whole)
                await asyncio.gather(there, _pump(far_reader, writer, is_whole))

        server = self._wait(asyncio.start_server(carry, "127.0.0.1", 0))
        self._servers.append(server)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


def network(paths: Sequence[Path]) -> AbstractContextManager[Network]:
    """A network of nodes that ends with its test."""

    def redirect(asking: int, lines: dict[int, str]) -> None:
        text = paths[asking].read_text()
        urls = json.dumps(list(lines.values()))
        paths[asking].write_text(_PEERS.sub(f"peers = {urls}", text))

    return _opened([NodeConfig.read(path).port for path in paths], redirect)


def member_network(paths: Sequence[Path]) -> AbstractContextManager[Network]:
    """A network of committee nodes."""
    ports = [MemberConfig.read_file(path).port for path in paths]

    def redirect(asking: int, lines: dict[int, str]) -> None:
        text = paths[asking].read_text()
        for asked, url in lines.items():
            text = text.replace(f'"http://127.0.0.1:{ports[asked]}"', f'"{url}"')
        paths[asking].write_text(text)

    return _opened(ports, redirect)


@contextmanager
def _opened(ports: Sequence[int], redirect: Redirect) -> Iterator[Network]:
    opened = Network(ports, redirect)
    try:
        yield opened
    finally:
        opened.close()


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_whole: Callable[[], bool]
) -> None:
    try:
        while piece := await reader.read(1 << 16):
            while not is_whole():
                await asyncio.sleep(_LOOK_S)
            writer.write(piece)
            await writer.drain()
    finally:
        writer.close()
