"""`pargrade bridge send`, `transfers`, `cancel` and `claim`: for who has something to move."""

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bridge.cli.gate.options import RouteArgument, SendingOptions
from pargrade.cli.toolkit.option_group import with_groups
from pargrade.cli.toolkit.options import AsJson, Recipient
from pargrade.cli.toolkit.output import Table, progress, report
from pargrade.clock import DAY_S
from pargrade.errors import PargradeError
from pargrade.units import format_amount

if TYPE_CHECKING:
    from pargrade.chain.call import Call


class OtherDestination(PargradeError):
    """A chain that the route does not lead to."""

    def __init__(self, chain: int, known: tuple[int, int]) -> None:
        self.hint = f"The route is between chains {known[0]} and {known[1]}."
        super().__init__(f"the route does not lead to chain {chain}")


class BadTransferName(PargradeError):
    """Text that names no transfer in a queue."""

    hint = "Write home:3 or remote:3, as `pargrade bridge transfers` shows it."

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} names no transfer")


@with_groups
def send(
    route: RouteArgument,
    tokens: Annotated[str, typer.Argument(metavar="AMOUNT", help="Whole tokens to send.")],
    to: Annotated[int, typer.Option("--to", metavar="CHAIN", help="Id of the chain it goes to.")],
    sending: SendingOptions,
    recipient: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Who gets it there.", show_default="the caller"),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--queue", help="Queue what is beyond the limit until it fits.")
    ] = False,
    patience: Annotated[
        int, typer.Option(min=0, max=DAY_S, metavar="S", help="Seconds to follow it for.")
    ] = 600,
) -> None:
    """Send tokens or wrapped units to the other chain, and follow them until they arrived.

    Limits and waiting time are shown before anything is signed. Whatever happens to this command
    afterwards, the transfer goes on: `bridge transfers` shows it.
    """
    from bridge.gate.carrier.gathering import Gathering
    from bridge.gate.route.end import RouteSide
    from bridge.gate.route.file import RouteFile
    from bridge.gate.route.pair import RoutePair
    from bridge.gate.transfer.outlook import Outlook
    from bridge.gate.transfer.progress import MessageProgress
    from pargrade.bindings.bridge_gate import OutboundQueued, Sent
    from pargrade.chain.block import Tag
    from pargrade.cli.toolkit.parse import account, positive
    from pargrade.cli.toolkit.session import open_wallet
    from pargrade.deployment.transactions import CannotRehearse, carry_out, describe, to_json
    from pargrade.devnet.accounts import DESK
    from pargrade.gate.transfer import Amount, Crossing

    pair = RoutePair.open(RouteFile.read(route))
    chains = (pair.route.home.chain, pair.route.remote.chain)
    if to not in chains:
        raise OtherDestination(to, chains)
    source = RouteSide.HOME if to == chains[1] else RouteSide.REMOTE
    end = pair.end(source)
    raw = positive(tokens, pair.decimals_at(source), "the amount")
    outlook = Outlook.read(pair, source, raw)
    if not wait:
        outlook.require_now()
    wallet = open_wallet(end.chain, sending.key, DESK, sending.max_fee)
    receiver = account(recipient, "the recipient") if recipient else wallet.address
    token = end.read_token(pair.token_at(source))
    token.require(wallet.address, outlook.taken, Tag.LATEST)
    calls: list[Any] = []
    if source is RouteSide.HOME:
        calls += token.approvals(wallet.address, end.gate.address, outlook.taken, Tag.LATEST)
    calls.append(end.gate.send(pair.terms, outlook.taken, outlook.taken, receiver, wait))
    with suppress(*(() if sending.dry_run else (CannotRehearse,))):
        steps = carry_out(wallet, calls, dry_run=True)
    progress(outlook.describe())
    if not sending.dry_run:
        steps = carry_out(wallet, calls)
    document = {"outlook": outlook.to_json(), **to_json(steps)}
    lines = [describe(steps)]
    queued, sent = steps[-1].events(OutboundQueued), steps[-1].events(Sent)
    if queued:
        document |= {"stage": "waiting", "number": str(queued[0].id)}
        lines.append(f"Waits to leave as {source.value}:{queued[0].id}")
    elif not sending.dry_run:
        found = sent[0]
        amount = Amount.unpack(found.amount)
        crossing = Crossing(found.route, found.nonce, found.sender, found.recipient, amount)
        receipt = steps[-1].receipt
        assert receipt is not None
        gathering = Gathering(pair.file.attesters.urls)
        followed = MessageProgress(pair, source, crossing, receipt.block.number, gathering)
        last = followed.follow(lambda state: progress(state.describe()), patience)
        document |= last.to_json()
        lines.append(f"Message {found.nonce}: {last.describe()}")
    report(document, *lines, as_json=sending.as_json)


def transfers(
    route: RouteArgument,
    account: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Of this sender or recipient.", show_default="all"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show where every transfer of a route stands, both ways, from the chains alone."""
    from bridge.gate.ledger.ends import follow_both
    from bridge.gate.ledger.store import open_store
    from bridge.gate.route.end import RouteSide
    from bridge.gate.route.file import RouteFile
    from bridge.gate.route.pair import RoutePair
    from bridge.gate.transfer.listing import list_transfers
    from bridge.ledger.finality import Finality
    from pargrade.chain.block import Tag
    from pargrade.chain.hashing import parse_address

    pair = RoutePair.open(RouteFile.read(route))
    who = parse_address(account) if account else None
    final = {side: pair.end(side).finality.head(pair.end(side).chain).number for side in RouteSide}
    newest = Finality(Tag.LATEST)
    ledger = follow_both(pair, open_store("sqlite://"), finality=newest).sync()
    found = list_transfers(ledger, final, who)
    columns = ("transfer", "amount", "from", "to", "stage")
    rows = [each.row(pair.home_token.symbol) for each in found]
    report(
        [each.to_json() for each in found],
        Table(columns, rows, numbers=frozenset({"amount"})) if rows else "No transfers yet.",
        as_json=as_json,
    )


@with_groups
def cancel(
    route: RouteArgument,
    transfer: Annotated[
        str, typer.Argument(metavar="TRANSFER", help="One that waits to leave, as home:3.")
    ],
    sending: SendingOptions,
) -> None:
    """Take a transfer back that waits to leave; only its sender can."""
    from bridge.gate.route.end import RouteSide
    from bridge.gate.route.file import RouteFile
    from bridge.gate.route.pair import RoutePair
    from pargrade.cli.toolkit.session import open_wallet
    from pargrade.deployment.transactions import carry_out, describe, to_json
    from pargrade.devnet.accounts import DESK

    side, _, number = transfer.partition(":")
    if (
        side not in list(RouteSide)
        or not (number.isascii() and number.isdigit())
        or len(number) > 18
    ):
        raise BadTransferName(transfer)
    pair = RoutePair.open(RouteFile.read(route))
    end = pair.end(RouteSide(side))
    wallet = open_wallet(end.chain, sending.key, DESK, sending.max_fee)
    steps = carry_out(wallet, [end.gate.cancel(int(number))], dry_run=sending.dry_run)
    report(
        {"transfer": transfer, **to_json(steps)},
        f"{transfer} {'would be' if sending.dry_run else 'was'} taken back",
        describe(steps),
        as_json=sending.as_json,
    )


@with_groups
def claim(
    route: RouteArgument,
    sending: SendingOptions,
    tokens: Annotated[
        str | None,
        typer.Argument(
            metavar="[AMOUNT]", help="Most whole tokens to take of it.", show_default="all"
        ),
    ] = None,
    to: Recipient = None,
) -> None:
    """Take what could not be paid at home, to any address; only whom it was for can.

    Some tokens take a fee on top of what they pay, which the credit has to cover, too: then less
    than all of it can be taken, and the refusal says how much.
    """
    from bridge.gate.route.file import RouteFile
    from bridge.gate.route.pair import RoutePair
    from bridge.gate.transfer.payable import find_payable
    from pargrade.bindings.bridge_gate import Claimed
    from pargrade.chain.block import Tag
    from pargrade.chain.errors import Reverted
    from pargrade.cli.toolkit.parse import account, positive
    from pargrade.cli.toolkit.session import open_wallet
    from pargrade.deployment.transactions import carry_out, describe, to_json
    from pargrade.devnet.accounts import DESK

    pair = RoutePair.open(RouteFile.read(route))
    end = pair.home
    wallet = open_wallet(end.chain, sending.key, DESK, sending.max_fee)
    receiver = account(to, "the recipient") if to else wallet.address
    owed = end.gate.claimable(pair.route.id, wallet.address, block=Tag.LATEST)
    if not owed:
        raise NothingOwed(wallet.address)
    most = owed if tokens is None else positive(tokens, pair.home_token.decimals, "the amount")

    def claiming(raw: int) -> "Call[int]":
        return end.gate.claim(pair.route.id, receiver, raw)

    def is_paid(raw: int) -> bool:
        try:
            wallet.simulate(claiming(raw))
        except Reverted:
            return False
        return True

    try:
        steps = carry_out(wallet, [claiming(min(most, owed))], dry_run=sending.dry_run)
    except Reverted as refused:
        # A token that takes a fee on top needs a part of the credit for it.
        step = 10 ** (pair.home_token.decimals - pair.route.decimals)
        payable = find_payable(is_paid, min(most, owed), step)
        if not payable:
            raise
        raise FeeOnTop(str(refused), format_amount(payable, pair.home_token.decimals)) from None
    paid = steps[-1].events(Claimed)[0].paid
    report(
        {"owed": str(owed), "paid": str(paid), "to": receiver, **to_json(steps)},
        f"{pair.home_token.shown(paid)} for {receiver}",
        describe(steps),
        as_json=sending.as_json,
    )


class FeeOnTop(PargradeError):
    """A payment that costs more than is owed, since the token takes a fee on top."""

    def __init__(self, reason: str, payable: str) -> None:
        self.hint = f"`pargrade bridge claim ROUTE {payable}` leaves enough of it for a fee on top."
        super().__init__(f"so much cannot be paid: {reason}")


class NothingOwed(PargradeError):
    """An account that is owed nothing at a gate."""

    hint = "Only a payment that failed can be claimed, by whom it was for."

    def __init__(self, account: str) -> None:
        super().__init__(f"{account} has nothing to claim")
