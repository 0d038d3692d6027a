"""What a browser takes to show a book of 1,000 levels that changes 20 times a second.

book_core_percent   processor time of the page's process over SECONDS, as a share of one core, all
                    1,000 levels on the page, the best 12 of each side drawn at each change and
                    the others once a second; beside it those 12 alone, and a page that does
                    nothing but write all rows anew as HTML at each change

Messages are a relay's, from a server of this file, so that no relay shares the machine; each
changes CHANGES levels, half of them among the best ten.
"""

import asyncio
import json
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, CDPSession
from rows import Row
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from pargrade.devnet.anvil import Devnet
from pargrade.process.ports import free_ports
from tests.support.browser import tab
from tests.support.market import MIDNIGHT, PRICE, Market
from tests.support.page import served

LEVELS: Final = 500
"""Of each side."""
CHANGES: Final = 20
PACE_S: Final = 0.05
SECONDS: Final = 8.0
TICK: Final = 10**6

_REWRITTEN: Final = """({ levels, pace }) => {
  document.body.innerHTML = "<table><tbody></tbody></table>";
  const body = document.querySelector("tbody");
  setInterval(() => {
    let sum = 0;
    body.innerHTML = Array.from({ length: levels }, (_, at) => {
      const lots = 1 + Math.floor(Math.random() * 500);
      sum += lots;
      const cells = [2 + at / 100, lots / 100, sum / 100].map((each) => each.toFixed(2));
      const [price, amount, depth] = cells;
      return `<tr><td><button>${price}</button></td><td>${amount}</td><td>${depth}</td></tr>`;
    }).join("");
  }, pace);
}"""


def book_rows(chrome: Browser) -> list[Row]:
    """The share of a core, and what it is compared with."""
    with tempfile.TemporaryDirectory() as folder, Devnet(genesis=MIDNIGHT) as net:
        market = Market.ready(net)
        series = market.list_series("A1GH", name="NET-A1GH", days=10)
        deployment = market.write(Path(folder) / "31337.json")
        with (
            pulsing(series) as stream,
            # A book stands beside a relay's rules; nobody orders here, so its relay is away.
            served(
                net.url, deployment, stream_url=stream, relay_url=stream.replace("ws", "http")
            ) as url,
            tab(chrome) as reader,
        ):
            page = reader.open(url, "#/market/NET-A1GH")
            page.locator(".half tbody tr").nth(11).wait_for()
            few = share_of_a_core(chrome)
            page.get_by_role("button", name=f"All {LEVELS} bids and {LEVELS} asks").click()
            page.locator(".half tbody tr").nth(2 * LEVELS - 1).wait_for()
            every = share_of_a_core(chrome)
    with tab(chrome) as reader:
        reader.page.evaluate(_REWRITTEN, {"levels": 2 * LEVELS, "pace": PACE_S * 1_000})
        rewritten = share_of_a_core(chrome)
    peers = {"the best 12 of each side": few, "the rows written anew as HTML": rewritten}
    return [Row("book_core_percent", every, 30, "%", peers=peers)]


def share_of_a_core(chrome: Browser) -> float:
    """Per cent of one core that all pages of the browser take together."""
    session = chrome.new_browser_cdp_session()
    try:
        before, begun = _processor_s(session), time.monotonic()
        time.sleep(SECONDS)
        return 100 * (_processor_s(session) - before) / (time.monotonic() - begun)
    finally:
        session.detach()


def _processor_s(session: CDPSession) -> float:
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    return float(sum(each["cpuTime"] for each in found if each["type"] == "renderer"))


@contextmanager
def pulsing(series: int) -> Iterator[str]:
    """A stream of one series in a thread: its address."""
    [port] = free_ports(1)
    loop = asyncio.new_event_loop()
    ready, over = threading.Event(), asyncio.Event()

    async def run() -> None:
        async with serve(lambda connection: _pulse(connection, series), "127.0.0.1", port):
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield f"ws://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()


async def _pulse(connection: ServerConnection, series: int) -> None:
    chance = random.Random(7)  # noqa: S311
    head = {"series": str(series), "stream": "bench", "sequence": 1}
    bids, asks = ([[str(price(side, place)), "500"] for place in range(LEVELS)] for side in (0, 1))
    snapshot = {**head, "update": 0, "type": "snapshot", "bids": bids, "asks": asks}
    await connection.send(json.dumps(snapshot))
    with suppress(ConnectionClosed):
        await _send_updates(connection, head, chance)


async def _send_updates(
    connection: ServerConnection, head: dict[str, Any], chance: random.Random
) -> None:
    for update in count(1):
        levels = []
        for number in range(CHANGES):
            place = chance.randrange(10 if number % 2 else LEVELS)
            side = number % 4 // 2
            lots = str(chance.randrange(1, 900))
            levels.append([("bid", "ask")[side], str(price(side, place)), lots])
        message = {**head, "update": update, "type": "update", "levels": levels, "trades": []}
        await connection.send(json.dumps(message))
        await asyncio.sleep(PACE_S)


def price(side: int, place: int) -> int:
    """Of a level: bids fall from the first place on, asks rise."""
    return 10 * PRICE + (place + 1) * (TICK if side else -TICK)
