"""The committee's nodes as the demo meets them: over their APIs, and one of them by its end."""

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import httpx

from pargrade.world.errors import TooQuiet
from pargrade.world.nodes import NodeAddress

CORRUPTED: Final = 4
"""Position of the member whose source is corrupted, from the first day on."""
DEAD: Final = 3
"""Position of the member that is killed in the last days of the month."""
READER: Final = 0
"""Position of the member that is asked why a value is what it is."""

_PATIENCE_S: Final = 60.0
_ANSWER_S: Final = 20.0
_LOOK_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class DemoMembers:
    """The nodes of a committee, by position."""

    nodes: Sequence[NodeAddress]
    logs: str

    def explain(self, slot: int) -> dict[str, Any]:
        """Why the report of a slot of today is what it is, with and without the corrupted batch.

        Raises TooQuiet when its node does not know it in time.
        """
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            response = self._ask(READER, f"/rounds/{slot}/why?without={CORRUPTED}")
            if response is not None and response.status_code == HTTPStatus.OK:
                return dict(response.json())
            # The round may be on the chain before the last vote has reached this node.
            time.sleep(_LOOK_S)
        raise TooQuiet(f"explanation of the round at {slot}", _PATIENCE_S, self.logs)

    def kill(self, position: int) -> None:
        """End a node's process as a power cut would. Raises TooQuiet when it does not answer."""
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            response = self._ask(position, "/health")
            if response is not None:
                os.kill(int(response.json()["pid"]), signal.SIGKILL)
                return
            time.sleep(_LOOK_S)
        raise TooQuiet(f"answer of {self.nodes[position].name}", _PATIENCE_S, self.logs)

    def _ask(self, position: int, path: str) -> httpx.Response | None:
        try:
            return httpx.get(self.nodes[position].url + path, timeout=_ANSWER_S)
        except httpx.HTTPError:
            return None
