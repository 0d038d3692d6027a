"""Plots of the market: the depth of a book, and the forward band."""

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from bridge.orders.client.client import BookDepth
from bridge.orders.client.forward import BandPoint
from pargrade.cli.toolkit.plot import (
    DEEP,
    OTHER,
    OURS,
    days,
    draw_line,
    draw_steps,
    new_figure,
    place_legend,
    state_absence,
    usd,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_depth(name: str, depth: BookDepth) -> "Figure":
    """Lots that are bid or asked at a price or better."""
    figure = new_figure(8, 4.5)
    axes: Any = figure.subplots()
    axes.set_title(f"Depth of {name}", fontsize=10, loc="left")
    if not depth.bids and not depth.asks:
        state_absence(axes, "nothing is bid or asked")
        return figure
    for levels, ink, label in ((depth.bids, OURS, "bid"), (depth.asks, OTHER, "asked")):
        if levels:
            prices = [usd(price) for price, _ in levels]
            lots = list(accumulate(lots for _, lots in levels))
            draw_steps(axes, prices, lots, ink, label, markevery=1)
    axes.set_xlabel("USD per SCU")
    axes.set_ylabel("number of lots, at this price or better")
    axes.set_ylim(bottom=0)
    place_legend(axes)
    return figure


def plot_band(points: Sequence[BandPoint]) -> "Figure":
    """The band of each month over its window, with bids, asks and marks inside."""
    figure = new_figure(9, 4.5)
    axes: Any = figure.subplots()
    axes.set_title("What the coming months are priced at", fontsize=10, loc="left")
    priced = [point for point in points if point.high]
    if not priced:
        state_absence(axes, "nobody prices any month")
        return figure
    middles = days((point.prices.start + point.prices.expiry) // 2 for point in priced)
    lows, highs = ([usd(p.low) for p in priced], [usd(p.high) for p in priced])
    axes.vlines(middles, lows, highs, color=DEEP.colour, alpha=0.35, lw=8, label="band")
    lines = (("bid", OURS), ("ask", OTHER), ("mark", DEEP))
    for label, ink in lines:
        prices = [usd(getattr(point.prices, label) or None) for point in priced]
        draw_line(axes, middles, prices, ink, label, lw=0, markevery=1)
    axes.set_xticks(middles, [point.prices.name for point in priced], rotation=30, ha="right")
    axes.tick_params(labelsize=8)
    axes.set_ylabel("USD per SCU")
    place_legend(axes)
    return figure
