"""How the bridge runs, from a TOML file, the environment or options.

rpc_url = "http://127.0.0.1:8545"        # several with commas; the first is preferred
deployment = "deployments/31337.json"    # default: deployments/CHAINID.json
database = "sqlite:///bridge.db"         # default: beside the deployment file
finality = "finalized"                   # safe, latest, or a number of confirmations
interval = 5                             # seconds between passes
reconcile_interval = 600                 # seconds between reconciliations
misfire_grace = 30                       # seconds a pass may begin late before it counts as late
page_size = 20                           # most holders per redemption
most_gas = 16777216                      # gas limit of the dearest transaction
patience = 30                            # seconds before a transaction is replaced by a dearer one
max_fee = ""                             # most coins a transaction may cost, as "0.05"; no cap
max_fee_per_day = ""                     # most coins all may cost in 24 hours; no cap
api_port = 0                             # port of /health and /metrics; 0 for none
api_host = "127.0.0.1"                   # address they listen at
log_format = "text"                      # or "json": one object per line

`PARGRADE_BRIDGE_INTERVAL` in the environment overrides `interval` of the file, and so on for every
setting; an option of the command overrides both.
"""

from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, Field, Strict
from pydantic_settings import SettingsConfigDict
from sqlalchemy.engine import URL

from bridge.keeper.batches import Paging
from bridge.ledger.finality import BadFinality, Finality
from pargrade.chain.block import Tag
from pargrade.chain.coin_setting import Coins, wei_of
from pargrade.chain.development import is_development
from pargrade.chain.fees import FeePolicy
from pargrade.clock import DAY_S
from pargrade.database import sqlite_file
from pargrade.logs.log_format import FORMATS, LogFormat
from pargrade.settings import FILE_NAME, FilePath, StrictSettings, Unfit, whole_number

_YEAR_S: Final = 365 * DAY_S
_MOST_64: Final = (1 << 64) - 1


def _parse_finality(text: str) -> str:
    try:
        _ = text and Finality.parse(text)
    except (BadFinality, ValueError):
        raise Unfit(hint=BadFinality.hint) from None
    return text


class Settings(StrictSettings):
    """Everything about a running bridge except its key."""

    model_config = SettingsConfigDict(env_prefix="PARGRADE_BRIDGE_")

    # Both URLs may hold a password.
    rpc_url: str = Field("http://127.0.0.1:8545", repr=False)
    database: str = Field("", repr=False)
    deployment: FilePath | None = Field(None, description=FILE_NAME)
    finality: Annotated[str, AfterValidator(_parse_finality)] = Field(
        "", description="finalized, safe, latest or a number of confirmations"
    )
    interval: float = Field(5, gt=0, le=_YEAR_S, description=f"a number above 0, at most {_YEAR_S}")
    reconcile_interval: int = whole_number(1, _YEAR_S, 600)
    misfire_grace: int = whole_number(1, _YEAR_S, 30)
    page_size: int = whole_number(1, _MOST_64, Paging().size)
    most_gas: int = whole_number(1, _MOST_64, Paging().most_gas)
    patience: int = whole_number(1, _YEAR_S, 30)
    max_fee: Coins = ""
    max_fee_per_day: Coins = ""
    api_port: int = whole_number(0, 65_535, 0)
    api_host: str = "127.0.0.1"
    log_format: Annotated[LogFormat, Strict(False)] = Field(
        default=LogFormat.TEXT, description=FORMATS
    )

    @property
    def paging(self) -> Paging:
        """Page size and gas. Raises BadPage."""
        return Paging(self.page_size, self.most_gas)

    @property
    def fees(self) -> FeePolicy:
        """How transactions are priced and replaced."""
        return FeePolicy(
            patience=self.patience,
            max_cost=wei_of(self.max_fee),
            max_cost_per_day=wei_of(self.max_fee_per_day),
        )

    def finality_on(self, chain_id: int) -> Finality:
        """The finality named, else what the chain calls final; a development chain's every block.

        Raises BadFinality.
        """
        if self.finality:
            return Finality.parse(self.finality)
        return Finality(Tag.LATEST if is_development(chain_id) else Tag.FINALIZED)

    def database_beside(self, deployment: Path) -> str | URL:
        """The database named, else a SQLite file beside the deployment file."""
        return self.database or sqlite_file(deployment.with_suffix(".bridge.db").resolve())
