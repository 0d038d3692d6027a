"""What a run would do with a series: first pages tried on the chain, and who is waited for."""

from dataclasses import dataclass
from typing import Any, Final

from pargrade.bindings.errors import ERC20InsufficientBalance
from pargrade.chain.block import Tag
from pargrade.chain.construction import NotConstructed, construct
from pargrade.chain.errors import FailedTransaction, Reverted, RpcRefused
from pargrade.chain.hashing import Address
from pargrade.chain.reverts import decode_revert
from pargrade.chain.simulation import Message, cannot_simulate, simulate_messages
from pargrade.deployment.migration.likeness import Destination
from pargrade.deployment.migration.pages import PairPage
from pargrade.deployment.migration.plan import Migration, creation_of
from pargrade.deployment.revert_hints import explained

DUST_HINT: Final = (
    "Units are wrapped anew, and what rounding loses comes from whoever sends the page: wrap some "
    "of the new units first. `pargrade migrate plan --sender` says how many."
)


@dataclass(frozen=True, slots=True)
class Forecast:
    """One series of the old market, at the block of the migration."""

    destination: Destination
    held: int
    """Lots of all sides together, as all of these."""
    movable: int
    pages: int
    """Transactions, those that redeem included."""
    why_not: str
    """Why nothing moves now, for people; empty where something does."""
    refused: tuple[str, ...]
    """Why the first page of a grade would be refused, each reason once."""
    not_agreed: int
    """Lots of holders who did not agree."""
    unmatched: int
    """Lots of holders who agreed, without a counterpart who did."""
    self_redeeming: int
    """Lots of contracts without a payout address, of a series that is final."""

    @property
    def stays_because(self) -> str:
        """Why some or all of it stays, for people."""
        if self.why_not:
            return self.why_not
        reasons = list(self.refused)
        if self.not_agreed:
            reasons.append(f"{self.not_agreed} lots wait for their holders to agree")
        if self.unmatched:
            reasons.append(f"{self.unmatched} for a counterpart who does")
        return ", ".join(reasons)

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        to = self.destination.to
        return {
            "series": self.destination.series.name,
            "to": None if to is None else str(to),
            "held": self.held,
            "movable": self.movable,
            "pages": self.pages,
            "why_not": self.why_not,
            "refused": list(self.refused),
            "not_agreed": self.not_agreed,
            "unmatched": self.unmatched,
            "self_redeeming": self.self_redeeming,
        }


def forecast(
    migration: Migration, destination: Destination, sender: Address | None, unlisted: str = ""
) -> Forecast:
    """What a run by `sender` would do with a series; None is anybody who has what rounding needs.

    `unlisted` is why the new market would not list it, where it lacks it. An endpoint that cannot
    simulate says nothing of what the market would refuse.
    """
    series = destination.series
    pages = tuple(migration.pages(destination))
    redeeming = sum(1 for _ in migration.redeem_calls(destination))
    firsts = {page.grade: page for page in reversed(pages)}
    tried = {
        grade: refusal_of(migration, destination, page, sender)
        for grade, page in sorted(firsts.items())
    }
    refused = tuple(dict.fromkeys(reason for reason in tried.values() if reason))
    moving = tuple(page for page in pages if not tried[page.grade])
    held = migration.lots_of(series)
    agreed = sum(
        sum(migration.before.movable(series.number + side).values()) for side in series.sides
    )
    is_moving = not destination.why_not
    why_not = destination.why_not or ("; ".join(refused) if not moving else "")
    if unlisted:
        why_not = f"{why_not}, and would be refused: {unlisted}"
    return Forecast(
        destination=destination,
        held=held,
        movable=2 * sum(page.lots for page in moving),
        pages=redeeming + len(moving),
        why_not=why_not,
        refused=refused,
        not_agreed=held - agreed if is_moving else 0,
        unmatched=agreed - 2 * sum(page.lots for page in pages) if is_moving else 0,
        self_redeeming=migration.self_redeeming_lots(series, migration.before),
    )


def refusal_of(
    migration: Migration, destination: Destination, page: PairPage, sender: Address | None
) -> str:
    """Why a page would be refused now, for people; empty where it would not, or cannot be told."""
    if destination.rewrapped and sender is None:
        # It takes units of whoever sends it, and nobody has been named.
        return ""
    who = sender or page.longs[0]
    calls = [*migration.dust_calls(who), migration.move_call(destination, page)]
    messages = [Message(call, who) for call in calls]
    chain = migration.source.chain
    first = chain.block(Tag.PENDING).timestamp
    try:
        results = simulate_messages(chain, messages, first, _migrator_code(migration))
    except NotConstructed:
        return ""
    except RpcRefused as refused:
        if cannot_simulate(refused):
            return ""
        raise
    for call, result in zip(calls, results, strict=True):
        if not result.succeeded:
            refusal = decode_revert(result.returned, call.errors, call.label)
            return describe_refusal(refusal, destination)
    return ""


def describe_refusal(refusal: Reverted | FailedTransaction, destination: Destination) -> str:
    """A refusal of a page with what to do about it, in one line."""
    if isinstance(refusal, Reverted):
        explained(refusal)
    if isinstance(refusal, ERC20InsufficientBalance) and destination.rewrapped:
        return f"{refusal}: {DUST_HINT}"
    text = str(refusal).rstrip(".")
    return f"{text}: {refusal.hint}" if refusal.hint else text


def describe_self_redeeming(lots: int) -> str:
    """What becomes of lots that nobody else can redeem, for people; empty where there are none."""
    if not lots:
        return ""
    return (
        f"{lots} lots of contracts without a payout address: they redeem themselves, or call "
        "setPayoutAddress"
    )


def _migrator_code(migration: Migration) -> dict[Address, bytes]:
    """The contract that moves positions, where it is not on the chain yet."""
    chain, migrator = migration.source.chain, migration.migrator
    if chain.code(migrator, block=migration.block):
        return {}
    creation = creation_of(migration.source.deployment, migration.target.deployment)
    return {migrator: construct(chain, creation, migrator, block=migration.block)}
