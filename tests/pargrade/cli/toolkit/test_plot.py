"""The palette for all eyes, absence that is stated, and legends beside the data."""

from itertools import combinations

import numpy as np
import pytest

from pargrade.cli.toolkit.plot import (
    INKS,
    LINE,
    PALE,
    draw_line,
    new_figure,
    place_legend,
    save_figure,
    state_absence,
    usd,
)
from tests.support.pictures import check_picture, legends, texts

APART = 25
"""CIELAB distance (1976) from which two inks are apart; about ten times what is just seen."""

DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)
"""On linear sRGB: Machado, Oliveira and Fernandes (2009), severity 1."""

XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(colour):
    code = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def seen_by_a_deuteranope(light):
    return np.clip(DEUTERANOPIA @ light, 0, 1)


def lab(light):
    ratio = XYZ @ light / XYZ.sum(axis=1)
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(first, second, eyes):
    return float(np.linalg.norm(lab(eyes(linear(first))) - lab(eyes(linear(second)))))


@pytest.mark.parametrize("eyes", [lambda light: light, seen_by_a_deuteranope])
def test_inks__any_two__are_apart_for_normal_eyes_and_a_deuteranope(eyes):
    for first, second in combinations([ink.colour for ink in INKS], 2):
        assert distance(first, second, eyes) > APART, (first, second)


@pytest.mark.parametrize("eyes", [lambda light: light, seen_by_a_deuteranope])
def test_inks__each__stands_out_from_paper_and_from_what_is_pale(eyes):
    for ink in INKS:
        assert distance(ink.colour, "#ffffff", eyes) > 20, ink
        assert distance(ink.colour, PALE, eyes) > 15, ink


def test_distance__of_the_usual_red_and_green__is_small_for_a_deuteranope_alone():
    """So the simulation can fail: these two are what charts are told apart by elsewhere."""
    assert distance("#a05a2c", "#6b7a1f", lambda light: light) > APART
    assert distance("#a05a2c", "#6b7a1f", seen_by_a_deuteranope) < APART


def test_inks__without_colour__differ_by_marker_and_by_hatch():
    assert len({ink.marker for ink in INKS}) == len({ink.hatch for ink in INKS}) == len(INKS)


def test_absence__stated__is_in_the_picture_and_no_empty_axes(tmp_path):
    figure = new_figure(4, 3)
    axes = figure.subplots()
    state_absence(axes, "no quote in this time")
    assert "no quote in this time" in texts(figure)
    assert list(axes.get_xticks()) == list(axes.get_yticks()) == []
    check_picture(figure)
    assert save_figure(figure, tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("whole", [True, False])
def test_legend__placed__is_beside_the_data(whole):
    figure = new_figure(6, 3)
    axes = figure.subplots()
    for number, ink in enumerate(INKS):
        draw_line(axes, range(40), [number] * 40, ink, f"series {number}")
    axes.set_ylabel("USD per SCU")
    place_legend(figure if whole else axes)
    check_picture(figure)
    assert len(legends(figure)) == 1


def test_check__legend_over_the_data__fails():
    figure = new_figure(6, 3)
    axes = figure.subplots()
    draw_line(axes, [0, 1], [0, 1], INKS[0], "series")
    axes.set_ylabel("USD")
    axes.legend(loc="upper left")
    with pytest.raises(AssertionError, match="legend over"):
        check_picture(figure)


def test_check__foreign_colour_or_no_unit__fails():
    figure = new_figure(6, 3)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=LINE)
    with pytest.raises(AssertionError, match="no unit"):
        check_picture(figure)
    axes.set_ylabel("USD")
    axes.plot([0, 1], [1, 0], color="red")
    with pytest.raises(AssertionError, match="ff0000"):
        check_picture(figure)


def test_usd__none__is_a_gap():
    assert usd(None) != usd(None)
    assert usd(291_000_000) == 2.91
