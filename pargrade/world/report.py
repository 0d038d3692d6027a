"""A world as its commands print it: read from its chain and its nodes, at this moment."""

from dataclasses import dataclass
from typing import Any, Final

from pargrade.chain.block import BlockStamp
from pargrade.chain.development import DEVNET_CHAIN_ID
from pargrade.cli.toolkit.options import DEFAULT_RPC
from pargrade.cli.toolkit.output import Table
from pargrade.deployment.file import default_path
from pargrade.deployment.index_reading import READING_COLUMNS, IndexReading, read_indices
from pargrade.deployment.session import Session, open_session
from pargrade.devnet.accounts import DESK
from pargrade.text import moment
from pargrade.world.months import GRADE
from pargrade.world.node_status import NodeStatus, ask_nodes
from pargrade.world.place import RELAY_PORT, Place

_SHOWN: Final = ("SpotIndex", "IndexFeed", "FuturesMarket", "FuturesExchange", "tUSD")
"""Contracts that people look for; the deployment file has all."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A world at one block."""

    place: Place
    session: Session
    head: BlockStamp
    indices: list[IndexReading]
    nodes: list[NodeStatus]

    def to_json(self) -> dict[str, Any]:
        """The world for machines."""
        return {
            "folder": str(self.place.folder),
            "rpc_url": self.place.rpc_url,
            "deployment": str(self.place.deployment),
            "speed": self.place.speed,
            "relay": self.place.relay_url,
            "stream": f"ws://127.0.0.1:{self.place.stream_port}",
            "block": self.head.number,
            "time": self.head.timestamp,
            "indices": [reading.to_json() for reading in self.indices],
            "nodes": [node.to_json() for node in self.nodes],
            "series": list(self.session.deployment.series),
            "addresses": self.addresses(),
            "try": self.suggestions(),
        }

    def addresses(self) -> dict[str, str]:
        """Contracts, tokens, units and the desk's account, by name."""
        deployment = self.session.deployment
        found: dict[str, str] = {name: deployment.address(name) for name in _SHOWN}
        for symbol, grade in deployment.grades.items():
            found |= {symbol: grade.token, f"p{symbol}": grade.unit}
        return found | {"desk": DESK.address}

    def suggestions(self) -> list[str]:
        """Commands to try."""
        options = []
        if self.place.rpc_url != DEFAULT_RPC:
            options.append(f"--rpc-url {self.place.rpc_url}")
        if self.place.deployment != default_path(DEVNET_CHAIN_ID).resolve():
            options.append(f"--deployment {self.place.deployment}")
        commands = [f"pargrade wrap {GRADE} 200", "pargrade index show --on-chain"]
        nearest = next((name for name in self.session.deployment.series if GRADE in name), None)
        if nearest is not None:
            commands.insert(1, f"pargrade futures open {nearest} --contracts 0.1")
        found = [" ".join((command, *options)) for command in commands]
        if nearest is not None:
            relay = () if self.place.relay_port == RELAY_PORT else ("--relay", self.place.relay_url)
            found.append(" ".join((f"pargrade market book {nearest}", *options, *relay)))
        return found

    def describe(self) -> tuple[Table | str, ...]:
        """The world for people."""
        place = self.place
        pace = "as on the wall" if place.speed == 1 else f"{place.speed} times as fast"
        nodes = [(node.name, node.url, _describe_node(node)) for node in self.nodes]
        return (
            f"The world in {place.folder}",
            f"Chain {self.session.chain.chain_id} at {place.rpc_url}, block {self.head.number} of "
            f"{moment(self.head.timestamp)}; time passes {pace}",
            Table(
                READING_COLUMNS,
                [reading.cells() for reading in self.indices],
                numbers=frozenset({"USD", "signers"}),
            ),
            *self._describe_quotes(),
            Table(("node", "API", "state"), nodes),
            Table(("what", "address"), list(self.addresses().items())),
            f"Series: {', '.join(self.session.deployment.series) or 'none yet'}",
            f"Relay: {place.relay_url}; stream: ws://127.0.0.1:{place.stream_port}",
            f"Deployment file: {place.deployment}",
            "Try:",
            *(f"  {command}" for command in self.suggestions()),
        )

    def _describe_quotes(self) -> tuple[str, ...]:
        times = [node.as_of for node in self.nodes if node.as_of is not None]
        if not times or not any(reading.is_replayed for reading in self.indices):
            return ()
        return (f"REPLAYED: of quotes recorded until {moment(max(times))}",)


def look_at(place: Place) -> Sight:
    """A world that is up, as it is now. Raises what the chain and the deployment file raise."""
    session = open_session(place.rpc_url, place.deployment)
    head = session.chain.head()
    return Sight(place, session, head, read_indices(session, head), ask_nodes(place.folder))


def _describe_node(node: NodeStatus) -> str:
    return "; ".join(node.problems) or ("well, REPLAYED" if node.replayed else "well")
