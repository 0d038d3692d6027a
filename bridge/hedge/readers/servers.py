"""Which metrics of inference servers and GPUs count what.

    vLLM (v0 and v1), SGLang   counters of tokens and requests, a series per engine
    TGI                        histograms whose _sum are tokens, and a counter of requests
    OpenTelemetry GenAI        a histogram of tokens, its direction in a label, counted by clients
    DCGM                       gauges of each GPU; a few integers mean "no value"

Collectors that may not write a colon replace it by an underscore: both spellings are read.
"""

from collections.abc import Mapping
from typing import Final

from bridge.hedge.readers.usage import Exact, Measure, Subject

_COUNTERS: Final = {
    "vllm:prompt_tokens_total": Measure.PROMPT_TOKENS,
    "vllm:generation_tokens_total": Measure.COMPLETION_TOKENS,
    "vllm:request_success_total": Measure.REQUESTS,
    "vllm:prefix_cache_hits_total": Measure.CACHED_TOKENS,
    "vllm:gpu_prefix_cache_hits_total": Measure.CACHED_TOKENS,
    "sglang:prompt_tokens_total": Measure.PROMPT_TOKENS,
    "sglang:generation_tokens_total": Measure.COMPLETION_TOKENS,
    "sglang:cached_tokens_total": Measure.CACHED_TOKENS,
    "sglang:num_requests_total": Measure.REQUESTS,
    "tgi_request_input_length_sum": Measure.PROMPT_TOKENS,
    "tgi_request_generated_tokens_sum": Measure.COMPLETION_TOKENS,
    "tgi_request_count": Measure.REQUESTS,
    "tgi_request_count_total": Measure.REQUESTS,
}
COUNTERS: Final = _COUNTERS | {name.replace(":", "_"): what for name, what in _COUNTERS.items()}
"""Metric to what it counts."""

OTEL_TOKENS: Final = "gen_ai_client_token_usage_sum"
_OTEL_DIRECTION: Final = {
    "input": Measure.PROMPT_TOKENS,
    "output": Measure.COMPLETION_TOKENS,
    "completion": Measure.COMPLETION_TOKENS,
}
PROCESS_START: Final = "process_start_time_seconds"
DCGM_PREFIX: Final = "DCGM_FI_"
ENGINE_ACTIVE: Final = "DCGM_FI_PROF_GR_ENGINE_ACTIVE"
"""Share of the time in which any engine of the GPU worked, 0 to 1."""
GPU_UTIL: Final = "DCGM_FI_DEV_GPU_UTIL"
"""The same in percent, on devices without profiling."""
COUNTED: Final = frozenset({*COUNTERS, OTEL_TOKENS, PROCESS_START})

# DCGM's int32, int64 and double "blank", not found, not supported, not permitted. Prometheus
# keeps doubles, in which the four int64 values become 2^63.
_BLANK_FROM: Final = (0x7FFF_FFF0, 0x7FFF_FFFF_FFFF_FFF0, 2**47)
_BLANKS: Final = frozenset(first + more for first in _BLANK_FROM for more in range(4)) | {2**63}
_SUBJECT_LABELS: Final = {
    "team": ("team", "namespace", "kubernetes_namespace"),
    "model": ("model_name", "model", "gen_ai_request_model"),
    "hardware": ("modelName",),
}


def is_blank(value: Exact) -> bool:
    """Whether DCGM means "no value" by a number."""
    # Printed with 17 digits or fewer, 2^63 is any number close to it.
    return value in _BLANKS or value > 2**62


def measure_of(name: str, labels: Mapping[str, str]) -> Measure | None:
    """What a counter counts; None for a metric that is no usage."""
    if name == OTEL_TOKENS:
        direction = labels.get("gen_ai_token_type", labels.get("gen_ai.token.type", ""))
        return _OTEL_DIRECTION.get(direction, Measure.TOKENS)
    return COUNTERS.get(name)


def subject_of(labels: Mapping[str, str]) -> Subject:
    """Team, model and hardware as the labels state them."""
    stated = {
        part: next((labels[name] for name in names if labels.get(name)), "")
        for part, names in _SUBJECT_LABELS.items()
    }
    return Subject(**stated)


def target_of(labels: Mapping[str, str]) -> tuple[str, str]:
    """The process that exports a series: a restart of it resets every counter it has."""
    return labels.get("job", ""), labels.get("instance", "")
