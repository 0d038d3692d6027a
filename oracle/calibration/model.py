"""The language model of the training step."""

from typing import Any

from oracle.calibration.device import Device
from oracle.calibration.shapes import TrainShape


def draw_model(device: Device, shape: TrainShape) -> Any:
    """A causal model with random weights in BF16, from token numbers to logits."""
    nn = device.torch.nn
    functional, width = nn.functional, shape.width

    class Layer(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.into = nn.Linear(width, 3 * width, bias=False)
            self.out = nn.Linear(width, width, bias=False)
            self.up = nn.Linear(width, 2 * shape.wide, bias=False)
            self.down = nn.Linear(shape.wide, width, bias=False)
            self.first, self.second = nn.RMSNorm(width), nn.RMSNorm(width)

        def forward(self, x: Any) -> Any:
            split = (*x.shape[:2], shape.heads, width // shape.heads)
            parts = self.into(self.first(x)).chunk(3, -1)
            q, k, v = (part.view(split).transpose(1, 2) for part in parts)
            seen = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.out(seen.transpose(1, 2).reshape(x.shape))
            gate, plain = self.up(self.second(x)).chunk(2, -1)
            return x + self.down(functional.silu(gate) * plain)

    with device.torch.device(device.name):
        last = nn.Linear(width, shape.words, bias=False)
        return nn.Sequential(
            nn.Embedding(shape.words, width), *(Layer() for _ in range(shape.layers)), last
        ).to(device.torch.bfloat16)


class TrainingStep:
    """One step of AdamW on one batch of random tokens, again and again."""

    def __init__(self, device: Device, shape: TrainShape) -> None:
        torch = device.torch
        self.model = draw_model(device, shape)
        self._optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-4, fused=True)
        ids = torch.randint(shape.words, (shape.batch, shape.tokens), device=device.name)
        cross_entropy = torch.nn.functional.cross_entropy
        self._loss = torch.compile(
            lambda: cross_entropy(self.model(ids).view(-1, shape.words), ids.view(-1))
        )

    def __call__(self) -> Any:
        """The loss before the step; a tensor on the device."""
        self._optimizer.zero_grad(set_to_none=True)
        loss = self._loss()
        loss.backward()
        self._optimizer.step()
        return loss
