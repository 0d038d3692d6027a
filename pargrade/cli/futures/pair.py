"""A pair to open or to merge, as the command line names it, and how it is printed."""

from dataclasses import dataclass
from pathlib import Path

from pargrade.chain.wallet import Wallet
from pargrade.cli.toolkit.output import report
from pargrade.cli.toolkit.parse import account, lots_of
from pargrade.cli.toolkit.session import open_wallet
from pargrade.deployment.pairs import Pair
from pargrade.deployment.series import ListedSeries, lots_shown
from pargrade.deployment.session import open_session
from pargrade.deployment.transactions import Step, describe, to_json
from pargrade.devnet.accounts import DESK


@dataclass(frozen=True, slots=True)
class PairWords:
    """The pair as the command line names it; None where an option was left away."""

    series: str
    grade: str | None
    lots: str | None
    contracts: str | None
    long: str | None
    short: str | None


def read_pair(
    rpc_url: str, deployment: Path | None, key: str, words: PairWords, max_fee: str | None
) -> tuple[Wallet, Pair]:
    """The caller's wallet, and the pair at the newest block. Raises for words that name none."""
    lots = lots_of(words.lots, words.contracts)
    session = open_session(rpc_url, deployment)
    wallet = open_wallet(session.chain, key, DESK, max_fee)
    series = ListedSeries.read(session, words.series, session.chain.head())
    return wallet, Pair(
        session=session,
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
