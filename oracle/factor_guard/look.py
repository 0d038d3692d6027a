"""One look at the factors in force: which no longer fit the newest prices, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pargrade.clock import DAY_S
from pargrade.deployment.grade_closing import GradeClosing
from pargrade.factor.derivation import four
from pargrade.factor.drift import FactorFit, day_text, in_force, rated_hardware, rolling_fits
from pargrade.factor.factor import PriceRow
from pargrade.factor.table import FactorTable, Facts

FRESH_DAYS: Final = 7
"""A window that ended earlier closes nothing: it says how things were."""


@dataclass(frozen=True, slots=True)
class FactorLook:
    """The newest fresh window of every kind of hardware that has one."""

    instant: int
    """Unix seconds of the chain."""
    fits: tuple[FactorFit, ...]
    unknown: tuple[str, ...]
    """Hardware with a factor and without a window that is fresh and has enough providers."""

    @property
    def outside(self) -> dict[str, str]:
        """Hardware whose factor left its band, with the reason in words."""
        return {fit.hardware: describe(fit) for fit in self.fits if not fit.is_inside}


def look_at(
    rows: Sequence[PriceRow], table: FactorTable, facts: Facts, now: int, days: int
) -> FactorLook:
    """Holds the factors of a table against windows of `days` that end in the last days before
    `now`, unix seconds. Prices of later than `now` are not looked at.
    """
    today = now // DAY_S
    known = [row for row in rows if row.day < today]
    begins = max(min(in_force(table)), today - FRESH_DAYS - days + 1)
    newest = {fit.hardware: fit for fit in rolling_fits(known, {begins: table}, facts, days=days)}
    rated = {hardware.key for hardware in rated_hardware(table, facts)}
    return FactorLook(now, tuple(newest.values()), tuple(sorted(rated - newest.keys())))


def describe(fit: FactorFit) -> str:
    """A fit in words."""
    low, high = fit.band4
    where = "inside" if fit.is_inside else "outside"
    return (
        f"{fit.hardware}: the fit of {day_text(fit.first_day)} to {day_text(fit.last_day)} is "
        f"{four(fit.factor4)}, {where} {four(low)} to {four(high)}; in force is "
        f"{four(fit.in_force4)}"
    )


@dataclass(frozen=True, slots=True)
class ClosedGrade:
    """A grade that this look closed."""

    closing: GradeClosing
    tx_hash: bytes
    reason: str

    def to_json(self) -> dict[str, Any]:
        """The closing as JSON values."""
        made = {"tx_hash": "0x" + self.tx_hash.hex(), "reason": self.reason}
        return {**self.closing.to_json(), **made}


@dataclass(frozen=True, slots=True)
class OpenGrade:
    """A grade that should be closed and is not."""

    closing: GradeClosing
    reason: str
    obstacle: str
    """Why it is open."""

    def to_json(self) -> dict[str, Any]:
        """The grade as JSON values, with the call that closes it."""
        return {**self.closing.to_json(), "reason": self.reason, "obstacle": self.obstacle}


@dataclass(frozen=True, slots=True)
class GuardReport:
    """What a look found and did."""

    look: FactorLook
    closed: tuple[ClosedGrade, ...]
    left_open: tuple[OpenGrade, ...]

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "at": self.look.instant,
            "fits": [fit.to_json() for fit in self.look.fits],
            "unknown": list(self.look.unknown),
            "outside": self.look.outside,
            "closed": [each.to_json() for each in self.closed],
            "left_open": [each.to_json() for each in self.left_open],
        }
