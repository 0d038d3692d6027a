"""What `pargrade deploy` prints: the plan in a dry run, else where everything is."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import typer

from pargrade.chain.fees import COIN_DECIMALS
from pargrade.chain.wallet import Wallet
from pargrade.cli.toolkit.output import Table, report
from pargrade.clock import DAY_S
from pargrade.deployment.deployer import creations
from pargrade.deployment.file import Deployment
from pargrade.deployment.plan import Plan
from pargrade.deployment.shipped_code import CodeCheck
from pargrade.deployment.verification import EntryCheck
from pargrade.units import format_amount

PURPOSES: Final = {
    "Governance": "says who may do what, and after which delay",
    "GradeRegistry": "lists grades and makes their wrapped units",
    "SpotIndex": "records the rounds that reporters sign",
    "PhasedIndex": "answers markets and feeds for an index, and for the one that follows it",
    "IndexFeed": "shows an index to readers of price feeds",
    "FuturesMarket": "locks, settles and redeems pairs",
    "FuturesExchange": "fills signed orders; holds nothing",
    "FuturesLens": "answers views of the market in one call",
    "BridgeGate": "moves tokens to another chain, once it has routes and attesters",
    "tUSD": "is a test token to pay with",
}
"""What each contract of a deployment does, by its name in the deployment file."""

_CHECKED: Final = (
    "Compared: all code with what our constructors make of the file's addresses, the authority "
    "each contract asks, the grades and series, which role may call what, and who holds it. Not: "
    "reporters, caps and other storage."
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Gas units that deploying would use."""

    creations: int
    """Of the contracts that need no other one: at least so much where all are missing."""
    simulated: int | None
    """Of all that would be sent; None where the endpoint cannot simulate it."""
    proxy: int
    """Wei that the account of the CREATE2 proxy gets; 0 where the proxy is there."""

    @property
    def gas(self) -> int:
        """The better figure."""
        return self.creations if self.simulated is None else self.simulated

    def describe(self) -> str:
        """For people."""
        if self.simulated is None:
            gas = f"with at least {self.gas:,} gas (the endpoint cannot simulate all of it)"
        else:
            gas = f"with {self.gas:,} gas, all of it simulated,"
        coins = format_amount(self.proxy, COIN_DECIMALS)
        return f"{gas} and {coins} coins for the CREATE2 proxy" if self.proxy else gas


def report_plan(wallet: Wallet, plan: Plan, path: Path, cost: Cost, *, as_json: bool) -> None:
    """Prints what would be deployed, at which cost, and written to `path`."""
    where = {each.name: each.address for each in creations(wallet.address, plan)}
    report(
        {
            "dry_run": True,
            "deployment": str(path),
            "gas_at_least": cost.gas,
            "simulated": cost.simulated is not None,
            "proxy_wei": str(cost.proxy),
            "addresses": where,
            **_roles(wallet, plan),
        },
        f"Dry run, nothing sent: would deploy to chain {wallet.chain.chain_id} "
        f"{cost.describe()} and write {path}",
        _contract_table("will be at", where.items()),
        _role_table(wallet, plan),
        as_json=as_json,
    )


def report_deployment(
    wallet: Wallet, plan: Plan, placed: Deployment, path: Path, *, as_json: bool
) -> None:
    """Prints where everything is that was written to `path`."""
    contracts = [(name, contract.address) for name, contract in placed.contracts.items()]
    grades = [(f"grade {name}", grade.unit) for name, grade in placed.grades.items()]
    report(
        {"dry_run": False, "deployment": str(path), **asdict(placed), **_roles(wallet, plan)},
        _contract_table("address", [*contracts, *grades], f"Chain {placed.chain_id}"),
        _role_table(wallet, plan),
        f"Written to {path}",
        as_json=as_json,
    )


def report_code(
    placed: Deployment,
    checks: Sequence[CodeCheck],
    entries: Sequence[EntryCheck],
    *,
    as_json: bool,
) -> None:
    """Prints how a deployment stands to what ships. Exit code 1 where some of it differs."""
    rows = [(each.name, each.address, each.difference or "as it ships") for each in checks]
    differing = sum(each.difference is not None for each in checks)
    verdict = f"{differing} of {len(checks)} contracts differ from what ships"
    faulty = sum(not each.fits for each in entries)
    report(
        {
            "chain_id": placed.chain_id,
            "contracts": {each.name: each.to_json() for each in checks},
            "entries": {each.name: each.to_json() for each in entries},
        },
        Table(("contract", "address", "code and wiring"), rows, title=f"Chain {placed.chain_id}"),
        Table(("entry or role", ""), [(each.name, each.state) for each in entries]),
        *(f"Not as it has to be: {each.name}: {each.state}" for each in entries if not each.fits),
        verdict if differing else f"All {len(checks)} contracts are as they ship",
        _CHECKED,
        as_json=as_json,
    )
    if differing or faulty:
        raise typer.Exit(1)


def _contract_table(heading: str, where: Iterable[tuple[str, str]], title: str = "") -> Table:
    # Further feeds are numbered: IndexFeed1.
    rows = [(name, place, PURPOSES.get(name.rstrip("0123456789"), "")) for name, place in where]
    return Table(("contract", heading, ""), rows, title=title)


def _roles(wallet: Wallet, plan: Plan) -> dict[str, Any]:
    return {
        "admin": plan.admin or wallet.address,
        "admin_delay": plan.admin_delay,
        "curators": list(plan.curators),
        "guardians": list(plan.guardians),
        "council": list(plan.council),
        "reporters": list(plan.reporters.addresses),
        "quorum": plan.reporters.quorum,
        "liars_survived": plan.reporters.liars,
        "silent_survived": plan.reporters.silent,
        "method_hash": "0x" + plan.reporters.method_hash.hex(),
    }


def _role_table(wallet: Wallet, plan: Plan) -> Table:
    roles = _roles(wallet, plan)
    return Table(
        ("role", "who"),
        [
            ("admin", f"{roles['admin']}, {_delay(plan.admin_delay)}"),
            ("curator", ", ".join(plan.curators)),
            ("guardian", ", ".join(plan.guardians)),
            ("council", ", ".join(plan.council)),
            *(("reporter", address) for address in plan.reporters.addresses),
        ],
        title=f"Quorum {plan.reporters.quorum}: a value survives {plan.reporters.liars} liars, "
        f"the index {plan.reporters.silent} silent reporters",
    )


def _delay(seconds: int) -> str:
    return f"after {seconds // DAY_S} days" if seconds else "at once"
