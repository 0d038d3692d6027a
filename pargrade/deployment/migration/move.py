"""Moving what can move and redeeming what is final, page by page; what is done is not done again.

All progress is on the chain: an interrupted migration is finished by running it again.
"""

from collections.abc import Callable, Iterator
from typing import Any

from pargrade.chain.call import Call
from pargrade.chain.errors import FailedTransaction, Reverted
from pargrade.chain.receipt import Receipt
from pargrade.chain.wallet import Wallet
from pargrade.deployment.deployer import place_all
from pargrade.deployment.migration.forecast import describe_refusal
from pargrade.deployment.migration.likeness import Destination
from pargrade.deployment.migration.outcome import LotCount, read_outcomes
from pargrade.deployment.migration.plan import Migration, creation_of
from pargrade.deployment.revert_hints import explained
from pargrade.process.failpoint import reached

Progress = Callable[[str], None]


def migrate(wallet: Wallet, migration: Migration, progress: Progress) -> tuple[LotCount, ...]:
    """Moves what can move, redeems what is final, and says what became of every lot.

    A page that is refused leaves its lots where they are: the reason is kept with the count, and
    the others go on. Raises what stops all of them: a chain that is down, a wallet without coins.
    """
    place_migrator(wallet, migration)
    for call in migration.dust_calls(wallet.address):
        _send(wallet, call)
    refusals: dict[int, list[str]] = {}
    for each in migration.destinations:
        refusals[each.series.number] = list(_carry_out(wallet, migration, each, progress))
    return read_outcomes(migration, refusals)


def _carry_out(
    wallet: Wallet, migration: Migration, destination: Destination, progress: Progress
) -> Iterator[str]:
    """Sends every page of a series; the reasons of those that were refused."""
    name, pages = destination.series.name, tuple(migration.pages(destination))
    for number, page in enumerate(pages, start=1):
        what = f"{name}: page {number} of {len(pages)}"
        try:
            wallet.send(migration.move_call(destination, page))
        except (Reverted, FailedTransaction) as refusal:
            # Each page stands for itself: the next one may be of others.
            reason = describe_refusal(refusal, destination)
            progress(f"{what} refused: {reason}")
            yield reason
            continue
        reached("migrate.moved")
        progress(f"{what}, {page.lots} lots of each side moved")
    for number, call in enumerate(migration.redeem_calls(destination), start=1):
        try:
            wallet.send(call)
        except (Reverted, FailedTransaction) as refusal:
            reason = describe_refusal(refusal, destination)
            progress(f"{name}: page {number} not redeemed: {reason}")
            yield reason
            continue
        progress(f"{name}: page {number} redeemed")


def place_migrator(wallet: Wallet, migration: Migration) -> None:
    """Puts the contract on the chain where it is not yet. Raises NoFactory."""
    source, target = migration.source.deployment, migration.target.deployment
    place_all(wallet, (creation_of(source, target),))


def _send(wallet: Wallet, call: Call[Any]) -> Receipt:
    try:
        return wallet.send(call)
    except Reverted as refusal:
        raise explained(refusal) from None
