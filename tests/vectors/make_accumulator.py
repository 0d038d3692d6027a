"""Vectors of rounds, checkpoints and windows, from the stretches of time that values cover.

    python tests/vectors/make_accumulator.py

Nothing here accumulates: every figure is a sum over covered or uncovered stretches of the line.
Slots lie on the minute and at least five minutes apart, so that a chain accepts the rounds.
"""

from fractions import Fraction
from itertools import pairwise
from random import Random

from tests.vectors.columns import Row, write

DAY = 86_400
HEARTBEAT, GRACE = 3_600, 300
HOLD = HEARTBEAT + GRACE
LONG = DAY
FIRST_MIDNIGHT = 1_772_323_200
STEP = 10**4
Pair = tuple[int, int]
Stretch = tuple[int, int, int]


def covered(pairs: list[Pair]) -> list[Stretch]:
    """(from, to, value) of every stretch a value covers."""
    ends = [slot for slot, _ in pairs[1:]] + [pairs[-1][0] + HOLD]
    return [
        (slot, min(end, slot + HOLD), value) for (slot, value), end in zip(pairs, ends, strict=True)
    ]


def uncovered(pairs: list[Pair]) -> list[Pair]:
    """(from, to) of every stretch between two rounds that no value covers."""
    slots = [slot for slot, _ in pairs]
    return [(a + HOLD, b) for a, b in pairwise(slots) if a + HOLD < b]


def clipped(stretches: list[Pair], start: int, end: int) -> list[int]:
    """Lengths of the parts inside [start, end)."""
    return [max(0, min(b, end) - max(a, start)) for a, b in stretches]


def totals(pairs: list[Pair], start: int, end: int) -> Pair:
    """(integral of value, seconds) over the covered part of [start, end)."""
    stretches = covered(pairs)
    lengths = clipped([(a, b) for a, b, _ in stretches], start, end)
    values = (value for _, _, value in stretches)
    return sum(v * n for v, n in zip(values, lengths, strict=True)), sum(lengths)


def round_row(pairs: list[Pair], slot: int, value: int) -> Row:
    value_time, covered_time = totals(pairs, pairs[0][0], slot)
    ended = [b - a for a, b in uncovered(pairs) if b <= slot]
    return {
        "slot": slot,
        "value": value,
        "valueTime": value_time,
        "coveredTime": covered_time,
        "gaps": sum(length > LONG for length in ended),
    }


def checkpoint_row(case: int, pairs: list[Pair], midnight: int) -> Row:
    value_time, covered_time = totals(pairs, pairs[0][0], midnight)
    gaps = uncovered(pairs)
    # The stretch that ends with the first round at or after midnight, if there is one.
    next_slot = min(slot for slot, _ in pairs if slot >= midnight)
    facing = [(a, b) for a, b in gaps if b == next_slot]
    return {
        "case": case,
        "midnight": midnight,
        "valueTime": value_time,
        "coveredTime": covered_time,
        "gaps": sum(b - a > LONG for a, b in gaps if b < midnight),
        "uncoveredBefore": sum(clipped(facing, 0, midnight)),
        "uncoveredAfter": sum(clipped(facing, midnight, next_slot)),
    }


def window_row(case: int, pairs: list[Pair], start: int, end: int, excluded: Pair) -> Row:
    """A window, less [from, to) unless both are 0. Beyond the last round time stays uncovered."""
    first, last = excluded
    parts = [(start, first), (last, end)] if last else [(start, end)]
    forever = [(pairs[-1][0] + HOLD, end + DAY)]
    value_time = covered_time = longest = 0
    for a, b in parts:
        integral, seconds = totals(pairs, a, b)
        value_time += integral
        covered_time += seconds
        longest = max([longest, *clipped(uncovered(pairs) + forever, a, b)])
    price = round(Fraction(value_time, covered_time * STEP)) * STEP if covered_time else 0
    return {
        "case": case,
        "start": start,
        "end": end,
        "excludedFrom": first,
        "excludedTo": last,
        "valueTime": value_time,
        "coveredTime": covered_time,
        "longGap": longest > LONG,
        "price": price,
        "passed": any(slot >= end for slot, _ in pairs),
    }


def history(random: Random, case: int) -> list[Pair]:
    """Rounds over about nine days; cases differ in how often the index is late or falls silent."""
    late, silent = ((0.0, 0.0), (0.1, 0.01), (0.2, 0.05), (0.2, 0.3))[case % 4]
    slot = FIRST_MIDNIGHT - random.randrange(5, 1_440) * 60
    price = random.choice((1, 10**4, 231_000_000, 310_000_000, 599_000_000, 2**63))
    pairs: list[Pair] = []
    while slot < FIRST_MIDNIGHT + 8 * DAY:
        pairs.append((slot, price))
        price = max(1, min(2**64 - 1, price + random.randrange(-price // 50, price // 50 + 2)))
        minutes = random.choice((30, 60, 60, 61, 65))
        if random.random() < late:
            minutes = random.choice((66, 240, 720))
        if random.random() < silent:
            # A day of silence to the minute, one minute either side, and several days.
            minutes = 65 + random.choice((1_439, 1_440, 1_441, 1_500, 2_900, 4_400))
        slot += minutes * 60
        if random.random() < 0.1 and slot % DAY > DAY * 19 // 20:
            slot = (slot // DAY + 1) * DAY
    return pairs


def build() -> dict[str, list[Row]]:
    random = Random(20_260_303)
    cases, rounds, checkpoints, windows = [], [], [], []
    for case in range(24):
        pairs = history(random, case)
        cases.append({"firstRound": len(rounds), "rounds": len(pairs)})
        rounds += [round_row(pairs, slot, value) for slot, value in pairs]
        first = pairs[0][0] // DAY + 1
        passed = range(first, pairs[-1][0] // DAY + 1)
        checkpoints += [checkpoint_row(case, pairs, day * DAY) for day in passed]
        for _ in range(10):
            a = random.randrange(first, first + 7)
            b = random.randrange(a + 1, first + 10)
            windows.append(window_row(case, pairs, a * DAY, b * DAY, (0, 0)))
            x = random.randrange(a, b)
            y = random.randrange(x + 1, b + 1)
            if (x, y) != (a, b):
                windows.append(window_row(case, pairs, a * DAY, b * DAY, (x * DAY, y * DAY)))
    timing = [{"heartbeat": HEARTBEAT, "grace": GRACE}]
    return {
        "timing": timing,
        "cases": cases,
        "rounds": rounds,
        "checkpoints": checkpoints,
        "windows": windows,
    }


if __name__ == "__main__":
    write("accumulator", build)
