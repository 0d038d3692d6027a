"""The set of the demo: a chain, the contracts, and every service as a process of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.clock import DAY_S
from pargrade.data.files import SAMPLE
from pargrade.demo.corruption import corrupt
from pargrade.demo.members import CORRUPTED, DemoMembers
from pargrade.demo.services import place_in, start_keeper
from pargrade.deployment.file import Deployment
from pargrade.deployment.plan import Plan
from pargrade.devnet.anvil import DevChain, Devnet
from pargrade.devnet.deployment import deploy_on_devnet, devnet_plan
from pargrade.process.child import Child
from pargrade.world.nodes import Draft, draft_nodes

ROUND_S: Final = DAY_S
"""Between two rounds: a month has thirty, each agreed on by five processes."""
_GRACE_S: Final = 3_600
"""What a value covers is its heartbeat and its grace, a day at most: here from round to round."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everything is."""

    folder: Path
    devnet: Devnet
    chain: DevChain
    index: SpotIndexV2
    deployment: Deployment
    deployment_file: Path
    members: DemoMembers
    services: list[Child]
    """Those that are up."""


@contextmanager
def build(
    folder: Path, genesis: int, oracle: Child, progress: Callable[[str], None]
) -> Iterator[Stage]:
    """Starts the chain, deploys, and tells the waiting nodes; ends all of it at the end."""
    with ExitStack() as running:
        # Not in `folder`: the path of a socket has to be short.
        hidden = Path(running.enter_context(TemporaryDirectory(prefix="pargrade-")))
        devnet = running.enter_context(Devnet(genesis=genesis, ipc=hidden / "chain.ipc"))
        chain = devnet.chain
        # At once, as it has as much to import as contracts take to be there.
        drafted = draft_nodes(place_in(folder, devnet.nearest), "--first-port", "0")
        deployment = deploy_on_devnet(chain, progress, _plan())
        deployment_file = folder / "deployment.json"
        deployment.write(deployment_file)
        running.enter_context(oracle)
        members = DemoMembers(_configure(drafted()).nodes, str(folder))
        yield Stage(
            folder=folder,
            devnet=devnet,
            chain=chain,
            index=SpotIndexV2(chain, deployment.address("SpotIndex")),
            deployment=deployment,
            deployment_file=deployment_file,
            members=members,
            services=[oracle],
        )


@contextmanager
def keeper(stage: Stage) -> Iterator[None]:
    """The bridge service, following the stage's chain and settling what is due."""
    with start_keeper(place_in(stage.folder, stage.devnet.nearest)) as bridge:
        stage.services.append(bridge)
        yield
        stage.services.remove(bridge)


def _plan() -> Plan:
    plan = devnet_plan()
    return replace(plan, timing=replace(plan.timing, heartbeat=ROUND_S - _GRACE_S, grace=_GRACE_S))


def _configure(draft: Draft) -> Draft:
    """One configuration per member; one's source is corrupted."""
    corrupt(SAMPLE, draft.folder / "corrupted.csv.gz")
    broken = draft.configs[CORRUPTED]
    text = broken.read_text()
    # The opening history stays: it is agreed on, not fetched.
    broken.write_text(text.replace('sample = "shipped"', 'sample = "corrupted.csv.gz"'))
    draft.publish()
    return draft
