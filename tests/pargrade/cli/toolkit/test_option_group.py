"""Groups of options: a command reads as if it stated each of them itself."""

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.option_group import with_groups


@dataclass(frozen=True)
class Place:
    town: Annotated[str, typer.Option("--in", help="A town.")]
    streets: Annotated[list[str] | None, typer.Option("--street")] = None


@dataclass(frozen=True)
class Numbered(Place):
    number: Annotated[int, typer.Option(min=1)] = 7


@with_groups
def visit(
    who: Annotated[str, typer.Argument()],
    place: Numbered,
    twice: Annotated[bool, typer.Option("--twice")] = False,
) -> None:
    """Visit somebody."""
    typer.echo(f"{who} {place} {twice}")


def run(*words):
    app = new_app()
    app.command()(visit)
    return CliRunner().invoke(app, words)


def test_command__with_a_group__gets_it_with_what_was_given_and_what_was_not():
    found = run("Ann", "--in", "Bonn", "--street", "A", "--street", "B", "--twice")
    assert found.output == f"Ann {Numbered('Bonn', ['A', 'B'], 7)} True\n"
    assert run("Ann", "--in", "Bonn").output == f"Ann {Numbered('Bonn')} False\n"


def test_help__of_a_command_with_a_group__lists_its_options_where_it_stands():
    text = run("--help").output
    assert "Visit somebody." in text
    places = [text.index(name) for name in ("--in", "--street", "--number", "--twice")]
    assert places == sorted(places)


@pytest.mark.parametrize("words", [("Ann",), ("Ann", "--in", "Bonn", "--number", "0")])
def test_command__whose_groups_options_do_not_fit__is_refused_by_typer(words):
    assert run(*words).exit_code == 2
