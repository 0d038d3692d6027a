"""The services of the demo: processes of their own, with a log each."""

from functools import partial
from pathlib import Path
from typing import Final

from pargrade.process.child import Child
from pargrade.world.place import Place
from pargrade.world.services import Program, give_key, give_relay_key, run_keeper, run_nodes, start

_INTERVAL_S: Final = 0.5
"""Between the keeper's passes."""
_LOOK_S: Final = 0.1
"""Between the relay's looks at the chain: parties wait for its fills."""

_NODES: Final = Program("oracle", run_nodes)
_KEEPER: Final = Program("bridge", partial(run_keeper, interval_s=_INTERVAL_S), give_key)
_RELAY: Final = Program(
    "relay",
    lambda place: (
        *("run", "--http-port", "0", "--stream-port", "0", "--json"),
        *("--rpc-url", place.rpc_url, "--deployment", str(place.deployment)),
    ),
    lambda: {**give_relay_key(), "PARGRADE_RELAY_INTERVAL": str(_LOOK_S)},
)


def place_in(folder: Path, rpc_url: str = "") -> Place:
    """Where the demo's world is."""
    return Place(folder, rpc_url, folder / "deployment.json", first_port=0)


def start_nodes(folder: Path) -> Child:
    """The nodes, which wait for their configurations: what they import takes as long as a chain
    and its contracts take to be there.
    """
    return start(_NODES, place_in(folder))


def start_relay(place: Place) -> Child:
    """The market's venue, on free ports that its log names."""
    return start(_RELAY, place)


def start_keeper(place: Place) -> Child:
    """The bridge service, which settles what is due."""
    return start(_KEEPER, place)
