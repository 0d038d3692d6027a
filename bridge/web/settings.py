"""What the page looks at, from a TOML file, the environment or options.

rpc_url = "http://127.0.0.1:8545"        # several with commas; the first is preferred
deployment = "deployments/31337.json"    # default: deployments/CHAINID.json
routes = ["route.toml"]                  # route files: their other chains are looked at, too
relay_url = "http://127.0.0.1:8575"      # an order relay; none without it
stream_url = "ws://127.0.0.1:8576"       # its WebSocket
nodes = ["http://127.0.0.1:8601"]        # oracle nodes
services = ["http://127.0.0.1:8591"]     # whatever else has /health: keepers, attesters, watchers
plans = "plans"                          # folder of hedge plans and what `hedge … --json` printed
http_port = 8580                         # port of the page, on this machine alone

`PARGRADE_WEB_RELAY_URL` in the environment overrides `relay_url` of the file, and so on for every
setting; an option of the command overrides both.
"""

from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_settings import SettingsConfigDict

from pargrade.settings import FILE_NAME, FilePath, StrictSettings, Texts, Unfit, whole_number


def clean_address(text: str, schemes: tuple[str, ...]) -> str:
    """The address. Raises Unfit unless it is of such a kind and may stand in a content policy."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise Unfit from None
    if parts.scheme not in schemes or not parts.hostname or any(mark in text for mark in _ENDING):
        raise Unfit
    return text.rstrip("/")


def _http(text: str) -> str:
    return clean_address(text, ("http", "https")) if text else text


def _socket(text: str) -> str:
    return clean_address(text, ("ws", "wss")) if text else text


def _each_http(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(clean_address(text, ("http", "https")) for text in texts)


_ENDING: Final = " ;,'\"\\\r\n\t"
"""Marks that would end an address in a content policy."""

HttpUrl = Annotated[str, AfterValidator(_http)]
HttpUrls = Annotated[Texts, AfterValidator(_each_http)]
SocketUrl = Annotated[str, AfterValidator(_socket)]


class WebSettings(StrictSettings):
    """Everything that `pargrade web` shows."""

    model_config = SettingsConfigDict(env_prefix="PARGRADE_WEB_")

    rpc_url: str = Field("http://127.0.0.1:8545", repr=False)
    deployment: FilePath | None = Field(None, description=FILE_NAME)
    routes: Texts = Field((), description="a list of route files")
    relay_url: HttpUrl = Field("", description="an http:// or https:// URL")
    stream_url: SocketUrl = Field("", description="a ws:// or wss:// URL")
    nodes: HttpUrls = Field((), description="a list of http:// or https:// URLs")
    services: HttpUrls = Field((), description="a list of http:// or https:// URLs")
    plans: FilePath | None = Field(None, description=FILE_NAME)
    http_port: int = whole_number(0, 65_535, 8580)

    @property
    def route_files(self) -> tuple[Path, ...]:
        """The route files."""
        return tuple(map(Path, self.routes))
