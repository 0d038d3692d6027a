"""Where the contracts of a chain are: one versioned file, deployments/CHAINID.json."""

import json
from collections.abc import Callable, Container
from dataclasses import asdict, dataclass, field
from itertools import chain, count
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from pargrade.chain.hashing import Address, parse_address
from pargrade.errors import PargradeError
from pargrade.process.shared_file import hold_file, replace_file

T = TypeVar("T")

SCHEMA: Final = 1


class NoDeployment(PargradeError):
    """There is no deployment file for this chain."""

    hint = "Deploy with `pargrade deploy`, or name a deployment file with --deployment."

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"there is no deployment file {path}")


class BadDeployment(PargradeError):
    """A deployment file that cannot be used."""

    hint = "Deploy again, or take the file from the version of Pargrade that wrote it."

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        self.why = why
        super().__init__(f"{path} is not a usable deployment file: {why}")


class NotDeployed(PargradeError):
    """A contract, grade or series that the deployment file does not list."""

    def __init__(self, kind: str, name: str, known: tuple[str, ...]) -> None:
        self.kind = kind
        self.name = name
        self.known = known
        self.hint = f"Known: {', '.join(known)}." if known else "None is known yet."
        super().__init__(f"no {kind} {name!r} in this deployment")


@dataclass(frozen=True, slots=True)
class DeployedContract:
    """One contract: where it is, since which block, and from which compiler input."""

    address: Address
    block: int
    input_hash: str


@dataclass(frozen=True, slots=True)
class DeployedGrade:
    """One listed grade."""

    token: Address
    unit: Address
    grade_id: str
    """bytes32, 0x hex."""
    decimals: int


@dataclass(frozen=True, slots=True)
class DeployedSeries:
    """One listed series."""

    series_id: str
    """uint256, decimal."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """Everything a user of a deployment has to know, by name."""

    chain_id: int
    block: int
    """First block any of it can be in: where followers start."""
    quote_token: Address
    contracts: dict[str, DeployedContract] = field(default_factory=dict)
    grades: dict[str, DeployedGrade] = field(default_factory=dict)
    """By symbol of the wrapped unit's token."""
    series: dict[str, DeployedSeries] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The deployment in a file. Raises NoDeployment, BadDeployment."""
        try:
            raw = json.loads(path.read_text())
        except FileNotFoundError:
            raise NoDeployment(path) from None
        except (OSError, ValueError) as failure:
            raise BadDeployment(path, str(failure)) from None
        if not isinstance(raw, dict) or raw.get("schema") != SCHEMA:
            raise BadDeployment(path, f"expected schema {SCHEMA}")
        try:
            return cls._of(raw)
        except (KeyError, TypeError, ValueError, AttributeError, PargradeError) as failure:
            raise BadDeployment(path, f"{type(failure).__name__}: {failure}") from None

    def write(self, path: Path) -> None:
        """Writes the file, whatever it said: a new deployment's. What adds to one is `amend`.

        Readers see the old one or the new one, never half.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, json.dumps({"schema": SCHEMA, **asdict(self)}, indent=2) + "\n")

    @classmethod
    def amend(cls, path: Path, change: Callable[[Self], Self]) -> Self:
        """Writes what `change` makes of the deployment in a file by now, and returns it.

        One process at a time: whoever read the file before sending transactions loses nothing of
        what others wrote meanwhile. `change` is quick: the others wait for it. Raises NoDeployment,
        BadDeployment, FileBusy, and what `change` raises, after which the file is as it was.
        """
        try:
            with hold_file(path):
                known = cls.read(path)
                amended = change(known)
                if amended != known:
                    amended.write(path)
                return amended
        except FileNotFoundError:
            raise NoDeployment(path) from None

    def address(self, contract: str) -> Address:
        """Where a contract is, by its Solidity name. Raises NotDeployed."""
        return self.contract(contract).address

    def contract(self, name: str) -> DeployedContract:
        """A contract by its name in the file. Raises NotDeployed."""
        return self._listed("contract", name, self.contracts)

    def grade(self, symbol: str) -> DeployedGrade:
        """A grade by symbol. Raises NotDeployed."""
        return self._listed("grade", symbol, self.grades)

    @staticmethod
    def _listed(kind: str, name: str, known: dict[str, T]) -> T:
        if name not in known:
            raise NotDeployed(kind, name, tuple(sorted(known)))
        return known[name]

    @classmethod
    def _of(cls, raw: dict[str, Any]) -> Self:
        return cls(
            chain_id=int(raw["chain_id"]),
            block=int(raw["block"]),
            quote_token=parse_address(raw["quote_token"]),
            contracts={
                name: DeployedContract(
                    parse_address(entry["address"]), int(entry["block"]), str(entry["input_hash"])
                )
                for name, entry in raw["contracts"].items()
            },
            grades={
                symbol: DeployedGrade(
                    token=parse_address(entry["token"]),
                    unit=parse_address(entry["unit"]),
                    grade_id=str(entry["grade_id"]),
                    decimals=int(entry["decimals"]),
                )
                for symbol, entry in raw["grades"].items()
            },
            series={
                name: DeployedSeries(str(int(entry["series_id"])))
                for name, entry in raw["series"].items()
            },
        )


def free_name(wanted: str, taken: Container[str]) -> str:
    """The first of NAME, NAME-2, NAME-3 and so on that is not taken."""
    names = chain((wanted,), (f"{wanted}-{number}" for number in count(2)))
    return next(name for name in names if name not in taken)


def default_path(chain_id: int) -> Path:
    """deployments/CHAINID.json, from the working folder."""
    return Path("deployments") / f"{chain_id}.json"
