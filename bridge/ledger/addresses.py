"""The addresses of the contracts that the bridge follows."""

from dataclasses import dataclass

from pargrade.chain.hashing import Address
from pargrade.deployment.file import Deployment


@dataclass(frozen=True, slots=True)
class Watched:
    """The contracts followed from the start; units are added when the registry lists them."""

    market: Address
    registry: Address
    spot_index: Address
    first_block: int
    """The first block that can have logs of these contracts."""

    @classmethod
    def of(cls, deployment: Deployment) -> "Watched":
        """The contracts a deployment file names. Raises NotDeployed."""
        return cls(
            market=deployment.address("FuturesMarket"),
            registry=deployment.address("GradeRegistry"),
            spot_index=deployment.address("SpotIndex"),
            first_block=deployment.block,
        )
