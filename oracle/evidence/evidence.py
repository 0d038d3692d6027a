"""The evidence of one value: its file, and the root over its lines.

Anyone with the file can compute the value again. It is gzipped JSON lines, each canonical JSON:

    header          as_of, panel, index, method and factor hashes, counts, anchor, value
    `links` lines   one for every UTC midnight from the base of the chain to the anchor
    `anchor` lines  the quotes that count in the fixing the last link starts from
    `quotes` lines  every quote in view, accepted or refused with its reason, in canonical order

    root = node(leaf(header), node(chain, node(tree(anchor), tree(quotes))))

`leaf`, `node` and `tree` are those of oracle.evidence.merkle; `chain` is its hash chain over the
link lines. The root is the `evidenceRoot` of an observation. Nodes keep the same lines as rows of
Parquet (oracle.evidence.archive) and send the evidence of one root as this file.
"""

import gzip
import zlib
from dataclasses import dataclass
from typing import Any, Final

from oracle.evidence import merkle
from pargrade.canonical import FloatRefused, read_json
from pargrade.errors import PargradeError

SCHEMA: Final = "pargrade-evidence-1"

MOST_BYTES: Final = 64 * 1024 * 1024
"""Largest text of an evidence file, in bytes; the busiest hour of the full sample has 0.4 MB."""


class BadEvidence(PargradeError):
    """Bytes that are not an evidence file."""

    hint = "Fetch the file again from the node that signed the observation."

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"not an evidence file: {reason}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The lines of an evidence file."""

    header: bytes
    links: tuple[bytes, ...]
    anchor: tuple[bytes, ...]
    quotes: tuple[bytes, ...]

    @property
    def facts(self) -> dict[str, Any]:
        """The header as JSON values."""
        facts: dict[str, Any] = read_json(self.header)
        return facts

    @property
    def root(self) -> bytes:
        """The root over the lines, 32 bytes, computed at every call."""
        chain = merkle.EMPTY
        for line in self.links:
            chain = merkle.step(chain, line)
        anchor, quotes = (
            merkle.tree(map(merkle.leaf, section)) for section in (self.anchor, self.quotes)
        )
        return root_of(self.header, chain, anchor, quotes)

    def pack(self) -> bytes:
        """The file: gzip without a time stamp."""
        lines = (self.header, *self.links, *self.anchor, *self.quotes)
        return gzip.compress(b"\n".join(lines) + b"\n", compresslevel=6, mtime=0)

    @classmethod
    def unpack(cls, packed: bytes) -> "Evidence":
        """The evidence in a file. Raises BadEvidence for bytes of another shape."""
        try:
            header, *lines = _unzip(packed).removesuffix(b"\n").split(b"\n")
            facts = read_json(header)
            schema = facts["schema"]
            links, anchor, quotes = (
                facts["counts"][name] for name in ("links", "anchor", "quotes")
            )
        except (zlib.error, ValueError, KeyError, TypeError, FloatRefused) as error:
            raise BadEvidence(str(error)) from error
        if schema != SCHEMA:
            raise BadEvidence(f"schema {schema!r}")
        if min(links, anchor, quotes) < 0 or links + anchor + quotes != len(lines):
            raise BadEvidence(f"{len(lines)} lines after the header, which counts others")
        return cls(
            header,
            tuple(lines[:links]),
            tuple(lines[links : links + anchor]),
            tuple(lines[links + anchor :]),
        )


def _unzip(packed: bytes) -> bytes:
    """The text of one gzip member. Raises ValueError above the limit: it may be packed to burst."""
    unzip = zlib.decompressobj(wbits=31)
    text = unzip.decompress(packed, MOST_BYTES)
    if not unzip.eof or unzip.unused_data:
        raise ValueError(f"cut short, followed by other bytes, or more than {MOST_BYTES} bytes")
    return text


def root_of(header: bytes, chain: bytes, anchor: bytes, quotes: bytes) -> bytes:
    """The evidence root from the header line and the roots of the three sections: 32 bytes."""
    return merkle.node(merkle.leaf(header), merkle.node(chain, merkle.node(anchor, quotes)))
