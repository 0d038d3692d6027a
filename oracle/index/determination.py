"""One panel's answer for one instant: the value, every quote's verdict, and the evidence root."""

from dataclasses import dataclass
from functools import cached_property

from oracle.evidence import merkle
from oracle.evidence.evidence import SCHEMA, Evidence, root_of
from oracle.index.checks import ACCEPTED
from oracle.index.daily_chain import DailyChain
from oracle.index.fixing import Anchor, Fixing
from oracle.index.level import IndexValue, NoValue
from oracle.index.method import Method
from oracle.index.panel import Panel
from oracle.index.screen import Screened
from pargrade.canonical import canonical_json
from pargrade.spot_index.observation import Observation


@dataclass(frozen=True)
class Determination:
    """A value and what it rests on."""

    as_of: int
    """Unix seconds."""
    panel: Panel
    method: Method
    value: IndexValue | NoValue
    fixing: Fixing
    anchors: tuple[Anchor, ...]
    """The chain's midnights up to the instant; empty before its base."""

    @property
    def screened(self) -> Screened:
        """Every quote in view, accepted or refused with its reason."""
        return self.fixing.screened

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
        """The evidence root, without writing the evidence out: 32 bytes."""
        if not self.anchors:
            return root_of(self.header, merkle.EMPTY, merkle.EMPTY, self.fixing.root)
        last = self.anchors[-1]
        return root_of(self.header, last.root, last.fixing.accepted_root, self.fixing.root)

    def evidence(self) -> Evidence:
        """The evidence written out, to be archived."""
        return Evidence(
            header=self.header,
            links=tuple(anchor.line for anchor in self.anchors),
            anchor=self.anchors[-1].fixing.accepted_lines if self.anchors else (),
            quotes=self.fixing.lines,
        )


def determine(chain: DailyChain, as_of: int) -> Determination:
    """What the chain's panel makes of its quotes at an instant, in unix seconds."""
    anchors = tuple(chain.anchors(as_of))
    value = chain.value(as_of)
    return Determination(as_of, chain.panel, chain.method, value, chain.fixing(as_of), anchors)


def observe(determination: Determination, index_set: bytes, epoch: int, flags: int) -> Observation:
    """What a node has to say of a determination, for the slot of its instant; halted is absent."""
    value = determination.value
    return Observation(
        index_set=index_set,
        epoch=epoch,
        slot=determination.as_of,
        flags=flags,
        values=(value.value8 if isinstance(value, IndexValue) and value.reportable else 0,),
        method_hash=determination.method.method_hash,
        evidence_root=determination.root,
    )
