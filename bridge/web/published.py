"""What is published about a grade's factor: its band, and the work its hardware does."""

import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from pargrade.bindings.structs import Basis, Denomination, Kind, Precision
from pargrade.data.files import DATA
from pargrade.errors import PargradeError
from pargrade.factor.published import published_factor, table_for
from pargrade.grade.terms import GradeTerms
from pargrade.units import Scu

MOST_BODY_BYTES: Final = 4096
_DIGITS: Final = r"^[0-9]{1,78}$"
_HASH: Final = r"^0x[0-9a-fA-F]{64}$"


class StatedTerms(BaseModel):
    """A grade's terms as the page read them in the listing's log. Amounts are texts."""

    model_config = ConfigDict(extra="forbid")

    network: str = Field(max_length=200)
    token: str = Field(max_length=42)
    decimals: int = Field(ge=0, le=36)
    kind: int = Field(ge=0, le=2)
    denomination: int = Field(ge=0, le=3)
    model: str = Field(max_length=200)
    precision: int = Field(ge=0, le=6)
    basis: int = Field(ge=0, le=2)
    input_tokens: int = Field(ge=0, lt=1 << 32)
    output_tokens: int = Field(ge=0, lt=1 << 32)
    quantity: str = Field(pattern=_DIGITS)
    scu_per_token: str = Field(pattern=_DIGITS)
    method_hash: str = Field(pattern=_HASH)
    valid_until: int = Field(ge=0, lt=1 << 40)
    deposit_cap: str = Field(pattern=_DIGITS)

    def checked(self) -> GradeTerms:
        """As the rest of the house takes them. Raises BadTerms."""
        return GradeTerms(
            network=self.network,
            token=self.token,
            decimals=self.decimals,
            kind=Kind(self.kind),
            denomination=Denomination(self.denomination),
            model=self.model,
            precision=Precision(self.precision),
            basis=Basis(self.basis),
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            quantity=int(self.quantity),
            scu_per_token=Scu(int(self.scu_per_token)),
            method_hash=bytes.fromhex(self.method_hash[2:]),
            valid_until=self.valid_until,
            deposit_cap=Scu(int(self.deposit_cap)),
        )


def describe_published(stated: StatedTerms) -> dict[str, Any]:
    """Factor and band in ten-thousandths per whole token, the table, and the work beside par.

    What is not published is null with the reason.
    """
    try:
        terms = stated.checked()
        table, facts = table_for(terms)
        found = published_factor(terms, table, facts)
    except PargradeError as refused:
        return {"factor4": None, "reason": str(refused)[:300], "work": []}
    low, high = found.band4
    is_estimate = terms.denomination is not Denomination.FLOP and low != high
    return {
        "factor4": found.factor4,
        "low4": low if is_estimate else None,
        "high4": high if is_estimate else None,
        "table": table.method,
        "reason": "" if is_estimate else "declared, not estimated",
        "work": _work(terms.model, facts.method.par.key),
    }


def _work(model: str, par: str) -> list[dict[str, str]]:
    """Rates of the hardware and of par, by kind of work; empty where nobody measured it."""
    document: Mapping[str, Any] = json.loads((DATA / "work.json").read_text(encoding="utf-8"))
    found = []
    for row in document["rows"]:
        rates: Mapping[str, str] = row["rates"]
        if model in rates and par in rates and model != par:
            share = float(Fraction(rates[model]) / Fraction(rates[par]))
            kept = {name: str(row[name])[:120] for name in ("kind", "unit")}
            kept |= {"rate": rates[model], "par": rates[par], "share": f"{share:.4f}"}
            found.append(kept)
    return found
