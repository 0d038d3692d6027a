"""Long runs that go on where they stopped: what passed with the same sources is not run again."""

import hashlib
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "passed"


def passed_before(name: str, *rooms: str) -> bool:
    """Whether a run of this name passed with the sources of these rooms as they are."""
    return _record(name, rooms).exists()


def record_pass(name: str, *rooms: str) -> None:
    """Keeps that a run passed."""
    record = _record(name, rooms)
    record.parent.mkdir(parents=True, exist_ok=True)
    record.touch()


def _record(name: str, rooms: tuple[str, ...]) -> Path:
    found = hashlib.sha256(name.encode())
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            found.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return FOLDER / found.hexdigest()
