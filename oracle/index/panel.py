"""Panels: the providers one node reads, and its cut-off."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from pargrade.canonical import read_json
from pargrade.data.files import DATA
from pargrade.errors import PargradeError

PANELS_DEVNET: Final = DATA / "panels-devnet.json"

MIN_PROVIDERS: Final = 3


class BadPanel(PargradeError):
    """A panel with too few providers, a repeated provider or a negative lag."""

    hint = f"Name at least {MIN_PROVIDERS} different providers and a lag of zero seconds or more."


@dataclass(frozen=True)
class Panel:
    """The providers a node reads, and its cut-off: quotes seen until `as_of - lag_s` count."""

    name: str
    providers: tuple[str, ...]
    """In ascending order."""
    lag_s: int

    def __post_init__(self) -> None:
        if len(set(self.providers)) != len(self.providers):
            raise BadPanel(f"panel {self.name} names a provider twice")
        if len(self.providers) < MIN_PROVIDERS:
            raise BadPanel(f"panel {self.name} has {len(self.providers)} providers")
        if self.lag_s < 0:
            raise BadPanel(f"panel {self.name} has a lag of {self.lag_s} s")
        object.__setattr__(self, "providers", tuple(sorted(self.providers)))

    @cached_property
    def members(self) -> frozenset[str]:
        """The providers as a set."""
        return frozenset(self.providers)

    def to_json(self) -> dict[str, Any]:
        """The panel as JSON values."""
        return {"name": self.name, "providers": list(self.providers), "lag_s": self.lag_s}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Panel":
        """The panel of its JSON values. Raises BadPanel."""
        return cls(str(values["name"]), tuple(values["providers"]), int(values["lag_s"]))


def load_panels(path: Path = PANELS_DEVNET) -> dict[str, Panel]:
    """Panels by name, in the order of the file."""
    panels = (Panel.from_json(row) for row in read_json(path.read_bytes())["panels"])
    return {panel.name: panel for panel in panels}
