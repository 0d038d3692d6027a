"""Bad files, days and names, for commands that need no chain: one clear error, nothing changed."""

import pytest

from tests.support.cli import run

FILES = {
    "empty.csv": b"",
    "broken.json": b"{",
    "name.toml": b"name = 3\n",
    "broken.yaml": b"a: [1",
    "bytes": bytes(range(256)),
    "days.csv": b"day,gpu_hours\n2026-01-01,10\n",
}
SPAN = ("--since", "2026-03-02", "--until", "2026-03-01")
BACK = ("--from", "2026-03-03", "--to", "2026-03-02")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with bad files, to work in."""
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == FILES


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("futures", "verify-statement", "broken.json"), "not a settlement statement"),
        (("futures", "verify-statement", "bytes"), "not a settlement statement"),
        (("futures", "verify-statement", "empty.csv"), "not a settlement statement"),
        (("bridge", "status", "--finality", "never"), "'never', not finalized"),
        (("bridge", "status", "--finality", "-1"), "'-1', not finalized"),
        (("oracle", "run", "missing.toml"), "missing.toml: No such file"),
        (("oracle", "run", "name.toml"), "name is 3, not text"),
        (("oracle", "run", "bytes"), "not TOML"),
        (("oracle", "run", "empty.csv"), "name is missing"),
        (("oracle", "once", "missing.toml"), "missing.toml: No such file"),
        (("oracle", "check", "bytes"), "not TOML"),
        (("oracle", "verify", "broken.json"), "not a proof"),
        (("oracle", "verify", "bytes"), "not a proof"),
        (("oracle", "fetch", "nobody"), "no venue is listed under 'nobody'"),
        (("index", "show", "--as-of", "soon"), "'soon' is no instant"),
        (("index", "show", "--as-of", "2026-02-30"), "'2026-02-30' is no instant"),
        (("index", "show", "--panel", "nobody"), "no panel 'nobody', but panel-1"),
        (("index", "show", "--sample", "empty.csv"), "malformed at line 1"),
        (("index", "show", "--sample", "bytes"), "malformed at line 1"),
        (("index", "shadow", "1", "2", *BACK), "from 2026-03-03 to 2026-03-02"),
        (("index", "tokens", "empty.csv"), "malformed at its name"),
        (("unit", "explain", "B200"), "no grade 'B200'"),
        (("unit", "explain", ""), "no grade ''"),
        (("unit", "basis", "--as-of", "soon"), "'soon' is no instant"),
        (("hedge", "read", "empty.csv"), "the file is empty"),
        (("hedge", "read", "bytes"), "not UTF-8 at byte 128"),
        (("hedge", "exposure", "broken.json", "--by", "gpu-hours"), "broken.json"),
        (("hedge", "forecast", "empty.csv", "--by", "gpu-hours"), "the file is empty"),
        (("hedge", "fetch", "ftp://localhost", *SPAN), "--since is not before"),
        (("ops", "files", "/proc/pargrade"), "/proc/pargrade"),
        (("status", "missing"), "no world is up in missing"),
        (("down", "missing"), "no world is up in missing"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_bad_file__any_command__one_error_with_a_hint_and_no_trace(folder, words, error):
    ran = run(*words)
    assert error in ran.error
    assert ran.hint != ""
