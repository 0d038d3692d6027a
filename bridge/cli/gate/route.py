"""`pargrade bridge route`: the ways between two chains, both ends from one file."""

from typing import Any

from bridge.cli.gate.options import ChangingOptions, RouteArgument, ServiceData
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.option_group import with_groups
from pargrade.cli.toolkit.options import AsJson, KeyText

app = new_app(no_args_is_help=True, help="Add a route between two chains, show it, limit it.")


@app.command(epilog="Example: pargrade bridge route add route.toml --dry-run")
@with_groups
def add(
    route: RouteArgument,
    changing: ChangingOptions,
) -> None:
    """Add the route of a file to both gates; the curator's. Again, it does what is left to do.

    Chains, gates, tokens, decimals and the route's id are held against each other first, and all
    is rehearsed on both chains before anything is sent. The token at the remote end is made where
    there is none.
    """
    from bridge.cli.gate.work import change_ends
    from bridge.gate.route.file import RouteFile
    from bridge.gate.route.plan import addition
    from pargrade.devnet.accounts import CURATOR

    change_ends(
        RouteFile.read(route),
        lambda pair, side, reading: (addition(pair, side, reading), {}),
        changing,
        stand_in=CURATOR,
    )


@app.command(epilog="Example: pargrade bridge route limit route.toml --end home")
@with_groups
def limit(
    route: RouteArgument,
    changing: ChangingOptions,
) -> None:
    """Bring both gates' limits to those of the file; the curator's.

    A smaller limit counts at once. A larger one is announced, and put in force by the same command
    two days later.
    """
    from bridge.cli.gate.work import change_ends
    from bridge.gate.route.file import RouteFile
    from bridge.gate.route.plan import limitation
    from pargrade.devnet.accounts import CURATOR

    change_ends(
        RouteFile.read(route),
        limitation,
        changing,
        stand_in=CURATOR,
    )


@app.command(epilog="Example: pargrade bridge route stop route.toml --end home")
@with_groups
def stop(
    route: RouteArgument,
    changing: ChangingOptions,
) -> None:
    """Stop everything on a route at once, for 30 days; the council's.

    What waits can be taken back, and what is owed claimed. Nothing else moves, either way.
    """
    from bridge.cli.gate.work import change_ends
    from bridge.gate.route.file import RouteFile
    from bridge.gate.route.plan import stop as stop_calls
    from pargrade.devnet.accounts import COUNCIL

    change_ends(
        RouteFile.read(route),
        lambda pair, side, reading: (stop_calls(pair, side, reading), {}),
        changing,
        stand_in=COUNCIL,
    )


@app.command(epilog="Example: pargrade bridge route start route.toml")
@with_groups
def start(
    route: RouteArgument,
    changing: ChangingOptions,
) -> None:
    """Let a stopped route go on; the curator's. It goes on two days later.

    The same command then allows sending from home again.
    """
    from bridge.cli.gate.work import change_ends
    from bridge.gate.route.file import RouteFile
    from bridge.gate.route.plan import start as start_calls
    from pargrade.devnet.accounts import CURATOR

    change_ends(
        RouteFile.read(route),
        start_calls,
        changing,
        stand_in=CURATOR,
    )


@app.command(epilog="Example: pargrade bridge route show route.toml --json")
def show(route: RouteArgument, as_json: AsJson = False) -> None:
    """Show both ends of a route: what is locked and minted, limits, attesters."""
    from bridge.gate.route.file import RouteFile
    from bridge.gate.route.pair import RoutePair
    from bridge.gate.route.plan import require_agreement
    from bridge.gate.route.reading import read_pair
    from pargrade.cli.toolkit.output import Table, report

    pair = RoutePair.open(RouteFile.read(route))
    readings = read_pair(pair)
    require_agreement(pair, *readings)
    document: dict[str, Any] = {"route": "0x" + pair.route.id.hex()}
    for end, reading in zip((pair.home, pair.remote), readings, strict=True):
        document[end.side.value] = {
            "chain": end.chain.chain_id,
            "gate": end.gate.address,
            "token": pair.token_at(end.side),
            "decimals": pair.decimals_at(end.side),
            **reading.to_json(),
        }
    report(
        document,
        f"Route 0x{pair.route.id.hex()}",
        Table(("", "home", "remote"), _rows(pair, *readings)),
        as_json=as_json,
    )


@app.command(epilog="Example: pargrade bridge route check route.toml --data attester --json")
def check(
    route: RouteArgument,
    data: ServiceData = None,
    key: KeyText = "",
    as_json: AsJson = False,
) -> None:
    """Look at all that services of a route need, say what is wrong and how to mend it.

    Looked at are each endpoint alone, both clocks, the gates and the route, the attesters in force
    and their APIs, and what the key is: its seat, its coins at both ends, what it may stop. With
    --data, the journal of an attester, too. Sends nothing. Exit code 0: nothing is wrong; 1:
    something is; a warning is not.
    """
    from bridge.gate.daemon.check import check_route
    from bridge.gate.route.file import RouteFile
    from pargrade.cli.toolkit.findings import report_findings

    report_findings(check_route(RouteFile.read(route), key, data), as_json=as_json)


def _rows(pair: Any, home: Any, remote: Any) -> list[tuple[str, object, object]]:
    symbol, step = pair.home_token.symbol, pair.route.decimals
    from pargrade.text import amount, moment

    def figures(reading: Any, end: Any) -> list[tuple[str, object]]:
        state, config = reading.state, reading.attesters
        attested = f"{config.threshold} of {len(config.attesters)}, epoch {config.epoch}"
        shown: list[tuple[str, object]] = [
            ("chain", end.chain),
            ("gate", end.gate),
            ("token", end.token),
            ("attesters", attested + (", revoked" if config.revoked else "")),
        ]
        if state is None:
            return [*shown, ("state", "not added")]
        limit, now = reading.limit, reading.block.timestamp
        shown.append(("limit", amount(limit.capacity, step, symbol)))
        if limit.ready_at:
            pending = f"{amount(limit.pending, step, symbol)} from {moment(limit.ready_at)}"
            shown.append(("limit announced", pending))
        shown.append(("may leave now", amount(reading.budgets[0], step, symbol)))
        shown.append(("may arrive now", amount(reading.budgets[1], step, symbol)))
        shown.append(("locked", amount(state.locked, end.decimals, symbol)))
        shown.append(("minted", amount(state.minted, end.decimals, symbol)))
        if state.stopped_until > now:
            return [*shown, ("state", f"stopped until {moment(state.stopped_until)}")]
        return [*shown, ("state", "entry stopped" if state.entry_stopped else "open")]

    left, right = dict(figures(home, pair.route.home)), dict(figures(remote, pair.route.remote))
    names = dict.fromkeys([*left, *right])
    return [(name, left.get(name, ""), right.get(name, "")) for name in names]
