"""One decoder block of the Llama-2 kind, in prefill and in decode with a cache."""

from dataclasses import dataclass
from typing import Any

from oracle.calibration.device import Device
from oracle.calibration.shapes import BlockShape


@dataclass(frozen=True, slots=True)
class Block:
    """Random weights in BF16, and what a block computes with them."""

    device: Device
    shape: BlockShape
    into: Any
    out: Any
    up: Any
    down: Any

    @classmethod
    def draw(cls, device: Device, shape: BlockShape) -> "Block":
        """A block with random weights on the device."""
        hidden, wide = shape.hidden, shape.wide
        return cls(
            device,
            shape,
            into=random_matrix(device, sum(shape.heads), hidden),
            out=random_matrix(device, hidden, shape.heads[0]),
            up=random_matrix(device, 2 * wide, hidden),
            down=random_matrix(device, hidden, wide),
        )

    def prefill(self, x: Any) -> Any:
        """The block over all tokens at once, each seeing those before it."""
        functional = self.device.torch.nn.functional
        batch, tokens, _ = x.shape
        q, k, v = (
            part.view(batch, tokens, -1, self.shape.head).transpose(1, 2) for part in self._heads(x)
        )
        seen = functional.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        return self._mixed(x, seen.transpose(1, 2).reshape(batch, tokens, -1))

    def decode(self, x: Any, keys: Any, values: Any) -> Any:
        """The block over the newest token, whose place in the cache is the last."""
        functional = self.device.torch.nn.functional
        batch, shape = x.shape[0], self.shape
        q, k, v = self._heads(x)
        keys[:, :, -1:] = k.view(batch, 1, shape.key_heads, shape.head).transpose(1, 2)
        values[:, :, -1:] = v.view(batch, 1, shape.key_heads, shape.head).transpose(1, 2)
        # The queries of one key head as its rows.
        rows = q.view(batch, shape.key_heads, -1, shape.head)
        seen = functional.scaled_dot_product_attention(rows, keys, values)
        return self._mixed(x, seen.reshape(batch, 1, -1))

    def _heads(self, x: Any) -> Any:
        functional = self.device.torch.nn.functional
        normed = functional.rms_norm(x, (self.shape.hidden,))
        return functional.linear(normed, self.into).split(self.shape.heads, -1)

    def _mixed(self, x: Any, seen: Any) -> Any:
        functional = self.device.torch.nn.functional
        x = x + functional.linear(seen, self.out)
        normed = functional.rms_norm(x, (self.shape.hidden,))
        gate, plain = functional.linear(normed, self.up).chunk(2, -1)
        return x + functional.linear(functional.silu(gate) * plain, self.down)


def random_matrix(device: Device, rows: int, columns: int) -> Any:
    """Small random numbers in BF16, on the device."""
    torch = device.torch
    return torch.randn(rows, columns, device=device.name, dtype=torch.bfloat16) * 0.02
