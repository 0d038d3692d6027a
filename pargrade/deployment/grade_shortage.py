"""Whether the reserves of a grade are short, and which look at them is due: see GradeRegistry.

A first look that finds them short closes the grade to new wraps and locks. A second one, 24 hours
to 7 days later, impairs it for good; once they are whole in between, the first look is taken back.
Anyone may take either.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Self

from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.bindings.ierc20_metadata import IERC20Metadata
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.block import BlockStamp
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address
from pargrade.clock import DAY_S
from pargrade.text import moment

TOLERANCE_BPS: Final = 10
"""Shortages up to so many basis points of what the units need count as none."""
LOOKS_APART_S: Final = DAY_S
LOOK_LASTS_S: Final = 7 * DAY_S
_WHOLE_BPS: Final = 10_000


class Due(Enum):
    """What anyone may do about a grade now."""

    NOTHING = "nothing"
    FIRST_LOOK = "first look"
    SECOND_LOOK = "second look"
    CURE = "cure"


@dataclass(frozen=True, slots=True)
class Shortage:
    """The reserves of one unit at one block. Amounts are base units of the token."""

    unit: Address
    held: int
    needed: int
    """By all units in existence, rounded up."""
    short_since: int
    """Unix time of the first look; 0 where there is none."""
    impaired_at: int
    """Unix time from which the grade is impaired; 0 if never."""
    now: int

    @classmethod
    def read(cls, registry: GradeRegistry, unit: Address, block: BlockStamp) -> Self:
        """Of a listed unit. Raises UnknownUnit, and what its token and the chain raise."""
        chain = registry.chain
        wrapped = WrappedUnit(chain, unit)
        factor = wrapped.factor(block=block)
        supply = wrapped.total_supply(block=block)
        return cls(
            unit=unit,
            held=IERC20Metadata(chain, factor.token).balance_of(unit, block=block),
            needed=-(-supply * 10**factor.decimals // factor.scu_per_token),
            short_since=registry.short_since(unit, block=block),
            impaired_at=registry.grade(unit, block=block).impaired_at,
            now=block.timestamp,
        )

    @property
    def is_lacking(self) -> bool:
        """Whether less is held than the tolerance allows, as the registry computes it."""
        return self.held < self.needed - self.needed * TOLERANCE_BPS // _WHOLE_BPS

    @property
    def second_look_from(self) -> int:
        """Unix time from which another look impairs the grade; 0 where no first one counts."""
        return self.short_since + LOOKS_APART_S if self._is_looked_at else 0

    @property
    def due(self) -> Due:
        """What the chain takes and somebody should send."""
        if self.is_impaired:
            return Due.NOTHING
        if self._is_looked_at:
            if not self.is_lacking:
                return Due.CURE
            return Due.SECOND_LOOK if self.now >= self.second_look_from else Due.NOTHING
        return Due.FIRST_LOOK if self.is_lacking else Due.NOTHING

    @property
    def is_open(self) -> bool:
        """Whether it is short and can still be made good: once impaired, it is settled so."""
        return self.is_lacking and not self.is_impaired

    @property
    def is_impaired(self) -> bool:
        """Whether it is in force; an announced one is not yet."""
        return 0 < self.impaired_at <= self.now

    @property
    def _is_looked_at(self) -> bool:
        return self.short_since != 0 and self.now <= self.short_since + LOOK_LASTS_S

    def describe(self) -> str:
        """For people; empty where nothing is short and nobody looked."""
        if self.is_impaired:
            return ""
        if not self._is_looked_at:
            return "short, nobody has looked yet" if self.is_lacking else ""
        if not self.is_lacking:
            return "whole again: cure takes the first look back"
        return f"short, second look from {moment(self.second_look_from)}"

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "needed": str(self.needed),
            "lacking": self.is_lacking,
            "short_since": self.short_since or None,
            "second_look_from": self.second_look_from or None,
            "due": self.due.value,
        }


def call_due(registry: GradeRegistry, shortage: Shortage) -> Call[None] | None:
    """The call that is due, for anyone to send."""
    match shortage.due:
        case Due.FIRST_LOOK | Due.SECOND_LOOK:
            return registry.impair(shortage.unit)
        case Due.CURE:
            return registry.cure(shortage.unit)
        case Due.NOTHING:
            return None
