"""A real Chromium, driven by Playwright: from PATH, from Debian's package, or from npm's."""

import fcntl
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.debian import CACHE

expect.set_options(timeout=60_000)  # a busy machine is not a failing test

ROOT: Final = Path(__file__).parents[2]
AXE: Final = ROOT / "node_modules" / "axe-core" / "axe.min.js"
DESK: Final = {"width": 1280, "height": 900}
PHONE: Final = {"width": 390, "height": 844}

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_FLAGS: Final = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-quic",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
_NPM_PACKAGE: Final = "@sparticuz/chromium@141.0.0"
_UNPACK: Final = """
import chromium from "@sparticuz/chromium";
console.log(await chromium.executablePath());
"""


@cache
def chromium() -> str:
    """Where a Chromium is. Fails the test where it can be had in no way."""
    faults = []
    CACHE.mkdir(parents=True, exist_ok=True)
    # One of several test processes installs it, the others find it then.
    with (CACHE / "chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for find in (_on_path, _of_debian, _of_npm):
            try:
                found = find()
            except (OSError, ValueError, subprocess.SubprocessError) as failure:
                faults.append(f"{find.__name__}: {failure}")
                continue
            if found is not None:
                return found
    pytest.fail(f"no Chromium: install Debian's package `chromium`; {'; '.join(faults)}")


def _on_path() -> str | None:
    return next(filter(None, map(shutil.which, _NAMES)), None)


def _of_debian() -> str | None:
    """Installs it where this process may."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return None
    install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(install, capture_output=True, env=quiet, timeout=240, check=False)
    if done.returncode:
        subprocess.run(["apt-get", "update"], capture_output=True, timeout=120, check=True)
        subprocess.run(install, capture_output=True, env=quiet, timeout=240, check=True)
    return _on_path()


def _of_npm() -> str:
    """A packed browser with its libraries, unpacked into the tests' cache."""
    folder = CACHE / "chromium"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules" / "@sparticuz").exists():
        command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, _NPM_PACKAGE]
        subprocess.run(command, capture_output=True, timeout=240, check=True)
    run = ["node", "--input-type=module", "-e", _UNPACK]
    # The package unpacks its libraries only where it believes to be in a cloud function.
    there = os.environ | {"AWS_EXECUTION_ENV": "AWS_Lambda_nodejs20.x", "TMPDIR": str(folder)}
    done = subprocess.run(
        run, cwd=folder, env=there, capture_output=True, text=True, timeout=120, check=True
    )
    return _with_libraries(done.stdout.strip(), folder)


def _with_libraries(program: str, folder: Path) -> str:
    """A script that starts the browser with the libraries that came with it."""
    for packed in folder.rglob("al20*.tar"):
        with tarfile.open(packed) as archive:
            archive.extractall(folder, filter="data")
    libraries = sorted({str(path.parent) for path in folder.rglob("libnss3.so")})
    script = folder / "chromium.sh"
    script.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH="{":".join(libraries)}" exec "{program}" "$@"\n')
    script.chmod(0o755)
    return str(script)


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser of its own; contexts in it share nothing."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=list(_FLAGS))
        try:
            yield launched
        finally:
            launched.close()


class Tab:
    """A page in a context of its own, with everything that went wrong in it."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.page.set_default_timeout(60_000)
        self.errors: list[str] = []
        self.outside: list[str] = []
        """Requests to other origins than the page's."""
        self.origin = ""
        self.page.on("pageerror", lambda error: self.errors.append(f"page: {error}"))
        self.page.on("console", self._note)
        self.page.on("request", lambda request: self._asked(request.url))

    def open(self, url: str, link: str = "") -> Page:
        """Opens the page at a deep link such as #/index/0."""
        parts = urlsplit(url)
        self.origin = f"{parts.scheme}://{parts.netloc}/"
        self.page.goto(url + link)
        return self.page

    def violations(self) -> list[str]:
        """What axe finds against WCAG 2.2 A and AA, one line each."""
        # Evaluated by the browser's debugger, which no content policy stops.
        self.page.evaluate(AXE.read_text())
        found: Any = self.page.evaluate(
            """async () => (await axe.run(document, {preload: false, runOnly: {type: 'tag', values:
            ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}})).violations"""
        )
        return [
            json.dumps([each["id"], each["help"], [node["html"][:160] for node in each["nodes"]]])
            for each in found
        ]

    def overflow(self) -> int:
        """Pixels that the page is wider than its window."""
        return int(
            self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )

    def _note(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(f"{message.type}: {message.text}")

    def _asked(self, url: str) -> None:
        if url.startswith(("http:", "https:")) and not url.startswith(self.origin):
            self.outside.append(url)


@contextmanager
def tab(
    browser: Browser, size: dict[str, int] | None = None, theme: str = "light", **options: Any
) -> Iterator[Tab]:
    """A tab of its own: `size` of the window, `theme` of the system."""
    context = browser.new_context(
        viewport=size or DESK,  # type: ignore[arg-type]
        color_scheme=theme,  # type: ignore[arg-type]
        reduced_motion="reduce",
        **{"locale": "en-GB", **options},
    )
    try:
        yield Tab(context)
    finally:
        context.close()
