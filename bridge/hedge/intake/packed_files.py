"""Files packed by gzip, as clouds deliver their cost exports: unpacked beside, within a limit."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bridge.hedge.readers.errors import Unreadable

_MAGIC: Final = b"\x1f\x8b"
_CHUNK: Final = 1 << 20
_MOST_BYTES: Final = 1 << 34
"""Of an unpacked file: 16 GiB."""
_MOST_RATIO: Final = 1_000
"""Unpacked to packed; a bill of one row a thousand times packs to a fiftieth."""


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The file itself, or what is packed in it while the context is open. Raises Unreadable."""
    with path.open("rb") as file:
        is_packed = file.read(2) == _MAGIC
    if not is_packed:
        yield path
        return
    most = min(_MOST_BYTES, max(path.stat().st_size * _MOST_RATIO, _CHUNK))
    with TemporaryDirectory(prefix="pargrade-") as folder:
        plain = Path(folder) / path.name.removesuffix(".gz")
        _unpack(path, plain, most)
        yield plain


def _unpack(path: Path, plain: Path, most: int) -> None:
    written = 0
    try:
        with gzip.open(path) as packed, plain.open("wb") as file:
            while chunk := packed.read(_CHUNK):
                written += len(chunk)
                if written > most:
                    raise Unreadable(f"more than {most} bytes when unpacked", "Split the file.")
                file.write(chunk)
    except (gzip.BadGzipFile, EOFError, zlib.error) as failure:
        raise Unreadable(f"not whole as gzip: {failure}") from None
