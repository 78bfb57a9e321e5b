"""What every figure is drawn with: Axes that no window shows, and the picture that is made of them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST_LABEL = 30
HATCHED = {"facecolor": "white", "edgecolor": "#767676", "hatch": "////", "linewidth": 0}


@dataclass(frozen=True)
class Picture:
    """A PNG image, its text alternative, and where numbers are read off it, the numbers as rows with a heading row."""

    png: bytes
    alt: str
    rows: tuple[tuple[str, ...], ...] = ()


def new_axes(width: float, height: float) -> Axes:
    """Axes of a figure that no window shows and nobody has to close."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure.subplots()


def png(axes: Axes) -> bytes:
    """The figure as a PNG image: the same bytes each time."""
    buffer = BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # an emoji in a name is drawn as a box
        axes.figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return buffer.getvalue()


def plain(axes: Axes, grid: str) -> None:
    """A light grid, no frame, and the legend where it covers nothing."""
    axes.grid(axis=grid, alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    if not axes.get_legend_handles_labels()[0]:
        return
    if grid == "x":  # lines of text stand on the left; beside them and a legend there would be no room to see anything
        axes.figure.legend(loc="outside lower center", ncols=3, frameon=False)
    else:
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
