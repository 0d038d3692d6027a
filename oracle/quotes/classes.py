"""What a quote is worth as evidence: how firm, how often, on whose terms."""

from enum import StrEnum


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
