"""Finding one quote in evidence by provider and other words."""

from typing import Any, Final

from oracle.evidence.evidence import Evidence
from pargrade.canonical import read_json
from pargrade.errors import PargradeError
from pargrade.units import Price

_WORDS: Final = ("gpu_model", "variant", "gpu_count", "region", "source", "tier", "observed_at")

_MOST_SHOWN: Final = 12


class NoSuchQuote(PargradeError):
    """No quote of the evidence has all these words."""

    hint = (
        "Name the provider, then any of model, variant, GPUs, region, source, tier, time and "
        "verdict, with slashes between: lambda/H100/8/ACCEPTED. Or a place: #12."
    )

    def __init__(self, text: str, count: int) -> None:
        self.text = text
        super().__init__(f"none of the {count} quotes looked at is {text}")


class ManyQuotes(PargradeError):
    """Several quotes of the evidence have all these words."""

    hint = "Give more words, or one of the places named."

    def __init__(self, text: str, candidates: tuple[str, ...]) -> None:
        self.text = text
        self.candidates = candidates
        shown = "; ".join(candidates[:_MOST_SHOWN])
        more = len(candidates) - _MOST_SHOWN
        rest = f"; and {more} more" if more > 0 else ""
        super().__init__(f"{text} is {len(candidates)} quotes: {shown}{rest}")


def select(evidence: Evidence, text: str) -> int:
    """Place of the one quote that `text` names. Raises NoSuchQuote, ManyQuotes."""
    if text.startswith("#") and text[1:].isdecimal() and len(text) < 20:
        place = int(text[1:])
        if place < len(evidence.quotes):
            return place
        raise NoSuchQuote(text, len(evidence.quotes))
    provider, *words = text.lower().split("/")
    stated = [read_json(line) for line in evidence.quotes]
    found = [place for place, each in enumerate(stated) if _matches(each, provider, words)]
    if not found:
        raise NoSuchQuote(text, len(stated))
    if len(found) > 1:
        raise ManyQuotes(
            text, tuple(f"#{place} {describe_quote(stated[place])}" for place in found)
        )
    return found[0]


def describe_quote(stated: dict[str, Any]) -> str:
    """A verdict line as text for people."""
    quote = stated["quote"]
    return (
        f"{quote['provider']}/{quote['gpu_model']}/{quote['variant']}/{quote['gpu_count']}/"
        f"{quote['region']}/{quote['source']}/{quote['observed_at']}/{stated['verdict']} at "
        f"{Price(int(quote['price8'])).text()}"
    )


def _matches(stated: dict[str, Any], provider: str, words: list[str]) -> bool:
    quote = stated["quote"]
    known = {str(quote[name]).lower() for name in _WORDS} | {str(stated["verdict"]).lower()}
    return str(quote["provider"]).lower() == provider and known.issuperset(filter(None, words))
