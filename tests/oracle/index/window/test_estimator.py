"""The fit of a window: what it finds, what cannot move it, and that it is done in integers."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.index.window.estimator import DAY_WEIGHT, fit
from oracle.index.window.logs import LOG_ONE

HUBER = LOG_ONE * 6 // 100
STEPS = 12

SHAPES = st.tuples(st.integers(3, 12), st.integers(3, 20))


def world(shape, seed, *, missing=0.4, error=0.0, jumps=0):
    """Logs and weights of lines by days, and the levels and effects they were made of."""
    random = np.random.default_rng(seed)
    lines, days = shape
    levels = random.normal(0, 0.1, days).cumsum()
    effects = random.normal(0, 0.3, lines)
    logs = 19 + effects[:, None] + levels + random.normal(0, error, shape)
    for _ in range(jumps):
        logs[random.integers(lines), random.integers(days) :] += random.choice([0.4, -0.3])
    there = random.random(shape) >= missing
    there[0] = True  # one line on every day links them all
    there[:, 0] = True
    weights = np.where(there, DAY_WEIGHT // lines, 0)
    return np.rint(logs * LOG_ONE).astype(np.int64), weights, levels, effects


def loss(logs, weights, levels, effects):
    """The weighted Huber loss of a fit, by floats."""
    limit = HUBER / LOG_ONE
    size = np.abs(logs / LOG_ONE - levels - effects[:, None])
    each = np.where(size <= limit, size**2 / 2, limit * (size - limit / 2))
    return float((each * weights).sum())


def least_loss(logs, weights, steps=300):
    """The least loss there is, by floats, the plain way: reweighted until nothing moves."""
    lines, days = logs.shape
    rows, columns = np.nonzero(weights)
    design = np.zeros((len(rows), lines + days))
    design[np.arange(len(rows)), rows] = 1
    design[np.arange(len(rows)), lines + columns] = 1
    wanted, base = logs[rows, columns] / LOG_ONE, weights[rows, columns].astype(float)
    used = base
    for _ in range(steps):
        root = np.sqrt(used)
        found = np.linalg.lstsq(design * root[:, None], wanted * root, rcond=None)[0]
        size = np.abs(wanted - design @ found)
        used = base * np.minimum(1, HUBER / LOG_ONE / np.maximum(size, 1e-12))
    return loss(logs, weights, found[lines:], found[:lines])


def our_loss(logs, weights, steps):
    found = fit(logs, weights, HUBER, steps)
    return loss(logs, weights, found.levels / LOG_ONE, found.effects / LOG_ONE)


def moves(levels):
    return (levels - levels[0]) / LOG_ONE


@given(SHAPES, st.integers(0, 10**6))
def test_fit__prices_without_error__finds_every_move_of_the_level(shape, seed):
    logs, weights, levels, _ = world(shape, seed)
    found = fit(logs, weights, HUBER, STEPS)
    assert np.abs(moves(found.levels) - (levels - levels[0])).max() < 1e-8


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_fit__errors_and_jumps__has_the_least_loss_there_is(seed):
    logs, weights, _, _ = world((8, 15), seed, error=0.02, jumps=4)
    least = least_loss(logs, weights)
    assert our_loss(logs, weights, 60) <= least * 1.001
    # The steps of the method are enough, and least squares would not be.
    assert our_loss(logs, weights, STEPS) <= least * 1.005


@given(SHAPES, st.integers(0, 10**6), st.integers(-(10**11), 10**11))
def test_fit__every_price_moves_by_a_ratio__moves_by_it_to_the_last_digit(shape, seed, shift):
    logs, weights, _, _ = world(shape, seed, error=0.1, jumps=2)
    plain, moved = (fit(each, weights, HUBER, STEPS) for each in (logs, logs + shift))
    assert (moved.levels - plain.levels == shift).all()
    assert (moved.effects == plain.effects).all()


@given(SHAPES, st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_fit__lines_in_another_order__is_the_same(shape, seed, random):
    logs, weights, _, _ = world(shape, seed, error=0.1, jumps=2)
    order = list(range(shape[0]))
    random.shuffle(order)
    plain, mixed = fit(logs, weights, HUBER, STEPS), fit(logs[order], weights[order], HUBER, STEPS)
    assert (np.diff(mixed.levels) == np.diff(plain.levels)).all()


@given(st.integers(5, 12), st.integers(0, 10**6), st.floats(0.2, 3), st.booleans())
def test_fit__one_line_lies_on_the_last_day__moves_no_further_than_its_share(lines, seed, lie, up):
    logs, weights, levels, _ = world((lines, 12), seed, missing=0)
    logs[1, -1] += round(lie * LOG_ONE) * (1 if up else -1)
    found = moves(fit(logs, weights, HUBER, 40).levels)
    share = 1 / (lines - 1)  # its pull is the limit, and the others hold with their own weight
    assert abs(found[-1] - (levels[-1] - levels[0])) <= 1.2 * share * HUBER / LOG_ONE + 1e-6
    least_squares = moves(fit(logs, weights, HUBER, 0).levels)
    assert abs(least_squares[-1] - (levels[-1] - levels[0])) > lie / lines / 2


@given(st.integers(0, 10**6), st.integers(3, 40))
def test_fit__prices_ages_apart__stays_within_63_bits(seed, spread):
    random = np.random.default_rng(seed)
    logs = random.integers(0, 43 * LOG_ONE, (spread, 60))
    weights = np.full(logs.shape, max(1, DAY_WEIGHT // spread), np.int64)
    found = fit(logs, weights, HUBER, STEPS)
    assert np.abs(found.levels).max() < 100 * LOG_ONE


def test_fit__a_line_seen_once__moves_nothing():
    logs, weights, _, _ = world((6, 10), 1, missing=0, error=0.01)
    lone, day = np.zeros((1, 10), np.int64), 7
    lone[0, day] = 25 * LOG_ONE
    more = np.where(lone > 0, DAY_WEIGHT // 6, 0)
    plain = fit(logs, weights, HUBER, STEPS)
    joined = fit(np.vstack([logs, lone]), np.vstack([weights, more]), HUBER, STEPS)
    assert np.abs(np.diff(joined.levels) - np.diff(plain.levels)).max() <= 3


def test_fit__panels_with_a_few_lines_in_common__are_linked_by_them():
    logs, weights, levels, _ = world((9, 12), 3, missing=0)
    weights[1:4, 6:] = 0  # three lines leave, three come, three stay
    weights[4:7, :6] = 0
    found = moves(fit(logs, weights, HUBER, STEPS).levels)
    assert np.abs(found - (levels - levels[0])).max() < 1e-8
