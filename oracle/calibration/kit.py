"""The calibration kit: the kinds of work of the par record, timed on this machine's first GPU.

Needs torch with CUDA, which no extra installs: whoever has such a machine has it. A self-test runs
the same code with small sizes, on a processor too. It is no measurement: its type has no digest, so
nothing can sign it, and no rates, so nothing can compare it with par.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from oracle.calibration.device import Device, DeviceName
from oracle.calibration.kinds import GROUPS, WorkGroup
from oracle.calibration.shapes import FULL, QUICK, Shapes
from pargrade.factor.calibration import Measurement, rate_of

_LONGEST_REASON: Final = 90

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SelfTest:
    """Whether the kit runs here, kind by kind. No measurement."""

    device: str
    software: str
    ran: tuple[str, ...]
    failed: dict[str, str]
    """Kinds that did not run, and why."""


def measure(say: Say = lambda _: None) -> Measurement:
    """Measures this machine's first GPU, in about two minutes. Raises NoGpu.

    A kind that fails, for want of memory say, is in `failed`, and the others are measured.
    """
    device = Device.open("cuda")
    rates, failed = _run_all(device, FULL, say)
    kept = {kind: rate_of(rate) for kind, rate in rates.items()}
    return Measurement(device.label, device.software, int(time.time()), kept, failed)


def self_test(name: DeviceName, say: Say = lambda _: None) -> SelfTest:
    """Runs every kind with small sizes. Raises NoTorch, and NoGpu where `cuda` is asked for."""
    device = Device.open(name)
    rates, failed = _run_all(device, QUICK, say)
    return SelfTest(device.label, device.software, tuple(rates), failed)


def _run_all(device: Device, shapes: Shapes, say: Say) -> tuple[dict[str, float], dict[str, str]]:
    rates: dict[str, float] = {}
    failed: dict[str, str] = {}
    for group in GROUPS:
        say(f"measuring {', '.join(group.kinds)}")
        try:
            for kind, rate in group.run(device, shapes):
                rates[kind] = rate
        except Exception as error:  # noqa: BLE001
            # Whatever a driver raises costs the kind that ran, and those that share its data.
            failed.update(dict.fromkeys(_left(group, rates), _shown(error)))
        device.release()
    return rates, failed


def _left(group: WorkGroup, rates: dict[str, float]) -> list[str]:
    return [kind for kind in group.kinds if kind not in rates]


def _shown(error: Exception) -> str:
    shown = "".join(c if c.isprintable() else " " for c in repr(error))
    return shown[:_LONGEST_REASON]
