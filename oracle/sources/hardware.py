"""What venues call their hardware, as one table. An unknown name stays as it is."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from pargrade.data.files import DATA
from pargrade.errors import PargradeError

HARDWARE: Final = DATA / "hardware.toml"

_COUNTED: Final = re.compile(r"^[0-9]+x ")
_GAP: Final = re.compile(r"[^a-z0-9]+")


class BadHardware(PargradeError):
    """A hardware table in which one name would mean two things."""

    hint = "Give each spelling and each instance type one meaning per memory size."


class GpuPart(NamedTuple):
    """A kind of GPU as quotes name it: model, variant, memory per GPU in GB."""

    model: str
    variant: str
    memory_gb: int


class Instance(NamedTuple):
    """What an instance type holds."""

    part: GpuPart
    gpu_count: int


@dataclass(frozen=True, slots=True)
class HardwareNames:
    """Spellings to parts, and instance types to parts and how many of them."""

    parts: Mapping[str, tuple[GpuPart, ...]]
    instances: Mapping[str, Instance]

    def part(self, name: str, memory_gb: int = 0) -> GpuPart:
        """The part a venue means; its own words as the model where that is not known.

        With a stated memory the part must have it: an A100 is two parts, and a name that does not
        fit its memory names neither. Nothing is guessed, so that the screen refuses it by name. A
        number before the name, as in `8x H100`, is read over: the venue states it elsewhere.
        """
        spelling = normal(name)
        known = self.parts.get(spelling) or self.parts.get(_COUNTED.sub("", spelling), ())
        fitting = [part for part in known if memory_gb in (0, part.memory_gb)]
        return fitting[0] if len(fitting) == 1 else GpuPart(name, "", memory_gb)

    def instance(self, name: str) -> Instance | None:
        """What an instance type holds, or None when it is not in the table."""
        return self.instances.get(normal(name))


def normal(name: str) -> str:
    """A name without case, punctuation and spacing, in which venues differ from each other."""
    return _GAP.sub(" ", name.lower()).strip()


@lru_cache(maxsize=4)
def load_hardware(path: Path = HARDWARE) -> HardwareNames:
    """The table in a TOML file. Raises BadHardware when a name would mean two things."""
    return hardware_of(tomllib.loads(path.read_text(encoding="utf-8")))


def hardware_of(document: Mapping[str, Any]) -> HardwareNames:
    """The table a document states; see load_hardware."""
    parts: dict[str, list[GpuPart]] = defaultdict(list)
    instances: dict[str, Instance] = {}
    for row in document["part"]:
        part = GpuPart(row["model"], row["variant"], row["memory_gb"])
        for spelling in sorted({normal(each) for each in row.get("spelled", ())}):
            if part.memory_gb in {known.memory_gb for known in parts[spelling]}:
                raise BadHardware(f"{spelling!r} means two parts with {part.memory_gb} GB")
            parts[spelling].append(part)
        for name, gpu_count in row.get("instances", {}).items():
            if normal(name) in instances:
                raise BadHardware(f"instance type {name!r} is listed twice")
            instances[normal(name)] = Instance(part, gpu_count)
    return HardwareNames({name: tuple(found) for name, found in parts.items()}, instances)
