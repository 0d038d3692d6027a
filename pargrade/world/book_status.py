"""Whether a world's relay has something bid and asked."""

from typing import Final

import httpx

from pargrade.world.place import Place

_TIMEOUT_S: Final = 2.0


def has_two_sides(place: Place, series: int) -> bool:
    """Whether somebody bids and somebody asks; False where the relay does not respond."""
    try:
        found = httpx.get(f"{place.relay_url}/book/{series}?levels=1", timeout=_TIMEOUT_S).json()
        return bool(found["bids"] and found["asks"])
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return False
