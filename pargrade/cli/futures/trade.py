"""`pargrade futures open` and `pargrade futures merge`."""

from pargrade.cli.futures.options import (
    ContractsText,
    GradeName,
    LongParty,
    LotsText,
    Series,
    ShortParty,
)
from pargrade.cli.futures.pair import PairWords, read_pair, report_pair
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    DryRun,
    KeyText,
    MaxFee,
    RpcUrl,
)
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
    max_fee: MaxFee = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Open pairs: lock quote at K from the long side and units from the short side.

    Of a BANDED series the long side locks K - L and the short side H - K, both in quote.

    A party that is not the caller must have made the caller its operator and approved the market;
    the caller's own approvals are made here, for exactly what is locked.
    """
    words = PairWords(series, grade, lots, contracts, long, short)
    wallet, pair = read_pair(rpc_url, deployment, key, words, max_fee)
    steps = carry_out(wallet, pair.open_calls(wallet.address), dry_run=dry_run)
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
    max_fee: MaxFee = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Close pairs before settlement: both sides get their own lock back. No role can stop this."""
    words = PairWords(series, grade, lots, contracts, long, short)
    wallet, pair = read_pair(rpc_url, deployment, key, words, max_fee)
    steps = carry_out(wallet, pair.merge_calls(), dry_run=dry_run)
    report_pair(pair, "Would merge" if dry_run else "Merged", steps, as_json=as_json)
