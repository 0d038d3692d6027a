"""The one hand all plots are drawn with: inks, markers, dates, legends, and "no data".

Floats are fine here: nothing is decided by a picture. Nobody else imports Matplotlib, so its extra
is asked for in one place.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pargrade.units import Price

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PALE: Final = "#dde5ec"
"""For backgrounds; never one of several series."""
FAINT: Final = "#aab4be"
"""For lines that are context only, all alike."""
LINE: Final = "#1c1c1c"
"""For axes' own lines and limits."""
_DPI: Final = 110
_SCALE: Final = 10**Price.DECIMALS


class Ink(NamedTuple):
    """How one series looks: told apart by colour, and without colours by marker or hatch."""

    colour: str
    marker: str
    hatch: str


INKS: Final = (
    Ink("#33658a", "o", ""),
    Ink("#f26419", "s", "//"),
    Ink("#78b4c3", "^", ".."),
    Ink("#5a0f3c", "D", "\\\\"),
    Ink("#c3d278", "v", "xx"),
    Ink("#1e1e78", "P", "--"),
    Ink("#a55a69", "X", "++"),
    Ink("#1e78e1", "<", "||"),
    Ink("#78782d", ">", "oo"),
    Ink("#f0b4b4", "*", "///"),
    Ink("#c396ff", "h", "\\\\\\"),
    Ink("#3c2d00", "p", "xxx"),
)
"""In the order they are taken. Searched for so that any two are far apart in CIELAB, for normal
eyes and for a deuteranope's, by the model of Machado, Oliveira and Fernandes (2009)."""

OURS, OTHER, THIRD, DEEP, *_ = INKS


def new_figure(width: float, height: float) -> "Figure":
    """An empty figure, in inches, that no screen is needed for. ImportError without Matplotlib."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.use("Agg")
    return Figure(figsize=(width, height), layout="constrained")


def save_figure(figure: "Figure", path: Path) -> Path:
    """Writes a PNG, and makes its folder; its path. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=_DPI)
    return path


def state_absence(axes: Any, why: str) -> None:
    """Says that there is nothing to draw, in place of empty axes; titles stay."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlabel("")
    axes.set_ylabel("")
    axes.text(0.5, 0.5, why, transform=axes.transAxes, ha="center", va="center", fontsize=9)


def place_legend(owner: Any, columns: int = 4, **more: Any) -> None:
    """A legend under a figure, or to the right of axes: never over the data."""
    if hasattr(owner, "subplots"):
        owner.legend(loc="outside lower center", ncols=columns, fontsize=8, **more)
    else:
        right = {"loc": "upper left", "bbox_to_anchor": (1.01, 1), "borderaxespad": 0}
        owner.legend(fontsize=8, **right, **more)


def draw_line(axes: Any, x: Any, y: Any, ink: Ink, label: str | None = None, **more: Any) -> None:
    """A line with about a dozen markers, however many points it has."""
    style = {"lw": 1.4, "ms": 4, "markevery": max(1, len(x) // 12)} | more
    axes.plot(x, y, color=ink.colour, marker=ink.marker, label=label, **style)


def draw_steps(axes: Any, x: Any, y: Any, ink: Ink, label: str | None = None, **more: Any) -> None:
    """Like `draw_line`, for a value that holds until the next."""
    draw_line(axes, x, y, ink, label, drawstyle="steps-post", **more)


def mark_months(axes: Any) -> None:
    """An axis of time with a tick per month, and a pale grid."""
    from matplotlib import dates

    ticks: Any = dates
    axes.xaxis.set_major_locator(ticks.MonthLocator())
    axes.xaxis.set_major_formatter(ticks.DateFormatter("%b %Y"))
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.25)


def days(instants: Iterable[int]) -> list[datetime]:
    """Unix seconds as what an axis of time takes."""
    return [datetime.fromtimestamp(instant, UTC) for instant in instants]


def usd(value8: int | None) -> float:
    """A price with 8 decimals as USD; a gap in the line where there is none."""
    return float("nan") if value8 is None else value8 / _SCALE
