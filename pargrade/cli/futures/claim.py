"""`pargrade futures claim`."""

from pargrade.chain.hashing import Address
from pargrade.cli.futures.options import Series
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    DryRun,
    KeyText,
    MaxFee,
    Recipient,
    RpcUrl,
)
from pargrade.cli.toolkit.output import Table, report
from pargrade.cli.toolkit.parse import account
from pargrade.cli.toolkit.session import open_wallet
from pargrade.deployment.redemption import claim_calls, read_claimable
from pargrade.deployment.series import ListedSeries
from pargrade.deployment.session import open_session
from pargrade.deployment.token import Token
from pargrade.deployment.transactions import carry_out, describe, to_json
from pargrade.devnet.accounts import DESK
from pargrade.errors import PargradeError


class NothingToClaim(PargradeError):
    """The market owes this account no token of the series."""

    hint = "Only a payout that failed is claimed; `pargrade futures redeem` pays the others."

    def __init__(self, series: ListedSeries, holder: Address) -> None:
        self.holder = holder
        super().__init__(f"{holder} has nothing of {series.name} to claim")


def claim(
    series: Series,
    to: Recipient = None,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    max_fee: MaxFee = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Collect what could not be paid when it was merged or redeemed, for one's own account.

    A token may refuse a recipient; the market then keeps the payout for its holder, who names
    another recipient with --to. It covers all that is owed in the quote token and the units of the
    series, from whichever series it came.
    """
    session = open_session(rpc_url, deployment)
    wallet = open_wallet(session.chain, key, DESK, max_fee)
    found = ListedSeries.read(session, series, session.chain.head())
    owed = read_claimable(session, found, wallet.address)
    if not owed:
        raise NothingToClaim(found, wallet.address)
    recipient = account(to, "the recipient") if to else wallet.address
    steps = carry_out(wallet, claim_calls(session, owed, recipient), dry_run=dry_run)
    tokens = [Token.read(session.chain, address, found.block) for address in owed]
    rows = [(t.symbol, t.shown(raw)) for t, raw in zip(tokens, owed.values(), strict=True)]
    report(
        {
            "series": found.name,
            "to": recipient,
            "claimed": {address: str(raw) for address, raw in owed.items()},
            **to_json(steps),
        },
        Table(("token", "would be paid" if dry_run else "paid"), rows),
        describe(steps),
        as_json=as_json,
    )
