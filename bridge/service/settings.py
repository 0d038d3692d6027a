"""How the bridge runs, from a TOML file or from options.

rpc_url = "http://127.0.0.1:8545"
deployment = "deployments/31337.json"    # default: deployments/CHAINID.json
database = "sqlite:///bridge.db"         # default: beside the deployment file
finality = "finalized"                   # safe, latest, or a number of confirmations
interval = 5                             # seconds between passes
reconcile_interval = 600                 # seconds between reconciliations
misfire_grace = 30                       # seconds a pass may start late before it is missed
page_size = 20                           # most holders per redemption
most_gas = 16777216                      # gas limit of the dearest transaction
patience = 30                            # seconds before a transaction is replaced by a dearer one
"""

import math
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final, Self

from bridge.keeper.batches import Paging
from bridge.ledger.finality import Finality
from pargrade.chain.block import Tag
from pargrade.chain.fees import FeePolicy
from pargrade.devnet.anvil import DEVNET_CHAIN_ID
from pargrade.errors import PargradeError

_PATHS: Final = frozenset({"deployment"})


class BadSettings(PargradeError):
    """A settings file that cannot be used."""

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        self.why = why
        self.hint = f"Known settings: {', '.join(f.name for f in fields(Settings))}."
        super().__init__(f"{path}: {why}")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything about a running bridge except its key."""

    rpc_url: str = "http://127.0.0.1:8545"
    deployment: Path | None = None
    database: str = ""
    finality: str = ""
    interval: float = 5
    reconcile_interval: int = 600
    misfire_grace: int = 30
    page_size: int = field(default_factory=lambda: Paging().size)
    most_gas: int = field(default_factory=lambda: Paging().most_gas)
    patience: int = 30

    @classmethod
    def read(cls, path: Path) -> Self:
        """The settings in a TOML file. Raises BadSettings; a missing file too."""
        try:
            raw = tomllib.loads(path.read_text())
        except (OSError, ValueError) as failure:
            raise BadSettings(path, str(failure)) from None
        return cls().overridden(**{n: _checked(path, n, value) for n, value in raw.items()})

    def overridden(self, **given: Any) -> Self:
        """With the options a person gave instead; those left at None change nothing."""
        return replace(self, **{name: v for name, v in given.items() if v is not None})

    @property
    def paging(self) -> Paging:
        """Page size and gas. Raises BadPage."""
        return Paging(self.page_size, self.most_gas)

    @property
    def fees(self) -> FeePolicy:
        """How transactions are priced and replaced."""
        return FeePolicy(patience=self.patience)

    def finality_on(self, chain_id: int) -> Finality:
        """The finality named, else what the chain calls final; a development chain's every block.

        Raises BadFinality.
        """
        if self.finality:
            return Finality.parse(self.finality)
        return Finality(Tag.LATEST if chain_id == DEVNET_CHAIN_ID else Tag.FINALIZED)

    def database_beside(self, deployment: Path) -> str:
        """The database named, else a SQLite file beside the deployment file."""
        return self.database or f"sqlite:///{deployment.with_suffix('.bridge.db').resolve()}"


def _checked(path: Path, name: str, value: object) -> object:
    kinds = {f.name: str if f.name in _PATHS else f.type for f in fields(Settings)}
    if name not in kinds:
        raise BadSettings(path, f"there is no setting {name!r}")
    kind = kinds[name]
    # Exactly, as `true` is an integer to Python; where a fraction will do, so will a whole number.
    if type(value) is not kind and not (kind is float and type(value) is int):
        raise BadSettings(path, f"{name} is not {'text' if kind is str else 'a number'}")
    if isinstance(value, int | float) and not 0 < value < math.inf:
        raise BadSettings(path, f"{name} is not positive")
    return Path(str(value)) if name in _PATHS else value
