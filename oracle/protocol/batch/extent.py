"""How large a batch may be, however it came: the bytes of its lists and its lines."""

from collections.abc import Mapping
from typing import Final

from oracle.protocol.batch.manifest import Manifest
from oracle.protocol.batch.section import MOST_BYTES, MOST_LINES, count_lines

MOST_BODY: Final = 4 * MOST_BYTES
"""Bytes of all sections of one batch: five times what 40 long lists take."""
MOST_BATCH_LINES: Final = 16 * MOST_LINES
"""Lines of all entries of one batch: as many as 40 lists of 200 have."""


def find_excess(manifest: Manifest, sections: Mapping[bytes, bytes]) -> str:
    """What a batch has too much of by those of its sections that are there; empty if nothing.

    A section's bytes count once, as they travel once; its lines in every entry that names it, as
    they are priced for each.
    """
    size = lines = 0
    counted: set[bytes] = set()
    for entry in manifest.entries:
        raw = sections.get(entry.section)
        if raw is None:
            continue
        lines += count_lines(raw)
        if entry.section not in counted:
            counted.add(entry.section)
            size += len(raw)
    if size > MOST_BODY:
        return f"sections of more than {MOST_BODY} bytes"
    return f"more than {MOST_BATCH_LINES} lines" if lines > MOST_BATCH_LINES else ""
