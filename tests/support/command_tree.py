"""Every command that is installed, found by walking the tree that `pargrade --help` shows."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

from typer.core import TyperGroup
from typer.main import get_command

from pargrade.cli.toolkit.app import installed_commands

Path = tuple[str, ...]


@cache
def command_tree() -> dict[Path, Any]:
    """Commands that do something, by the words that call them; groups are only walked through."""
    found: dict[Path, Any] = {}
    for name, command in installed_commands().items():
        found |= _walk((name,), get_command(import_module(command.module).app))
    return found


@cache
def group_paths() -> tuple[Path, ...]:
    """The groups, which have a help of their own; the root is the empty path."""
    groups = {path[:length] for path in command_tree() for length in range(len(path))}
    return tuple(sorted(groups))


def options_of(command: Any) -> set[str]:
    """The long names of a command's options, such as --json."""
    return {name for parameter in command.params for name in parameter.opts if name[:2] == "--"}


def _walk(path: Path, command: Any) -> dict[Path, Any]:
    if not isinstance(command, TyperGroup):
        return {path: command}
    return dict(_children(path, command))


def _children(path: Path, group: TyperGroup) -> Iterator[tuple[Path, Any]]:
    for name, command in group.commands.items():
        yield from _walk((*path, name), command).items()
