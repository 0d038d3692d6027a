"""The commands that need neither the oracle nor the bridge."""

from typing import Final

from pargrade.cli.toolkit.app import Command

COMMANDS: Final = (
    Command("devnet", "pargrade.cli.devnet", "Start a development chain and keep it until Ctrl-C."),
    Command(
        "up", "pargrade.world.up", "Keep a living world by one command, until Ctrl-C.", "devnet"
    ),
    Command("status", "pargrade.world.status", "Show the world that is up, and what to try."),
    Command("down", "pargrade.world.down", "End the world that is up; it is kept."),
    Command(
        "deploy",
        "pargrade.cli.deploy",
        "Put the contracts on a chain and write the deployment file.",
    ),
    Command("faucet", "pargrade.cli.faucet", "Give an account test tokens, and coins for gas."),
    Command("grade", "pargrade.cli.grade", "List grades, show one, propose a new one."),
    Command("wrap", "pargrade.cli.wrap", "Turn a network's tokens into units."),
    Command("unwrap", "pargrade.cli.unwrap", "Turn units back into the network's tokens."),
    Command(
        "futures", "pargrade.cli.futures.app", "List, trade, settle and redeem expiring futures."
    ),
    Command("migrate", "pargrade.cli.migrate", "Move the positions of a market into a newer one."),
    Command("ops", "pargrade.cli.ops", "Alert rules and units for an operator's machine."),
    Command(
        "demo",
        "pargrade.demo.command",
        "Run a whole delivery month on a chain of its own.",
        "devnet",
    ),
)
