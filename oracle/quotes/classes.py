"""What a quote is worth as evidence: how firm, how often, on whose terms."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Firmness(StrEnum):
    """What kind of seller stands behind a price. Different kinds are different series."""

    NEOCLOUD = "neocloud"
    HYPERSCALER = "hyperscaler"
    MARKETPLACE = "marketplace"
    SERVERLESS = "serverless"
    DECENTRALISED = "decentralised"
    AGGREGATOR = "aggregator"
    """Sells nothing: it reports what others ask, or statistics of that."""


class Cadence(StrEnum):
    """How often a source speaks, which decides how old its quotes may be."""

    DAILY = "daily"
    DIRECT = "direct"


class Terms(StrEnum):
    """What the terms of use say about putting prices into an index. From loose to strict."""

    OPEN = "open"
    UNSTATED = "unstated"
    RESTRICTED = "restricted"


class Availability(StrEnum):
    """How firm a price is, from firm to loose. What a source does not say is a list price."""

    EXECUTED = "executed"
    """Somebody paid it."""
    BOOKABLE = "bookable"
    """The source says that it can be had now."""
    LISTED = "listed"
    """It stands on a list; whether anything is left is not said."""
    CARRIED = "carried"
    """It stood on a list the last time that the source could be read, and that is a while ago."""
    SOLD_OUT = "sold_out"
    """It stands on a list, and the source says that nothing is left."""


STATED: Final = (Availability.EXECUTED, Availability.BOOKABLE, Availability.SOLD_OUT)
"""Availabilities that a quote states by a flag of that name; the firmest of several counts."""


def availability_of(flags: Iterable[str]) -> Availability:
    """The availability that the flags of a quote state."""
    words = set(flags)
    return next((each for each in STATED if each.value in words), Availability.LISTED)
