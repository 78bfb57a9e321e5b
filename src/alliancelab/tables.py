"""What the command line prints: tables on a terminal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from math import isnan
from pathlib import Path
from statistics import mean
from typing import Any, Protocol
from unicodedata import category

from rich.console import Console
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from alliancelab import calibration, catalogue, checking, coverage, guessing, marking, panel
from alliancelab.marking import Result
from alliancelab.measures import Agreement
from alliancelab.progress import ALL_DONE, FIRST_TRIES, HOW, NOTHING_YET, PRIVATE, Progress, Skill
from alliancelab.scales import Row, Scale


class Graded(Protocol):
    """What a course says of one trainee; the course's wing stands above this module."""

    student: str
    points: float
    out_of: float
    waiting: bool
    fault: str


class Collected(Protocol):
    """What came of collecting; the course's wing stands above this module."""

    taken: Sequence[tuple[str, str, str]]
    unchanged: Sequence[tuple[str, str]]
    refused: Sequence[tuple[str, str]]
    notes: Sequence[str]


MOST_MISSED, MOST_QUIET = 10, 20
MOST_PAIRS = 3  # of a panel; of a larger one the two ends are shown
_COLOURS = {"right": "green", "partly": "yellow", "wrong": "red", "said": "dim"}


def print_check(module: str, folder: Path) -> None:
    """Check the exercise of `module` in `folder` and print what came of it."""
    console = Console()
    checked, reading, results = checking.check(module, folder)
    table = Table(title=catalogue.modules()[module], title_justify="left", show_lines=True, expand=False)
    table.add_column("Question", ratio=2)
    if checked.has_keys:
        table.add_column("Points", justify="right", no_wrap=True)
    table.add_column("", ratio=3)
    for name, result in results.items():
        points = "" if result.status == marking.WAITING else f"{result!r} / {marking.number(result.out_of)}"
        row = [Text(checked.title(name)), Text(points)] if checked.has_keys else [Text(checked.title(name))]
        table.add_row(*row, _feedback(result))
    console.print(table)
    for said in (checking.summary(checked, results, reading), *checking.closeness(checked, reading)):
        console.print(said, highlight=False)
    for fault in reading.faults:
        console.print(Text(str(fault)), highlight=False)


def print_panel(report: panel.Report, out: Path | None, as_json: bool) -> None:
    """Print how far a panel agrees, where it does not, and what has no key; or the same as JSON, with the keys."""
    if as_json:
        print(json.dumps(asdict(report) | {"out": str(out) if out else None}, ensure_ascii=False, indent=1))
        return
    console = Console()
    table = Table(title=f"A panel of {len(report.raters)}", title_justify="left", show_lines=True)
    for heading in ("Judged", "Cases", "Agreement of all (Krippendorff's alpha)", "Of each two (kappa, or ICC(2,1))"):
        table.add_column(heading, overflow="fold")
    for group in report.groups:
        ordered = sorted(group.pairs, key=lambda pair: -2 if pair[2].value is None else pair[2].value)
        ends = ordered if len(ordered) <= MOST_PAIRS else [ordered[0], ordered[-1]]
        pairs = [f"{one} and {other}: {_agreement(told)}" for one, other, told in ends]
        if len(ordered) > len(ends):
            pairs.insert(1, f"… {len(ordered) - len(ends)} more; --json has all")
        judged = f"{calibration.KINDS[group.kind].capitalize()}, {group.what}: {', '.join(group.items)}"
        table.add_row(Text(judged), str(group.alpha.n), Text(_agreement(group.alpha)), Text("\n".join(pairs)))
    console.print(table)
    if report.apart:
        table = Table(title="No agreement here", title_justify="left")
        for heading in ("Item", "What was judged", "Given"):
            table.add_column(heading, overflow="fold")
        for apart in report.apart:
            table.add_row(Text(apart.item), Text(apart.passage), Text(apart.said))
        console.print(table)
    for name, reason in report.without_key:
        console.print(Text(f"No key for '{name}': {reason}."), highlight=False)
    if out is not None:
        console.print(Text(f"The key of {len(report.keys)} items is in {out}."), highlight=False, soft_wrap=True)


def _agreement(told: Agreement) -> str:
    if told.value is None:
        return f"none: {told.note}"
    inside = f" ({interval})" if (interval := calibration.interval(told)) else ""
    return f"{calibration.number(told.value)}{inside}"


def print_progress(found: Progress, folder: Path, as_json: bool) -> None:
    """Print a trainee's own progress: module by module, what comes next, skill by skill."""
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False, indent=1, default=str))
        return
    console = Console()
    if not found.begun:
        console.print(f"{NOTHING_YET} ({folder})", highlight=False, soft_wrap=True)
    if found.begun:
        table = Table(title="Your progress", title_justify="left")
        table.add_column("Module")
        table.add_column("Lesson")
        table.add_column("Exercise")
        for module in found.modules:
            parts = (module.lesson_said, module.exercise_said) if module.begun else ("not begun", "")
            table.add_row(module.title, *parts)
        console.print(table)
    if found.next is None:
        console.print(ALL_DONE)
    else:
        word = "Next" if found.begun else "Begin with"
        console.print(f"{word}: {found.next.title} ({found.next.link}), {found.next.said}.", highlight=False)
    if found.skills:
        _print_skills(console, found.skills)
    if found.unread:
        console.print(_plain(found.unread), highlight=False)
    console.print(PRIVATE, style="dim")


def _print_skills(console: Console, skills: Sequence[Skill]) -> None:
    table = Table(title="How your skills grow", title_justify="left")
    table.add_column("Skill")
    table.add_column("Week by week")
    table.add_column("")
    for skill in skills:
        weeks = " ".join(f"{week.share:.0%}" for week in skill.weeks)
        table.add_row(skill.name, weeks, skill.said)
    console.print(table)
    console.print(f"{FIRST_TRIES} {HOW}", style="dim", highlight=False)


def print_done(said: str, done: Mapping[str, Any], as_json: bool) -> None:
    """Print what was done: a sentence, or the same as JSON."""
    print(json.dumps(done, ensure_ascii=False, indent=1) if as_json else said)


@contextmanager
def progress(silent: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on the terminal's error stream, told what is being done, the number done and of how many."""
    with Bar(console=Console(stderr=True), transient=True, disable=silent) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, of: bar.update(task, description=what, completed=done, total=of)


def print_collected(collected: Collected, as_json: bool) -> None:
    """Print of whom something was taken in, how much was there before, and what was refused and why."""
    if as_json:
        done = {
            "taken": [dict(zip(("student", "module", "time"), one, strict=True)) for one in collected.taken],
            "unchanged": [dict(zip(("student", "module"), one, strict=True)) for one in collected.unchanged],
            "refused": [dict(zip(("file", "reason"), one, strict=True)) for one in collected.refused],
            "notes": list(collected.notes),
        }
        print(json.dumps(done, ensure_ascii=False, indent=1))
        return
    console = Console()
    modules = Counter(module for _, module, _ in collected.taken)
    of = f" ({', '.join(f'{module} {number}' for module, number in modules.items())})" if modules else ""
    said = (
        f"{len(collected.taken)} taken in{of}, {len(collected.unchanged)} unchanged, {len(collected.refused)} refused."
    )
    console.print(said, highlight=False)
    for note in collected.notes:
        console.print(Text(note))
    if not collected.refused:
        return
    table = Table(title="Refused", title_justify="left")
    table.add_column("File", overflow="fold")
    table.add_column("Why", overflow="fold")
    for file, reason in collected.refused:
        table.add_row(Text(file), Text(reason))
    console.print(table)


def print_grades(module: str, rows: Sequence[Graded], as_json: bool) -> None:
    """Print what each trainee reached: points, whether a person still has to read something, and what went wrong."""
    if as_json:
        print(
            json.dumps({"module": module, "trainees": [dict(vars(row)) for row in rows]}, ensure_ascii=False, indent=1)
        )
        return
    table = Table(title=f"{catalogue.modules().get(module, module)}: {len(rows)} handed in", title_justify="left")
    table.add_column("Trainee", overflow="fold")
    table.add_column("Points", justify="right", no_wrap=True)
    table.add_column("")
    for row in rows:
        points = f"{marking.number(row.points)} / {marking.number(row.out_of)}"
        table.add_row(
            Text(row.student), points, Text(row.fault or ("a reflection waits for you" if row.waiting else ""))
        )
    Console().print(table)


def print_report(overview: Any, as_json: bool) -> None:
    """Print a course read back: module by module, what is most often missed, and who has gone quiet.

    `overview` holds pandas tables; which ones says `alliancelab.course.report`.
    """
    if as_json:
        names = ("modules", "standing", "queue", "missed", "quiet")
        data = {
            name: json.loads(getattr(overview, name).to_json(orient="records", date_format="iso")) for name in names
        }
        print(json.dumps({**data, "faults": list(overview.faults)}, ensure_ascii=False, indent=1))
        return
    console, titles = Console(), catalogue.modules()
    if overview.modules.empty:
        console.print("Nobody has handed in anything yet.", highlight=False)
        return
    modules = Table(title="Module by module", title_justify="left")
    modules.add_column("Module")
    for heading in ("Handed in", "Done", "Wait for you", "Wait for grading", "Late", "Median points"):
        modules.add_column(heading, justify="right")
    for row in overview.modules.itertuples():
        points = (
            "" if isnan(row.median_points) else f"{marking.number(row.median_points)} / {marking.number(row.out_of)}"
        )
        counts = (row.done, row.waits_for_you, row.waits_for_grading, row.late)
        everybody = row.handed_in + row.not_handed_in
        modules.add_row(
            _plain(titles.get(row.module, row.module)), f"{row.handed_in} of {everybody}", *map(str, counts), points
        )
    console.print(modules)
    _print_missed(console, overview.missed[overview.missed["share"] < 1])
    _print_quiet(console, overview.quiet)
    for fault in overview.faults:
        console.print(_plain(fault), highlight=False)


def _print_missed(console: Console, missed: Any) -> None:
    if missed.empty:
        return
    table = Table(title="Most often missed", title_justify="left", show_lines=True)
    for heading in ("Module", "Item"):
        table.add_column(heading)
    table.add_column("Share of points", justify="right")
    table.add_column("Answered by", justify="right")
    table.add_column("Most often instead")
    for row in missed.head(MOST_MISSED).itertuples():
        instead = f"{row.chosen_instead} ({row.how_many})" if row.how_many else ""
        table.add_row(row.module, _plain(row.title), f"{row.share:.2f}", str(row.answered), _plain(instead))
    console.print(table)


def _print_quiet(console: Console, quiet: Any) -> None:
    from pandas import isna

    if quiet.empty:
        console.print("Nobody has gone quiet.", highlight=False)
        return
    table = Table(title=f"Gone quiet: {len(quiet)}", title_justify="left")
    for heading in ("Trainee", "Last answer", "Missing"):
        table.add_column(heading, overflow="fold")
    for row in quiet.head(MOST_QUIET).itertuples():
        last = "none" if isna(row.last_activity) else f"{row.days} days ago"
        table.add_row(_plain(row.student), last, ", ".join(row.missing))
    console.print(table)
    if len(quiet) > MOST_QUIET:
        console.print(f"And {len(quiet) - MOST_QUIET} more; --json has all.", highlight=False)


def _plain(text: str) -> Text:
    """A text as it stands, whatever it holds: nothing in it is taken for markup or for a terminal's commands."""
    return Text("".join(" " if category(c) == "Cc" else c for c in text))


def print_coverage(as_json: bool) -> None:
    """Print where each point of the curriculum is at home."""
    points = coverage.points()
    if as_json:
        print(json.dumps([asdict(point) for point in points], ensure_ascii=False, indent=1))
        return
    table = Table(title="Where each point of the curriculum is at home", title_justify="left", show_lines=True)
    for heading in ("Point", "Module", "Lesson: cell", "Practised", "Graded"):
        table.add_column(heading, overflow="fold")
    for point in points:
        for number, home in enumerate(point.homes):
            table.add_row("" if number else point.id, home.module, home.lesson, home.practised, home.graded)
    Console().print(table)


def print_guesses(as_json: bool) -> None:
    """Print what guessing earns on the graded dialogues and choices, and how greed ends in the hard dialogues."""
    rows, endings = guessing.table(), guessing.greedy_endings()
    if as_json:
        print(json.dumps({"graded": [asdict(row) for row in rows], "greedy": endings}, ensure_ascii=False, indent=1))
        return
    ways = ("first", "longest", "random")
    table = Table(title="What guessing earns, as a share of the points", title_justify="left")
    table.add_column("Item", overflow="fold")
    for way in ways:
        table.add_column(way, justify="right")
    for row in rows:
        table.add_row(f"{row.module}: {row.item}", *(f"{getattr(row, way):.2f}" for way in ways))
    table.add_section()
    table.add_row(f"Mean of {len(rows)}", *(f"{mean(getattr(row, way) for row in rows):.2f}" for way in ways))
    Console().print(table)
    greedy = Table(title="Hard dialogues, always taking what pays most now", title_justify="left")
    greedy.add_column("Dialogue")
    greedy.add_column("Ends")
    for name, end in endings.items():
        greedy.add_row(name, end)
    Console().print(greedy)


def print_scores(rows: Sequence[Row], scale: Scale, as_json: bool) -> None:
    """Print the scores of a scale, and what has to be said about it."""
    good = [row for row in rows if not row.wrong]
    if as_json:
        scored = [{"row": row.number, **row.about, **row.scores} for row in good]
        wrong = [{"row": row.number, "wrong": row.wrong} for row in rows if row.wrong]
        print(
            json.dumps({"scale": scale.title, "note": scale.note, "scores": scored, "wrong": wrong}, ensure_ascii=False)
        )
        return
    low, high = scale.range
    console = Console()
    console.print(f"{scale.title}: means from {low:g} to {high:g}.", scale.note, highlight=False, markup=False)
    table = Table()
    for heading in ("Row", *(good[0].about if good else ())):
        table.add_column(_plain(heading), overflow="fold")
    for name in scale.subscales:
        table.add_column(name.capitalize(), justify="right")
    for row in good:
        scores = ("none" if score is None else f"{score:.2f}" for score in row.scores.values())
        table.add_row(str(row.number), *map(_plain, row.about.values()), *scores)
    console.print(table)


def _feedback(result: Result) -> Text:
    text = Text(marking.HEADLINES[result.status], style="bold")
    if result.note:
        text.append(f" {result.note}", style="not bold")
    for remark in result.remarks:
        sign = marking.sign_of(remark)
        text.append(f"\n{marking.SIGNS[sign]} ", style=f"not bold {_COLOURS[sign]}")
        text.append(f"{remark.part} ", style="not bold italic")
        text.append(remark.why, style="not bold")
    return text
