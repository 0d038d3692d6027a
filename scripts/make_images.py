#!/usr/bin/env python3
"""Make the pictures of README: the demo's plot, a screen of `pargrade index show`, and the page.

python scripts/make_images.py            all; the demo takes about a minute
python scripts/make_images.py screen     that one alone, or page
"""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pargrade.cli.toolkit.plot import new_figure, save_figure

IMAGES: Final = Path(__file__).parents[1] / "docs" / "img"
SCREEN: Final = ("index", "show")
_PAPER: Final = "#14181d"
_TEXT: Final = "#e6e9ec"
_PROMPT: Final = "#78b4c3"
_FONT: Final = {"family": "monospace", "size": 9, "va": "top"}
_LINE_IN: Final = 0.165
_CHARACTER_IN: Final = 0.0755


def run(*words: str) -> str:
    """What a command prints where no terminal cuts its lines."""
    command = [sys.executable, "-m", "pargrade.cli", *words]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def draw_screen(path: Path, command: str, output: str) -> None:
    """A terminal's text as a picture."""
    lines = [line.rstrip() for line in output.rstrip().splitlines()]
    width = (max(len(line) for line in [*lines, command]) + 5) * _CHARACTER_IN
    height = (len(lines) + 3) * _LINE_IN
    figure = new_figure(width, height)
    figure.set_facecolor(_PAPER)
    left = 2 * _CHARACTER_IN / width
    figure.text(left, 1 - _LINE_IN / height, f"$ {command}", color=_PROMPT, **_FONT)
    for number, line in enumerate(lines, start=2):
        figure.text(left, 1 - number * _LINE_IN / height, line, color=_TEXT, **_FONT)
    save_figure(figure, path)


def draw_page(path: Path, rounds: int = 75) -> None:
    """The page's index over five nodes and so many rounds, three a day, in a real Chromium."""
    sys.path.insert(0, str(IMAGES.parents[1]))
    from oracle.node.config import NodeConfig
    from tests.support.browser import browser, tab
    from tests.support.nodes import GENESIS, HOUR, nodes
    from tests.support.page import served, settle

    with TemporaryDirectory() as folder, nodes(Path(folder)) as running:
        running.start()
        for number in range(1, rounds + 1):
            running.round(GENESIS + number * 8 * HOUR, 60)
        configs = [NodeConfig.read(each) for each in running.paths]
        urls = tuple(f"http://{config.host}:{config.port}" for config in configs)
        deployment = running.folder / "deployment.json"
        with (
            served(running.devnet.url, deployment, nodes=urls) as url,
            browser() as chrome,
            tab(chrome, {"width": 1180, "height": 1120}) as reader,
        ):
            page = reader.open(url)
            page.get_by_text("is the root that the reporter signed").wait_for()
            settle(page)
            page.screenshot(path=path)


def main() -> int:
    """Write what is asked for; all without a word."""
    asked = set(sys.argv[1:]) or {"demo", "screen", "page"}
    if "demo" in asked:
        with TemporaryDirectory() as folder:
            run("demo", "--out", folder)
            shutil.copyfile(Path(folder) / "index.png", IMAGES / "demo.png")
    if "screen" in asked:
        draw_screen(IMAGES / "screen.png", " ".join(["pargrade", *SCREEN]), run(*SCREEN))
    if "page" in asked:
        draw_page(IMAGES / "page.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
