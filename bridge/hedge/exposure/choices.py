"""The usual choices of what counts and what converts it."""

from collections.abc import Mapping
from fractions import Fraction

from bridge.hedge.exposure.exposure import UsageChoice
from bridge.hedge.exposure.rates import benchmark_rate, hardware_rate, price_rate
from bridge.hedge.readers.usage import Measure


def gpu_hours(
    where: Mapping[str, str] | None = None, *, hardware: str = "", active: bool = False
) -> UsageChoice:
    """GPU-hours by the newest factors, of one hardware or as stated; `active` counts those busy."""
    measure = Measure.ACTIVE_GPU_HOURS if active else Measure.GPU_HOURS
    return UsageChoice(
        (measure,),
        lambda key: hardware_rate(hardware or key.subject.hardware, measure),
        where or {},
    )


def completion_tokens(
    where: Mapping[str, str] | None = None, *, as_benchmark: bool = False
) -> UsageChoice:
    """Completion tokens by the published benchmark."""
    return UsageChoice(
        (Measure.COMPLETION_TOKENS,),
        lambda key: benchmark_rate(key.subject.model, trusted=as_benchmark),
        where or {},
    )


def spend(price_usd: Fraction, where: Mapping[str, str] | None = None) -> UsageChoice:
    """Dollars by the price of an SCU. Raises BadRate."""
    rate = price_rate(price_usd)
    return UsageChoice((Measure.SPEND,), lambda _: rate, where or {})
