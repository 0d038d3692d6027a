"""The root command, filled by the packages that own the commands.

A package hands out a table of its commands under the entry point `pargrade.commands`; so can a
package nobody here has seen. A command's module is imported when it is run, not to list it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from pargrade.errors import PargradeError

GROUP: Final = "pargrade.commands"


@dataclass(frozen=True, slots=True)
class Command:
    """A command at the root: where its Typer `app` is, and one line about what it is for."""

    name: str
    module: str
    summary: str
    extra: str = ""
    """The extra of the distribution that installs what only such commands need."""


def new_app(*, add_completion: bool = False, **settings: Any) -> typer.Typer:
    """A Typer app as every command module makes one; the root alone offers shell completion.

    Help is plain text: Rich alone takes 0.4 s to import, twice the rest of the program. Tables of
    results are drawn by Rich.
    """
    return typer.Typer(
        add_completion=add_completion,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        **settings,
    )


def first_listed(*names: str) -> type[TyperGroup]:
    """A group whose help lists these commands first, in this order, and then the others."""

    class OrderedGroup(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:
            rest = [each for each in super().list_commands(ctx) if each not in names]
            return [*names, *rest]

    return OrderedGroup


def installed_commands() -> Mapping[str, Command]:
    """Every installed package's commands by name: ours first, then the others' by their names.

    Of two packages that claim one name, the first keeps it.
    """
    found: dict[str, Command] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda each: each.name != "pargrade"):
        for command in _load(point):
            found.setdefault(command.name, command)
    return found


class ForeignPackage(PargradeError):
    """A package of ours was imported and is somebody else's."""

    hint = "Install pargrade in an environment of its own: python -m venv, pipx or uv tool."

    def __init__(self, package: str, place: str) -> None:
        self.package = package
        self.place = place
        super().__init__(f"the package {package!r} in {place} is not pargrade's")


def _load(point: EntryPoint) -> Iterable[Command]:
    """A package's table of commands. Raises ForeignPackage where its name is taken by another."""
    try:
        commands: Iterable[Command] = point.load()
    except (ModuleNotFoundError, AttributeError):
        package = point.module.partition(".")[0]
        found = find_spec(package)
        if found is None or point.dist is None or point.dist.name != "pargrade":
            raise
        raise ForeignPackage(package, str(found.origin)) from None
    return commands


class RootGroup(TyperGroup):
    """The root group: what is installed, imported one command at a time."""

    @cached_property
    def _installed(self) -> Mapping[str, Command]:
        return installed_commands()

    def list_commands(self, ctx: Any) -> list[str]:
        """Names, in the order people meet them."""
        return list(self._installed)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A stand-in that has a name and a summary: all that a listing shows."""
        command = self._installed.get(cmd_name)
        return None if command is None else TyperCommand(cmd_name, help=command.summary)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command to run, imported now. Unknown names are a usage error with suggestions."""
        self.commands = {name: self.get_command(ctx, name) for name in self._installed}
        name, found, rest = super().resolve_command(ctx, args)
        if found is not None:
            module = import_module(self._installed[str(found.name)].module)
            found = get_command(module.app)
        return name, found, rest
