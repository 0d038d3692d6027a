"""The study of one window: attacks by providers, choices of quorums and of slots."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from oracle.backtest.run import Progress
from oracle.manipulation.attack import Attack, AttackPlan
from oracle.manipulation.cost import CONTRACT_SCU, Assumptions, estimate_bill
from oracle.manipulation.providers import HonestRun, Scenario
from oracle.manipulation.reporters import (
    SETS,
    STEP_S,
    QuorumChoice,
    SlotChoice,
    generate_path,
    observe_window,
    study_quorums,
    study_slots,
)
from oracle.manipulation.slots import honest_medians
from pargrade.clock import DAY_S, day_name

COUNTS: Final = (1, 2, 4, 6, 8, 12, 16)
"""Numbers of corrupted providers."""

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
"""Attacks and sizes in millionths: far below the outlier floor of 50 %, just below it, above it."""

STRESSES: Final = (0.3, 1.0)
"""Annual volatilities of the invented paths: about that of an H100 index and that of a token."""

MEMORY_DAYS: Final = 28
REMEMBERED: Final = ((Attack.BIAS, 450_000), (Attack.RATCHET, 100_000), (Attack.RATCHET, 450_000))
REMEMBERED_COUNTS: Final = (1, 4, 8)
"""Attacks and counts that run again with a chain that remembers lines (a proposal)."""

_PRICE: Final = 10**8
_SEED: Final = 1


def run_study(
    scenario: Scenario,
    attacks: Sequence[tuple[Attack, int]] = ATTACKS,
    counts: Sequence[int] = COUNTS,
    given: Assumptions | None = None,
    sets: Sequence[tuple[int, int]] = SETS,
    remembered: Sequence[int] = REMEMBERED_COUNTS,
    progress: Progress = lambda _: None,
) -> dict[str, Any]:
    """Run the study of a window and return its figures as JSON values.

    `attacks` are pairs of attack and size in millionths, `counts` numbers of corrupted providers,
    `sets` pairs of quorum and reporters, `remembered` the counts that run again with a chain that
    remembers lines. `progress` receives the name of each part. Prices are strings of integers with
    8 decimals. Raises NoWindow.
    """
    given = given or Assumptions()
    progress("the honest window")
    honest = HonestRun.of(scenario)
    outcomes = [
        _attack_figures(honest, plan, given)
        for attack, size_ppm in attacks
        for plan in _with_progress(honest, attack, size_ppm, counts, progress)
    ]
    chosen: list[QuorumChoice] = []
    paths: list[SlotChoice] = []
    for quorum, reporters in sets:
        progress(f"{quorum} of {reporters} reporters")
        rows = observe_window(scenario, reporters)
        chosen += study_quorums(rows, quorum)
        paths.append(study_slots(f"median of {reporters} reporters", honest_medians(rows)))
    progress(f"lines remembered for {MEMORY_DAYS} days")
    with_memory = HonestRun.of(replace(scenario, memory_s=MEMORY_DAYS * DAY_S))
    steps = (scenario.end - scenario.start) // STEP_S
    for volatility in STRESSES:
        progress(f"an invented path of {volatility:.0%} a year")
        path = generate_path(honest.settlement8, steps, volatility, _SEED)
        paths.append(study_slots(f"invented, {volatility:.0%} a year", path))
    return {
        "index": scenario.method.index,
        "version": scenario.method.version,
        "method_hash": "0x" + scenario.method.method_hash.hex(),
        "window": [day_name(scenario.start), day_name(scenario.end)],
        "providers": honest.values[scenario.start].providers,
        "settlement8": str(honest.settlement8),
        "assumptions": {
            "gpus_per_provider": given.gpus,
            "utilisation": given.utilisation,
            "margin": given.margin,
            "contract_scu": CONTRACT_SCU,
        },
        "attacks": outcomes,
        "memory": {
            "days": MEMORY_DAYS,
            "settlement8": str(with_memory.settlement8),
            "attacks": [
                _attack_figures(with_memory, plan, given)
                for attack, size_ppm in REMEMBERED
                for plan in with_memory.plan_attacks(attack, size_ppm, remembered)
            ],
        },
        "choices": [_texts(choice) for choice in chosen],
        "slots": [_texts(path) for path in paths],
    }


def _with_progress(
    honest: HonestRun, attack: Attack, size_ppm: int, counts: Sequence[int], progress: Progress
) -> tuple[AttackPlan, ...]:
    progress(f"{attack} {size_ppm / 10**4:+g} %")
    return honest.plan_attacks(attack, size_ppm, counts)


def _attack_figures(honest: HonestRun, plan: AttackPlan, given: Assumptions) -> dict[str, Any]:
    found = honest.run_attack(plan)
    moved_usd = (found.moved8 or 0) / _PRICE
    cost = estimate_bill(plan, honest.settlement8 / _PRICE, moved_usd, given)
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


def _texts(row: QuorumChoice | SlotChoice) -> dict[str, Any]:
    amounts = row._asdict().items()
    return {k: _text(v) if k.endswith("8") else v for k, v in amounts}


def _text(amount: int | None) -> str | None:
    return None if amount is None else str(amount)
