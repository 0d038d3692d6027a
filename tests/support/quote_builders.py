"""Quotes and methods for tests, and strategies that draw them."""

import json
from dataclasses import replace

from hypothesis import strategies as st

from oracle.index.family import load_candidate
from oracle.index.method import METHOD, PAR_INDEX, Method, method_of
from oracle.index.panel import Panel
from oracle.quotes.classes import Firmness
from oracle.quotes.quote import Quote, Tier
from oracle.sources.venue import Cadence, Terms

DAY = 86_400
HOUR = 3_600
NOON = 20_000 * DAY + 12 * HOUR
"""An instant well after a midnight."""

USD = 10**8

PROVIDERS = tuple("abcdefghij")
PANEL = Panel("test", PROVIDERS, 0)

MODELS = {
    "H100": ("H100", "SXM", 80),
    "A100": ("A100", "SXM", 80),
    "H200": ("H200", "SXM", 141),
    "B200": ("B200", "SXM", 180),
}
FACTORS = {
    "rows": [
        {"model": model, "variant": variant, "memory_gb": memory, "factor4": factor4}
        for (model, variant, memory), factor4 in zip(
            MODELS.values(), (10_000, 6_000, 12_500, 20_000), strict=True
        )
    ]
}


def method_with(**changes) -> Method:
    """The method that ships, over round factors and with some constants changed."""
    document = json.loads(METHOD.read_text(encoding="utf-8"))
    return method_of(document | changes, FACTORS, bytes(32))


def window_method(days: int = 10, index: str = PAR_INDEX, **window) -> Method:
    """The method with a window, shortened, over round factors; its bands refuse nothing here."""
    document = json.loads(METHOD.with_name("method-3.json").read_text(encoding="utf-8"))
    document["window"] |= {"days": days, "settled_days": days // 2} | window
    return method_of(document, FACTORS, bytes(32), index)


def recorded_window_method(days: int, index: str = PAR_INDEX) -> Method:
    """The method with a window as it ships, for the recorded quotes, with a shorter window."""
    method = load_candidate(METHOD.with_name("method-3.json"))[index]
    assert method.window is not None
    return replace(method, window=replace(method.window, days=days, settled_days=days // 2))


METHOD_1 = method_with()
# Nothing is out of band, a placeholder or an outlier: what is left is the arithmetic of the index.
OPEN_METHOD = replace(
    method_with(outlier_floor_ppm=10**30, placeholder_price8="1"),
    hardware=tuple(replace(hardware, low8=1, high8=10**20) for hardware in method_with().hardware),
)


def quote(provider: str = "a", price8: int = 2 * USD, model: str = "H100", **changes) -> Quote:
    """A plain quote that every test method accepts at NOON."""
    name, variant, memory = MODELS[model]
    plain = Quote(
        observed_at=NOON - HOUR,
        provider=provider,
        gpu_model=name,
        variant=variant,
        gpu_memory_gb=memory,
        gpu_count=8,
        price8=price8,
        tier=Tier.ON_DEMAND,
        region="global",
        source="list",
        cadence=Cadence.DAILY,
        firmness=Firmness.NEOCLOUD,
        terms=Terms.OPEN,
        n_offers=1,
    )
    return replace(plain, **changes)


def listing(prices: dict[str, int], instant: int, **changes) -> list[Quote]:
    """One quote per provider, all seen at one instant."""
    return [
        quote(provider, price8, observed_at=instant, **changes)
        for provider, price8 in prices.items()
    ]


PRICES = st.integers(80 * USD // 100, 8 * USD)

QUOTES = st.builds(
    quote,
    provider=st.sampled_from((*PROVIDERS, "stranger")),
    price8=st.one_of(PRICES, st.integers(-USD, 20 * USD), st.just(USD // 2)),
    model=st.sampled_from(sorted(MODELS)),
    variant=st.sampled_from(("SXM", "SXM", "SXM", "", "PCIe")),
    observed_at=st.integers(NOON - 3 * DAY, NOON + HOUR),
    gpu_count=st.sampled_from((1, 2, 8)),
    tier=st.sampled_from((Tier.ON_DEMAND, Tier.ON_DEMAND, Tier.SPOT)),
    source=st.sampled_from(("list", "api")),
    cadence=st.sampled_from(Cadence),
    firmness=st.sampled_from((Firmness.NEOCLOUD, Firmness.NEOCLOUD, Firmness.HYPERSCALER)),
    terms=st.sampled_from((Terms.OPEN, Terms.OPEN, Terms.RESTRICTED)),
    flags=st.sampled_from(((), (), ("runpod_placeholder_0.50",))),
)
