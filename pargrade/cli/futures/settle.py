"""`pargrade futures settle`."""

from typing import Any

from pargrade.bindings.futures_market import Proposed, Settled
from pargrade.cli.futures.options import Series
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    DryRun,
    KeyText,
    MaxFee,
    RpcUrl,
)
from pargrade.cli.toolkit.output import report
from pargrade.cli.toolkit.session import open_wallet
from pargrade.deployment.redemption import settle_calls
from pargrade.deployment.series import ListedSeries
from pargrade.deployment.series_state import read_next_action, spot_index_of
from pargrade.deployment.session import open_session
from pargrade.deployment.transactions import Step, carry_out, describe, to_json
from pargrade.devnet.accounts import KEEPER
from pargrade.futures.next_action import Action
from pargrade.text import moment
from pargrade.units import Price


def settle(
    series: Series,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    max_fee: MaxFee = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Propose the price of an expired series, or make the proposed one final: whichever is due.

    Anyone may. There is no price to give: it is the average of the rounds in the window. Doing it
    again once the series is final changes nothing.
    """
    session = open_session(rpc_url, deployment)
    found = ListedSeries.read(session, series, session.chain.head())
    due = read_next_action(found.view, spot_index_of(session), found.block)
    if due.action is Action.REDEEM:
        _report_final(found, as_json=as_json)
        return
    # Where nothing is due yet the market refuses, and its reason carries the times and figures.
    wallet = open_wallet(session.chain, key, KEEPER, max_fee)
    steps = carry_out(wallet, settle_calls(session, found), dry_run=dry_run)
    document, line = _settlement(found.name, steps[-1])
    named = {"series": found.name, "series_id": str(found.number)}
    report({**named, **document, **to_json(steps)}, line, describe(steps), as_json=as_json)


def _report_final(series: ListedSeries, *, as_json: bool) -> None:
    phase = series.view.phase.name
    report(
        {"series": series.name, "step": None, "phase": phase, "price": str(series.view.price)},
        f"{series.name} is {phase.lower()} already; nothing to do.",
        as_json=as_json,
    )


def _settlement(name: str, step: Step) -> tuple[dict[str, Any], str]:
    """What the market announced, for machines and for people."""
    proposed = step.events(Proposed)
    return _proposal(name, proposed[0]) if proposed else _final(name, step.events(Settled)[0])


def _proposal(name: str, event: Proposed) -> tuple[dict[str, Any], str]:
    document = {
        "step": "propose",
        "phase": "PROPOSED",
        "price": str(event.price),
        "covered_seconds": event.coverage,
        "challenge_ends": event.challenge_ends,
    }
    price, opens = Price(event.price).text(), moment(event.challenge_ends)
    return document, f"{name}: S = {price} proposed; it can be made final from {opens}"


def _final(name: str, event: Settled) -> tuple[dict[str, Any], str]:
    phase = event.phase.name
    price = f" at S = {Price(event.price).text()}" if event.price else ""
    document = {"step": "finalise", "phase": phase, "price": str(event.price)}
    return document, f"{name} is {phase.lower()}{price}; positions can be redeemed"
