"""A panel's determination: value, verdicts and evidence root of one instant."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from oracle.evidence import merkle
from oracle.evidence.evidence import SCHEMA, Evidence, root_of
from oracle.index.chain import Chain
from oracle.index.checks import ACCEPTED
from oracle.index.firmness import weight_shares
from oracle.index.fixing import Anchor, Fixing
from oracle.index.level import IndexValue, NoValue
from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.index.screen import Screened
from oracle.index.window.chain import WindowAnchor
from oracle.index.window.value import WindowValue
from oracle.quotes.classes import Availability
from pargrade.canonical import canonical_json
from pargrade.spot_index.observation import Observation


@dataclass(frozen=True)
class Determination:
    """A value with the fixing and anchors it was computed from."""

    as_of: int
    """Unix seconds."""
    panel: Panel
    method: Method
    value: IndexValue | NoValue
    fixing: Fixing
    anchors: tuple[Anchor | WindowAnchor, ...]
    """The anchors up to the instant, or the midnights of its window; empty before the first."""

    @property
    def screened(self) -> Screened:
        """Every quote in view, accepted or refused with its reason."""
        return self.fixing.screened

    @property
    def values(self) -> tuple[int, ...]:
        """What is reported, 8 decimals; 0 for a value that is absent or halted."""
        value = self.value
        return (value.value8 if isinstance(value, IndexValue) and value.reportable else 0,)

    @cached_property
    def availability_ppm(self) -> Mapping[Availability, int]:
        """The part of the weight by how firm prices are, millionths; empty without a value."""
        if isinstance(self.value, WindowValue):
            return self.value.availability_ppm
        return weight_shares(self.value, self.screened.accepted)

    @cached_property
    def header(self) -> bytes:
        """First line of the evidence."""
        last = self.anchors[-1] if self.anchors else None
        counts = self.screened.counts
        return canonical_json(
            {
                "schema": SCHEMA,
                "as_of": self.as_of,
                "panel": self.panel.to_json(),
                "index": self.method.index,
                "method_hash": "0x" + self.method.method_hash.hex(),
                "factors_hash": "0x" + self.method.factors_hash.hex(),
                "counts": {
                    "links": len(self.anchors),
                    "anchor": last.fixing.screened.counts[ACCEPTED] if last else 0,
                    "accepted": counts[ACCEPTED],
                    "rejected": counts.total() - counts[ACCEPTED],
                    "quotes": counts.total(),
                },
                "value": self.value.to_json(),
            }
        )

    @cached_property
    def root(self) -> bytes:
        """The evidence root, 32 bytes, computed without the lines of the evidence."""
        if not self.anchors:
            return root_of(self.header, merkle.EMPTY, merkle.EMPTY, self.fixing.root)
        last = self.anchors[-1]
        return root_of(self.header, last.root, last.fixing.accepted_root, self.fixing.root)

    def evidence(self) -> Evidence:
        """All lines of the evidence, for the archive."""
        return Evidence(
            header=self.header,
            links=tuple(anchor.line for anchor in self.anchors),
            anchor=self.anchors[-1].fixing.accepted_lines if self.anchors else (),
            quotes=self.fixing.lines,
        )


def determine(chain: Chain, as_of: int) -> Determination:
    """The determination of the chain's panel at an instant, in unix seconds."""
    anchors: tuple[Anchor | WindowAnchor, ...] = tuple(chain.anchors(as_of))
    value = chain.value(as_of)
    return Determination(as_of, chain.panel, chain.method, value, chain.fixing(as_of), anchors)


def observe(determination: Determination, index_set: bytes, epoch: int, flags: int) -> Observation:
    """The observation of a determination, for the slot of its instant; halted counts as absent."""
    return Observation(
        index_set=index_set,
        epoch=epoch,
        slot=determination.as_of,
        flags=flags,
        values=determination.values,
        method_hash=determination.method.method_hash,
        evidence_root=determination.root,
    )
