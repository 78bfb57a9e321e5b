"""Figures. The only module that imports matplotlib; each figure comes with the words that stand in for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO


@dataclass(frozen=True)
class Picture:
    """A PNG image and its text alternative."""

    png: bytes
    alt: str


def group(points: Mapping[str, Mapping[str, float]], out_of: Mapping[str, float], note: str = "") -> Picture:
    """Who is stuck, and on what: the share of points (0 to 1) that each trainee earned on each item.

    `points` is trainee to item to points, `out_of` item to what it is worth. Trainees stand from the fewest points to
    the most. `note` is put into the title.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    trainees = sorted(points, key=lambda name: (sum(points[name].values()), name))
    items = list(out_of)
    shares = [[points[name].get(item, 0.0) / out_of[item] for item in items] for name in trainees]
    figure = Figure(figsize=(2.5 + 0.62 * len(items), 2.2 + 0.27 * len(trainees)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    image = axes.imshow(shares, vmin=0, vmax=1, cmap="cividis", aspect="auto")
    axes.set_xticks(range(len(items)), [item.replace("-", " ") for item in items], rotation=40, ha="right")
    axes.set_yticks(range(len(trainees)), trainees)
    for row, of_trainee in enumerate(shares):
        for column, share in enumerate(of_trainee):
            axes.text(
                column, row, f"{share:.1f}", ha="center", va="center", size=7, color="black" if share > 0.5 else "white"
            )
    figure.colorbar(image, ax=axes, label="Share of the points", pad=0.01)
    axes.set_title("Who is stuck, and on what" + (f" ({note})" if note else ""))
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return Picture(buffer.getvalue(), _group_in_words(trainees, items, shares, note))


def _group_in_words(trainees: Sequence[str], items: Sequence[str], shares: Sequence[Sequence[float]], note: str) -> str:
    means = {item: sum(row[n] for row in shares) / len(shares) for n, item in enumerate(items)}
    hardest = sorted(items, key=means.__getitem__)[:3]
    said = [f"Share of the points of {len(trainees)} trainees on {len(items)} items" + (f" ({note})." if note else ".")]
    said.append("Hardest: " + ", ".join(f"{item.replace('-', ' ')} ({means[item]:.2f})" for item in hardest) + ".")
    said.append(f"Fewest points: {', '.join(trainees[:3])}.")
    return " ".join(said)
