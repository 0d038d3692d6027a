"""The page: what it weighs, and how soon a reader sees a plot.

page_kb        everything a browser loads to begin, gzip; beside it the libraries alone, with viem's
               actions for reading as they come
first_plot_s   from the first request to a drawn plot of 2,000 rounds, on loopback, nothing cached
plot_2000_ms   from the arrival of 2,000 rounds' logs to the drawn plot: decoding and drawing;
               beside it the same points as elements of an SVG, drawing alone
book_core_percent   see web_book.py

A real Chromium, a development chain with 2,000 rounds, `pargrade web`'s own server. Medians of
ROUNDS runs, each in a browser context of its own. python scripts/benches/web.py [--json]
"""

import gzip
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any, Final

from playwright.sync_api import Browser
from rows import Row, report
from web_book import book_rows

from pargrade.data.files import PAGE
from pargrade.devnet.anvil import Devnet
from tests.support.browser import browser, tab
from tests.support.page import served
from tests.support.world import HOUR, MIDNIGHT, World

ROUNDS: Final = 7
RECORDED: Final = 2_000
SPOT: Final = 231_000_000
ROOT: Final = Path(__file__).parents[2]

_LIBRARIES: Final = """
import { createClient, http } from "viem";
import { getBlock, getLogs, getTransaction, readContract } from "viem/actions";
import { h, render } from "preact";
import { useState } from "preact/hooks";
import uPlot from "uplot";
window.all = [createClient, http, getBlock, getLogs, getTransaction, readContract];
window.rest = [h, render, useState, uPlot];
"""

_WATCH: Final = """
window.drawnAt = new Promise((done) => {
  addEventListener("DOMContentLoaded", () => new MutationObserver((_, observer) => {
    const canvas = document.querySelector(".plot canvas");
    if (!canvas?.width) return;
    observer.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())));
  }).observe(document.body, { childList: true, subtree: true }));
});
"""
"""The frame after the one a plot was drawn in."""

_TIMES: Final = """async () => {
  const drawn = await window.drawnAt;
  const answers = performance.getEntriesByType("resource").filter((one) => /rpc/.test(one.name));
  const largest = answers.sort((a, b) => b.decodedBodySize - a.decodedBodySize)[0];
  return [drawn, largest.responseEnd, largest.decodedBodySize];
}"""

_SVG: Final = """(count) => new Promise((done) => {
  const begun = performance.now(), name = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(name, "svg");
  svg.setAttribute("viewBox", "0 0 1000 240");
  for (let at = 0; at < count; at++) {
    const point = document.createElementNS(name, "circle");
    point.setAttribute("cx", String((at / count) * 1000));
    point.setAttribute("cy", String(120 + 80 * Math.sin(at / 40)));
    point.setAttribute("r", "1");
    svg.append(point);
  }
  document.body.append(svg);
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));
})"""


def main() -> int:
    """All rows."""
    rows = [page_row()]
    with tempfile.TemporaryDirectory() as folder, Devnet(genesis=MIDNIGHT) as net:
        world = World(net.chain, net.url, Path(folder))
        assert world.run("deploy").code == 0
        for number in range(1, RECORDED + 1):
            world.record(MIDNIGHT + number * HOUR, SPOT + (number * 7_919) % 400_000)
        with served(world.url, world.path) as url, browser() as chrome:
            rows += plot_rows(chrome, url)
            rows += book_rows(chrome)
    return report(rows, as_json="--json" in sys.argv)


def page_row() -> Row:
    """The page's weight in thousands of bytes."""
    loaded = (path for path in PAGE.iterdir() if path.suffix != ".txt")
    packed = sum(len(gzip.compress(path.read_bytes(), 9)) for path in loaded)
    peers = {"the libraries alone, with viem's actions": _libraries() / 1000}
    return Row("page_kb", packed / 1000, 120, "kB", peers=peers)


def _libraries() -> int:
    options = ("--bundle", "--minify", "--format=esm", "--target=es2022", "--loader=js")
    done = subprocess.run(
        [str(ROOT / "node_modules" / ".bin" / "esbuild"), *options],
        cwd=ROOT,
        input=_LIBRARIES.encode(),
        capture_output=True,
        check=True,
    )
    return len(gzip.compress(done.stdout, 9))


def plot_rows(chrome: Browser, url: str) -> list[Row]:
    """First plot and drawing of 2,000 rounds."""
    firsts, draws, svgs = [], [], []
    for _ in range(ROUNDS):
        with tab(chrome) as reader:
            reader.page.add_init_script(_WATCH)
            page = reader.open(url)
            page.get_by_text(f"{RECORDED} rounds from the chain's log").wait_for()
            drawn, arrived, size = page.evaluate(_TIMES)
            assert size > 500 * RECORDED, "the largest answer has the logs"
            firsts.append(drawn / 1000)
            draws.append(drawn - arrived)
            svgs.append(float(page.evaluate(_SVG, RECORDED)))
    peers: dict[str, Any] = {"2,000 elements of an SVG, drawing alone": median(svgs)}
    return [
        Row("first_plot_s", median(firsts), 1, "s"),
        Row("plot_2000_ms", median(draws), 300, "ms", peers=peers),
    ]


if __name__ == "__main__":
    sys.exit(main())
