"""The command line: one command a sentence. Each command imports what it needs when it is called, so that help is quick.

Exit codes: 0 yes, 1 no (faults found), 2 bad input or usage, 70 our own failure.
"""

from __future__ import annotations

import os
import sys
import traceback
from datetime import datetime, time
from pathlib import Path

import click

from alliancelab import __version__
from alliancelab.errors import AllianceLabError, Fault

NO, BAD_INPUT, OUR_FAILURE, INTERRUPTED = 1, 2, 70, 130

_FOLDER = click.Path(file_okay=True, path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="alliancelab")
def cli() -> None:
    """Learn the therapeutic alliance: conversations to play, exercises that are marked, feedback that teaches."""


@cli.command()
@click.argument("folder", type=_FOLDER, required=False)
@click.option("--no-browser", is_flag=True, help="Only print the address to open.")
@click.option("--port", type=click.IntRange(1, 65535), help="Use this port; without it a free one is found.")
@click.option("--lab", is_flag=True, help="Open JupyterLab instead of the plain page.")
def start(folder: Path | None, no_browser: bool, port: int | None, lab: bool) -> None:
    """Open the curriculum; your lessons and answers are in FOLDER (~/AllianceLab without one)."""
    from alliancelab import workspace

    workspace.start(_home(folder), browser=not no_browser, port=port, lab=lab)


@cli.command()
@click.argument("module", required=False)
@click.option("--folder", type=_FOLDER, help="Where your lessons are (~/AllianceLab without one).")
def check(module: str | None, folder: Path | None) -> None:
    """Check your work: points, what is not answered yet, and what to try. Without MODULE, of every exercise you have begun."""
    from alliancelab import catalogue, sheet, tables

    home = _home(folder) / "exercises"
    begun = [slug for slug in catalogue.modules() if sheet.journal_path(home / slug, slug).is_file()]
    if not module and not begun:
        click.echo(f"No exercise has been begun in {home}.")
    for slug in [module] if module else begun:
        tables.print_check(slug, _exercise(folder, slug))


@cli.command("hand-in")
@click.argument("module")
@click.option("--student", help="Your name in the course (your user name without one).")
@click.option("--folder", type=_FOLDER, help="Where your lessons are (~/AllianceLab without one).")
def hand_in(module: str, student: str | None, folder: Path | None) -> None:
    """Hand in the exercise of MODULE: make the file that your supervisor collects."""
    from alliancelab import answers, handin

    click.echo(handin.hand_in(_exercise(folder, module), module, student, at=answers.now()).said)


@cli.group()
def course() -> None:
    """For supervisors: make a course, assign, collect and grade. Its folder is nbgrader's, and nbgrader's own commands work in it."""


_COURSE = click.option("--course", "folder", type=_FOLDER, default=".", help="The course's folder (this one without).")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@course.command("new")
@click.argument("folder", type=_FOLDER)
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


@cli.command()
@click.argument("folder", type=_FOLDER, default=".")
@click.option("--no-browser", is_flag=True, help="Only print the address to open.")
@click.option("--port", type=click.IntRange(1, 65535), help="Use this port; without it a free one is found.")
def desk(folder: Path, no_browser: bool, port: int | None) -> None:
    """Open a supervisor's desk: run the course in FOLDER (this one without), or make one, by clicking."""
    from alliancelab.desk import open_desk

    open_desk(folder, browser=not no_browser, port=port)


@cli.command()
@click.option("--trainees", type=click.IntRange(1, 500), default=24, show_default=True, help="How many to simulate.")
@click.option("--out", type=_FOLDER, default="alliancelab-demo", show_default=True, help="A new folder for the course.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
def demo(trainees: int, out: Path, as_json: bool) -> None:
    """Tour the whole product with simulated trainees: a course, its grades, feedback pages and a picture."""
    from alliancelab.course import demo

    demo.tour(out, trainees, as_json)


@cli.group()
def content() -> None:
    """For authors: check and play the content."""


@content.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
def content_check(paths: tuple[Path, ...]) -> None:
    """Check dialogues, items, lessons and exercises in PATHS; without any, all that is installed."""
    from alliancelab import lint

    faults = lint.check(paths)
    for fault in faults:
        click.echo(_printable(fault))
    try:
        hard = lint.hard_to_read(paths)
    except ModuleNotFoundError:
        hard = []
        click.echo("How hard the lessons are to read was not looked at; for that, pip install 'alliancelab[authors]'.")
    if hard:
        click.echo("To look at again, no fault:")
    for passage in hard:
        click.echo(f"  {_printable(passage)}")
    if faults:
        click.get_current_context().exit(NO)
    click.echo("No faults found.")


def _printable(fault: Fault) -> str:
    """A fault as a terminal takes it; a notebook can hold half a character, and a fault quotes it."""
    return str(fault).encode("utf-8", "replace").decode()


@content.group("new")
def content_new() -> None:
    """Make the skeleton of a dialogue, an item or a module; `content check` then says what is still to be written."""


_AFTER = click.option("--after", help="Show it in the notebook, below the cell of this id.")
_KIND = click.option(
    "--kind",
    type=click.Choice(["choose", "order", "rate", "code", "write", "fill"]),
    default="choose",
    show_default=True,
    help="The kind of question.",
)


@content_new.command("dialogue")
@click.argument("module")
@click.argument("name")
@click.option("--level", type=click.Choice(["easy", "hard", "tempting"]), default="easy", show_default=True)
@_AFTER
def content_new_dialogue(module: str, name: str, level: str, after: str | None) -> None:
    """Make the dialogue NAME of MODULE, with its plays."""
    from alliancelab import skeletons

    _made(skeletons.new_dialogue(module, name, level, after))


@content_new.command("item")
@click.argument("module")
@click.argument("name")
@_KIND
@click.option(
    "--graded", is_flag=True, help="In the exercise, with a hidden key; without it, for practice in the lesson."
)
@_AFTER
def content_new_item(module: str, name: str, kind: str, graded: bool, after: str | None) -> None:
    """Make the item NAME of MODULE."""
    from alliancelab import skeletons

    if graded and after is None:
        raise click.UsageError("A graded item stands in the exercise; name the cell above it with --after.")
    if graded:
        _made(skeletons.new_graded(module, name, kind, after or ""))
    else:
        _made(skeletons.new_item(module, name, kind, after))


@content_new.command("module")
@click.argument("slug")
@click.argument("title")
def content_new_module(slug: str, title: str) -> None:
    """Make the module SLUG with its TITLE, at the end of the course."""
    from alliancelab import skeletons

    _made(skeletons.new_module(slug, title))


def _made(paths: list[Path]) -> None:
    for path in paths:
        here = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        click.echo(f"Wrote {here}")
    click.echo("Next: alliancelab content check")


@content.command("coverage")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def content_coverage(as_json: bool) -> None:
    """Where each point of the curriculum is taught, practised and graded."""
    from alliancelab import tables

    tables.print_coverage(as_json)


@content.command("guess")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def content_guess(as_json: bool) -> None:
    """What somebody would earn who does not read: the first reply, the longest, any one, the one that pays now."""
    from alliancelab import tables

    tables.print_guesses(as_json)


@content.command("play")
@click.argument("dialogue")
@click.argument("scenes", nargs=-1)
def content_play(dialogue: str, scenes: tuple[str, ...]) -> None:
    """Play DIALOGUE (a name or a file) along SCENES and print the transcript and its lines for a plays file."""
    from alliancelab import catalogue, play, script

    path = Path(dialogue)
    read = script.read(path, catalogue.moves()) if path.suffix == ".md" else catalogue.dialogue(dialogue)
    run = play.replay(read, scenes)
    click.echo(run)
    click.echo()
    if run.end is None:
        click.echo("Replies: " + ", ".join(choice.to for choice in run.here.choices))
        return
    names = ", ".join(f'"{name}"' for name in run.path)
    now = run.alliance
    click.echo(f'[[play]]\npath = [{names}]\nend = "{run.end}"')
    click.echo(f"alliance = {{bond = {now.bond}, goals = {now.goals}, tasks = {now.tasks}}}")


def _home(folder: Path | None) -> Path:
    """The trainee's folder: the one named, the one we stand in, or the usual one."""
    from alliancelab import workspace

    if folder is not None:
        return folder
    here = Path.cwd()
    return here if workspace.is_workspace(here) else Path.home() / "AllianceLab"


def _exercise(folder: Path | None, module: str) -> Path:
    """The folder of a module's exercise; an error that says what to type where there is none."""
    from alliancelab import catalogue

    home = _home(folder)
    exercise = home / "exercises" / catalogue.known(module)
    if not exercise.is_dir():
        raise AllianceLabError(
            f"{home} holds no exercise '{module}'; type `alliancelab start {home}` once, "
            "or name the folder of your lessons with --folder"
        )
    return exercise


def main(arguments: list[str] | None = None) -> None:
    """Run a command; whatever goes wrong ends in a sentence and an exit code, never in a traceback."""
    try:
        code = cli.main(arguments, prog_name="alliancelab", standalone_mode=False)
    except SystemExit:
        code = 0  # click's way out when the reader of a pipe has gone
    except click.Abort:
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(BAD_INPUT)
    except AllianceLabError as error:
        click.echo(f"{error}", err=True)
        sys.exit(BAD_INPUT)
    except Exception as error:  # noqa: BLE001 - the last one: a crash of ours is told as such
        if os.environ.get("ALLIANCELAB_DEBUG"):
            traceback.print_exc()
        click.echo(
            f"AllianceLab itself has failed ({type(error).__name__}: {error}). Your answers are safe. "
            "Run it again with ALLIANCELAB_DEBUG=1 set and send us what it prints.",
            err=True,
        )
        sys.exit(OUR_FAILURE)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
