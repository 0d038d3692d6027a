"""The set of the demo: a chain, the contracts, and every service as a process of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pargrade.bindings.spot_index import SpotIndex
from pargrade.data.files import SAMPLE
from pargrade.demo.corruption import corrupt
from pargrade.demo.services import place_in, start_keeper
from pargrade.deployment.file import Deployment
from pargrade.devnet.anvil import DevChain, Devnet
from pargrade.devnet.deployment import deploy_on_devnet
from pargrade.process.child import Child
from pargrade.world.nodes import Draft, NodeAddress, draft_nodes


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everything is."""

    folder: Path
    devnet: Devnet
    chain: DevChain
    index: SpotIndex
    deployment: Deployment
    deployment_file: Path
    nodes: tuple[NodeAddress, ...]
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
        deployment = deploy_on_devnet(chain, progress)
        deployment_file = folder / "deployment.json"
        deployment.write(deployment_file)
        running.enter_context(oracle)
        nodes = _configure(drafted())
        yield Stage(
            folder=folder,
            devnet=devnet,
            chain=chain,
            index=SpotIndex(chain, deployment.address("SpotIndex")),
            deployment=deployment,
            deployment_file=deployment_file,
            nodes=nodes,
            services=[oracle],
        )


@contextmanager
def keeper(stage: Stage) -> Iterator[None]:
    """The bridge service, following the stage's chain and settling what is due."""
    with start_keeper(place_in(stage.folder, stage.devnet.nearest)) as bridge:
        stage.services.append(bridge)
        yield
        stage.services.remove(bridge)


def _configure(draft: Draft) -> tuple[NodeAddress, ...]:
    """One configuration per reporter; the last one's source is corrupted."""
    corrupt(SAMPLE, draft.folder / "corrupted.csv.gz")
    broken = draft.configs[-1]
    text = broken.read_text()
    broken.write_text(text.replace('sample = "shipped"', 'sample = "corrupted.csv.gz"'))
    draft.publish()
    return draft.nodes
