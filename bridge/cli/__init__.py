"""The bridge's commands, as the root command lists them."""

from typing import Final

from pargrade.cli.toolkit.app import Command

COMMANDS: Final = (
    Command(
        "bridge",
        "bridge.cli.bridge",
        "Settle and redeem series, and keep a ledger of every contract.",
    ),
    Command(
        "hedge",
        "bridge.cli.hedge.app",
        "Turn a team's metrics into a plan of lots to hold.",
        "hedge",
    ),
    Command("maker", "bridge.cli.maker.app", "Quote both sides of series at a relay."),
    Command("market", "bridge.cli.market.app", "Quote, trade and cancel over an order relay."),
    Command("relay", "bridge.cli.relay.app", "Run an order relay, and audit one."),
    Command("web", "bridge.cli.web", "Look at all of it in a browser."),
)
