"""One end of a route: a chain, and the gate that a deployment file names on it."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from bridge.gate.route.file import EndTable
from bridge.ledger.finality import Finality
from pargrade.bindings.bridge_gate import BridgeGate
from pargrade.bindings.governance import Governance
from pargrade.chain.block import Tag
from pargrade.chain.errors import NoContract
from pargrade.chain.hashing import Address, parse_address
from pargrade.chain.rpc import Chain
from pargrade.deployment.file import Deployment
from pargrade.deployment.token import Token


class RouteSide(StrEnum):
    """Which end of a route."""

    HOME = "home"
    REMOTE = "remote"

    @property
    def other(self) -> "RouteSide":
        """The end at the other side."""
        return RouteSide.REMOTE if self is RouteSide.HOME else RouteSide.HOME


@dataclass(frozen=True, slots=True)
class GateEnd:
    """A gate on its chain."""

    side: RouteSide
    chain: Chain
    deployment: Deployment
    path: Path
    """Of the deployment file."""
    gate: BridgeGate
    finality: Finality

    @classmethod
    def open(cls, side: RouteSide, table: EndTable) -> Self:
        """Connects and finds the gate. Raises ChainError, NoDeployment, NotDeployed, NoContract."""
        deployment = Deployment.read(table.deployment)
        chain = Chain.connect(*table.rpc_urls, expected=deployment.chain_id)
        address = deployment.address("BridgeGate")
        if not chain.code(address, block=Tag.LATEST):
            raise NoContract(address, "BridgeGate")
        finality = table.finality_on(chain.chain_id)
        return cls(side, chain, deployment, table.deployment, BridgeGate(chain, address), finality)

    @property
    def governance(self) -> Governance:
        """Who may do what here."""
        return Governance(self.chain, self.gate.authority(block=Tag.LATEST))

    def find_token(self, named: str) -> Address:
        """A token by its address, or the unit of a grade by symbol. Raises NotDeployed."""
        if named.startswith(("0x", "0X")):
            return parse_address(named)
        return self.deployment.grade(named).unit

    def read_token(self, address: Address) -> Token:
        """A token as it is now. Raises NoContract."""
        return Token.read(self.chain, address, Tag.LATEST)
