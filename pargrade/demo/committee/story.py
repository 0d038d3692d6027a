"""What happens: a round with all well, then one node's source is corrupted and another one dies."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.chain.block import Tag
from pargrade.demo.committee.stage import CommitteeStage, MemberNode, wait_until
from pargrade.demo.committee.summary import sum_up
from pargrade.devnet.anvil import Devnet
from pargrade.devnet.deployment import deploy_on_devnet, devnet_plan
from pargrade.spot_index.quorum import IndexVersion
from pargrade.world.services import ask

GENESIS: Final = 1_777_561_140
"""A minute before 2026-04-30T15:00:00Z: the shipped recording has 60 days behind it."""

HONEST: Final = (0, 1, 2)
DEAD: Final = 3
CORRUPTED: Final = 4


def play_committee(
    folder: Path, running: ExitStack, progress: Callable[[str], None]
) -> dict[str, Any]:
    """Plays it and returns the summary. Raises NotInTime, ChainError, CalledProcessError."""
    stage = _build(folder, running, progress)
    stage.run(running, *HONEST, DEAD)
    last = stage.run(running, CORRUPTED)
    first = stage.round(GENESIS + 60)
    progress("a round with all well; then one source is corrupted and another node killed")
    last.stop()
    stage.nodes[CORRUPTED].break_source()
    stage.run(running, CORRUPTED)
    stage.nodes[DEAD].kill()
    heartbeat = stage.index.timing(block=Tag.LATEST).heartbeat
    second = stage.round(first + heartbeat)
    reader = stage.nodes[HONEST[0]]
    wait_until(lambda: "lines" in reader.get(f"/rounds/{second}/why"), "explanation of the round")
    before = reader.get(f"/rounds/{first}/why")
    after = reader.get(f"/rounds/{second}/why?without={CORRUPTED}")
    on_chain = stage.index.latest(0, block=Tag.LATEST)
    return sum_up(before, after, on_chain.value, dead=DEAD, corrupted=CORRUPTED)


def _build(folder: Path, running: ExitStack, progress: Callable[[str], None]) -> CommitteeStage:
    devnet = running.enter_context(Devnet(genesis=GENESIS))
    plan = devnet_plan(IndexVersion.COMMON_REPORT, replayed=True)
    deployment = deploy_on_devnet(devnet.chain, progress, plan)
    file = folder / "deployment.json"
    deployment.write(file)
    chain = ("--rpc-url", devnet.url, "--deployment", str(file))
    words = ("oracle", "member", "init", str(folder / "members"), "--first-port", "0")
    made: dict[str, Any] = ask(*words, *chain)()
    nodes = tuple(
        MemberNode(position, Path(config), node["url"])
        for position, (config, node) in enumerate(zip(made["configs"], made["nodes"], strict=True))
    )
    index = SpotIndexV2(devnet.chain, deployment.address("SpotIndex"))
    return CommitteeStage(devnet.chain, index, nodes, folder)
