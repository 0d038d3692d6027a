"""Comparison of the ledger with the contracts at one block."""

from collections.abc import Iterator
from dataclasses import dataclass

from bridge.ledger.contracts import Contracts
from bridge.ledger.ledger import Ledger
from bridge.ledger.snapshot import Mismatch, audit, compare, digest, figures
from pargrade.bindings.ierc20_metadata import IERC20Metadata
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import Address


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """How many figures were compared at a block, and those that differ."""

    block: BlockStamp
    figures: int
    digest: str
    """Digest of the ledger, hexadecimal."""
    mismatches: tuple[Mismatch, ...]
    reread_from: int | None = None
    """The block after which the chain was read again, because figures differed."""


def reconcile(ledger: Ledger, contracts: Contracts, block: BlockStamp) -> Reconciliation:
    """Compare a ledger with the contracts at its last block. Raises the chain's errors."""
    ours = figures(ledger)
    theirs = dict(_chain_figures(ledger, contracts, block))
    mismatches = (
        *compare(ours, theirs),
        *audit(ledger, contracts.market.address),
        *_reserves(ledger, contracts, block),
    )
    return Reconciliation(block, len({*ours, *theirs}), digest(ledger), mismatches)


def _chain_figures(
    ledger: Ledger, contracts: Contracts, block: BlockStamp
) -> Iterator[tuple[str, int | str]]:
    """The figures of `figures`, read from the contracts, with those the ledger does not know."""
    market, registry = contracts.market, contracts.registry
    yield "market.entryStopped", str(market.entry_stopped(block=block))
    for number in ledger.month_caps:
        yield f"market.monthCap.{number}", market.month_cap(number, block=block)
    for number, month in ledger.month_lots:
        yield f"market.monthLots.{number}.{month}", market.month_lots(number, month, block=block)
    for number in market.series_ids(block=block):
        view = market.series(number, block=block)
        name = f"series.{number}"
        yield f"{name}.phase", view.phase.name
        yield f"{name}.price", view.price
        yield f"{name}.challengeEnds", view.challenge_ends
        yield f"{name}.guardianActed", str(view.guardian_acted)
        yield f"{name}.impaired", view.impaired
        for side, lots in enumerate(view.lots_of):
            yield f"{name}.lots.{side}", lots
    for unit in registry.units(block=block):
        grade = registry.grade(unit, block=block)
        yield f"grade.{unit}.closed", str(grade.closed)
        yield f"grade.{unit}.impairedAt", grade.impaired_at
        yield f"grade.{unit}.shortSince", registry.short_since(unit, block=block)
        yield f"unit.{unit}.supply", WrappedUnit(market.chain, unit).total_supply(block=block)
    for asset, account, _ in ledger.books:
        if isinstance(asset, int):
            held = market.balance_of(account, asset, block=block)
        else:
            held = WrappedUnit(market.chain, asset).balance_of(account, block=block)
        yield f"balance.{asset}.{account}", held
    for token, account in ledger.claimable:
        yield f"claimable.{token}.{account}", market.claimable(token, account, block=block)
    for account in ledger.payout_addresses:
        yield f"payoutAddress.{account}", market.payout_address(account, block=block)
    for contract, number in ledger.rounds:
        latest = SpotIndex(market.chain, contract).latest(number, block=block)
        yield f"index.{contract}.{number}.slot", latest.slot
        yield f"index.{contract}.{number}.value", latest.value


def _reserves(ledger: Ledger, contracts: Contracts, block: BlockStamp) -> Iterator[Mismatch]:
    """Tokens of which a contract holds less than it owes. More is a donation and no mismatch."""
    chain = contracts.market.chain
    for unit, grade in ledger.grades.items():
        held = IERC20Metadata(chain, grade.terms.token).balance_of(unit, block=block)
        if held < grade.tokens:
            yield Mismatch(f"grade.{unit}.tokens", grade.tokens, held)
    for token, owed in _quote_owed(ledger, contracts, block).items():
        held = IERC20Metadata(chain, token).balance_of(contracts.market.address, block=block)
        if held < owed:
            yield Mismatch(f"market.quote.{token}", owed, held)


def _quote_owed(ledger: Ledger, contracts: Contracts, block: BlockStamp) -> dict[Address, int]:
    owed: dict[Address, int] = {}
    for number, series in ledger.series.items():
        view = contracts.market.series(number, block=block)
        lock = view.quote_per_lot + view.short_quote_per_lot
        token = series.terms.quote_token
        owed[token] = owed.get(token, 0) + sum(series.lots) * lock - series.quote_paid
    for (token, _), amount in ledger.claimable.items():
        if token in owed:
            owed[token] += amount
    return owed
