"""The device that is timed: a CUDA GPU, or this machine's processor in a self-test."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from gc import collect
from importlib import import_module
from importlib.util import find_spec
from platform import machine
from statistics import median
from typing import Any, Final, Literal

from pargrade.errors import PargradeError

DeviceName = Literal["cuda", "cpu"]
_WARM_UP: Final = 5


class NoGpu(PargradeError):
    """This machine has nothing that can be measured."""

    hint = (
        "Run it on the machine that is for rent, with torch for CUDA installed; or compare an "
        "earlier measurement: --result FILE. Try the kit without a GPU: --device cpu --quick."
    )

    def __init__(self, why: str) -> None:
        super().__init__(f"there is no GPU to measure: {why}")


class NoTorch(NoGpu):
    """The kit runs on torch, and torch is not here or does not load."""

    hint = (
        "Install torch in this environment (https://pytorch.org), the build for this machine's "
        "GPU; for a self-test on the processor any build will do."
    )


@dataclass(frozen=True, slots=True)
class Device:
    """Where work runs, and how its time is taken."""

    torch: Any
    name: DeviceName

    @classmethod
    def open(cls, name: DeviceName) -> "Device":
        """Raises NoTorch, and NoGpu where `cuda` is asked for and torch finds none."""
        if find_spec("torch") is None:
            raise NoTorch("torch is not installed")
        try:
            torch = import_module("torch")
        except Exception as error:
            # A build without its libraries raises whatever its loader does.
            raise NoTorch(f"torch does not load: {error!r:.120}") from error
        if name == "cuda" and not torch.cuda.is_available():
            raise NoGpu("torch finds no CUDA device")
        return cls(torch, name)

    @property
    def label(self) -> str:
        """The device as its driver names it, or the processor's architecture."""
        return str(self.torch.cuda.get_device_name()) if self.name == "cuda" else machine() or "cpu"

    @property
    def software(self) -> str:
        """The releases of torch and CUDA."""
        return f"torch {self.torch.__version__}, CUDA {self.torch.version.cuda or 'none'}"

    def timed(self, work: Callable[[], object], repeats: int) -> float:
        """Median seconds of a piece of work, after a few that are not counted."""
        for _ in range(_WARM_UP):
            work()
        self.synchronize()
        return median(self._seconds(work) for _ in range(repeats))

    def _seconds(self, work: Callable[[], object]) -> float:
        if self.name == "cpu":
            began = time.perf_counter()
            work()
            return time.perf_counter() - began
        start, end = self.torch.cuda.Event(True), self.torch.cuda.Event(True)
        start.record()
        work()
        end.record()
        self.torch.cuda.synchronize()
        return float(start.elapsed_time(end)) / 1_000

    def replayed(self, work: Callable[[], object]) -> Callable[[], object]:
        """The work without the cost of launching it: a CUDA graph where there is one."""
        if self.name == "cpu":
            return work
        for _ in range(3):
            work()
        graph = self.torch.cuda.CUDAGraph()
        self.torch.cuda.synchronize()
        with self.torch.cuda.graph(graph):
            work()
        return graph.replay  # type: ignore[no-any-return]

    def synchronize(self) -> None:
        """Waits until the device has done what it was given."""
        if self.name == "cuda":
            self.torch.cuda.synchronize()

    def release(self) -> None:
        """Gives back what a kind of work has held; the next needs the memory.

        Compiled functions keep their weights until the compiler forgets them. Without that the
        first H100 of the record had no memory left for its last kind.
        """
        with suppress(Exception):
            self.torch.compiler.reset()
        collect()
        if self.name == "cuda":
            self.torch.cuda.empty_cache()
