"""`pargrade futures redeem`."""

from collections.abc import Sequence

from pargrade.chain.hashing import Address
from pargrade.cli.futures.options import HolderTexts, LotsText, PositionTexts, Series
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
from pargrade.cli.toolkit.parse import account, accounts, lots_of
from pargrade.cli.toolkit.session import open_wallet
from pargrade.deployment.payouts import read_payouts
from pargrade.deployment.redemption import held_lots, redeem_calls, redeem_for_calls
from pargrade.deployment.series import LONG, ListedSeries, market_of
from pargrade.deployment.series_state import read_next_action, spot_index_of
from pargrade.deployment.session import Session, open_session
from pargrade.deployment.token import Token
from pargrade.deployment.transactions import Step, carry_out, describe, to_json
from pargrade.devnet.accounts import DESK
from pargrade.errors import PargradeError


class BadPosition(PargradeError):
    """Text that names no position of a series."""

    def __init__(self, series: ListedSeries, text: str) -> None:
        self.text = text
        named = f":SYMBOL with one of: {', '.join(series.grades)}" if series.grades else ""
        self.hint = f"Say long, or short{named}."
        super().__init__(f"{text!r} is no position of {series.name}")


class NothingHeld(PargradeError):
    """Nobody named holds the position to redeem."""

    hint = "See `pargrade futures show` for what is held, and --for to redeem for others."

    def __init__(self, series: ListedSeries) -> None:
        super().__init__(f"there is nothing of {series.name} to redeem")


class OnePosition(PargradeError):
    """A number of lots without the one position they are of."""

    hint = "Name the position with --position, and leave --lots away with --for."

    def __init__(self) -> None:
        super().__init__("lots can only be given for one position of the caller's own")


class PriceNotProposed(PargradeError):
    """Redemption of an expired series whose price has still to be proposed and challenged."""

    def __init__(self, series: ListedSeries) -> None:
        self.hint = (
            f"Propose it with `pargrade futures settle {series.name}`; redeem after its challenge."
        )
        super().__init__(f"the price of {series.name} is not proposed yet")


def redeem(
    series: Series,
    position: PositionTexts = None,
    lots: LotsText = None,
    holders: HolderTexts = None,
    to: Recipient = None,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    max_fee: MaxFee = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Turn positions into what they are paid, settling the series first if that is due.

    No role can stop this. Anyone may redeem for others: the payout goes to them.
    """
    session = open_session(rpc_url, deployment)
    wallet = open_wallet(session.chain, key, DESK, max_fee)
    found = ListedSeries.read(session, series, session.chain.head())
    sides = [_side(found, text) for text in position] if position else list(found.sides)
    if holders:
        if lots or to:
            raise OnePosition
        calls = redeem_for_calls(session, found, sides, accounts(holders, "the holder"))
    else:
        recipient = account(to, "the recipient") if to else wallet.address
        wanted = _wanted(session, found, sides, lots, wallet.address)
        calls = redeem_calls(session, found, wallet.address, wanted, recipient)
    if not calls:
        raise NothingHeld(found)
    _require_payout(session, found)
    steps = carry_out(wallet, calls, dry_run=dry_run)
    _report(session, found, steps, as_json=as_json)


def _require_payout(session: Session, series: ListedSeries) -> None:
    """Raises where settling would only propose a price, which the redemption then undoes.

    Where nothing is due yet the market refuses, and its reason carries the time.
    """
    due = read_next_action(series.view, spot_index_of(session), series.block)
    if not due.is_waiting and not due.leads_to_payout:
        raise PriceNotProposed(series)


def _side(series: ListedSeries, text: str) -> int:
    side, _, symbol = text.partition(":")
    if side == "long" and not symbol:
        return LONG
    if side == "short" and (symbol in series.grades or (not symbol and len(series.sides) == 2)):
        return series.grade_number(symbol or None) + 1
    raise BadPosition(series, text)


def _wanted(
    session: Session, series: ListedSeries, sides: Sequence[int], lots: str | None, caller: Address
) -> dict[int, int]:
    """Lots to redeem by side: all the caller holds, or so many of one."""
    if lots is None:
        held = held_lots(session, series, caller)
        return {side: held[side] for side in sides}
    if len(sides) != 1:
        raise OnePosition
    return {sides[0]: lots_of(lots, None)}


def _report(
    session: Session, series: ListedSeries, steps: Sequence[Step], *, as_json: bool
) -> None:
    paid = read_payouts(
        market_of(session).address, series, (log for step in steps for log in step.logs)
    )
    tokens: dict[Address, Token] = {series.quote.contract.address: series.quote}
    for unit in series.view.terms.units:
        tokens[unit] = Token.read(session.chain, unit, series.block)
    verb = "would be paid" if steps[-1].receipt is None else "paid"
    report(
        {
            "series": series.name,
            "payouts": [payout.to_json(series) for payout in paid],
            **to_json(steps),
        },
        Table(
            ("position", "holder", "lots", verb),
            [payout.row(series, tokens) for payout in paid],
            numbers=frozenset({"lots"}),
        ),
        describe(steps),
        as_json=as_json,
    )
