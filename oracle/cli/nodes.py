"""What commands do alike for committee nodes and for nodes of version 1."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pargrade.cli.toolkit.options import DEFAULT_RPC
from pargrade.cli.toolkit.output import complain, report
from pargrade.deployment.session import Session, open_session

if TYPE_CHECKING:
    from oracle.node.fleet import FleetConfig
    from pargrade.chain.hashing import Address

Node = TypeVar("Node", bound="FleetConfig")


class Reachable(Protocol):
    """The configuration of a node that answers somewhere."""

    @property
    def name(self) -> str:
        """In logs."""
        ...

    @property
    def url(self) -> str:
        """Where it answers."""
        ...


@dataclass(frozen=True, slots=True)
class Outset:
    """What is known before nodes are configured: the chain, what is deployed, and quotes."""

    urls: tuple[str, ...]
    session: Session
    sample: str
    """A recording's name."""
    replay_offset_s: int

    @classmethod
    def open(
        cls,
        endpoints: Sequence[str] | None,
        deployment: Path | None,
        wait: float,
        sample: Path | None,
        replay_from: datetime | None,
    ) -> "Outset":
        """Waits for the deployment file, and looks at the chain.

        Raises BadConfig, BadDeployment, ChainError.
        """
        from oracle.node.config import await_files
        from oracle.node.provision import whole_days_since
        from oracle.node.settings import SHIPPED

        urls = tuple(endpoints or [DEFAULT_RPC])
        if deployment is not None:
            await_files([deployment], wait)
        session = open_session(urls[0], deployment)
        offset_s = 0
        if replay_from is not None:
            recorded = int(replay_from.replace(tzinfo=UTC).timestamp())
            offset_s = whole_days_since(recorded, session.chain)
        return cls(urls, session, SHIPPED if sample is None else str(sample.resolve()), offset_s)

    @property
    def spot_index(self) -> "Address":
        """Of the deployment."""
        return self.session.deployment.address("SpotIndex")

    @property
    def is_development(self) -> bool:
        """Whether the chain's accounts are everyone's."""
        from pargrade.chain.development import is_development

        return is_development(self.session.chain.chain_id)

    @property
    def known_keys(self) -> "Mapping[Address, str]":
        """Of development accounts; none on any other chain."""
        from pargrade.chain.keys import Key
        from pargrade.devnet.anvil import DEVNET_KEYS

        return {Key.parse(key).address: key for key in DEVNET_KEYS} if self.is_development else {}


def report_configured(
    paths: Sequence[Path],
    nodes: Sequence[Reachable],
    survived: Mapping[str, Any],
    sentence: str,
    *,
    as_json: bool,
) -> None:
    """Say what was written, and what the nodes survive."""
    report(
        {
            "configs": [str(path) for path in paths],
            "nodes": [{"name": node.name, "url": node.url} for node in nodes],
            **survived,
        },
        *map(str, paths),
        sentence,
        as_json=as_json,
    )


def run_nodes(
    configs: Sequence[Path], wait: float, read: Callable[[Path], Node], run: Callable[[Node], None]
) -> None:
    """Run one node in this process, several in processes of their own, until they are ended.

    Raises BadConfig, and of a single node what `run` raises.
    """
    from oracle.node.config import await_files
    from oracle.node.fleet import run_fleet
    from pargrade.logs.handler import set_up_logs

    def read_all() -> list[Node]:
        await_files(configs, wait)
        return [read(path) for path in configs]

    if len(configs) == 1:
        [node] = read_all()
        set_up_logs(node.name, node.log_format)
        run(node)
    else:
        run_fleet(read_all, run, lambda error: complain(str(error), error.hint))
