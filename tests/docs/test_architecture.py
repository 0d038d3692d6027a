"""What ARCHITECTURE, CONTRIBUTING and README point at is there."""

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ("docs/ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "README.md")
SYMBOL = re.compile(r"`((?:pargrade|oracle|bridge)(?:\.\w+)+)`")
FOLDERS = "oracle|bridge|pargrade|contracts|tests|scripts|docs"
PLACE = re.compile(rf"[`(]((?:{FOLDERS})/[\w./-]*[\w/])[`)]")


def read(page):
    return (ROOT / page).read_text(encoding="utf-8")


def resolves(symbol):
    """Whether a dotted name is a module, or something a module has."""
    parts = symbol.split(".")
    for count in range(len(parts), 0, -1):
        try:
            found = import_module(".".join(parts[:count]))
        except ModuleNotFoundError:
            continue
        for name in parts[count:]:
            found = getattr(found, name, None)
        return found is not None
    return False


@pytest.mark.parametrize("page", PAGES)
def test_page__symbols_it_names__exist(page):
    assert [symbol for symbol in SYMBOL.findall(read(page)) if not resolves(symbol)] == []


@pytest.mark.parametrize("page", PAGES)
def test_page__places_it_names__exist(page):
    assert [place for place in PLACE.findall(read(page)) if not (ROOT / place).exists()] == []


def test_architecture__both_walks__name_a_symbol_at_every_python_step():
    walks = re.findall(r"^\d+\. (.*)$", read("docs/ARCHITECTURE.md"), re.MULTILINE)
    assert len(walks) == 16
    assert sum(bool(SYMBOL.search(step)) for step in walks) >= 14


@pytest.mark.parametrize("symbol", ["oracle.nowhere", "oracle.fetch.fetch.nothing", "bridge.x.y"])
def test_symbol__that_is_not_there__does_not_resolve(symbol):
    assert not resolves(symbol)


def test_rooms__of_the_packages__are_in_the_table():
    text = read("docs/ARCHITECTURE.md")
    rooms = [
        path.parent.relative_to(ROOT).as_posix()
        for package in ("oracle", "bridge", "pargrade")
        for path in (ROOT / package).glob("*/__init__.py")
    ]
    quiet = {"pargrade/artifacts", "pargrade/bindings", "pargrade/data", "pargrade/process"}
    quiet |= {"pargrade/demo", "pargrade/devnet"}
    named = text.replace("`, `", "`,`")
    assert [
        room
        for room in rooms
        if room not in quiet and f"`{room}`" not in named and f"`{room.split('/')[1]}`" not in named
    ] == []
