"""How a relay runs, from a TOML file, the environment or options.

rpc_url = "http://127.0.0.1:8545"        # several with commas; the first is preferred
deployment = "deployments/31337.json"    # default: deployments/CHAINID.json
database = "sqlite:///relay.db"          # the log, or a postgresql:// URL; default: beside the
                                         # deployment file
api_host = "127.0.0.1"                   # address of the API and the stream
api_port = 8575                          # port of the API
stream_port = 8576                       # port of the WebSocket
interval = 1                             # seconds between looks at the chain
submit = true                            # send matches; else takers fetch their calldata
least_lots = 10                          # fewer are dust
most_resting = 10000                     # orders a maker may have in the book
orders_per_second = 500                  # of one address, on average
burst = 2000                             # of one address, at once
maker_orders_per_second = 200            # of one maker's key, on average
maker_burst = 2000                       # of one maker's key, at once
contract_orders_per_second = 20          # of one address whose signature a contract has to confirm
contract_burst = 200                     # of one address, likewise, at once
most_subscribers = 2000                  # of the stream
address_subscribers = 50                 # of the stream, of one address
trusted_proxies = ""                     # whose X-Forwarded-For is believed: addresses or networks
                                         # with commas; an IPv6 /64 counts as one address
max_fee = ""                             # most coins a transaction may cost, as "0.05"; no cap
max_fee_per_day = ""                     # most coins all may cost in 24 hours; no cap
taker_percent = 20                       # of that, what the matches of one taker may cost
log_format = "text"                      # or "json": one object per line

`PARGRADE_RELAY_INTERVAL` in the environment overrides `interval` of the file, and so on for every
setting; an option of the command overrides both.
"""

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, Strict
from pydantic_settings import SettingsConfigDict
from sqlalchemy.engine import URL

from bridge.orders.relay.askers import Askers, Proxies, parse_proxies
from pargrade.chain.coin_setting import Coins, wei_of
from pargrade.chain.fees import FeePolicy
from pargrade.database import sqlite_file
from pargrade.logs.log_format import FORMATS, LogFormat
from pargrade.settings import FILE_NAME, FilePath, StrictSettings, whole_number

_MOST: Final = 1_000_000


class RelaySettings(StrictSettings):
    """Everything about a running relay except its key."""

    model_config = SettingsConfigDict(env_prefix="PARGRADE_RELAY_")

    rpc_url: str = Field("http://127.0.0.1:8545", repr=False)
    database: str = Field("", repr=False)
    deployment: FilePath | None = Field(None, description=FILE_NAME)
    api_host: str = "127.0.0.1"
    api_port: int = whole_number(0, 65_535, 8575)
    stream_port: int = whole_number(0, 65_535, 8576)
    interval: float = Field(1, gt=0, le=3_600, description="a number above 0, at most 3600")
    submit: bool = True
    least_lots: int = whole_number(1, _MOST, 10)
    most_resting: int = whole_number(1, _MOST, 10_000)
    orders_per_second: int = whole_number(1, _MOST, 500)
    burst: int = whole_number(100, _MOST, 2_000)
    maker_orders_per_second: int = whole_number(1, _MOST, 200)
    maker_burst: int = whole_number(100, _MOST, 2_000)
    contract_orders_per_second: int = whole_number(1, _MOST, 20)
    contract_burst: int = whole_number(1, _MOST, 200)
    most_subscribers: int = whole_number(1, 100_000, 2_000)
    address_subscribers: int = whole_number(1, 100_000, 50)
    trusted_proxies: Proxies = ""
    max_fee: Coins = ""
    max_fee_per_day: Coins = ""
    taker_percent: int = whole_number(1, 100, 20)
    log_format: Annotated[LogFormat, Strict(False)] = Field(
        default=LogFormat.TEXT, description=FORMATS
    )

    @property
    def fees(self) -> FeePolicy:
        """How transactions are priced and replaced."""
        return FeePolicy(
            max_cost=wei_of(self.max_fee), max_cost_per_day=wei_of(self.max_fee_per_day)
        )

    @property
    def askers(self) -> Askers:
        """Who asks, behind the proxies that are trusted."""
        return Askers(parse_proxies(self.trusted_proxies))

    def log_beside(self, deployment: Path) -> str | URL:
        """The log's database, else a SQLite file beside the deployment file."""
        return self.database or sqlite_file(deployment.with_suffix(".relay.db").resolve())

    def outbox_beside(self, deployment: Path) -> URL:
        """Where transactions are written down before they are sent."""
        return sqlite_file(deployment.with_suffix(".relay-outbox.db").resolve())
