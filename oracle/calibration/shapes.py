"""How large the kit's pieces of work are: the sizes of the par record, and small ones to try it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class BlockShape:
    """A decoder block of the Llama-2 kind, and the lengths it runs with."""

    hidden: int
    query_heads: int
    key_heads: int
    head: int
    wide: int
    prefill: tuple[int, int]
    """Batch and tokens."""
    decode: tuple[tuple[int, int], ...]
    """Batches and tokens of cache, in the order of `Shapes.DECODE`."""

    @property
    def heads(self) -> tuple[int, int, int]:
        """Widths of queries, keys and values."""
        return (
            self.query_heads * self.head,
            self.key_heads * self.head,
            self.key_heads * self.head,
        )

    @property
    def prefill_operations(self) -> int:
        """Floating-point operations of one prefill; causal attention is half of the square."""
        batch, tokens = self.prefill
        weights = self.hidden * (sum(self.heads) + self.heads[0] + 3 * self.wide)
        return 2 * weights * batch * tokens + 2 * batch * self.heads[0] * tokens**2


@dataclass(frozen=True, slots=True)
class TrainShape:
    """A small language model and the batch of one training step."""

    width: int
    layers: int
    heads: int
    wide: int
    words: int
    batch: int
    tokens: int

    @property
    def operations(self) -> int:
        """Floating-point operations of one step: forward once, backward twice."""
        layer = 4 * self.width**2 + 3 * self.wide * self.width + 2 * self.width
        weights = self.layers * layer + self.words * self.width
        attention = 6 * self.layers * self.batch * self.tokens**2 * self.width
        return 6 * weights * self.batch * self.tokens + attention


@dataclass(frozen=True, slots=True)
class Shapes:
    """The sizes of every kind of work."""

    side: int
    """Of the square products."""
    copied: int
    """Floats of four bytes that a copy moves."""
    block: BlockShape
    train: TrainShape
    repeats: int
    few_repeats: int
    """Of work that takes long."""
    stretch: int
    """Products between two looks at the clock, in the product that lasts."""
    sustained_s: float


LAYERS: Final = 80
"""Of Llama-2-70B: a model's tokens a second are one block's divided by them."""

FULL: Final = Shapes(
    side=8192,
    copied=2**30,
    block=BlockShape(8192, 64, 8, 128, 28672, (4, 2048), ((64, 4096), (256, 1024))),
    train=TrainShape(2048, 20, 16, 5632, 32_000, 8, 2048),
    repeats=20,
    few_repeats=10,
    stretch=700,
    sustained_s=40,
)
"""Those of data/par-record.json."""

QUICK: Final = Shapes(
    side=64,
    copied=2**14,
    block=BlockShape(64, 4, 2, 16, 96, (2, 16), ((4, 32), (8, 16))),
    train=TrainShape(64, 2, 4, 96, 128, 2, 16),
    repeats=3,
    few_repeats=3,
    stretch=10,
    sustained_s=0.1,
)
"""So small that a processor does them at once: they show that the kit runs, and nothing else."""
