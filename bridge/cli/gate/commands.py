"""The gate's commands, added to those of `pargrade bridge`."""

import typer

from bridge.cli.gate import attesters, route
from bridge.cli.gate.attest import attest, new_journal
from bridge.cli.gate.carry import carry
from bridge.cli.gate.forgeries import forgeries
from bridge.cli.gate.send import cancel, claim, send, transfers
from bridge.cli.gate.signer import signer
from bridge.cli.gate.watch import audit, watch


def add_commands(app: typer.Typer) -> None:
    """Adds them."""
    app.add_typer(route.app, name="route")
    app.add_typer(attesters.app, name="attesters")
    app.command(epilog="Example: pargrade bridge attest route.toml --data attester-1")(attest)
    app.command("new-journal", epilog="Example: pargrade bridge new-journal route.toml")(
        new_journal
    )
    app.command(epilog="Example: pargrade bridge signer route.toml signer-1 --create")(signer)
    app.command(epilog="Example: pargrade bridge carry route.toml --once")(carry)
    app.command(epilog="Example: pargrade bridge send route.toml 100 --to 1337")(send)
    app.command(epilog="Example: pargrade bridge transfers route.toml --json")(transfers)
    app.command(epilog="Example: pargrade bridge cancel route.toml home:1")(cancel)
    app.command(epilog="Example: pargrade bridge claim route.toml 99.5")(claim)
    app.command(epilog="Example: pargrade bridge watch route.toml --once")(watch)
    app.command(epilog="Example: pargrade bridge audit route.toml --json")(audit)
    app.command(epilog="Example: pargrade bridge forgeries route.toml --json")(forgeries)
