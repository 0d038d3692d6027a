"""A file that several processes rewrite."""

import subprocess
import sys
from pathlib import Path

import pytest

from pargrade.process.shared_file import FileBusy, hold_file, replace_file

HOLDER = """
import sys
from pathlib import Path
from pargrade.process.shared_file import hold_file
with hold_file(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_hold__another_process_has_it__waits_and_names_the_file_and_gets_it_when_that_dies(
    tmp_path: Path,
) -> None:
    path = tmp_path / "file.json"
    path.write_text("{}")
    holder = subprocess.Popen(
        (sys.executable, "-c", HOLDER, str(path)), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(FileBusy, match=r"file\.json"), hold_file(path, 0.1):
        pytest.fail("held twice")
    holder.kill()
    holder.communicate()
    with hold_file(path, 0.1):
        pass


def test_hold__file_was_replaced_by_its_holder__what_is_there_by_now_is_held(
    tmp_path: Path,
) -> None:
    path = tmp_path / "file.json"
    path.write_text("old")
    with hold_file(path):
        replace_file(path, "new")
        # Whoever comes now holds the new file; whoever waited for the old one asks again.
        with hold_file(path, 0.1), pytest.raises(FileBusy), hold_file(path, 0.1):
            pytest.fail("held twice")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_replace__cannot_be_written__nothing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        replace_file(path, "new")
    assert list(tmp_path.iterdir()) == [path]
