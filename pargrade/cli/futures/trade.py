"""`pargrade futures open` and `pargrade futures merge`."""

from typing import Any

from pargrade.chain.call import Call
from pargrade.cli.futures.options import (
    ContractsText,
    GradeName,
    LongParty,
    LotsText,
    Series,
    ShortParty,
)
from pargrade.cli.futures.pair import Pair, PairWords, read_pair, report_pair
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    DryRun,
    KeyText,
    RpcUrl,
)
from pargrade.deployment.series import LONG, market_of
from pargrade.deployment.token import NotEnough
from pargrade.deployment.transactions import carry_out


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
    words = PairWords(series, grade, lots, contracts, long, short)
    pair = read_pair(rpc_url, deployment, key, words)
    calls = [*_own_approvals(pair), market_of(pair.session).open(*pair.arguments)]
    steps = carry_out(pair.wallet, calls, dry_run=dry_run)
    report_pair(pair, "Would open" if dry_run else "Opened", steps, as_json=as_json)


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
    words = PairWords(series, grade, lots, contracts, long, short)
    pair = read_pair(rpc_url, deployment, key, words)
    _require_held(pair)
    calls = [market_of(pair.session).merge(*pair.arguments)]
    steps = carry_out(pair.wallet, calls, dry_run=dry_run)
    report_pair(pair, "Would merge" if dry_run else "Merged", steps, as_json=as_json)


def _own_approvals(pair: Pair) -> list[Call[Any]]:
    """The caller's approvals that are still needed. Raises NotEnough for either party."""
    me, market = pair.wallet.address, market_of(pair.session).address
    calls: list[Call[Any]] = []
    for (party, _), (token, needed) in pair.locks().items():
        token.require(party, needed, pair.block)
        if party == me:
            calls += token.approvals(me, market, needed, pair.block)
    return calls


def _require_held(pair: Pair) -> None:
    market = market_of(pair.session)
    for party, side in ((pair.long, LONG), (pair.short, pair.grade + 1)):
        held = market.balance_of(party, pair.series.number + side, block=pair.block)
        if held < pair.lots:
            name = pair.series.side_name(side)
            raise NotEnough(party, f"{held} lots of {name}", str(pair.lots))
