"""Options of hedge commands that meet a relay and a chain, and the desk they open."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from bridge.cli.hedge.options import PolicyFile
from bridge.cli.market.options import DEFAULT_RELAY, RelayUrl, load_key
from bridge.hedge.desk.desk import HedgeDesk
from bridge.hedge.intake.settings_files import read_settings
from bridge.hedge.plan.policy import MarketSnapshot, PaidMonth, Policy
from pargrade.chain.endpoint.url import split_urls
from pargrade.chain.hashing import Address
from pargrade.chain.keys import Key
from pargrade.chain.rpc import Chain
from pargrade.cli.toolkit.options import DEFAULT_RPC, DeploymentFile, KeyText, RpcUrl
from pargrade.cli.toolkit.parse import account as account_of
from pargrade.errors import PargradeError

_HASH: Final = re.compile(r"0x[0-9a-f]{64}")

PlanHash = Annotated[str, typer.Argument(metavar="HASH", help="Hash of the plan, or its file.")]
PlanFolder = Annotated[
    Path,
    typer.Option(
        "--plans", metavar="DIR", file_okay=False, help="Folder of plans, approvals and the log."
    ),
]
PastPrices = Annotated[
    Path | None,
    typer.Option(
        "--market", metavar="FILE", exists=True, dir_okay=False, help="Prices and positions."
    ),
]
AccountText = Annotated[
    str | None,
    typer.Option("--hedger", metavar="ADDRESS", help="Whose hedges.", show_default="the key's"),
]
DEFAULT_PLANS: Final = Path("plans")


class NoSuchPlan(PargradeError):
    """Text that names no plan."""

    hint = "Copy the hash that `pargrade hedge plan` printed: 0x and 64 hex digits."

    def __init__(self, text: str) -> None:
        super().__init__(f"{text[:80]!r} is no plan's hash")


@dataclass(frozen=True, slots=True)
class DeskPlace:
    """Where a desk is, as the command line says it."""

    policy: PolicyFile
    plans: PlanFolder = DEFAULT_PLANS
    relay: RelayUrl = DEFAULT_RELAY
    rpc_url: RpcUrl = DEFAULT_RPC
    deployment: DeploymentFile = None
    key: KeyText = ""

    @contextmanager
    def signing(self) -> Iterator[HedgeDesk]:
        """The desk of the key, which signs. Raises BadSetting, NoKey, RpcDown, NotDeployed."""
        key = self._load_key()
        with self._open(key.address, key) as desk:
            yield desk

    @contextmanager
    def _open(self, account: Address, key: Key | None) -> Iterator[HedgeDesk]:
        with HedgeDesk.open(
            read_settings(Policy, self.policy),
            self.plans,
            relay_url=self.relay,
            rpc_url=self.rpc_url,
            account=account,
            deployment=self.deployment,
            key=key,
        ) as desk:
            yield desk

    def _load_key(self) -> Key:
        chain = Chain.connect(*split_urls(self.rpc_url))
        return load_key(self.key, chain.chain_id)


@dataclass(frozen=True, slots=True)
class HedgerPlace(DeskPlace):
    """The same for what signs nothing, so that an address will do."""

    account: AccountText = None

    @contextmanager
    def looking(self) -> Iterator[HedgeDesk]:
        """The desk of the account, or of the key. Raises what `signing` raises."""
        named = account_of(self.account, "the account") if self.account else None
        with self._open(named or self._load_key().address, None) as desk:
            yield desk


def plan_named(text: str) -> str:
    """The hash of a plan, from itself or from its file's name. Raises NoSuchPlan."""
    name = Path(text).name.removesuffix(".json")
    if not _HASH.fullmatch(name):
        raise NoSuchPlan(text)
    return name


def paid_prices(market: Path | None) -> tuple[PaidMonth, ...]:
    """Past prices of a market file. Raises BadSetting."""
    return () if market is None else read_settings(MarketSnapshot, market).prices
