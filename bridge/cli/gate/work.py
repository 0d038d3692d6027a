"""What the commands that change routes have in common: both ends opened, done, printed."""

from collections.abc import Callable, Sequence
from typing import Any

from bridge.cli.gate.options import ChangingOptions
from bridge.gate.route.end import RouteSide
from bridge.gate.route.file import RouteFile
from bridge.gate.route.pair import RoutePair
from bridge.gate.route.provision import EndWork, provision
from bridge.gate.route.reading import EndReading, read_pair
from pargrade.chain.call import Call
from pargrade.cli.toolkit.output import report
from pargrade.cli.toolkit.session import open_wallet
from pargrade.devnet.accounts import Actor
from pargrade.text import moment

Wanted = Callable[[RoutePair, RouteSide, EndReading], tuple[Sequence[Call[Any]], dict[str, int]]]
"""What an end lacks, and what waits there: Unix time by name."""


def change_ends(
    file: RouteFile,
    wanted: Wanted,
    changing: ChangingOptions,
    *,
    stand_in: Actor,
) -> None:
    """Reads both ends, does what is wanted at them, and prints it.

    `stand_in` is whose key it is on a development chain where none is given.
    """
    from bridge.gate.route.plan import require_agreement

    pair = RoutePair.open(file)
    home, remote = read_pair(pair)
    require_agreement(pair, home, remote)
    readings = {RouteSide.REMOTE: remote, RouteSide.HOME: home}
    # The remote end first: who locks at home finds the other end ready.
    sides = [side for side in readings if changing.end in (None, side)]
    works = []
    for side in sides:
        calls, waiting = wanted(pair, side, readings[side])
        wallet = open_wallet(pair.end(side).chain, changing.key, stand_in, changing.max_fee)
        works.append(EndWork(pair.end(side), wallet, calls, dict(waiting)))
    provision(works, dry_run=changing.dry_run)
    report(
        {
            "route": "0x" + pair.route.id.hex(),
            "dry_run": changing.dry_run,
            **{work.end.side.value: work.to_json() for work in works},
        },
        f"Route 0x{pair.route.id.hex()}",
        *(_describe(work, changing.dry_run) for work in works),
        as_json=changing.as_json,
    )


def _describe(work: EndWork, dry_run: bool) -> str:
    where = f"{work.end.side.value}, chain {work.end.chain.chain_id}"
    lines = []
    for step in work.steps:
        lines.append(f"{where}: {'would call' if dry_run else 'sent'} {step.call.label}")
    for name, due in work.waiting.items():
        lines.append(f"{where}: {name} waits until {moment(due)}")
    return "\n".join(lines) or f"{where}: nothing to do"
