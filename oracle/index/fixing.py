"""Fixings, and the chain of anchors that leads from one to the next.

fixing    the screened quotes of a panel at an instant
base      the first UTC midnight whose fixing has enough providers: the middle of its prices
anchor    the state after a midnight: a level, and the fixing the next link is measured from
value     the anchor's level times the link from the anchor's fixing to the fixing now
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from oracle.evidence import merkle
from oracle.index.checks import ACCEPTED
from oracle.index.level import (
    Absence,
    IndexValue,
    NoValue,
    State,
    apply_link,
    base_level,
    confidence_of,
    entries_of,
    link_between,
    median_of,
    value_of,
)
from oracle.index.method import Method
from oracle.index.normalise import unit_prices
from oracle.index.screen import Screened, accept_all
from oracle.index.verdict_lines import KeptLines
from oracle.quotes.quote import Line, Quote
from pargrade.canonical import canonical_json

_kept: Final = KeptLines()


@dataclass(frozen=True)
class Fixing:
    """Screened quotes and the unit prices of the lines that count."""

    screened: Screened
    prices: Mapping[Line, int]
    """USD per SCU of each line, 8 decimals."""

    @classmethod
    def of(cls, screened: Screened, method: Method) -> "Fixing":
        """The fixing of a screen's accepted quotes."""
        return cls(screened, unit_prices(screened, method))

    @cached_property
    def providers(self) -> int:
        """Independent providers with a price."""
        return len({line.provider for line in self.prices})

    @property
    def verdicts(self) -> list[tuple[Quote, str]]:
        """Every quote that was looked at and its verdict, in canonical order."""
        return self.screened.quotes_with_verdicts

    @cached_property
    def lines(self) -> tuple[bytes, ...]:
        """Evidence lines of the verdicts."""
        return tuple(line for line, _ in _kept.of(self.verdicts))

    @cached_property
    def root(self) -> bytes:
        """Merkle root over the lines."""
        return merkle.tree(leaf for _, leaf in _kept.of(self.verdicts))

    @cached_property
    def accepted_lines(self) -> tuple[bytes, ...]:
        """Evidence lines of the accepted quotes, in canonical order."""
        return tuple(line for line, _ in _kept.of(self._accepted))

    @cached_property
    def accepted_root(self) -> bytes:
        """Merkle root over the accepted lines."""
        return merkle.tree(leaf for _, leaf in _kept.of(self._accepted))

    def detached(self, method: Method) -> "Fixing":
        """The same without the history it was read from, and without the quotes it refused."""
        quotes = (each.quote for each in self.screened.accepted)
        return Fixing.of(accept_all(quotes, method), method)

    @property
    def _accepted(self) -> list[tuple[Quote, str]]:
        return [(each.quote, ACCEPTED) for each in self.screened.accepted]


@dataclass(frozen=True, slots=True)
class Anchor:
    """The chain after one UTC midnight."""

    midnight: int
    fixed_at: int
    """The midnight of `fixing`: the last with enough providers, where the next link starts."""
    fixing: Fixing
    level18: int
    links: int
    held: int
    last_held: bool
    line: bytes
    """The line of this midnight in the evidence."""
    root: bytes
    """Hash chain over the lines of every midnight since the base."""


def base_anchor(midnight: int, fixing: Fixing, method: Method) -> Anchor | None:
    """The first anchor of a chain, or None when too few providers have a price."""
    if fixing.providers < method.min_providers:
        return None
    level18 = base_level(fixing.prices, method)
    line = canonical_json(
        {
            "midnight": midnight,
            "level18": str(level18),
            "fixed_at": midnight,
            "fixing": fixing.accepted_root.hex(),
        }
    )
    return Anchor(
        midnight=midnight,
        fixed_at=midnight,
        fixing=fixing,
        level18=level18,
        links=0,
        held=0,
        last_held=False,
        line=line,
        root=merkle.step(merkle.EMPTY, line),
    )


def next_anchor(anchor: Anchor, midnight: int, fixing: Fixing, method: Method) -> Anchor:
    """The anchor one midnight later.

    With too few providers at this midnight the link is held and the old fixing is kept: the next
    link spans the gap, so an outage loses no movement. With enough providers but too few in common
    with the old fixing, the link is held too and the chain continues from the new fixing.
    """
    link = link_between(anchor.fixing.prices, fixing.prices, method)
    usable = fixing.providers >= method.min_providers
    fixed_at = midnight if usable else anchor.fixed_at
    level18 = apply_link(anchor.level18, link)
    line = canonical_json(
        {
            "midnight": midnight,
            "ratio18": str(link.ratio18),
            "level18": str(level18),
            "providers": link.providers,
            "held": link.held,
            "fixed_at": fixed_at,
            "fixing": fixing.accepted_root.hex(),
        }
    )
    return Anchor(
        midnight=midnight,
        fixed_at=fixed_at,
        fixing=fixing if usable else anchor.fixing,
        level18=level18,
        links=anchor.links + 1,
        held=anchor.held + link.held,
        last_held=link.held,
        line=line,
        root=merkle.step(anchor.root, line),
    )


def value_at(anchor: Anchor | None, fixing: Fixing, method: Method) -> IndexValue | NoValue:
    """The index of a fixing that follows an anchor."""
    if anchor is None:
        return NoValue(Absence.NO_BASE, fixing.providers)
    if fixing.providers < method.min_providers:
        return NoValue(Absence.TOO_FEW_PROVIDERS, fixing.providers)
    entries = entries_of(fixing.prices, method)
    link = link_between(anchor.fixing.prices, fixing.prices, method)
    value8 = value_of(apply_link(anchor.level18, link))
    median8 = median_of(entries)
    return IndexValue(
        value8=value8,
        confidence8=confidence_of(entries, median8, value8),
        median8=median8,
        providers=fixing.providers,
        entries=entries,
        state=_state(link.held, anchor.last_held, fixing.providers, method),
        links=anchor.links,
        held=anchor.held,
    )


def _state(held: bool, last_held: bool, providers: int, method: Method) -> State:
    if held:
        return State.HALTED
    return State.THIN if last_held or providers < method.live_providers else State.LIVE
