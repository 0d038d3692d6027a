"""The oracle's commands, as the root command lists them."""

from typing import Final

from pargrade.cli.toolkit.app import Command

__all__ = ["COMMANDS", "index_backtest"]

COMMANDS: Final = (
    Command(
        "oracle",
        "oracle.cli.oracle",
        "Run the nodes of the index, and replay its rounds.",
        "oracle",
    ),
    Command(
        "index",
        "oracle.cli.index",
        "Read the indices, compare methods, convert payment tokens.",
        "oracle",
    ),
    Command(
        "unit",
        "oracle.cli.unit",
        "Explain a grade's factor, and compare what grades cost per SCU.",
        "oracle",
    ),
)
