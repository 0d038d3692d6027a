"""The gate's commands, added to those of `pargrade bridge`."""

import typer

from bridge.cli.gate import attesters, route


def add_commands(app: typer.Typer) -> None:
    """Adds them."""
    app.add_typer(route.app, name="route")
    app.add_typer(attesters.app, name="attesters")
