"""The figures of a ledger by name, for comparison and hashing."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bridge.ledger.ledger import FINAL, Ledger
from pargrade.chain.hashing import Address
from pargrade.errors import PargradeError
from pargrade.units import LOT

Figures = Mapping[str, int | str]
"""Figures by name: amounts in base units, other values as in the contracts."""

_ABSENT: Final = "nothing"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One figure that differs between two states."""

    figure: str
    ledger: int | str
    chain: int | str

    def __str__(self) -> str:
        return f"{self.figure}: the ledger says {self.ledger}, the chain {self.chain}"


class LedgerMismatch(PargradeError):
    """The ledger differs from the contracts at its last block."""

    hint = "Run `pargrade bridge rebuild`; if it differs again, report the figures named."

    def __init__(self, block: int, mismatches: tuple[Mismatch, ...]) -> None:
        self.block = block
        self.mismatches = mismatches
        shown = "; ".join(map(str, mismatches[:5]))
        more = f"; and {len(mismatches) - 5} more" if len(mismatches) > 5 else ""
        super().__init__(f"block {block}: {shown}{more}")


def figures(ledger: Ledger) -> Figures:
    """The figures of a ledger that can also be read from the contracts."""
    return dict(_figures(ledger))


def totals(ledger: Ledger) -> Figures:
    """The figures that no contract stores: sums over past events."""
    return dict(_totals(ledger))


def digest(ledger: Ledger) -> str:
    """sha256 over all figures and totals, hexadecimal; equal for equal states."""
    everything = {**figures(ledger), **totals(ledger)}
    text = json.dumps(everything, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def compare(ledger: Figures, chain: Figures) -> tuple[Mismatch, ...]:
    """The figures that differ or are missing on one side, in order of name."""
    return tuple(
        Mismatch(name, ledger.get(name, _ABSENT), chain.get(name, _ABSENT))
        for name in sorted({*ledger, *chain})
        if ledger.get(name, _ABSENT) != chain.get(name, _ABSENT)
    )


def audit(ledger: Ledger, market: Address) -> tuple[Mismatch, ...]:
    """Check what must hold inside a ledger; empty when all of it holds.

    Per series, the LONG lots in existence are the lots opened less those redeemed; the same holds
    for the SHORT lots per grade. Per unit, the market holds at least what the series that are not
    final lock. In a Mismatch, `ledger` is the figure found and `chain` the figure expected.
    """
    found: dict[str, int | str] = {}
    expected: dict[str, int | str] = {}
    for number, series in ledger.series.items():
        sides = (sum(series.lots), *series.lots)
        for position, lots in zip(ledger.positions(number), sides, strict=True):
            name = f"position.{position}.lots"
            found[name] = ledger.books.issued(position)
            expected[name] = lots - series.redeemed.get(position, 0)
    for unit, locked in _locked(ledger).items():
        name = f"unit.{unit}.held"
        held = ledger.books.balance(unit, market)
        found[name], expected[name] = held, max(held, locked)
    return compare(found, expected)


def _locked(ledger: Ledger) -> dict[Address, int]:
    locked: dict[Address, int] = {}
    for series in ledger.series.values():
        if series.phase not in FINAL and not series.is_banded:
            for unit, lots in zip(series.terms.units, series.lots, strict=True):
                locked[unit] = locked.get(unit, 0) + lots * LOT
    return locked


def _figures(ledger: Ledger) -> Iterator[tuple[str, int | str]]:
    yield "market.entryStopped", str(ledger.entry_stopped)
    for index, cap in ledger.month_caps.items():
        yield f"market.monthCap.{index}", cap
    for (index, month), lots in ledger.month_lots.items():
        yield f"market.monthLots.{index}.{month}", lots
    for number, series in ledger.series.items():
        name = f"series.{number}"
        yield f"{name}.phase", series.phase.name
        yield f"{name}.price", series.price
        yield f"{name}.challengeEnds", series.challenge_ends
        yield f"{name}.guardianActed", str(series.guardian_acted)
        yield f"{name}.impaired", series.impaired
        for side, lots in enumerate(series.lots):
            yield f"{name}.lots.{side}", lots
    for unit, grade in ledger.grades.items():
        yield f"grade.{unit}.closed", str(grade.closed)
        yield f"grade.{unit}.impairedAt", grade.impaired_at
        yield f"grade.{unit}.shortSince", grade.short_since
        yield f"unit.{unit}.supply", ledger.books.issued(unit)
    for asset, account, amount in ledger.books:
        yield f"balance.{asset}.{account}", amount
    for (token, account), amount in ledger.claimable.items():
        yield f"claimable.{token}.{account}", amount
    for account, to in ledger.payout_addresses.items():
        yield f"payoutAddress.{account}", to
    for (contract, number), latest in ledger.rounds.items():
        yield f"index.{contract}.{number}.slot", latest.slot
        yield f"index.{contract}.{number}.value", latest.value


def _totals(ledger: Ledger) -> Iterator[tuple[str, int | str]]:
    for number, series in ledger.series.items():
        yield f"series.{number}.quotePaid", series.quote_paid
        for position, lots in series.redeemed.items():
            yield f"position.{position}.redeemed", lots
    for unit, grade in ledger.grades.items():
        yield f"grade.{unit}.tokens", grade.tokens
