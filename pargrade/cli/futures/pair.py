"""A pair to open or to merge: its two sides, what each locks, and how it is printed."""

from dataclasses import dataclass
from pathlib import Path

from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import Address
from pargrade.chain.wallet import Wallet
from pargrade.cli.toolkit.output import report
from pargrade.cli.toolkit.parse import account, lots_of
from pargrade.cli.toolkit.session import open_wallet
from pargrade.deployment.series import ListedSeries, lots_shown
from pargrade.deployment.session import Session, open_session
from pargrade.deployment.token import Token
from pargrade.deployment.transactions import Step, describe, to_json
from pargrade.devnet.accounts import DESK
from pargrade.units import LOT


@dataclass(frozen=True, slots=True)
class PairWords:
    """The pair as the command line names it; None where an option was left away."""

    series: str
    grade: str | None
    lots: str | None
    contracts: str | None
    long: str | None
    short: str | None


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

    @property
    def block(self) -> BlockStamp:
        """The block everything is read at."""
        return self.series.block

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


def read_pair(rpc_url: str, deployment: Path | None, key: str, words: PairWords) -> Pair:
    """The pair, all of it read at the newest block. Raises for words that name none."""
    lots = lots_of(words.lots, words.contracts)
    session = open_session(rpc_url, deployment)
    wallet = open_wallet(session.chain, key, DESK)
    series = ListedSeries.read(session, words.series, session.chain.head())
    return Pair(
        session=session,
        wallet=wallet,
        series=series,
        grade=series.grade_number(words.grade),
        lots=lots,
        long=account(words.long, "the long party") if words.long else wallet.address,
        short=account(words.short, "the short party") if words.short else wallet.address,
    )


def report_pair(pair: Pair, verb: str, steps: tuple[Step, ...], *, as_json: bool) -> None:
    """Prints what was, or in a dry run would be, done with the pair."""
    series, banded = pair.series, pair.series.is_banded
    quote, of_long = pair.of_long
    other, of_short = pair.of_short
    symbol = None if banded else series.grades[pair.grade]
    against = "" if banded else f" against {symbol}"
    report(
        {
            "series": series.name,
            "series_id": str(series.number),
            "grade": symbol,
            "lots": pair.lots,
            "long": pair.long,
            "short": pair.short,
            "quote": str(of_long),
            "short_quote": str(of_short if banded else 0),
            "units": str(0 if banded else of_short),
            **to_json(steps),
        },
        f"{verb} {lots_shown(pair.lots)} of {series.name}{against}: "
        f"{quote.shown(of_long)} and {other.shown(of_short)}",
        f"long {pair.long}, short {pair.short}",
        describe(steps),
        as_json=as_json,
    )
