"""The tour: a course, a group of simulated trainees, nbgrader's real pipeline, and what a supervisor sees of it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from alliancelab import catalogue, handin, marking, plots, release, sheet
from alliancelab.course import simulate
from alliancelab.course.collect import collect
from alliancelab.course.course import Row, make_course, nbgrader_api
from alliancelab.course.feedback import feedback
from alliancelab.course.grading import grade
from alliancelab.errors import AllianceLabError
from alliancelab.sheet import Sheet

MODULE = "rapport"
SIMULATED = "simulated trainees"

Progress = Callable[[str, int, int], None]


def tour(out: Path, number: int, as_json: bool) -> None:
    """Make the demonstration in the new folder `out` and print what came of it, as tables or as JSON."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=as_json)
    console.print(f"{number} {SIMULATED} do the exercise '{MODULE}'. Nobody of them is real.", highlight=False)
    columns = (TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, Any] = {}

        def tell(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of)
            bars.update(tasks[what], completed=done, total=of)

        rows, source = make(out, number, tell)
    index = write_pages(out, rows, source)
    if as_json:
        print(json.dumps(_as_data(out, rows, source), indent=1, ensure_ascii=False))
        return
    _print_tables(console, rows, source)
    console.print(
        f"The course is in {out}; the picture and the feedback pages: {index}", highlight=False, soft_wrap=True
    )


def make(out: Path, number: int, tell: Progress) -> tuple[list[Row], Sheet]:
    """A course in `out` with `number` simulated trainees, handed in, collected and graded; with the sheet of the exercise."""
    folder = make_course(out, [MODULE])
    source_path = folder / "source" / MODULE / f"{MODULE}.ipynb"
    source = sheet.read(source_path)
    api = nbgrader_api(folder)
    tell("make the course", 0, 1)
    made = api.generate_assignment(MODULE)
    if not made["success"]:
        raise AllianceLabError(f"nbgrader could not make the release; its log says: {made.get('log', '')[-400:]}")
    tell("make the course", 1, 1)
    _hand_in(folder, source, release.text(release.released(source_path)), number, tell)
    collect(folder, folder / "downloaded" / MODULE / "archive", progress=tell)
    rows = grade(folder, MODULE, progress=tell)
    feedback(folder, MODULE, progress=tell)
    return rows, source


def _hand_in(folder: Path, source: Sheet, notebook: str, number: int, tell: Progress) -> None:
    archive = folder / "downloaded" / MODULE / "archive"
    archive.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as homes:
        for done, trainee in enumerate(simulate.trainees(number), start=1):
            home = Path(homes) / trainee.name
            home.mkdir()
            (home / f"{MODULE}.ipynb").write_text(notebook, encoding="utf-8")
            simulate.work(trainee, source, home)
            zipped = handin.zip_up(home, MODULE, trainee.name, at=simulate.FIRST_EVENING)
            zipped.rename(archive / zipped.name)
            tell("play and hand in", done, number)


def _as_data(out: Path, rows: list[Row], source: Sheet) -> dict[str, Any]:
    return {
        "simulated": True,
        "folder": str(out),
        "module": MODULE,
        "out_of": {name: graded.points for name, graded in source.graded.items()} | dict(source.written),
        "trainees": [vars(row) | {"feedback": _feedback(row.student)} for row in rows],
    }


def _feedback(student: str) -> str:
    return f"feedback/{student}/{MODULE}/{MODULE}.html"


def _print_tables(console: Any, rows: list[Row], source: Sheet) -> None:
    from rich.table import Table

    group = Table(title=f"{catalogue.modules()[MODULE]}: {len(rows)} {SIMULATED}", title_justify="left")
    group.add_column("Trainee")
    group.add_column("Points", justify="right")
    group.add_column("Reflection")
    group.add_column("Fewest points on")
    for row in sorted(rows, key=lambda row: (-row.points, row.student)):
        group.add_row(
            row.student,
            f"{marking.number(row.points)} / {marking.number(row.out_of)}",
            "waits for you" if row.waiting else "not written",
            row.fault or ", ".join(_hardest(row, source)),
        )
    console.print(group)


def _hardest(row: Row, source: Sheet) -> list[str]:
    shares = {name: (row.items.get(name) or 0) / graded.points for name, graded in source.graded.items()}
    return [name for name in sorted(shares, key=shares.__getitem__)[:2] if shares[name] < 1]


def write_pages(out: Path, rows: list[Row], source: Sheet) -> Path:
    """The picture, and a page with the picture, its words, and a link to each feedback page."""
    out_of = {name: graded.points for name, graded in source.graded.items()}
    points = {row.student: {name: row.items.get(name) or 0.0 for name in out_of} for row in rows}
    picture = plots.group(points, out_of, SIMULATED)
    (out / "group.png").write_bytes(picture.png)
    links = "".join(
        f'<li><a href="{escape(_feedback(row.student))}">{escape(row.student)}</a>: '
        f"{marking.number(row.points)} of {marking.number(row.out_of)} points</li>"
        for row in rows
    )
    index = out / "index.html"
    index.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>AllianceLab: a demonstration</title>'
        "<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
        "img{max-width:100%}</style><h1>A demonstration</h1>"
        f"<p>{len(rows)} {SIMULATED}; nobody of them is real. Their answers were drawn at random, of different skill.</p>"
        f'<figure><img src="group.png" alt="{escape(picture.alt)}"><figcaption>{escape(picture.alt)}</figcaption></figure>'
        f"<h2>Feedback pages</h2><ul>{links}</ul></html>\n",
        encoding="utf-8",
    )
    return index
