"""Figures. The only module that imports matplotlib; each figure comes with the words that stand in for it."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from math import isnan
from typing import Any

from alliancelab.dialogue import FEATURES, Alliance
from alliancelab.simulated import Rated

MOST_DRAWN, FEWEST_DRAWN = 60, 40
LONGEST_LABEL = 30
NEW, MISSING = "new", "not handed in"
HATCHED = {"facecolor": "white", "edgecolor": "#767676", "hatch": "////", "linewidth": 0}
LINES = {"bond": ("#1b5e87", "o", "-"), "goals": ("#b45309", "s", "--"), "tasks": ("#3f6b2f", "^", ":")}


@dataclass(frozen=True)
class Picture:
    """A PNG image, its text alternative, and where numbers are read off it, the numbers as rows with a heading row."""

    png: bytes
    alt: str
    rows: tuple[tuple[str, ...], ...] = ()


def group(points: Mapping[str, Mapping[str, float]], out_of: Mapping[str, float], note: str = "") -> Picture:
    """Who is stuck, and on what: the share of points (0 to 1) that each trainee earned on each item.

    `points` is trainee to item to points, `out_of` item to what it is worth. Trainees stand from the fewest points to
    the most. `note` is put into the title.
    """
    trainees = sorted(points, key=lambda name: (sum(points[name].values()), name))
    items = list(out_of)
    shares = [[points[name].get(item, 0.0) / out_of[item] for item in items] for name in trainees]
    axes = _share_table(trainees, items, shares)
    axes.set_title("Who is stuck, and on what" + (f" ({note})" if note else ""))
    return Picture(_png(axes), _group_in_words(trainees, items, shares, note))


def people_by_modules(
    shares: Mapping[str, Mapping[str, float]], ungraded: Collection[tuple[str, str]] = (), note: str = ""
) -> Picture:
    """Who stands where in a course: the share of the points (0 to 1) that each trainee earned in each module.

    `shares` is trainee to module to share. Not a number stands for nothing handed in, which is hatched; or, for a pair
    of trainee and module in `ungraded`, for nothing graded yet. Trainees stand from the fewest points to the most, and
    of a large group only those with the fewest are drawn; the rows carry all. `note` is put into the title.
    """
    trainees = sorted(shares, key=lambda name: (sum(s for s in shares[name].values() if not isnan(s)), name))
    modules = list(dict.fromkeys(module for of_trainee in shares.values() for module in of_trainee))
    drawn = trainees if len(trainees) <= MOST_DRAWN else trainees[:FEWEST_DRAWN]
    axes = _share_table(drawn, modules, [[shares[name][module] for module in modules] for name in drawn])
    for row, name in enumerate(drawn):
        for column, module in enumerate(modules):
            if (name, module) in ungraded:
                axes.text(column, row, NEW, ha="center", va="center", size=7)
            elif isnan(shares[name][module]):
                axes.fill_between([column - 0.5, column + 0.5], row - 0.5, row + 0.5, **HATCHED)
    who = (
        f"The {len(drawn)} of {len(trainees)} people with the fewest points" if len(drawn) < len(trainees) else "People"
    )
    axes.set_title(f"{who} and their modules" + (f" ({note})" if note else ""))
    axes.set_xlabel(f"hatched: {MISSING}; {NEW}: not graded yet")
    rows = [("Trainee", *modules)]
    for name in trainees:
        told = (NEW if (name, m) in ungraded else MISSING if isnan(s) else f"{s:.2f}" for m, s in shares[name].items())
        rows.append((name, *told))
    return Picture(_png(axes), _people_in_words(rows, len(drawn), note), tuple(rows))


def ratings(title: str, rated: Sequence[Rated], reliable: int | None = None) -> Picture:
    """Bond, goals and tasks session by session, 0 to 100; a blank form is a gap.

    With `reliable`, a band shows how far the mean of the three may lie from that of the first session before the change
    counts as reliable.
    """
    axes = _axes(7.2, 3.7)
    numbers = [one.session for one in rated]
    if reliable is not None and (first := _mean(rated[0])) is not None:
        low, high = max(0, first - reliable), min(100, first + reliable)
        axes.axhspan(low, high, color="#d8d8d8", zorder=0, label=f"within {reliable} of session 1")
        means = [float("nan") if (mean := _mean(one)) is None else mean for one in rated]
        axes.plot(numbers, means, color="#555555", linewidth=3.5, alpha=0.55, label="mean of the three")
    for feature in FEATURES:
        colour, marker, style = LINES[feature]
        values = [float("nan") if (value := getattr(one, feature)) is None else value for one in rated]
        axes.plot(numbers, values, color=colour, marker=marker, linestyle=style, label=feature)
    _over_sessions(axes, title, numbers)
    rows = [("Session", *FEATURES, "mean")]
    for one in rated:
        values = ["blank" if (value := getattr(one, f)) is None else str(value) for f in FEATURES]
        mean = _mean(one)
        rows.append((str(one.session), *values, "blank" if mean is None else f"{mean:.0f}"))
    return Picture(_png(axes), _ratings_in_words(title, rated, reliable), tuple(rows))


def sessions(title: str, alliances: Sequence[Alliance], words: str) -> Picture:
    """The alliance at the beginning (0) and after each session of a series. `words` stands in for the picture."""
    axes = _axes(7.2, 3.4)
    numbers = list(range(len(alliances)))
    for feature in FEATURES:
        colour, marker, style = LINES[feature]
        values = [getattr(one, feature) for one in alliances]
        axes.plot(numbers, values, color=colour, marker=marker, linestyle=style, label=feature)
    _over_sessions(axes, title, numbers)
    rows = [("After session", *FEATURES)]
    rows += [(str(n), *(str(getattr(one, f)) for f in FEATURES)) for n, one in zip(numbers, alliances, strict=True)]
    return Picture(_png(axes), f"{title}. {words}", tuple(rows))


SPANS = ((1, 1), (2, 3), (4, 7), (8, 14), (15, 30), (31, 365))  # days since the last review, from and to


def retention(recalls: Sequence[tuple[int, bool]], target: float) -> Picture:
    """How much was still right when it came back: the share of the reviews (0 to 1) by the days since the one before.

    `recalls` has for each review the days since the one before it and whether it was right; `target` is the share that
    the schedule aims at. Reviews on the same day as the one before are left out.
    """
    axes = _axes(7.2, 3.2)
    rows = [("Days since the last time", "reviews", "right")]
    for place, (low, high) in enumerate(SPANS):
        right = [well for days, well in recalls if low <= days <= high]
        label = f"{low}" if low == high else f"{low} to {high}" if (low, high) != SPANS[-1] else f"{low} or more"
        rows.append((label, str(len(right)), f"{sum(right) / len(right):.0%}" if right else "none yet"))
        if right:
            share = sum(right) / len(right)
            axes.bar(place, share, width=0.6, color="#1b5e87")
            inside = {"y": 0.03, "color": "white"} if share >= 0.3 else {"y": share + 0.03, "color": "black"}
            axes.text(x=place, s=f"{share:.0%}\nof {len(right)}", ha="center", va="bottom", **inside)
    axes.axhline(target, color="#b45309", linestyle="--", label=f"aimed at: {target:.0%}")
    axes.set(title="Still right when it came back", xlabel=rows[0][0], ylabel="Share of the reviews")
    axes.set(ylim=(0, 1.05), xlim=(-0.6, len(SPANS) - 0.4))
    axes.set_xticks(range(len(SPANS)), [row[0] for row in rows[1:]])
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return Picture(_png(axes), _retention_in_words(rows, recalls, target), tuple(rows))


def _retention_in_words(rows: Sequence[Sequence[str]], recalls: Sequence[tuple[int, bool]], target: float) -> str:
    counted = [well for days, well in recalls if days >= SPANS[0][0]]
    if not counted:
        return f"Still right when it came back: nothing has come back yet. The schedule aims at {target:.0%}."
    told = ", ".join(f"after {label} days {share} of {n}" for label, n, share in rows[1:] if n != "0")
    told = told.replace("after 1 days", "after 1 day")
    return (
        f"Still right when it came back: {sum(counted)} of {len(counted)} reviews ({sum(counted) / len(counted):.0%}); "
        f"the schedule aims at {target:.0%}. By the days since the last time: {told}."
    )


def _mean(one: Rated) -> float | None:
    values = [getattr(one, feature) for feature in FEATURES]
    return None if None in values else sum(values) / len(values)


def _over_sessions(axes: Any, title: str, numbers: Sequence[int]) -> None:
    axes.set(title=title, xlabel="Session", ylabel="Rating (0 to 100)", ylim=(-2, 104))
    axes.set_xticks(numbers)
    axes.grid(axis="y", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)


def _ratings_in_words(title: str, rated: Sequence[Rated], reliable: int | None) -> str:
    given = [one for one in rated if _mean(one) is not None]
    said = [f"{title}."]
    if given:
        first, last = given[0], given[-1]
        told = ", ".join(f"{f} from {getattr(first, f)} to {getattr(last, f)}" for f in FEATURES)
        said.append(f"From session {first.session} to session {last.session}: {told}.")
    steps = [(_mean(b) - _mean(a), a, b) for a, b in pairwise(given)]
    if steps and min(steps, key=lambda step: step[0])[0] <= -10:
        _, before, after = min(steps, key=lambda step: step[0])
        told = ", ".join(f"{f} from {getattr(before, f)} to {getattr(after, f)}" for f in FEATURES)
        said.append(f"The largest drop is at session {after.session}: {told}.")
    if blank := [str(one.session) for one in rated if _mean(one) is None]:
        said.append(f"No form in session {', '.join(blank)}.")
    if reliable is not None:
        said.append(f"The band shows a difference of up to {reliable} from the mean of session 1.")
    return " ".join(said)


def _share_table(people: Sequence[str], columns: Sequence[str], shares: Sequence[Sequence[float]]) -> Any:
    """Axes with a table of shares, each a colour and a number; what is not a number is left white."""
    # A name may hold anything: it is no formula to set, and no more than a line.
    names = [" ".join(name.split())[:LONGEST_LABEL] for name in people]
    beside = 1.5 + 0.085 * max(map(len, names), default=0)
    axes = _axes(beside + 0.62 * max(len(columns), 3), 2.2 + 0.27 * len(people))
    image = axes.imshow(shares, vmin=0, vmax=1, cmap="cividis", aspect="auto")
    axes.set_xticks(range(len(columns)), [name.replace("-", " ") for name in columns], rotation=40, ha="right")
    axes.set_yticks(range(len(people)), names, parse_math=False)
    for row, of_person in enumerate(shares):
        for column, share in enumerate(of_person):
            if not isnan(share):
                dark = "black" if share > 0.5 else "white"
                axes.text(column, row, f"{share:.1f}", ha="center", va="center", size=7, color=dark)
    axes.figure.colorbar(image, ax=axes, label="Share of the points", pad=0.01)
    return axes


def _axes(width: float, height: float) -> Any:
    """Axes of a figure that no window shows and nobody has to close."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure.subplots()


def _png(axes: Any) -> bytes:
    buffer = BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # an emoji in a name is drawn as a box
        axes.figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return buffer.getvalue()


def _group_in_words(trainees: Sequence[str], items: Sequence[str], shares: Sequence[Sequence[float]], note: str) -> str:
    means = {item: sum(row[n] for row in shares) / len(shares) for n, item in enumerate(items)}
    hardest = sorted(items, key=means.__getitem__)[:3]
    said = [f"Share of the points of {len(trainees)} trainees on {len(items)} items" + (f" ({note})." if note else ".")]
    said.append("Hardest: " + ", ".join(f"{item.replace('-', ' ')} ({means[item]:.2f})" for item in hardest) + ".")
    said.append(f"Fewest points: {', '.join(trainees[:3])}.")
    return " ".join(said)


def _people_in_words(rows: Sequence[Sequence[str]], drawn: int, note: str) -> str:
    (_, *modules), people = rows[0], rows[1:]
    said = [f"Share of the points of {len(people)} people in {len(modules)} modules" + (f" ({note})." if note else ".")]
    if drawn < len(people):
        said.append(f"The {drawn} with the fewest points are drawn; the table has all.")
    for n, module in enumerate(modules, start=1):
        cells = [row[n] for row in people]
        graded = [float(cell) for cell in cells if cell not in (NEW, MISSING)]
        mean = f"mean {sum(graded) / len(graded):.2f} of {len(graded)}" if graded else "nothing graded"
        said.append(f"{module}: {mean}, {cells.count(NEW)} not graded yet, {cells.count(MISSING)} not handed in.")
    said.append(f"Fewest points: {', '.join(row[0] for row in people[:3])}.")
    return " ".join(said)
