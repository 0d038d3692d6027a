"""`pargrade futures open` and `pargrade futures merge`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from pargrade.chain.block import BlockStamp
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address
from pargrade.chain.wallet import Wallet
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    DryRun,
    KeyText,
    RpcUrl,
)
from pargrade.cli.toolkit.output import report
from pargrade.cli.toolkit.parse import account, lots_of
from pargrade.cli.toolkit.session import open_wallet
from pargrade.deployment.series import LONG, ListedSeries, lots_shown, market_of
from pargrade.deployment.session import Session, open_session
from pargrade.deployment.token import NotEnough, Token
from pargrade.deployment.transactions import Step, carry_out, describe, to_json
from pargrade.devnet.accounts import DESK
from pargrade.units import LOT

Series = Annotated[str, typer.Argument(help="Name of the series.")]
GradeName = Annotated[
    str | None,
    typer.Option(metavar="SYMBOL", help="Grade of the SHORT.", show_default="the only one"),
]
LotsText = Annotated[
    str | None, typer.Option(metavar="N", help="How many lots of 0.01 SCU.", show_default=False)
]
ContractsText = Annotated[
    str | None,
    typer.Option(metavar="N", help="Or how many contracts of 73,000 lots.", show_default=False),
]
LongParty = Annotated[
    str | None,
    typer.Option("--long", metavar="ADDRESS", help="Who is long.", show_default="the caller"),
]
ShortParty = Annotated[
    str | None,
    typer.Option("--short", metavar="ADDRESS", help="Who is short.", show_default="the caller"),
]


@dataclass(frozen=True, slots=True)
class Pair:
    """Lots of one LONG and one SHORT, and who holds which."""

    session: Session
    wallet: Wallet
    series: ListedSeries
    grade: int
    lots: int
    long: Address
    short: Address
    block: BlockStamp

    @property
    def arguments(self) -> tuple[int, int, int, Address, Address]:
        """What the market's `open` and `merge` take."""
        return (self.series.number, self.grade, self.lots, self.long, self.short)

    @property
    def of_long(self) -> tuple[Token, int]:
        """What the long side locks: quote, base units."""
        return self.series.quote, self.lots * self.series.view.quote_per_lot

    @property
    def of_short(self) -> tuple[Token, int]:
        """What the short side locks: units, wei; if BANDED quote, base units."""
        view = self.series.view
        if self.series.is_banded:
            return self.series.quote, self.lots * view.short_quote_per_lot
        unit = Token.read(self.session.chain, view.terms.units[self.grade], self.block)
        return unit, self.lots * LOT

    def locks(self) -> dict[tuple[Address, Address], tuple[Token, int]]:
        """What each party locks, by party and token: one who is both sides may lock one twice."""
        found: dict[tuple[Address, Address], tuple[Token, int]] = {}
        for party, (token, amount) in ((self.long, self.of_long), (self.short, self.of_short)):
            key = party, token.contract.address
            _, already = found.get(key, (token, 0))
            found[key] = token, already + amount
        return found

    def show(self, verb: str, steps: tuple[Step, ...], *, as_json: bool) -> None:
        """Reports what was done with the pair."""
        banded = self.series.is_banded
        (quote, of_long), (other, of_short) = self.of_long, self.of_short
        symbol = None if banded else self.series.grades[self.grade]
        against = "" if banded else f" against {symbol}"
        report(
            {
                "series": self.series.name,
                "series_id": str(self.series.number),
                "grade": symbol,
                "lots": self.lots,
                "long": self.long,
                "short": self.short,
                "quote": str(of_long),
                "short_quote": str(of_short if banded else 0),
                "units": str(0 if banded else of_short),
                **to_json(steps),
            },
            f"{verb} {lots_shown(self.lots)} of {self.series.name}{against}: "
            f"{quote.shown(of_long)} and {other.shown(of_short)}",
            f"long {self.long}, short {self.short}",
            describe(steps),
            as_json=as_json,
        )


def open_pairs(
    series: Series,
    grade: GradeName = None,
    lots: LotsText = None,
    contracts: ContractsText = None,
    long: LongParty = None,
    short: ShortParty = None,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Open pairs: lock quote at K from the long side and units from the short side.

    Of a BANDED series the long side locks K - L and the short side H - K, both in quote.

    A party that is not the caller must have made the caller its operator and approved the market;
    the caller's own approvals are made here, for exactly what is locked.
    """
    pair = _pair(rpc_url, deployment, key, series, grade, lots_of(lots, contracts), long, short)
    market, me = market_of(pair.session), pair.wallet.address
    calls: list[Call[Any]] = []
    for (party, _), (token, needed) in pair.locks().items():
        token.require(party, needed, pair.block)
        if party == me:
            calls += token.approvals(me, market.address, needed, pair.block)
    calls.append(market.open(*pair.arguments))
    steps = carry_out(pair.wallet, calls, dry_run=dry_run)
    pair.show("Would open" if dry_run else "Opened", steps, as_json=as_json)


def merge(
    series: Series,
    grade: GradeName = None,
    lots: LotsText = None,
    contracts: ContractsText = None,
    long: LongParty = None,
    short: ShortParty = None,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Close pairs before settlement: both sides get their own lock back. No role can stop this."""
    pair = _pair(rpc_url, deployment, key, series, grade, lots_of(lots, contracts), long, short)
    market = market_of(pair.session)
    for party, side in ((pair.long, LONG), (pair.short, pair.grade + 1)):
        held = market.balance_of(party, pair.series.number + side, block=pair.block)
        if held < pair.lots:
            name = pair.series.side_name(side)
            raise NotEnough(party, f"{held} lots of {name}", str(pair.lots))
    steps = carry_out(pair.wallet, [market.merge(*pair.arguments)], dry_run=dry_run)
    pair.show("Would merge" if dry_run else "Merged", steps, as_json=as_json)


def _pair(
    rpc_url: str,
    deployment: Path | None,
    key: str,
    name: str,
    grade: str | None,
    lots: int,
    long: str | None,
    short: str | None,
) -> Pair:
    session = open_session(rpc_url, deployment)
    wallet = open_wallet(session.chain, key, DESK)
    head = session.chain.head()
    series = ListedSeries.read(session, name, head)
    return Pair(
        session=session,
        wallet=wallet,
        series=series,
        grade=series.grade_number(grade),
        lots=lots,
        long=account(long, "the long party") if long else wallet.address,
        short=account(short, "the short party") if short else wallet.address,
        block=head,
    )
