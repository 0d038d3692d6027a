"""The addresses of the contracts that the bridge follows."""

from dataclasses import dataclass

from pargrade.chain.hashing import Address
from pargrade.deployment.file import Deployment
from pargrade.deployment.front import front_of, indices_of


@dataclass(frozen=True, slots=True)
class Watched:
    """The contracts followed from the start; units are added when the registry lists them."""

    market: Address
    registry: Address
    front: Address
    """The index that the market asks."""
    indices: tuple[Address, ...]
    """All that record rounds: the one that takes reports, those before it, and one to follow."""
    first_block: int
    """The first block that can have logs of these contracts."""

    @classmethod
    def of(cls, deployment: Deployment) -> "Watched":
        """The contracts a deployment file names. Raises NotDeployed."""
        return cls(
            market=deployment.address("FuturesMarket"),
            registry=deployment.address("GradeRegistry"),
            front=front_of(deployment),
            indices=indices_of(deployment),
            first_block=deployment.block,
        )
