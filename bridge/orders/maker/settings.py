"""How a maker runs, from a TOML file, the environment or options.

rpc_url = "http://127.0.0.1:8545"        # several with commas; the first is preferred
deployment = "deployments/31337.json"    # default: deployments/CHAINID.json
relay = "http://127.0.0.1:8575"          # the relay's API
series = ""                              # names with commas; all that are traded by default
around = "index"                         # or "mark": that of a call in which somebody traded
levels = 5                               # rungs of each side
lots = 7300                              # of each rung, of 0.01 SCU
spread_bps = 100                         # between first bid and first ask
gap_bps = 25                             # from rung to rung
skew_bps = 200                           # by which the centre moves at the most that may be held
most_lots = 146000                       # in a series, long or short: held and signed together
lifetime = 600                           # seconds an order lives; in its last quarter it is renewed
call = true                              # whether it takes part in the hourly call, too
interval = 2                             # seconds between looks
kill_file = ""                           # while this file is there, nothing is quoted
log_format = "text"                      # or "json": one object per line

`PARGRADE_MAKER_INTERVAL` in the environment overrides `interval` of the file, and so on for every
setting; an option of the command overrides both.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, Strict
from pydantic_settings import SettingsConfigDict

from bridge.orders.maker.ladder import LadderTerms
from pargrade.clock import DAY_S
from pargrade.logs.log_format import FORMATS, LogFormat
from pargrade.settings import FILE_NAME, FilePath, StrictSettings, whole_number

_MOST_LOTS: Final = 10**12
_BPS: Final = 10_000


class Centre(StrEnum):
    """What a ladder is around."""

    INDEX = "index"
    MARK = "mark"


class MakerSettings(StrictSettings):
    """Everything about a running maker except its key."""

    model_config = SettingsConfigDict(env_prefix="PARGRADE_MAKER_")

    rpc_url: str = Field("http://127.0.0.1:8545", repr=False)
    deployment: FilePath | None = Field(None, description=FILE_NAME)
    relay: str = "http://127.0.0.1:8575"
    series: str = ""
    around: Annotated[Centre, Strict(False)] = Field(
        default=Centre.INDEX, description='"index" or "mark"'
    )
    levels: int = whole_number(1, 40, 5)
    lots: int = whole_number(10, _MOST_LOTS, 7_300)
    spread_bps: int = whole_number(1, _BPS, 100)
    gap_bps: int = whole_number(0, _BPS, 25)
    skew_bps: int = whole_number(0, _BPS // 2, 200)
    most_lots: int = whole_number(10, _MOST_LOTS, 146_000)
    lifetime: int = whole_number(10, DAY_S, 600)
    call: bool = True
    interval: float = Field(2, gt=0, le=3_600, description="a number above 0, at most 3600")
    kill_file: FilePath | None = Field(None, description=FILE_NAME)
    log_format: Annotated[LogFormat, Strict(False)] = Field(
        default=LogFormat.TEXT, description=FORMATS
    )

    @property
    def terms(self) -> LadderTerms:
        """How it quotes."""
        return LadderTerms(
            levels=self.levels,
            lots=self.lots,
            spread_bps=self.spread_bps,
            gap_bps=self.gap_bps,
            skew_bps=self.skew_bps,
            most_lots=self.most_lots,
        )

    @property
    def is_killed(self) -> bool:
        """Whether somebody has put the kill file there; so it counts where nobody can look."""
        try:
            return self.kill_file is not None and Path(self.kill_file).exists()
        except OSError:
            return True

    @property
    def names(self) -> tuple[str, ...]:
        """Series by name; none for all."""
        return tuple(name.strip() for name in self.series.split(",") if name.strip())
