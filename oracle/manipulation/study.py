"""The whole study of one window: every attack by providers, every choice by reporters."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from oracle.manipulation.attack import Attack, AttackPlan
from oracle.manipulation.cost import CONTRACT_SCU, Assumptions, bill
from oracle.manipulation.providers import AttackOutcome, Honest, Scene
from oracle.manipulation.reporters import (
    SETS,
    STEP_S,
    QuorumChoice,
    Timed,
    choices,
    observed,
    random_path,
    timed,
)
from oracle.manipulation.slots import honest_middle
from pargrade.clock import DAY_S

COUNTS: Final = (1, 2, 4, 6, 8, 12, 16)
"""How many providers are corrupted."""

ATTACKS: Final = (
    (Attack.BIAS, 100_000),
    (Attack.BIAS, 450_000),
    (Attack.BIAS, 1_000_000),
    (Attack.BIAS, -300_000),
    (Attack.SPIKE, 450_000),
    (Attack.DRIP, 450_000),
    (Attack.WITHDRAWAL, 0),
    (Attack.RATCHET, 100_000),
    (Attack.RATCHET, 450_000),
)
"""Just under the outlier floor of 50 %, well under it, and over it."""

STRESSES: Final = (0.3, 1.0)
"""Annual volatilities of the invented paths: about that of an H100 index, and of a token."""

MEMORY_DAYS: Final = 28
REMEMBERED: Final = ((Attack.BIAS, 450_000), (Attack.RATCHET, 100_000), (Attack.RATCHET, 450_000))
REMEMBERED_COUNTS: Final = (1, 4, 8)
"""What is run again with a chain that remembers lines, which is proposed and not in use."""

_PRICE: Final = 10**8
_SEED: Final = 1

Progress = Callable[[str], None]


def study(
    scene: Scene,
    attacks: Sequence[tuple[Attack, int]] = ATTACKS,
    counts: Sequence[int] = COUNTS,
    given: Assumptions | None = None,
    sets: Sequence[tuple[int, int]] = SETS,
    remembered: Sequence[int] = REMEMBERED_COUNTS,
    progress: Progress = lambda _: None,
) -> dict[str, Any]:
    """The figures of a window as JSON values; `told` hears of each part before it is run.

    `counts` are numbers of corrupted providers, `sets` quorums and reporters to choose from;
    `remembered` are counts to run again with a chain that remembers lines.
    Prices are strings of integers with 8 decimals. Raises NoWindow.
    """
    given = given or Assumptions()
    progress("the honest window")
    honest = Honest.of(scene)
    under = [
        _attacked(honest, plan, given)
        for attack, size_ppm in attacks
        for plan in _with_progress(honest, attack, size_ppm, counts, progress)
    ]
    chosen: list[QuorumChoice] = []
    paths: list[Timed] = []
    for quorum, reporters in sets:
        progress(f"{quorum} of {reporters} reporters")
        rows = observed(scene, reporters)
        chosen += choices(rows, quorum)
        paths.append(timed(f"median of {reporters} reporters", honest_middle(rows)))
    progress(f"lines remembered for {MEMORY_DAYS} days")
    recalled = Honest.of(replace(scene, memory_s=MEMORY_DAYS * DAY_S))
    steps = (scene.end - scene.start) // STEP_S
    for volatility in STRESSES:
        progress(f"an invented path of {volatility:.0%} a year")
        path = random_path(honest.settlement8, steps, volatility, _SEED)
        paths.append(timed(f"invented, {volatility:.0%} a year", path))
    return {
        "index": scene.method.index,
        "version": scene.method.version,
        "method_hash": "0x" + scene.method.method_hash.hex(),
        "window": [_day(scene.start), _day(scene.end)],
        "providers": honest.values[scene.start].providers,
        "settlement8": str(honest.settlement8),
        "assumptions": {
            "gpus_per_provider": given.gpus,
            "utilisation": given.utilisation,
            "margin": given.margin,
            "contract_scu": CONTRACT_SCU,
        },
        "attacks": under,
        "memory": {
            "days": MEMORY_DAYS,
            "settlement8": str(recalled.settlement8),
            "attacks": [
                _attacked(recalled, plan, given)
                for attack, size_ppm in REMEMBERED
                for plan in recalled.plans(attack, size_ppm, remembered)
            ],
        },
        "choices": [_texts(choice) for choice in chosen],
        "slots": [_texts(path) for path in paths],
    }


def _with_progress(
    honest: Honest, attack: Attack, size_ppm: int, counts: Sequence[int], progress: Progress
) -> tuple[AttackPlan, ...]:
    progress(f"{attack} {size_ppm / 10**4:+g} %")
    return honest.plans(attack, size_ppm, counts)


def _attacked(honest: Honest, plan: AttackPlan, given: Assumptions) -> dict[str, Any]:
    found: AttackOutcome = honest.under(plan)
    moved_usd = (found.moved8 or 0) / _PRICE
    cost = bill(plan, honest.settlement8 / _PRICE, moved_usd, given)
    return {
        "attack": plan.attack.value,
        "size_ppm": plan.size_ppm,
        "providers": len(plan.providers),
        "share_ppm": found.share_ppm,
        "settlement8": _text(found.settlement8),
        "moved8": _text(found.moved8),
        "largest_ppm": found.largest_ppm,
        "inside": found.inside,
        "hours": found.hours,
        "coverage_bps": found.coverage_bps,
        "rung": found.rung,
        "cost_usd": round(cost.cost_usd),
        "gain_per_contract_usd": round(cost.gain_per_contract_usd, 2),
        "break_even_contracts": cost.break_even_contracts,
    }


def _texts(row: QuorumChoice | Timed) -> dict[str, Any]:
    amounts = row._asdict().items()
    return {k: _text(v) if k.endswith("8") else v for k, v in amounts}


def _text(amount: int | None) -> str | None:
    return None if amount is None else str(amount)


def _day(instant: int) -> str:
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%d}"
