"""`pargrade futures settle` and `pargrade futures redeem`."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from pargrade.bindings.futures_market import Proposed, Settled
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address
from pargrade.cli.futures.trade import LotsText, Series
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    DryRun,
    KeyText,
    Recipient,
    RpcUrl,
)
from pargrade.cli.toolkit.output import Table, report
from pargrade.cli.toolkit.parse import account, accounts, lots_of
from pargrade.cli.toolkit.session import open_wallet
from pargrade.deployment.payouts import payouts
from pargrade.deployment.series import LONG, ListedSeries, market_of
from pargrade.deployment.session import Session, open_session
from pargrade.deployment.token import NotEnough, Token
from pargrade.deployment.transactions import carry_out, describe, to_json
from pargrade.devnet.accounts import DESK, KEEPER
from pargrade.errors import PargradeError
from pargrade.text import moment
from pargrade.units import Price


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


def settle(
    series: Series,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Propose the price of an expired series, or make the proposed one final: whichever is due.

    Anyone may. There is no price to give: it is the average of the rounds in the window. Doing it
    again once the series is final changes nothing.
    """
    session = open_session(rpc_url, deployment)
    found = ListedSeries.read(session, series, session.chain.head())
    if found.is_final:
        told_final = {"step": None, "phase": found.view.phase.name, "price": str(found.view.price)}
        message = f"{found.name} is {found.view.phase.name.lower()} already; nothing to do."
        report({"series": found.name, **told_final}, message, as_json=as_json)
        return
    wallet = open_wallet(session.chain, key, KEEPER)
    steps = carry_out(wallet, [market_of(session).settle(found.number)], dry_run=dry_run)
    machine: dict[str, Any] = {"series": found.name, "series_id": str(found.number)}
    proposed = steps[-1].events(Proposed)
    if proposed:
        event = proposed[0]
        machine |= {
            "step": "propose",
            "phase": "PROPOSED",
            "price": str(event.price),
            "covered_seconds": event.coverage,
            "challenge_ends": event.challenge_ends,
        }
        message = (
            f"{found.name}: S = {Price(event.price).text()} proposed; it can be made final from "
            f"{moment(event.challenge_ends)}"
        )
    else:
        final = steps[-1].events(Settled)[0]
        machine |= {"step": "finalise", "phase": final.phase.name, "price": str(final.price)}
        price = f" at S = {Price(final.price).text()}" if final.price else ""
        message = f"{found.name} is {final.phase.name.lower()}{price}; positions can be redeemed"
    report({**machine, **to_json(steps)}, message, describe(steps), as_json=as_json)


def redeem(
    series: Series,
    position: Annotated[
        list[str] | None,
        typer.Option(
            metavar="long|short:SYMBOL", help="Which position; repeatable.", show_default="all held"
        ),
    ] = None,
    lots: LotsText = None,
    holders: Annotated[
        list[str] | None,
        typer.Option(
            "--for",
            metavar="ADDRESS,…",
            help="Redeem everything these holders have, to themselves.",
            show_default="the caller",
        ),
    ] = None,
    to: Recipient = None,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Turn positions into what they are paid, settling the series first if that is due.

    No role can stop this. Anyone may redeem for others: the payout goes to them.
    """
    session = open_session(rpc_url, deployment)
    wallet = open_wallet(session.chain, key, DESK)
    found = ListedSeries.read(session, series, session.chain.head())
    sides = [_side(found, text) for text in position] if position else list(found.sides)
    if holders:
        if lots or to:
            raise OnePosition
        calls = _for_others(session, found, sides, accounts(holders, "the holder"))
    else:
        recipient = account(to, "the recipient") if to else wallet.address
        calls = _for_caller(session, found, sides, lots, wallet.address, recipient)
    if not calls:
        raise NothingHeld(found)
    steps = carry_out(wallet, calls, dry_run=dry_run)
    market = market_of(session).address
    paid = payouts(market, found, (log for step in steps for log in step.logs))
    tokens: dict[Address, Token] = {found.quote.contract.address: found.quote}
    for unit in found.view.terms.units:
        tokens[unit] = Token.read(session.chain, unit, found.block)
    report(
        {"series": found.name, "payouts": [p.to_json(found) for p in paid], **to_json(steps)},
        Table(
            ("position", "holder", "lots", "would be paid" if dry_run else "paid"),
            [p.row(found, tokens) for p in paid],
            numbers=frozenset({"lots"}),
        ),
        describe(steps),
        as_json=as_json,
    )


def _side(series: ListedSeries, text: str) -> int:
    side, _, symbol = text.partition(":")
    if side == "long" and not symbol:
        return LONG
    if side == "short" and (symbol in series.grades or (not symbol and len(series.sides) == 2)):
        return series.grade_number(symbol or None) + 1
    raise BadPosition(series, text)


def _for_others(
    session: Session, series: ListedSeries, sides: Sequence[int], holders: tuple[Address, ...]
) -> list[Call[Any]]:
    market = market_of(session)
    calls: list[Call[Any]] = []
    for side in sides:
        position = series.number + side
        with_lots = tuple(h for h in holders if market.balance_of(h, position, block=series.block))
        if with_lots:
            calls.append(market.redeem_for(position, with_lots))
    return calls


def _for_caller(
    session: Session,
    series: ListedSeries,
    sides: Sequence[int],
    lots: str | None,
    caller: Address,
    recipient: Address,
) -> list[Call[Any]]:
    market = market_of(session)
    held = {
        side: market.balance_of(caller, series.number + side, block=series.block) for side in sides
    }
    if lots is None:
        wanted = held
    elif len(sides) == 1:
        wanted = {sides[0]: lots_of(lots, None)}
        if wanted[sides[0]] > held[sides[0]]:
            name = series.side_name(sides[0])
            raise NotEnough(caller, f"{held[sides[0]]} lots of {name}", str(wanted[sides[0]]))
    else:
        raise OnePosition
    return [
        market.redeem(series.number + side, count, recipient)
        for side, count in wanted.items()
        if count
    ]
