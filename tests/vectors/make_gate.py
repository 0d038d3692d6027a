"""Vectors of token buckets and of amounts that cross, from exact fractions alone.

    python tests/vectors/make_gate.py

A bucket here is a real number of steps that may arrive, between 0 and two thirds of its capacity.
Time moves it to one third by a third of the capacity a day; as much as the rest may leave.
"""

from fractions import Fraction
from math import floor
from random import Random

from tests.vectors.columns import Row, write

DAY = 86_400
UINT96 = 2**96 - 1
CAPACITIES = (0, 1, 7, 86_399, 86_400, 10**6, 10**12, 10**24, UINT96)
DECIMALS = (0, 2, 6, 18, 24, 36)


def settle(level: Fraction, capacity: int, seconds: int) -> Fraction:
    """Steps that may arrive after some time."""
    middle, moved = Fraction(capacity, 3), Fraction(capacity * seconds, 3 * DAY)
    if level < middle:
        return min(middle, level + moved)
    return max(middle, level - moved)


def walk(random: Random, case: int, capacity: int) -> list[Row]:
    """A bucket that begins at rest; now and then something crosses, or the capacity changes."""
    level, now, rows = Fraction(capacity, 3), 1_772_323_200, []
    for _ in range(12):
        waited = random.choice((0, 1, 59, 3_600, 43_200, 86_399, 86_400, 10**7))
        now += waited
        level = settle(level, capacity, waited)
        is_out = random.random() < 0.5
        room = Fraction(2 * capacity, 3) - level if is_out else level
        budget = floor(room)
        amount = random.choice((0, 1, budget, budget + 1, random.randrange(capacity + 1)))
        amount = min(amount, UINT96)
        taken = amount <= room
        if taken:
            level += amount if is_out else -amount
        resized = random.choice(CAPACITIES) if random.random() < 0.2 else capacity
        before, capacity = capacity, resized
        if capacity != before:
            scaled = level * 3 * DAY * capacity / before if before else Fraction(0)
            level = Fraction(floor(scaled), 3 * DAY)
        rows.append(
            {
                "case": case,
                "capacity": before,
                "now": now,
                "isOut": is_out,
                "budget": budget,
                "amount": amount,
                "taken": taken,
                "resized": capacity,
                "arrivals": floor(level),
                "departures": floor(Fraction(2 * capacity, 3) - level),
            }
        )
    return rows


def amount_case(base: int, here: int, there: int) -> Row:
    """What of `base` units crosses between tokens of these decimals."""
    step = Fraction(1, 10 ** min(here, there))
    value = floor(Fraction(base, 10**here) / step)
    return {
        "base": base,
        "here": here,
        "there": there,
        "value": value,
        "taken": value * step * 10**here,
        "given": value * step * 10**there,
    }


def build() -> dict[str, list[Row]]:
    """All groups of the file."""
    random = Random(20_260_311)
    buckets = [row for i, c in enumerate(CAPACITIES * 4) for row in walk(random, i, c)]
    amounts = []
    for here in DECIMALS:
        for there in DECIMALS:
            scale = 10 ** max(0, here - there)
            bases = {0, 1, scale - 1, scale, 3 * scale - 1, 10**here, UINT96 * scale}
            bases.add(random.randrange(UINT96) * scale // 10 + random.randrange(scale))
            amounts += [amount_case(base, here, there) for base in sorted(bases)]
    amounts = [row for row in amounts if row["value"] <= UINT96]
    return {"buckets": buckets, "amounts": amounts}


if __name__ == "__main__":
    write("gate", build)
