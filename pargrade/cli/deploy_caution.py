"""What a person should know, and say yes to, before deploying to a chain that may be real."""

import sys
from collections.abc import Iterator

import typer

from pargrade.chain.development import is_development
from pargrade.chain.wallet import Wallet
from pargrade.cli.toolkit.output import progress
from pargrade.deployment.plan import Plan
from pargrade.devnet.anvil import devnet_keys
from pargrade.errors import PargradeError


class NotConfirmed(PargradeError):
    """Something dangerous that nobody has confirmed."""

    hint = "If that is what you want, say so with --yes."

    def __init__(self, warnings: tuple[str, ...]) -> None:
        self.warnings = warnings
        super().__init__("; ".join(warnings))


def cautions(wallet: Wallet, plan: Plan, *, with_grades: bool) -> Iterator[str]:
    """What would be dangerous on a chain with value; nothing on a development chain."""
    if is_development(wallet.chain.chain_id):
        return
    known = {key.address for key in devnet_keys()}
    people = {
        "deployer": (wallet.address,),
        "admin": () if plan.admin is None else (plan.admin,),
        "curator": plan.curators,
        "guardian": plan.guardians,
        "council": plan.council,
        "reporter": plan.reporters.addresses,
    }
    for role, accounts in people.items():
        public = [account for account in accounts if account in known]
        if public:
            yield f"everybody has the key of {role} {public[0]}"
    if plan.quote_token is None:
        yield "futures would be paid in a test token that anybody can mint"
    if with_grades:
        yield "grades would be of test tokens that anybody can mint"


def confirm(warnings: tuple[str, ...], *, yes: bool) -> None:
    """Asks a person at a terminal, and refuses without one. Raises NotConfirmed."""
    if not warnings:
        return
    for warning in warnings:
        progress(f"warning: {warning}")
    if yes:
        return
    asked = sys.stdin.isatty() and typer.confirm("Deploy all the same?", err=True)
    if not asked:
        raise NotConfirmed(warnings)
