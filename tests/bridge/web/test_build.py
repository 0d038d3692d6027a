"""The built page is that of its sources, which type-check; a change is noticed."""

import shutil
import subprocess
from pathlib import Path

import pytest

from pargrade.data.files import PAGE

ROOT = Path(__file__).parents[3]
BUILD = ROOT / "bridge" / "web" / "build.mjs"


def _node(*words: object) -> subprocess.CompletedProcess[str]:
    command = ["node", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_built_page__is_what_its_sources_give() -> None:
    done = _node(BUILD, "--check")
    assert done.returncode == 0, done.stderr


@pytest.mark.full
def test_sources__are_of_their_types() -> None:
    assert _node(BUILD).returncode == 0  # the contracts' types are made by it
    done = _node(ROOT / "node_modules" / "typescript" / "bin" / "tsc", "-p", "bridge/web")
    assert done.returncode == 0, done.stdout


@pytest.mark.full
def test_check__of_a_page_that_somebody_edited__names_the_file_and_writes_nothing(
    tmp_path: Path,
) -> None:
    for folder in ("bridge/web", "pargrade/artifacts", "pargrade/data/page"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "pargrade/data/eip712.json", tmp_path / "pargrade/data")
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    edited = tmp_path / "pargrade/data/page/page.js"
    edited.write_text(edited.read_text() + "alert(1);")
    (tmp_path / "pargrade/data/page/more.js").write_text("alert(2);")
    before = edited.read_text()
    done = subprocess.run(
        ["node", "bridge/web/build.mjs", "--check"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "page.js" in done.stderr
    assert "more.js" in done.stderr
    assert edited.read_text() == before
    assert PAGE.joinpath("page.js").read_text() != before
