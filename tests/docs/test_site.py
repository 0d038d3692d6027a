"""The documentation as a site: built strictly, complete, accessible, nothing from elsewhere."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.browser import DESK, PHONE, browser, tab

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "scripts" / "site" / "mkdocs.yml"

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("site")
    command = ["mkdocs", "build", "--quiet", "--strict", "-f", CONFIG, "-d", folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_site__has_every_document(site: Path) -> None:
    pages = {path.stem for path in site.glob("*.html")}
    assert {path.stem for path in (ROOT / "docs").glob("*.md")} <= pages
    assert {"index", "CONTRIBUTING", "SECURITY", "CHANGELOG"} <= pages


def test_site__in_both_themes_and_widths__is_accessible_and_loads_nothing_from_elsewhere(
    site: Path,
) -> None:
    with browser() as chrome:
        for theme, size in (("light", DESK), ("dark", PHONE)):
            with tab(chrome, size, theme) as reader:
                for name in ("index", "METHODOLOGY", "HEDGING"):
                    reader.page.goto((site / f"{name}.html").as_uri())
                    assert reader.violations() == [], name
                    assert reader.overflow() <= 0, name
                assert reader.outside == []
                assert reader.errors == []


def test_build__with_a_link_that_leads_nowhere__fails(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for path in (ROOT / "docs").glob("*.md"):
        (docs / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (docs / "img").symlink_to(ROOT / "docs" / "img")
    with (docs / "MARKET.md").open("a", encoding="utf-8") as page:
        page.write("\n[nowhere](#there-is-no-such-heading)\n")
    text = CONFIG.read_text().replace("../../docs", str(docs))
    text = text.replace("custom_dir: theme", f"custom_dir: {CONFIG.parent / 'theme'}")
    text = text.replace("[hooks.py]", f"[{CONFIG.parent / 'hooks.py'}]")
    changed = tmp_path / "mkdocs.yml"
    changed.write_text(text)
    command = ["mkdocs", "build", "--strict", "-f", changed, "-d", tmp_path / "site"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "there-is-no-such-heading" in done.stderr
