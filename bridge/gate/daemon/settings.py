"""How a service of a route runs, from a TOML file, the environment or options.

data = "attester"                        # folder of its files; "carrier", "watcher"
database = ""                            # of its ledger, or a postgresql:// URL; default: in data;
                                         # of one operator: who writes to it decides what is signed
interval = 2                             # seconds between looks
http_host = "127.0.0.1"                  # where attesters listen; "0.0.0.0" for all of the machine
http_port = 8590                         # an attester's API; of /health and /metrics of the others,
                                         # by default -1 for none
log_format = "text"                      # or "json": one object per line
most_tokens = ""                         # attesters: sign no message of more; no cap
least_tokens = ""                        # carriers: leave transfers of less to others; none
max_fee = ""                             # carriers, watchers: most coins a transaction may cost
max_fee_per_day = ""                     # carriers: most coins all may cost in 24 hours, each chain

`PARGRADE_ATTESTER_INTERVAL` in the environment overrides `interval` of an attester's file, and so
on for every setting, with PARGRADE_CARRIER_ and PARGRADE_WATCHER_ for the others; an option of the
command overrides both. The key is in none of them.
"""

from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, Strict
from pydantic_settings import SettingsConfigDict

from pargrade.chain.coin_setting import Coins, wei_of
from pargrade.chain.fees import FeePolicy
from pargrade.logs.log_format import FORMATS, LogFormat
from pargrade.settings import FILE_NAME, FilePath, StrictSettings, whole_number

NOT_SERVED: Final = -1
"""The port of pages that nobody gets."""


def _port(default: int) -> Any:
    return whole_number(NOT_SERVED, 65_535, default)


class RouteServiceSettings(StrictSettings):
    """What all services of a route have."""

    database: str = Field("", repr=False)
    interval: float = Field(2, ge=0.1, le=3_600, description="a number from 0.1 to 3600")
    http_port: int = _port(NOT_SERVED)
    log_format: Annotated[LogFormat, Strict(False)] = Field(
        default=LogFormat.TEXT, description=FORMATS
    )

    @property
    def served_port(self) -> int | None:
        """Where pages are served, 0 at a free port; None for nowhere."""
        return None if self.http_port == NOT_SERVED else self.http_port


class AttesterSettings(RouteServiceSettings):
    """Everything about a running attester except its key and its route."""

    model_config = SettingsConfigDict(env_prefix="PARGRADE_ATTESTER_")

    data: FilePath = Field(Path("attester"), description=FILE_NAME)
    http_host: str = "127.0.0.1"
    http_port: int = whole_number(0, 65_535, 8590)
    most_tokens: str = ""


class CarrierSettings(RouteServiceSettings):
    """Everything about a running carrier except its key and its route."""

    model_config = SettingsConfigDict(env_prefix="PARGRADE_CARRIER_")

    data: FilePath = Field(Path("carrier"), description=FILE_NAME)
    least_tokens: str = ""
    max_fee: Coins = ""
    max_fee_per_day: Coins = ""

    @property
    def fees(self) -> FeePolicy:
        """How transactions are priced and replaced."""
        return FeePolicy(
            max_cost=wei_of(self.max_fee), max_cost_per_day=wei_of(self.max_fee_per_day)
        )


class WatcherSettings(RouteServiceSettings):
    """Everything about a running watcher except its key and its route."""

    model_config = SettingsConfigDict(env_prefix="PARGRADE_WATCHER_")

    data: FilePath = Field(Path("watcher"), description=FILE_NAME)
    max_fee: Coins = ""

    @property
    def fees(self) -> FeePolicy:
        """How transactions are priced and replaced."""
        return FeePolicy(max_cost=wei_of(self.max_fee))
