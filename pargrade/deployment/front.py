"""The indices of a deployment: which takes reports, which came before it, and who is asked.

A file calls the index that takes reports SpotIndex, whatever its version. Behind a front
(PhasedIndex) it may have followed others, or be followed: SpotIndexN is the index of phase N where
that is another one. What prices series is read from the front, which knows by itself whose phase a
time lies in; only logs are read from the indices.
"""

from dataclasses import dataclass, replace
from typing import Final

from pargrade.bindings.phased_index import PhasedIndex
from pargrade.bindings.spot_index import SpotIndex
from pargrade.chain.block import At
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain
from pargrade.deployment.file import DeployedContract, Deployment
from pargrade.errors import PargradeError
from pargrade.spot_index.quorum import IndexVersion
from pargrade.text import moment

INDEX: Final = SpotIndex.NAME
_ENDLESS: Final = 1 << 40


class NoFront(PargradeError):
    """A deployment whose markets and feeds read one index for good."""

    hint = (
        "Only one that was made by `pargrade deploy --phased` can be led on. Holders may move to "
        "a newer market: `pargrade migrate`."
    )

    def __init__(self) -> None:
        super().__init__("this deployment has no PhasedIndex, so no other index can follow")


class StaleFile(PargradeError):
    """A deployment file whose SpotIndex is not the index that markets ask."""

    hint = (
        "Name the file of today with --deployment. Where another index followed, "
        "`pargrade index follow` writes that file anew."
    )

    def __init__(self, filed: Address, present: Address) -> None:
        self.filed = filed
        self.present = present
        super().__init__(f"markets ask index {present} now, and the file says {filed}")


@dataclass(frozen=True, slots=True)
class IndexPhase:
    """Who answers for the times from start until before end, Unix seconds."""

    number: int
    """From 1."""
    index: Address
    start: int
    end: int


def phase_name(number: int) -> str:
    """What a file calls the index of a phase that is not the one that takes reports."""
    return f"{INDEX}{number}"


def is_index_name(name: str) -> bool:
    """Whether a file calls an index so."""
    number = name.removeprefix(INDEX)
    return name.startswith(INDEX) and (not number or (number.isdecimal() and number[0] != "0"))


def front_of(deployment: Deployment) -> Address:
    """Whom markets and feeds ask: the phased index where there is one. Raises NotDeployed."""
    return deployment.address(PhasedIndex.NAME if has_front(deployment) else INDEX)


def has_front(deployment: Deployment) -> bool:
    """Whether another index may follow."""
    return PhasedIndex.NAME in deployment.contracts


def require_front(chain: Chain, deployment: Deployment) -> PhasedIndex:
    """The phased index. Raises NoFront."""
    if not has_front(deployment):
        raise NoFront
    return PhasedIndex(chain, deployment.address(PhasedIndex.NAME))


def index_of_phase(deployment: Deployment, number: int) -> Address:
    """The index of a phase, as the file has it. Raises NotDeployed."""
    name = phase_name(number)
    return deployment.address(name if name in deployment.contracts else INDEX)


def indices_of(deployment: Deployment) -> tuple[Address, ...]:
    """Every index that the file names, the one that takes reports first. Raises NotDeployed."""
    others = (entry.address for name, entry in deployment.contracts.items() if is_index_name(name))
    return tuple(dict.fromkeys((deployment.address(INDEX), *others)))


def version_of(chain: Chain, index: Address, block: At) -> IndexVersion:
    """The version of an index, by the domain that its reporters sign for."""
    return IndexVersion(int(SpotIndex(chain, index).eip712_domain(block=block).version))


def index_of_version(
    chain: Chain, deployment: Deployment, version: IndexVersion, block: At
) -> Address:
    """The newest index of a version that the file names; where none is, the one of reports."""
    indices = indices_of(deployment)
    same = (each for each in indices if version_of(chain, each, block) is version)
    return next(same, indices[0])


def read_phases(chain: Chain, deployment: Deployment, block: At) -> tuple[IndexPhase, ...]:
    """Every phase by its front, also one that is still to begin; without a front there is one."""
    if not has_front(deployment):
        return (IndexPhase(1, deployment.address(INDEX), 0, _ENDLESS),)
    found = PhasedIndex(chain, deployment.address(PhasedIndex.NAME)).phases(block=block)
    ends = [*(phase.from_ for phase in found[1:]), _ENDLESS]
    return tuple(
        IndexPhase(number, phase.index, phase.from_, end)
        for number, (phase, end) in enumerate(zip(found, ends, strict=True), start=1)
    )


def phase_at(phases: tuple[IndexPhase, ...], time: int) -> IndexPhase:
    """The phase that a time lies in."""
    return next(phase for phase in phases if phase.start <= time < phase.end)


def require_present(chain: Chain, deployment: Deployment, block: At) -> IndexPhase:
    """The phase in force, which has to be the file's SpotIndex. Raises StaleFile, NoFront."""
    require_front(chain, deployment)
    phases = read_phases(chain, deployment, block)
    present, filed = phase_at(phases, chain.block(block).timestamp), deployment.address(INDEX)
    if present.index != filed:
        raise StaleFile(filed, present.index)
    return present


def phase_difference(chain: Chain, deployment: Deployment, block: At) -> str | None:
    """Which index the front answers for that the file does not name so, for people; None for none.

    Raises NoFront.
    """
    require_front(chain, deployment)
    phases = read_phases(chain, deployment, block)
    for phase in phases:
        if phase.index != index_of_phase(deployment, phase.number):
            since = f"from {moment(phase.start)} on " if phase.start else ""
            return f"{since}it answers for index {phase.index}, which is not in the file"
    present = phase_at(phases, chain.block(block).timestamp)
    past = {phase.index for phase in phases[: present.number - 1]}
    if deployment.address(INDEX) in past:
        return (
            f"since {moment(present.start)} it answers for index {present.index}, and the file's "
            "SpotIndex is of before: `pargrade index follow` mends the file"
        )
    return None


def led_on(deployment: Deployment, number: int, follower: DeployedContract) -> Deployment:
    """The file once `follower` takes the reports, after the index of phase `number`."""
    contracts: dict[str, DeployedContract] = {}
    for name, entry in without_follower(deployment, number + 1).contracts.items():
        if name == INDEX:
            contracts |= {INDEX: follower, phase_name(number): entry}
        else:
            contracts[name] = entry
    return replace(deployment, contracts=contracts)


def with_follower(deployment: Deployment, number: int, follower: DeployedContract) -> Deployment:
    """The file while the phase `number` of a follower is still to begin."""
    contracts = without_follower(deployment, number).contracts
    return replace(deployment, contracts={**contracts, phase_name(number): follower})


def without_follower(deployment: Deployment, number: int) -> Deployment:
    """The file without a phase that has not begun."""
    kept = {name: each for name, each in deployment.contracts.items() if name != phase_name(number)}
    return replace(deployment, contracts=kept)
