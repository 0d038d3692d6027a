"""`pargrade bridge forgeries`: what a stolen threshold brought in, and what is next."""

from typing import TYPE_CHECKING

import typer

from bridge.cli.gate.options import RouteArgument
from pargrade.cli.toolkit.options import AsJson
from pargrade.cli.toolkit.output import Table, report

if TYPE_CHECKING:
    from bridge.gate.transfer.forgeries import FoundForgery


def forgeries(route: RouteArgument, as_json: AsJson = False) -> None:
    """Show what arrived on a route and never left, and what is next to be done about it.

    A forgery uses up the nonce that it names, so that the true message cannot arrive under it. Its
    steps are made good by a message that never arrives, named in the route file; the attesters
    then attest the true one under a nonce that no gate gives. At least two endpoints of each
    chain have to agree. Exit code 1 while something is not made good.
    """
    from bridge.gate.ledger.ends import follow_both, witness_all
    from bridge.gate.ledger.store import open_store
    from bridge.gate.route.file import RouteFile
    from bridge.gate.route.pair import RoutePair
    from bridge.gate.transfer.forgeries import list_forgeries
    from pargrade.text import amount

    pair = RoutePair.open(RouteFile.read(route))
    found = list_forgeries(follow_both(pair, open_store("sqlite://"), witness_all).sync())
    symbol, decimals = pair.home_token.symbol, pair.route.decimals
    rows = []
    for each in found:
        arrival = each.arrival
        gone = amount(arrival.executed, decimals, symbol)
        robbed = amount(each.robbed_steps, decimals, symbol)
        rows.append((each.side.value, arrival.nonce, gone, arrival.recipient, robbed))
    columns = ("arrived at", "nonce", "went through", "to", "of a true message of")
    report(
        [each.to_json() for each in found],
        Table(columns, rows, numbers=frozenset({"went through"})) if rows else "No forgery.",
        *(_describe(each) for each in found),
        as_json=as_json,
    )
    if any(each.faults for each in found):
        raise typer.Exit(1)


def _describe(found: "FoundForgery") -> str:
    lines = [*found.faults, f"next: {found.next_act}"]
    return f"{found.side.value}, nonce {found.arrival.nonce}: " + "; ".join(lines)
