"""The calibration kit: the kinds of work of the par record, timed on this machine's first GPU.

Needs torch with CUDA, which no extra installs: whoever has such a machine has it. Nothing here is
imported before a measurement begins. Rates are medians over repeats between device events, on
random data, with clocks and limits as they are found. Shapes are those of data/par-record.json.
"""

import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from importlib.util import find_spec
from statistics import median
from typing import Any, Final

from pargrade.errors import PargradeError
from pargrade.factor.calibration import Measurement, rate_of

SUSTAINED_S: Final = 40
_WARM_UP: Final = 5
_SIDE: Final = 8192
_HIDDEN, _QUERY, _KEY, _HEAD, _WIDE, _LAYERS = 8192, 64, 8, 128, 28672, 80
"""A decoder block of Llama-2-70B: width, query and key heads, their size, inner width, layers."""
_TERA: Final = 10**12


class NoGpu(PargradeError):
    """This machine has nothing that can be measured."""

    hint = (
        "Run it on the machine that is for rent, with torch for CUDA installed; or compare an "
        "earlier measurement: --result FILE."
    )

    def __init__(self, why: str) -> None:
        super().__init__(f"there is no GPU to measure: {why}")


def measure(
    seconds: float = SUSTAINED_S, say: Callable[[str], None] = lambda _: None
) -> Measurement:
    """Measures this machine's first GPU, in about two minutes. Raises NoGpu.

    A kind that fails, for want of memory say, is in `failed`, and the others are measured.
    """
    torch = _torch()
    kinds: list[tuple[str, Callable[[], Iterator[tuple[str, float]]]]] = [
        ("products", lambda: _products(torch)),
        ("copy", lambda: _copy(torch)),
        ("block", lambda: _block(torch)),
        ("train", lambda: _train(torch)),
        ("sustained", lambda: _sustained(torch, seconds)),
    ]
    rates: dict[str, Decimal] = {}
    failed: dict[str, str] = {}
    for name, run in kinds:
        say(f"measuring {name}")
        try:
            for kind, rate in run():
                rates[kind] = rate_of(rate)
        except Exception as error:  # noqa: BLE001
            # Whatever a driver raises costs the kind that was running.
            shown = "".join(c if c.isprintable() else " " for c in repr(error))
            failed[name] = shown[:90]
        torch.cuda.empty_cache()
    software = f"torch {torch.__version__}, CUDA {torch.version.cuda}"
    return Measurement(torch.cuda.get_device_name(), software, int(time.time()), rates, failed)


def _torch() -> Any:
    if find_spec("torch") is None:
        raise NoGpu("torch is not installed")
    from importlib import import_module

    torch = import_module("torch")
    if not torch.cuda.is_available():
        raise NoGpu("torch finds no CUDA device")
    return torch


def _timed(torch: Any, work: Callable[[], object], repeats: int = 20) -> float:
    """Median seconds of a piece of work."""
    for _ in range(_WARM_UP):
        work()
    taken: list[float] = []
    for _ in range(repeats):
        start, end = torch.cuda.Event(True), torch.cuda.Event(True)
        start.record()
        work()
        end.record()
        torch.cuda.synchronize()
        taken.append(float(start.elapsed_time(end)) / 1_000)
    return median(taken)


def _products(torch: Any) -> Iterator[tuple[str, float]]:
    n, operations = _SIDE, 2 * _SIDE**3
    a, b = (torch.randn(n, n, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    yield "bf16_product", operations / _timed(torch, lambda: a @ b) / _TERA
    c, d = (each.to(torch.float8_e4m3fn) for each in (a, b))
    scale = torch.tensor(1.0, device="cuda")
    scales = {"scale_a": scale, "scale_b": scale, "out_dtype": torch.bfloat16}
    seconds = _timed(torch, lambda: torch._scaled_mm(c, d.t().contiguous().t(), **scales))
    yield "fp8_product", operations / seconds / _TERA


def _copy(torch: Any) -> Iterator[tuple[str, float]]:
    source = torch.randn(2**30, device="cuda", dtype=torch.float32)
    target = torch.empty_like(source)
    moved = 2 * source.numel() * 4
    yield "copy", moved / _timed(torch, lambda: target.copy_(source)) / _TERA


def _block(torch: Any) -> Iterator[tuple[str, float]]:
    functional, bf16 = torch.nn.functional, torch.bfloat16

    def weight(columns: int, rows: int) -> Any:
        return torch.randn(rows, columns, device="cuda", dtype=bf16) * 0.02

    heads = (_QUERY * _HEAD, _KEY * _HEAD, _KEY * _HEAD)
    into = weight(_HIDDEN, sum(heads))
    out, up, down = (
        weight(_QUERY * _HEAD, _HIDDEN),
        weight(_HIDDEN, 2 * _WIDE),
        weight(_WIDE, _HIDDEN),
    )
    linear, norm = functional.linear, functional.rms_norm
    attend = functional.scaled_dot_product_attention

    def mixed(x: Any) -> Any:
        gate, plain = linear(norm(x, (_HIDDEN,)), up).chunk(2, -1)
        return x + linear(functional.silu(gate) * plain, down)

    def prefill(x: Any) -> Any:
        batch, tokens, _ = x.shape
        parts = linear(norm(x, (_HIDDEN,)), into).split(heads, -1)
        q, k, v = (part.view(batch, tokens, -1, _HEAD).transpose(1, 2) for part in parts)
        seen = attend(q, k, v, is_causal=True, enable_gqa=True)
        return mixed(x + linear(seen.transpose(1, 2).reshape(batch, tokens, -1), out))

    def decode(x: Any, keys: Any, values: Any) -> Any:
        batch = x.shape[0]
        q, k, v = linear(norm(x, (_HIDDEN,)), into).split(heads, -1)
        keys[:, :, -1:] = k.view(batch, 1, _KEY, _HEAD).transpose(1, 2)
        values[:, :, -1:] = v.view(batch, 1, _KEY, _HEAD).transpose(1, 2)
        # The eight queries of a key head as its rows.
        seen = attend(q.view(batch, _KEY, _QUERY // _KEY, _HEAD), keys, values)
        return mixed(x + linear(seen.reshape(batch, 1, -1), out))

    fast_prefill, fast_decode = torch.compile(prefill), torch.compile(decode)
    parameters = sum(each.numel() for each in (into, out, up, down))
    with torch.no_grad():
        batch, tokens = 4, 2048
        x = weight(_HIDDEN, batch * tokens).view(batch, tokens, _HIDDEN)
        operations = 2 * parameters * batch * tokens + 2 * batch * _QUERY * _HEAD * tokens**2
        yield "prefill", operations / _timed(torch, lambda: fast_prefill(x), 10) / _TERA
        for batch, tokens in ((64, 4096), (256, 1024)):
            shape = (batch, _KEY, tokens, _HEAD)
            keys, values = (torch.randn(shape, device="cuda", dtype=bf16) for _ in range(2))
            x = weight(_HIDDEN, batch).view(batch, 1, _HIDDEN)
            for _ in range(3):
                fast_decode(x, keys, values)
            graph = torch.cuda.CUDAGraph()
            torch.cuda.synchronize()
            with torch.cuda.graph(graph):
                fast_decode(x, keys, values)
            yield f"decode_{batch}_{tokens}", batch / _timed(torch, graph.replay) / _LAYERS


def _train(torch: Any) -> Iterator[tuple[str, float]]:
    width, layers, tokens, batch, words, heads, wide = 2048, 20, 2048, 8, 32_000, 16, 5632
    nn, functional = torch.nn, torch.nn.functional

    class Layer(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.into = nn.Linear(width, 3 * width, bias=False)
            self.out = nn.Linear(width, width, bias=False)
            self.up = nn.Linear(width, 2 * wide, bias=False)
            self.down = nn.Linear(wide, width, bias=False)
            self.first, self.second = nn.RMSNorm(width), nn.RMSNorm(width)

        def forward(self, x: Any) -> Any:
            shape = (*x.shape[:2], heads, width // heads)
            parts = self.into(self.first(x)).chunk(3, -1)
            q, k, v = (part.view(shape).transpose(1, 2) for part in parts)
            seen = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.out(seen.transpose(1, 2).reshape(x.shape))
            gate, plain = self.up(self.second(x)).chunk(2, -1)
            return x + self.down(functional.silu(gate) * plain)

    with torch.device("cuda"):
        last = nn.Linear(width, words, bias=False)
        model = nn.Sequential(
            nn.Embedding(words, width), *(Layer() for _ in range(layers)), last
        ).to(torch.bfloat16)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    ids = torch.randint(words, (batch, tokens), device="cuda")
    loss = torch.compile(lambda: functional.cross_entropy(model(ids).view(-1, words), ids.view(-1)))

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        loss().backward()
        optimizer.step()

    parameters = sum(each.numel() for each in model.parameters()) - words * width
    # Causal attention is half of the square.
    operations = 6 * parameters * batch * tokens + 6 * layers * batch * tokens**2 * width
    yield "train", operations / _timed(torch, step, 10) / _TERA


def _sustained(torch: Any, seconds: float) -> Iterator[tuple[str, float]]:
    n, times = _SIDE, 700
    a, b, c = (torch.randn(n, n, device="cuda", dtype=torch.bfloat16) for _ in range(3))
    rates: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        for _ in range(times):
            torch.mm(a, b, out=c)
        torch.cuda.synchronize()
        rates.append(times * 2 * n**3 / (time.monotonic() - began) / _TERA)
    yield "bf16_sustained", median(rates[-5:])
