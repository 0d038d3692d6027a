"""Listing in the new market what the old one has: series by series, each name written at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pargrade.bindings.futures_market import FuturesMarket, SeriesCreated
from pargrade.bindings.governance import Governance
from pargrade.chain.call import Call
from pargrade.chain.errors import ChainError, FailedTransaction, Reverted, RpcDown
from pargrade.chain.hashing import Address
from pargrade.chain.wallet import Wallet
from pargrade.deployment.migration.forecast import describe_refusal
from pargrade.deployment.migration.likeness import Destination
from pargrade.deployment.migration.plan import Migration
from pargrade.deployment.role_holders import read_role_holders
from pargrade.deployment.roles import Role
from pargrade.deployment.series import market_of
from pargrade.deployment.series_listing import record_series
from pargrade.deployment.transactions import carry_out, require_funds
from pargrade.process.failpoint import reached

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SeriesListing:
    """What became of one series, or in a dry run would become."""

    name: str
    """That the new file has for it; where nothing was written, the old file's."""
    number: int | None
    """Its id in the new market; None where it is not there."""
    is_new: bool
    """False where the market had it, and the file alone lacked it."""
    refusal: str
    """Why the market refused it, for people; empty where it did not."""


def list_missing(
    wallet: Wallet, migration: Migration, progress: Progress
) -> Iterator[SeriesListing]:
    """Lists them one by one; a refused one holds up no other, and what is there gets its name.

    Each name is written before the next series is sent: an interrupted listing is finished by doing
    it again. Raises what stops all of them: a chain that is down, a wallet without coins, FileBusy.
    """
    for each in _unnamed(migration):
        name = _record(migration, each, each.to or 0)
        progress(f"{name} is in the new market already: its name is written")
        yield SeriesListing(name, each.to, is_new=False, refusal="")
    for each, call in _missing(migration):
        try:
            number = wallet.send(call).event(SeriesCreated).series
        except (Reverted, FailedTransaction) as refusal:
            reason = describe_refusal(refusal, each)
            progress(f"{each.series.name} is refused: {reason}")
            yield SeriesListing(each.series.name, None, is_new=True, refusal=reason)
            continue
        reached("migrate.listed")
        name = _record(migration, each, number)
        progress(f"{name} is listed in the new market")
        yield SeriesListing(name, number, is_new=True, refusal="")


def rehearse_listing(wallet: Wallet, migration: Migration) -> tuple[int, tuple[SeriesListing, ...]]:
    """Gas of all that a listing would send, and what would become of each series.

    Raises CannotRehearse, and UnfundedWallet where the wallet could not pay for all.
    """
    found = [SeriesListing(_name_of(each), each.to, False, "") for each in _unnamed(migration)]
    gas = 0
    for each, call in _missing(migration):
        try:
            gas += sum(step.gas for step in carry_out(wallet, (call,), dry_run=True))
            found.append(SeriesListing(_name_of(each), None, is_new=True, refusal=""))
        except Reverted as refusal:
            reason = describe_refusal(refusal, each)
            found.append(SeriesListing(each.series.name, None, is_new=True, refusal=reason))
    require_funds(wallet, gas)
    return gas, tuple(found)


def find_refusals(migration: Migration) -> dict[int, str]:
    """Why listing would be refused to a curator of the new market, by id of the old series.

    Series that would be taken are left out, and all where no curator is found who acts at once.
    """
    missing = tuple(_missing(migration))
    curator = _find_curator(migration) if missing else None
    if curator is None:
        return {}
    found = {}
    for each, call in missing:
        try:
            migration.target.chain.call(call, block=migration.block, sender=curator)
        except Reverted as refusal:
            found[each.series.number] = describe_refusal(refusal, each)
    return found


def _missing(migration: Migration) -> Iterator[tuple[Destination, Call[int]]]:
    """What the new market lacks and still takes, and the call of a curator that lists it."""
    market, now = market_of(migration.target), migration.block.timestamp
    for each in migration.destinations:
        series = each.series
        is_open = not series.is_final and now < series.view.terms.start
        if is_open and each.to is None and each.terms is not None:
            yield each, market.create(each.terms)


def _unnamed(migration: Migration) -> Iterator[Destination]:
    """What the new market has and its file does not name."""
    known = {int(each.series_id) for each in migration.target.deployment.series.values()}
    for each in migration.destinations:
        if each.to is not None and each.to not in known:
            yield each


def _record(migration: Migration, destination: Destination, number: int) -> str:
    return record_series(migration.target, _name_of(destination), number)[1]


def _name_of(destination: Destination) -> str:
    """The old name. A series without one goes by its id, which in a file could be another's."""
    series = destination.series
    return f"S-{series.number:064x}"[:10] if series.name.isdecimal() else series.name


def _find_curator(migration: Migration) -> Address | None:
    """Who may list in the new market at once; None where nobody is found."""
    chain, block = migration.target.chain, migration.block
    market = market_of(migration.target)
    governance = Governance(chain, market.authority(block=block))
    create = FuturesMarket.SELECTORS["create"]
    try:
        holders = read_role_holders(governance, migration.target.deployment.block, block)
        for holder in holders[Role.CURATOR]:
            if governance.can_call(holder, market.address, create, block=block).immediate:
                return holder
    except RpcDown:
        raise
    except ChainError:
        # An authority of another kind, or an endpoint without its events: nothing can be told.
        return None
    return None
