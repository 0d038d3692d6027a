"""What people wrote is in files that one can read in one go."""

from pathlib import Path
from typing import Final

from contracts.codegen.sources import CONTRACTS, ROOT

MOST_LINES: Final = 500
GENERATED: Final = ROOT / "pargrade" / "bindings"
PACKAGES: Final = ("pargrade", "oracle", "bridge", "contracts", "scripts")


def too_long(paths: list[Path]) -> dict[str, int]:
    """Lines of each file that has too many."""
    lines = {path: len(path.read_text().splitlines()) for path in paths}
    return {str(path.relative_to(ROOT)): n for path, n in lines.items() if n > MOST_LINES}


def test_contracts__and_their_tests__have_at_most_500_lines_a_file():
    paths = [path for part in ("src", "test") for path in (CONTRACTS / part).rglob("*.sol")]
    assert len(paths) > 100
    assert too_long(paths) == {}


def test_sources__of_every_package__have_at_most_500_lines_a_file():
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    paths = [path for path in found if GENERATED not in path.parents]
    assert len(paths) > 500
    assert too_long(paths) == {}
