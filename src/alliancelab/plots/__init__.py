"""Figures. The only part that imports matplotlib; each figure comes with the words that stand in for it.

One figure is two functions: `..._axes` draws it and returns matplotlib's Axes, for those who want to go on drawing; the
one without makes a `Picture` of it, the image with its words and numbers. What a colour says, a marker, a dash or a
number says as well: the figures are read in black and white, and by people who do not tell the colours apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from math import isnan
from textwrap import shorten, wrap
from typing import TYPE_CHECKING

from alliancelab.dialogue import FEATURES, Alliance
from alliancelab.plots.drawing import HATCHED, LONGEST_LABEL, Picture, new_axes, plain, png
from alliancelab.plots.reached import Reached as Reached
from alliancelab.plots.reached import requirements as requirements
from alliancelab.plots.reached import requirements_axes as requirements_axes
from alliancelab.ratings import Rated, in_words, table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_DRAWN, FEWEST_DRAWN = 60, 40
NEW, MISSING = "new", "not handed in"
STYLES = (
    ("#1b5e87", "o", "-"),
    ("#b45309", "s", "--"),
    ("#3f6b2f", "^", ":"),
    ("#7b3f8c", "D", "-."),
    ("#303030", "v", (0, (6, 1))),
    ("#a3174f", "P", (0, (1, 1))),
    ("#00717a", "X", (0, (3, 1, 1, 1))),
    ("#7a6000", "*", (0, (9, 3))),
)
LINES = dict(zip(FEATURES, STYLES, strict=False))
MOST_TICKS = 9  # dates that stand under a figure without touching

# What is compared with a key: its label, what the trainee gave (None: nothing), the key, and the key's spread.
Compared = tuple[str, float | None, float, float, float]
# One week's practice of one skill: the Monday, the skill, the share of the points from 0 to 1, and of how many answers.
Week = tuple[date, str, float, int]


def group(points: Mapping[str, Mapping[str, float]], out_of: Mapping[str, float], note: str = "") -> Picture:
    """Who is stuck, and on what: the share of points (0 to 1) that each trainee earned on each item.

    `points` is trainee to item to points, `out_of` item to what it is worth. Trainees stand from the fewest points to
    the most. `note` is put into the title.
    """
    trainees, shares = _of_group(points, out_of)
    return Picture(png(group_axes(points, out_of, note)), _group_in_words(trainees, list(out_of), shares, note))


def group_axes(points: Mapping[str, Mapping[str, float]], out_of: Mapping[str, float], note: str = "") -> Axes:
    """The Axes of `group`."""
    axes = _share_table(*_of_group(points, out_of), list(out_of))
    axes.set_title("Who is stuck, and on what" + (f" ({note})" if note else ""))
    return axes


def _of_group(
    points: Mapping[str, Mapping[str, float]], out_of: Mapping[str, float]
) -> tuple[list[str], list[list[float]]]:
    trainees = sorted(points, key=lambda name: (sum(points[name].values()), name))
    return trainees, [[points[name].get(item, 0.0) / out_of[item] for item in out_of] for name in trainees]


def people_by_modules(
    shares: Mapping[str, Mapping[str, float]], ungraded: Collection[tuple[str, str]] = (), note: str = ""
) -> Picture:
    """Who stands where in a course: the share of the points (0 to 1) that each trainee earned in each module.

    `shares` is trainee to module to share. Not a number stands for nothing handed in, which is hatched; or, for a pair
    of trainee and module in `ungraded`, for nothing graded yet. Trainees stand from the fewest points to the most, and
    of a large group only those with the fewest are drawn; the rows carry all. `note` is put into the title.
    """
    trainees, modules = _people(shares)
    rows = [("Trainee", *modules)]
    for name in trainees:
        told = (NEW if (name, m) in ungraded else MISSING if isnan(s) else f"{s:.2f}" for m, s in shares[name].items())
        rows.append((name, *told))
    axes = people_by_modules_axes(shares, ungraded, note)
    return Picture(png(axes), _people_in_words(rows, len(_drawn(trainees)), note), tuple(rows))


def people_by_modules_axes(
    shares: Mapping[str, Mapping[str, float]], ungraded: Collection[tuple[str, str]] = (), note: str = ""
) -> Axes:
    """The Axes of `people_by_modules`."""
    trainees, modules = _people(shares)
    drawn = _drawn(trainees)
    axes = _share_table(drawn, [[shares[name][module] for module in modules] for name in drawn], modules)
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
    return axes


def _people(shares: Mapping[str, Mapping[str, float]]) -> tuple[list[str], list[str]]:
    trainees = sorted(shares, key=lambda name: (sum(s for s in shares[name].values() if not isnan(s)), name))
    return trainees, list(dict.fromkeys(module for of_trainee in shares.values() for module in of_trainee))


def _drawn(trainees: list[str]) -> list[str]:
    return trainees if len(trainees) <= MOST_DRAWN else trainees[:FEWEST_DRAWN]


def ratings(title: str, rated: Sequence[Rated], reliable: int | None = None) -> Picture:
    """Bond, goals and tasks session by session, 0 to 100; a blank form is a gap.

    With `reliable`, a band shows how far the mean of the three may lie from that of the first session before the change
    counts as reliable.
    """
    return Picture(png(ratings_axes(title, rated, reliable)), in_words(title, rated, reliable), table(rated))


def ratings_axes(title: str, rated: Sequence[Rated], reliable: int | None = None) -> Axes:
    """The Axes of `ratings`.

    >>> axes = ratings_axes("Ada (simulated)", [Rated(1, 70, 66, 62), Rated(2, 72, 65, 60)], reliable=12)
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('Session', 'Rating (0 to 100)')
    """
    axes = new_axes(7.2, 3.7)
    numbers = [one.session for one in rated]
    if reliable is not None and rated and (first := rated[0].mean) is not None:
        low, high = max(0, first - reliable), min(100, first + reliable)
        axes.axhspan(low, high, color="#d8d8d8", zorder=0, label=f"within {reliable} of session 1")
        axes.plot(
            numbers,
            _or_gap(one.mean for one in rated),
            color="#555555",
            linewidth=3.5,
            alpha=0.55,
            label="mean of the three",
        )
    for feature in FEATURES:
        _line(axes, numbers, _or_gap(getattr(one, feature) for one in rated), feature)
    _over_sessions(axes, title, numbers)
    return axes


def sessions(title: str, alliances: Sequence[Alliance], words: str) -> Picture:
    """The alliance at the beginning (0) and after each session of a series. `words` stands in for the picture."""
    rows = [("After session", *FEATURES)]
    rows += [(str(n), *(str(getattr(one, f)) for f in FEATURES)) for n, one in enumerate(alliances)]
    return Picture(png(sessions_axes(title, alliances)), f"{title}. {words}", tuple(rows))


def sessions_axes(title: str, alliances: Sequence[Alliance]) -> Axes:
    """The Axes of `sessions`."""
    axes = new_axes(7.2, 3.4)
    numbers = list(range(len(alliances)))
    for feature in FEATURES:
        _line(axes, numbers, [getattr(one, feature) for one in alliances], feature)
    _over_sessions(axes, title, numbers)
    return axes


SPANS = ((1, 1), (2, 3), (4, 7), (8, 14), (15, 30), (31, 365))  # days since the last review, from and to


def retention(recalls: Sequence[tuple[int, bool]], target: float) -> Picture:
    """How much was still right when it came back: the share of the reviews (0 to 1) by the days since the one before.

    `recalls` has for each review the days since the one before it and whether it was right; `target` is the share that
    the schedule aims at. Reviews on the same day as the one before are left out.
    """
    axes = new_axes(7.2, 3.2)
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
    return Picture(png(axes), _retention_in_words(rows, recalls, target), tuple(rows))


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


def against_key(rows: Sequence[Compared], title: str) -> Picture:
    """A trainee's numbers beside the key's: where they differ, and in which direction.

    A row is (label, trainee, key, low, high): what was rated or coded, the trainee's number or None, the key's, and the
    spread of the key within which a number is not called different. All numbers are on one scale.

    >>> made = against_key([("Warmth", 9, 6, 5, 7), ("Clear goals", 4, 4, 3, 5)], "Session three")
    >>> made.alt
    'Session three. 1 of 2 within the spread of the key. Higher than the key: Warmth (9; key 6, from 5 to 7).'
    """
    head = ("What", "You", "Key", "Spread of the key", "Where you are")
    body = [
        (
            label,
            "nothing" if given is None else f"{given:g}",
            f"{key:g}",
            f"{low:g} to {high:g}",
            _side(given, low, high),
        )
        for label, given, key, low, high in rows
    ]
    return Picture(png(against_key_axes(rows, title)), _against_in_words(rows, title), (head, *body))


def against_key_axes(rows: Sequence[Compared], title: str) -> Axes:
    """The Axes of `against_key`: a bar for the key's spread, a stroke for the key, and the trainee as a point.

    The point is a circle within the spread and otherwise an arrowhead that shows the direction.
    """
    # A label may hold anything: it is no formula to set, and at most two lines.
    labels = [
        "\n".join(wrap(shorten(label, 2 * LONGEST_LABEL, placeholder=" …"), LONGEST_LABEL + 4)) for label, *_ in rows
    ]
    axes = new_axes(7.2, 1.9 + 0.46 * max(len(rows), 1))
    points: dict[str, list[tuple[float, int]]] = {WITHIN: [], HIGHER: [], LOWER: []}
    for y, (_, given, key, low, high) in enumerate(rows):
        axes.plot(
            [low, high],
            [y, y],
            color="#c4c4c4",
            linewidth=9,
            solid_capstyle="round",
            zorder=1,
            label="spread of the key" if y == 0 else None,
        )
        axes.plot(
            [key],
            [y],
            color="#303030",
            marker="|",
            markersize=15,
            markeredgewidth=2.5,
            linestyle="",
            zorder=2,
            label="key" if y == 0 else None,
        )
        if given is not None:
            points[_side(given, low, high)].append((given, y))
            axes.plot([key, given], [y, y], color="#767676", linewidth=1, zorder=1.5)
    for side, (colour, marker) in {WITHIN: ("#1b5e87", "o"), HIGHER: ("#b45309", ">"), LOWER: ("#7b3f8c", "<")}.items():
        if points[side]:
            xs, ys = zip(*points[side], strict=True)
            axes.plot(
                xs,
                ys,
                color=colour,
                marker=marker,
                markersize=10,
                markeredgecolor="white",
                linestyle="",
                zorder=3,
                label=f"you, {side}",
            )
    axes.set_yticks(range(len(rows)), labels, parse_math=False)
    axes.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    axes.margins(x=0.06)
    axes.set_title(title, parse_math=False)
    axes.set(xlabel="Number given", ylabel="")
    plain(axes, grid="x")
    return axes


def over_weeks(rows: Sequence[Week], title: str, what: str = "Share of the points (0 to 1)") -> Picture:
    """Practice over weeks, a line for each skill. A row is (first day of the week, skill, share from 0 to 1, answers).

    Weeks without practice are a longer way between two points. `what` names what the share is of; an agreement, which can
    fall below 0, is one.

    >>> weeks = [(date(2026, 3, 2), "affirmation", 0.4, 10), (date(2026, 3, 9), "affirmation", 0.75, 12)]
    >>> over_weeks(weeks, "Your practice").alt
    'Your practice. affirmation: from 0.40 in the week of 2 March 2026 to 0.75 in the week of 9 March 2026; 2 weeks, 22 answers.'
    """
    ordered = sorted(rows, key=lambda row: (row[1], row[0]))
    body = [(f"{week:%Y-%m-%d}", skill, f"{share:.2f}", str(n)) for week, skill, share, n in ordered]
    return Picture(
        png(over_weeks_axes(rows, title, what)),
        _weeks_in_words(ordered, title),
        (("Week of", "Skill", "Share", "Answers"), *body),
    )


def over_weeks_axes(rows: Sequence[Week], title: str, what: str = "Share of the points (0 to 1)") -> Axes:
    """The Axes of `over_weeks`; days are counted as `date.toordinal` counts them."""
    axes = new_axes(7.2, 3.6)
    for number, skill in enumerate(sorted({row[1] for row in rows})):
        of_skill = sorted(row for row in rows if row[1] == skill)
        colour, marker, style = STYLES[number % len(STYLES)]
        days, shares = [row[0].toordinal() for row in of_skill], [row[2] for row in of_skill]
        axes.plot(days, shares, color=colour, marker=marker, linestyle=style, label=skill.replace("$", r"\$"))
    weeks = sorted({row[0] for row in rows})
    shown = weeks[:: -(-len(weeks) // MOST_TICKS) or 1]
    axes.set_xticks([week.toordinal() for week in shown], [f"{week.day} {week:%b}" for week in shown])
    axes.set_title(title, parse_math=False)
    lowest = min((row[2] for row in rows), default=0)
    axes.set(xlabel="Week of", ylabel=what, ylim=(min(0, lowest) - 0.03, 1.05))
    plain(axes, grid="y")
    return axes


WITHIN, HIGHER, LOWER, NOT_GIVEN = "within the spread", "higher than the key", "lower than the key", "nothing given"


def _side(given: float | None, low: float, high: float) -> str:
    if given is None:
        return NOT_GIVEN
    return LOWER if given < low else HIGHER if given > high else WITHIN


def _or_gap(values: Iterable[float | None]) -> list[float]:
    return [float("nan") if value is None else value for value in values]


def _line(axes: Axes, numbers: Sequence[int], values: Sequence[float], feature: str) -> None:
    colour, marker, style = LINES[feature]
    axes.plot(numbers, values, color=colour, marker=marker, linestyle=style, label=feature)


def _over_sessions(axes: Axes, title: str, numbers: Sequence[int]) -> None:
    axes.set(title=title, xlabel="Session", ylabel="Rating (0 to 100)", ylim=(-2, 104))
    axes.set_xticks(numbers)
    plain(axes, grid="y")


def _against_in_words(rows: Sequence[Compared], title: str) -> str:
    within = sum(_side(given, low, high) == WITHIN for _, given, _, low, high in rows)
    said = [f"{title}. {within} of {len(rows)} within the spread of the key."]
    for side in (HIGHER, LOWER):
        told = [
            f"{label} ({given:g}; key {key:g}, from {low:g} to {high:g})"
            for label, given, key, low, high in rows
            if _side(given, low, high) == side
        ]
        said += [f"{side.capitalize()}: {'; '.join(told)}."] if told else []
    if nothing := [label for label, given, *_ in rows if given is None]:
        said.append(f"{NOT_GIVEN.capitalize()}: {'; '.join(nothing)}.")
    return " ".join(said)


def _weeks_in_words(ordered: Sequence[Week], title: str) -> str:
    said = [f"{title}."]
    for skill in dict.fromkeys(row[1] for row in ordered):
        of_skill = [row for row in ordered if row[1] == skill]
        (first, _, began, _), (last, _, now, _) = of_skill[0], of_skill[-1]
        answers = f"{sum(row[3] for row in of_skill)} answers"
        if len(of_skill) == 1:
            said.append(f"{skill}: {began:.2f} in the week of {_day(first)}; {answers}.")
        else:
            span = f"from {began:.2f} in the week of {_day(first)} to {now:.2f} in the week of {_day(last)}"
            said.append(f"{skill}: {span}; {len(of_skill)} weeks, {answers}.")
    return " ".join(said if ordered else [*said, "No practice yet."])


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _share_table(people: Sequence[str], shares: Sequence[Sequence[float]], columns: Sequence[str]) -> Axes:
    """Axes with a table of shares, each a colour and a number; what is not a number is left white."""
    # A name may hold anything: it is no formula to set, and no more than a line.
    names = [" ".join(name.split())[:LONGEST_LABEL] for name in people]
    beside = 1.5 + 0.085 * max(map(len, names), default=0)
    axes = new_axes(beside + 0.62 * max(len(columns), 3), 2.2 + 0.27 * len(people))
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
