"""`pargrade bridge attesters`: who attests at both gates of a route."""

from typing import Annotated

import typer

from bridge.cli.gate.options import ChangingOptions, RouteArgument
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.option_group import with_groups

app = new_app(no_args_is_help=True, help="Put attesters in force, or revoke an epoch of them.")


@app.command("set", epilog="Example: pargrade bridge attesters set route.toml --dry-run")
@with_groups
def put(
    route: RouteArgument,
    changing: ChangingOptions,
) -> None:
    """Put the attesters of the file in force at both gates, for all their routes; the admin's.

    Where the admin acts with a delay the change is scheduled, and made by the same command once
    it is due. The set before counts for a while longer, unless its epoch is revoked.
    """
    from bridge.cli.gate.work import change_ends
    from bridge.gate.route.attester_set import AttesterSet
    from bridge.gate.route.file import RouteFile
    from bridge.gate.route.plan import seating
    from pargrade.devnet.accounts import ADMIN

    file = RouteFile.read(route)
    wanted = AttesterSet.of(file.attesters)
    change_ends(
        file,
        lambda pair, side, reading: (seating(pair.end(side), wanted, reading), {}),
        changing,
        stand_in=ADMIN,
    )


@app.command(epilog="Example: pargrade bridge attesters revoke route.toml --end remote --epoch 1")
@with_groups
def revoke(
    route: RouteArgument,
    changing: ChangingOptions,
    epoch: Annotated[
        int | None,
        typer.Option(min=1, max=2**32 - 1, help="Which epoch.", show_default="all"),
    ] = None,
) -> None:
    """End epochs at once and for ever; the council's. Nothing they attested is believed any more.

    Without --epoch all that can let anything through, the set in force among them: for three days
    after a change those before count, too, and what waits on an older one still goes through.
    Where it is known which keys were stolen, --epoch spares the others: `bridge forgeries` names
    it. What waits has to be attested again by a later set, which carriers see to.
    """
    from bridge.cli.gate.work import change_ends
    from bridge.gate.route.file import RouteFile
    from bridge.gate.route.plan import revocation
    from pargrade.devnet.accounts import COUNCIL

    change_ends(
        RouteFile.read(route),
        lambda pair, side, reading: (revocation(pair.end(side), epoch, reading), {}),
        changing,
        stand_in=COUNCIL,
    )
