"""Lium, the GPU market of Bittensor subnet 51: every host that can be rented now, as JSON.

Off by default. A host is not a provider: the subnet sells, so its hosts together give one quote per
kind of machine, the lower median of what they ask.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from oracle.canonical import require_shallow
from oracle.quote import Quote, Tier
from oracle.sources.errors import SourceMalformed
from oracle.sources.http import Limits, get
from oracle.venue import Venue
from oracle.weights import lower_median
from pargrade.units import BadAmount, Price, Rounding

KIND: Final = "lium"

_LONGEST_PRICE: Final = 40

# Names as the driver reports them; one without a form factor is the SXM part.
_HARDWARE: Final[Mapping[str, tuple[str, str, int]]] = {
    "NVIDIA A100-SXM4-40GB": ("A100", "SXM", 40),
    "NVIDIA A100-SXM4-80GB": ("A100", "SXM", 80),
    "NVIDIA A100 80GB PCIe": ("A100", "PCIe", 80),
    "NVIDIA H100 80GB HBM3": ("H100", "SXM", 80),
    "NVIDIA H100 PCIe": ("H100", "PCIe", 80),
    "NVIDIA H100 NVL": ("H100", "NVL", 94),
    "NVIDIA H200": ("H200", "SXM", 141),
    "NVIDIA H200 NVL": ("H200", "NVL", 141),
    "NVIDIA B200": ("B200", "SXM", 180),
    "NVIDIA B300 SXM6 AC": ("B300", "SXM", 288),
}


class Offer(NamedTuple):
    """What one host offers: the machine, and on which terms."""

    hardware: tuple[str, str, int]
    gpu_count: int
    tier: Tier


def fetch_lium(venue: Venue, observed_at: int, limits: Limits = Limits()) -> tuple[Quote, ...]:  # noqa: B008  # frozen
    """What Lium's hosts ask at `observed_at`, in unix seconds: the caller has the clock.

    Raises VenueRefused while the venue is off, SourceDown or SourceMalformed.
    """
    venue.require_enabled()
    return parse_lium(get(venue.slug, venue.url, limits), venue, observed_at)


def parse_lium(body: bytes, venue: Venue, observed_at: int) -> tuple[Quote, ...]:
    """The quotes in an answer. Raises SourceMalformed: one bad host spoils the whole answer.

    A host whose fields changed says that the format changed, and then nobody knows what the others
    mean. Absurd prices are not malformed: they become quotes, and the screen refuses them.
    """
    asks: dict[Offer, list[int]] = defaultdict(list)
    for number, host in enumerate(_hosts(body, venue.slug)):
        try:
            if _count(host, "available_gpu_count") == 0:
                continue
            asks[_offer(host)].append(_price8(host["price_per_gpu"]))
        except (KeyError, TypeError, ValueError, BadAmount) as error:
            reason = f"{type(error).__name__} {error}"
            raise SourceMalformed(venue.slug, f"host {number}", reason) from error
    return tuple(_quote(offer, asks[offer], venue, observed_at) for offer in sorted(asks))


def _hosts(body: bytes, source: str) -> list[Any]:
    try:
        require_shallow(body)
        # Prices stay text: as floats they would lose the digits the venue sent.
        hosts = json.loads(body, parse_float=str)
    except ValueError as error:
        raise SourceMalformed(source, "the whole answer", str(error)) from error
    if not isinstance(hosts, list) or not hosts:
        raise SourceMalformed(source, "the whole answer", "not a list of hosts")
    return hosts


def _offer(host: Mapping[str, Any]) -> Offer:
    name, spot = host["machine_name"], host["specs"]["is_spot"]
    if not isinstance(name, str) or not isinstance(spot, bool):
        raise TypeError("machine_name is not text or is_spot is not a boolean")
    # Unknown machines keep their name as model, so the screen can refuse them by it.
    hardware = _HARDWARE.get(name, (name, "", 0))
    return Offer(hardware, _count(host, "gpu_count"), Tier.SPOT if spot else Tier.ON_DEMAND)


def _count(host: Mapping[str, Any], field: str) -> int:
    count = host[field]
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise TypeError(f"{field} is not a count")
    return count


def _price8(stated: Any) -> int:
    if isinstance(stated, bool) or not isinstance(stated, int | str):
        raise TypeError("price_per_gpu is not a number")
    text = str(stated)
    if len(text) > _LONGEST_PRICE:
        raise ValueError("price_per_gpu has too many digits")
    # The venue computes in floats: digits past the eighth are noise, rounded in nobody's favour.
    return int(Price.parse(text, Rounding.HALF_EVEN))


def _quote(offer: Offer, asks: list[int], venue: Venue, observed_at: int) -> Quote:
    model, variant, memory_gb = offer.hardware
    return Quote(
        observed_at=observed_at,
        provider=venue.slug,
        gpu_model=model,
        variant=variant,
        gpu_memory_gb=memory_gb,
        gpu_count=offer.gpu_count,
        price8=lower_median(asks),
        tier=offer.tier,
        region="global",
        source=KIND,
        cadence=venue.cadence,
        firmness=venue.firmness,
        terms=venue.terms,
        n_offers=len(asks),
    )
