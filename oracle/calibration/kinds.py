"""The kinds of work of the par record, each timed on a device.

Rates are medians over repeats, on random data, with clocks and limits as they are found.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Final

from oracle.calibration.block import Block, random_matrix
from oracle.calibration.device import Device
from oracle.calibration.model import TrainingStep
from oracle.calibration.shapes import LAYERS, Shapes

_TERA: Final = 10**12
_LAST_STRETCHES: Final = 5

Rates = Iterator[tuple[str, float]]
"""Kinds of work and their rates, in the units of the record."""


@dataclass(frozen=True, slots=True)
class WorkGroup:
    """Kinds that are measured together, because they share what they work on."""

    kinds: tuple[str, ...]
    """In the order in which they are measured."""
    run: Callable[[Device, Shapes], Rates]


def _products(device: Device, shapes: Shapes) -> Rates:
    torch, n = device.torch, shapes.side
    operations = 2 * n**3
    a, b = (torch.randn(n, n, device=device.name, dtype=torch.bfloat16) for _ in range(2))
    yield "bf16_product", operations / device.timed(lambda: a @ b, shapes.repeats) / _TERA
    scale = torch.tensor(1.0, device=device.name)
    c, by_columns = (each.to(torch.float8_e4m3fn) for each in (a, b))
    by_columns = by_columns.t().contiguous().t()

    def product() -> object:
        return torch._scaled_mm(c, by_columns, scale, scale, out_dtype=torch.bfloat16)

    yield "fp8_product", operations / device.timed(product, shapes.repeats) / _TERA


def _copy(device: Device, shapes: Shapes) -> Rates:
    torch = device.torch
    source = torch.randn(shapes.copied, device=device.name, dtype=torch.float32)
    target = torch.empty_like(source)
    moved = 2 * source.numel() * source.element_size()
    seconds = device.timed(lambda: target.copy_(source), shapes.repeats)
    yield "copy", moved / seconds / _TERA


def _block(device: Device, shapes: Shapes) -> Rates:
    torch, shape = device.torch, shapes.block
    block = Block.draw(device, shape)
    prefill, decode = torch.compile(block.prefill), torch.compile(block.decode)
    with torch.no_grad():
        batch, tokens = shape.prefill
        x = random_matrix(device, batch * tokens, shape.hidden).view(batch, tokens, shape.hidden)
        seconds = device.timed(lambda: prefill(x), shapes.few_repeats)
        yield "prefill", shape.prefill_operations / seconds / _TERA
        for kind, (batch, tokens) in zip(_DECODE, shape.decode, strict=True):
            cache = (batch, shape.key_heads, tokens, shape.head)
            keys, values = (
                torch.randn(cache, device=device.name, dtype=torch.bfloat16) for _ in range(2)
            )
            x = random_matrix(device, batch, shape.hidden).view(batch, 1, shape.hidden)
            work = device.replayed(lambda x=x, k=keys, v=values: decode(x, k, v))  # type: ignore[misc]
            yield kind, batch / device.timed(work, shapes.repeats) / LAYERS


def _train(device: Device, shapes: Shapes) -> Rates:
    step = TrainingStep(device, shapes.train)
    seconds = device.timed(step, shapes.few_repeats)
    yield "train", shapes.train.operations / seconds / _TERA


def _sustained(device: Device, shapes: Shapes) -> Rates:
    torch, n = device.torch, shapes.side
    a, b, c = (torch.randn(n, n, device=device.name, dtype=torch.bfloat16) for _ in range(3))
    rates: list[float] = []
    end = time.monotonic() + shapes.sustained_s
    while not rates or time.monotonic() < end:
        began = time.monotonic()
        for _ in range(shapes.stretch):
            torch.mm(a, b, out=c)
        device.synchronize()
        rates.append(shapes.stretch * 2 * n**3 / (time.monotonic() - began) / _TERA)
    yield "bf16_sustained", median(rates[-_LAST_STRETCHES:])


_DECODE: Final = ("decode_64_4096", "decode_256_1024")

GROUPS: Final = (
    WorkGroup(("bf16_product", "fp8_product"), _products),
    WorkGroup(("copy",), _copy),
    WorkGroup(("prefill", *_DECODE), _block),
    WorkGroup(("train",), _train),
    WorkGroup(("bf16_sustained",), _sustained),
)
"""Every kind of the record."""
