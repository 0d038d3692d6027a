"""What a page looks at: chains with their deployments, a relay, nodes, services, plans."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from bridge.gate.route.file import RouteFile
from bridge.web.rpc import ReadGateway
from bridge.web.settings import WebSettings
from bridge.web.upstream import NODE_PATHS, RELAY_PATHS, RELAY_POSTS, SERVICE_PATHS, Upstream
from pargrade.chain.endpoint.url import split_urls
from pargrade.chain.rpc import Chain
from pargrade.deployment.file import BadDeployment, Deployment, NoDeployment, default_path


@dataclass(slots=True)
class SeenChain:
    """One chain: its endpoints, and the file that says what is where."""

    urls: tuple[str, ...]
    path: Path
    deployment: Deployment
    gateway: ReadGateway

    @classmethod
    def open(cls, urls: tuple[str, ...], path: Path | None) -> Self:
        """Raises NoDeployment, BadDeployment; RpcDown where only the chain can say which file."""
        if path is None:
            path = default_path(Chain.connect(*urls).chain_id)
        return cls(urls, path, Deployment.read(path), ReadGateway(urls))

    def to_json(self) -> dict[str, Any]:
        """As the page reads it; the file as it is now, or was when it could last be read."""
        with suppress(NoDeployment, BadDeployment):
            self.deployment = Deployment.read(self.path)
        chain_id = self.deployment.chain_id
        stated = asdict(self.deployment)
        return {"chain_id": chain_id, "rpc": f"rpc/{chain_id}", "deployment": stated}


@dataclass(frozen=True, slots=True)
class PageSources:
    """All of it. The first chain is the one whose index, grades and series are shown."""

    chains: Mapping[int, SeenChain]
    nodes: tuple[Upstream, ...] = ()
    services: tuple[Upstream, ...] = ()
    relay: Upstream | None = None
    stream_url: str = ""
    plans: Path | None = None

    @classmethod
    def open(cls, settings: WebSettings) -> Self:
        """Raises NoDeployment, BadDeployment, BadConfig, RpcDown."""
        first = SeenChain.open(split_urls(settings.rpc_url), settings.deployment)
        chains = {first.deployment.chain_id: first}
        for path in settings.route_files:
            route = RouteFile.read_file(path)
            for end in (route.home, route.remote):
                seen = SeenChain.open(end.rpc_urls, end.deployment)
                chains.setdefault(seen.deployment.chain_id, seen)
        nodes = (
            Upstream(f"node {number}", url, NODE_PATHS)
            for number, url in enumerate(settings.nodes, 1)
        )
        services = (
            Upstream(f"service {number}", url, SERVICE_PATHS)
            for number, url in enumerate(settings.services, 1)
        )
        relay = None
        if settings.relay_url:
            relay = Upstream("the relay", settings.relay_url, RELAY_PATHS, RELAY_POSTS)
        return cls(
            chains, tuple(nodes), tuple(services), relay, settings.stream_url, settings.plans
        )

    def to_json(self) -> dict[str, Any]:
        """The page's settings: what there is, at paths of its own server."""
        return {
            "version": version("pargrade"),
            "chains": [chain.to_json() for chain in self.chains.values()],
            "nodes": [f"node/{number}" for number in range(len(self.nodes))],
            "services": [f"service/{number}" for number in range(len(self.services))],
            "relay": None if self.relay is None else "relay",
            "stream": self.stream_url or None,
            "plans": None if self.plans is None else "plans",
            "published": "published",
        }
