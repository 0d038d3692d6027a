"""The origin of a proposed factor: published table and quality, or override."""

from dataclasses import dataclass
from typing import Any

from pargrade.errors import PargradeError
from pargrade.factor.derivation import four
from pargrade.factor.published import Published, published_factor, require_agreement, table_for
from pargrade.grade.file import Proposal


@dataclass(frozen=True, slots=True)
class FactorOrigin:
    """The table's factor, and the refusal that was overridden, if any."""

    table: str
    published: Published | None
    overridden: str
    """The refusal that was overridden; empty without one."""

    def to_json(self) -> dict[str, Any]:
        """The origin as JSON values."""
        return {
            "table": self.table,
            "factor4": self.published.factor4 if self.published else None,
            "band4": list(self.published.band4) if self.published else None,
            "overridden": self.overridden,
        }

    def lines(self) -> list[tuple[str, str]]:
        """The origin as (name, text) lines for people."""
        lines = [("factor table", self.table or "none that ships")]
        if self.published is not None:
            low, high = self.published.band4
            lines += [
                ("published factor", four(self.published.factor4)),
                ("band", f"{four(low)} to {four(high)}"),
            ]
        if self.overridden:
            lines.append(("OVERRIDDEN", self.overridden))
        return lines


def factor_origin(proposal: Proposal, *, override: bool) -> FactorOrigin:
    """Check a proposed factor against the table that its terms name.

    Raises UnknownTable, NoPublishedFactor, UnratedPrecision, UnknownRung, QualityOutOfBounds and
    FactorDiffers. With `override` the refusal is kept as text and nothing is raised.
    """
    name, published = "", None
    try:
        table, facts = table_for(proposal.terms)
        name = table.method
        published = published_factor(proposal.terms, table, facts)
        require_agreement(
            proposal.terms, published, facts.method.ladder.chosen(proposal.quality), facts
        )
    except PargradeError as refusal:
        if not override:
            raise
        return FactorOrigin(name, published, str(refusal))
    return FactorOrigin(name, published, "")
