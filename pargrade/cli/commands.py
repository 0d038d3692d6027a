"""Which commands there are. A command's module is imported when it is run, not to list it."""

from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

# Name of the command and of its module in pargrade/cli (`app` in it), and what it is for.
COMMANDS: Final = {
    "devnet": "Start a development chain and keep it until Ctrl-C.",
    "deploy": "Put the contracts on a chain and write the deployment file.",
    "oracle": "Run reporters that sign the index, and replay their rounds.",
    "index": "Read the indices, compare methods, convert payment tokens.",
    "bridge": "Settle and redeem series, and keep a ledger of every contract.",
    "wrap": "Turn a network's tokens into units.",
    "unwrap": "Turn units back into the network's tokens.",
    "grade": "List grades, show one, propose a new one.",
    "unit": "Explain a grade's factor, and compare what grades cost per SCU.",
    "futures": "List, trade, settle and redeem expiring futures.",
    "demo": "Run a whole delivery month on a chain of its own.",
}


def new_app(**settings: Any) -> typer.Typer:
    """A Typer app as every command module makes one.

    Help is plain text: Rich alone takes 0.4 s to import, twice the rest of the program. Tables of
    results are drawn by Rich.
    """
    return typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        **settings,
    )


class Commands(TyperGroup):
    """The root group, filled from the table above."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names, in the order people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A stand-in that has a name and a summary: all that a listing shows."""
        if cmd_name not in COMMANDS:
            return None
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command to run, imported now. Unknown names are a usage error with suggestions."""
        self.commands = {name: self.get_command(ctx, name) for name in COMMANDS}
        name, found, rest = super().resolve_command(ctx, args)
        if found is not None:
            module = import_module(f"pargrade.cli.{found.name}")
            found = get_command(module.app)
        return name, found, rest
