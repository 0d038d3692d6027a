"""A chain with the second index, and five committee nodes as processes of their own."""

import json
import os
import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.error import URLError
from urllib.request import urlopen

from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.chain.block import Tag
from pargrade.data.files import SAMPLE
from pargrade.demo.corruption import corrupt
from pargrade.devnet.anvil import DevChain
from pargrade.process.child import Child
from pargrade.world.place import Place
from pargrade.world.services import Program, start

PATIENCE_S: Final = 120.0
_LOOK_S: Final = 0.05
_ANSWER_S: Final = 20.0
_SHIPPED: Final = 'sample = "shipped"'


class NotInTime(RuntimeError):
    """Something of the demo did not happen; the logs beside its summary say why."""

    def __init__(self, awaited: str) -> None:
        self.awaited = awaited
        super().__init__(f"no {awaited} after {PATIENCE_S:.0f} s")


@dataclass(frozen=True, slots=True)
class MemberNode:
    """One committee node."""

    position: int
    config: Path
    url: str

    def get(self, path: str) -> Any:
        """The JSON of an answer, whatever its status. Raises OSError, ValueError."""
        try:
            with urlopen(self.url + path, timeout=_ANSWER_S) as response:  # noqa: S310 - our own node
                return json.load(response)
        except URLError as failure:
            if hasattr(failure, "read"):
                return json.loads(failure.read())
            raise

    def is_seated(self) -> bool:
        """Whether it runs and takes part."""
        try:
            return "agreed_slot" in self.get("/health")
        except (OSError, ValueError):
            return False

    def kill(self) -> None:
        """End its process as a power cut would."""
        os.kill(int(self.get("/health")["pid"]), signal.SIGKILL)

    def break_source(self) -> None:
        """From its next start its quotes are wrong; what all agreed on before stays as it is."""
        copy = self.config.with_name("corrupted.csv.gz")
        corrupt(SAMPLE, copy)
        text = self.config.read_text()
        self.config.write_text(text.replace(_SHIPPED, f'sample = "{copy.name}"'))


@dataclass(frozen=True, slots=True)
class CommitteeStage:
    """Where everything is."""

    chain: DevChain
    index: SpotIndexV2
    nodes: tuple[MemberNode, ...]
    folder: Path

    def run(self, running: ExitStack, *positions: int) -> Child:
        """Starts nodes with one command and waits until they take part. Raises NotInTime."""
        chosen = [self.nodes[position] for position in positions]
        words = ("member", "run", *(str(node.config) for node in chosen))
        place = Place(self.folder, "", self.folder / "deployment.json", first_port=0)
        child = running.enter_context(start(Program("oracle", lambda _: words), place))
        for node in chosen:
            wait_until(node.is_seated, f"seat of member {node.position + 1}")
        return child

    @property
    def last_slot(self) -> int:
        """Of the last round, unix seconds."""
        return self.index.last_slot(block=Tag.LATEST)

    def round(self, slot: int) -> int:
        """Lets a slot come and waits for its round, or that of a later one: the leader of a slot
        may be dead. Returns the slot. Raises NotInTime.
        """
        grid = self.index.timing(block=Tag.LATEST).grid
        until = time.monotonic() + PATIENCE_S
        while self.last_slot < slot:
            if time.monotonic() > until:
                raise NotInTime(f"round at {slot}")
            head = self.chain.head().timestamp
            self.chain.mine_at(max(slot, head - head % grid + grid))
            turn = time.monotonic() + _TURN_S
            while time.monotonic() < turn and self.last_slot < slot:
                time.sleep(_LOOK_S)
        return self.last_slot


_TURN_S: Final = 15.0
"""A slot whose leader is there lands well before; else the next slot has another."""


def wait_until(done: Any, awaited: str) -> None:
    """Raises NotInTime."""
    until = time.monotonic() + PATIENCE_S
    while not done():
        if time.monotonic() > until:
            raise NotInTime(awaited)
        time.sleep(_LOOK_S)
