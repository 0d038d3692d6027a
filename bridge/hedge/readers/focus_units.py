"""What a FOCUS row consumed: tokens, requests or GPU-hours, by its unit and its words.

Units of thousands and millions stand side by side (`1K`, `1M`, `1K tokens`): the quantity is
multiplied. A bare `1K` says nothing of what; the row's words have to say tokens.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from bridge.hedge.readers.usage import Measure
from pargrade.data.files import DATA

_SCALES: Final = {
    "": 1,
    "1": 1,
    **dict.fromkeys(("k", "1k", "1000", "1,000", "thousand", "1 thousand", "10^3"), 10**3),
    **dict.fromkeys(("m", "1m", "1000000", "1,000,000", "million", "1 million", "10^6"), 10**6),
    **dict.fromkeys(("b", "1b", "billion", "1 billion"), 10**9),
}
_UNIT: Final = re.compile(
    r"(?P<scale>|1|1?[kmb]|1,?000(?:,?000)?|(?:1 )?(?:thousand|million|billion)|10\^[36])"
    r"[ -]?(?P<noun>|tokens?|(?:api )?requests?|units?|hours?|hrs?|h|gpu[- ]?hours?)"
)
_PROMPT: Final = re.compile(r"\b(input|inp|prompt)s?\b|\binput", re.IGNORECASE)
_COMPLETION: Final = re.compile(r"\b(output|outp|opt|completion|generated)s?\b", re.IGNORECASE)
_CACHED: Final = re.compile(r"\b(cached|cache|cchd)\b", re.IGNORECASE)
_TOKEN: Final = re.compile(r"\btokens?\b|\btk\b", re.IGNORECASE)
_WORDS: Final = re.compile(r"[^\s:,;/()\"']+")


class Consumption(NamedTuple):
    """What a unit counts: its quantity times `scale` is an amount of `measure`."""

    measure: Measure
    scale: int
    hardware: str = ""


class InstanceType(NamedTuple):
    """A cloud instance type: the kind of its GPUs and how many it has."""

    hardware: str
    gpus: int


def consumption_of(unit: str, words: str) -> Consumption | None:
    """What a quantity in this unit is; None for a unit that measures no workload we know.

    `words` are the row's meter and description: they tell prompts from completions, and which
    instance an hour was of.
    """
    found = _UNIT.fullmatch(unit.strip().lower())
    if found is None:
        return None
    scale, noun = _SCALES[found["scale"]], found["noun"]
    if noun.startswith("token") or (noun in ("", "unit", "units") and _TOKEN.search(words)):
        return Consumption(_direction(words), scale)
    if "request" in noun:
        return Consumption(Measure.REQUESTS, scale)
    if noun.startswith("gpu"):
        return Consumption(Measure.GPU_HOURS, scale, _hardware_of(words))
    if noun in ("hour", "hours", "hr", "hrs", "h"):
        instance = instance_of(words)
        return instance and Consumption(Measure.GPU_HOURS, scale * instance.gpus, instance.hardware)
    return None


def instance_of(words: str) -> InstanceType | None:
    """The GPU instance type that a description names as a word of its own."""
    known = _instances()
    for word in _WORDS.findall(words):
        if word.lower() in known:
            return known[word.lower()]
    return None


def _direction(words: str) -> Measure:
    if _CACHED.search(words):
        return Measure.CACHED_TOKENS
    prompt, completion = _PROMPT.search(words), _COMPLETION.search(words)
    if bool(prompt) == bool(completion):
        return Measure.TOKENS
    return Measure.PROMPT_TOKENS if prompt else Measure.COMPLETION_TOKENS


def _hardware_of(words: str) -> str:
    instance = instance_of(words)
    return instance.hardware if instance else ""


@cache
def _instances() -> Mapping[str, InstanceType]:
    parts = tomllib.loads((DATA / "hardware.toml").read_text(encoding="utf-8"))["part"]
    found = {}
    for part in parts:
        hardware = "-".join(filter(None, (part["model"], part["variant"], str(part["memory_gb"]))))
        for name, gpus in part.get("instances", {}).items():
            found[name.lower()] = InstanceType(hardware, gpus)
    return found
