"""The commands of a supervisor's course."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path

import click

from alliancelab.cli.options import FOLDER, NO


@click.group()
def course() -> None:
    """For supervisors: make a course, assign, collect, grade, send feedback, report.

    Its folder is nbgrader's, and nbgrader's own commands work in it.
    """


_COURSE = click.option("--course", "folder", type=FOLDER, default=".", help="The course's folder (this one without).")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@course.command("new")
@click.argument("folder", type=FOLDER)
@click.option("--modules", help="Only these, with commas between; all without.")
@_JSON
def course_new(folder: Path, modules: str | None, as_json: bool) -> None:
    """Make a course in FOLDER, which must be new or empty."""
    from alliancelab import tables
    from alliancelab.course import make_course

    made = make_course(folder, [name.strip() for name in modules.split(",")] if modules else None)
    tables.print_done(f"The course is in {made}.", {"course": str(made)}, as_json)


@course.command("assign")
@click.argument("module")
@click.option(
    "--due",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M%z"]),
    help="By when, ISO: a day, which means its end, or a day and a time; on this machine's clock without an offset.",
)
@_COURSE
@_JSON
def course_assign(module: str, due: datetime | None, folder: Path, as_json: bool) -> None:
    """Release the exercise of MODULE for your trainees; may be repeated."""
    from alliancelab import tables
    from alliancelab.course import assign

    if due is not None and due.tzinfo is None and due.time() == time():
        due = datetime.combine(due, time(23, 59))
    released = assign(folder, module, due)
    by = f", due {due.isoformat(sep=' ', timespec='minutes')}" if due else ""
    done = {"module": module, "release": str(released), "due": due.isoformat() if due else None}
    tables.print_done(f"{module} is released in {released}{by}.", done, as_json)


@course.command("collect")
@click.argument("path", metavar="PATH|exchange", type=click.Path(path_type=Path))
@click.option("--module", help="Only this one; without it, of every module that was assigned.")
@_COURSE
@_JSON
def course_collect(path: Path, module: str | None, folder: Path, as_json: bool) -> None:
    """Take in what was handed in: a zip, a folder of zips, an LMS's zip of zips, or nbgrader's exchange; may be repeated."""
    from alliancelab import tables
    from alliancelab.course import collect

    with tables.progress(as_json) as tell:
        collected = collect(folder, path, module=module, progress=tell)
    tables.print_collected(collected, as_json)
    if collected.refused:
        click.get_current_context().exit(NO)


_WORKERS = click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="How many processes do the work."
)


@course.command("grade")
@click.argument("module")
@_WORKERS
@click.option("--dask", metavar="ADDRESS", help="Grade on the cluster whose dask scheduler is at ADDRESS instead.")
@click.option("--force", is_flag=True, help="Grade what has not changed, too.")
@_COURSE
@_JSON
def course_grade(module: str, workers: int, dask: str | None, force: bool, folder: Path, as_json: bool) -> None:
    """Grade everybody who handed in MODULE; what has not changed is left as it is, and marks given by hand stay."""
    from alliancelab import tables
    from alliancelab.course.grading import grade

    with tables.progress(as_json) as tell:
        rows = grade(folder, module, workers=workers, dask=dask, force=force, progress=tell)
    tables.print_grades(module, rows, as_json)
    if any(row.fault for row in rows):
        click.get_current_context().exit(NO)


@course.command("feedback")
@click.argument("module")
@_WORKERS
@_COURSE
@_JSON
def course_feedback(module: str, workers: int, folder: Path, as_json: bool) -> None:
    """Write everybody's feedback page for MODULE, with your marks and comments; where there is an exchange, release them."""
    from alliancelab import tables
    from alliancelab.course.feedback import feedback

    with tables.progress(as_json) as tell:
        students = feedback(folder, module, workers=workers, progress=tell)
    pages = f"{len(students)} {'page' if len(students) == 1 else 'pages'}"
    where = folder / "feedback"
    tables.print_done(f"{pages} of feedback written to {where}.", {"module": module, "students": students}, as_json)


@course.command("report")
@click.option("--csv", "table", type=click.Path(dir_okay=False, path_type=Path), help="Write who stands where to FILE.")
@_COURSE
@_JSON
def course_report(table: Path | None, folder: Path, as_json: bool) -> None:
    """Who handed in, what waits for you, which items are most often missed, and who has gone quiet."""
    from alliancelab import answers, tables
    from alliancelab.course import export, report

    with tables.progress(as_json) as tell:
        found = report.overview(folder, answers.now(), progress=tell)
    if table is not None:
        export.write_standing(table, found.standing)
    tables.print_report(found, as_json)
    if table is not None and not as_json:
        click.echo(f"Who stands where is in {table}.")
    if found.faults:
        click.get_current_context().exit(NO)


@course.command("export")
@click.option("--lms", type=click.Choice(["canvas", "moodle", "csv"]), required=True, help="csv: as `nbgrader export`.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write (grades-LMS.csv here without one).",
)
@click.option("--incomplete", is_flag=True, help="With the points so far of what still waits for a person.")
@_COURSE
@_JSON
def course_export(lms: str, out: Path | None, incomplete: bool, folder: Path, as_json: bool) -> None:
    """Write the grades to a file that an LMS takes in; what still waits for you is left empty."""
    from alliancelab import tables
    from alliancelab.course import export

    done = export.export(folder, lms, out or Path(f"grades-{lms}.csv"), incomplete=incomplete)
    tables.print_done(done.said, {**vars(done), "path": str(done.path)}, as_json)
