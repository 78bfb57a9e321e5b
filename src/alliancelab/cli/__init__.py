"""The command line: one command a sentence. Each command imports what it needs when it is called, so that help is quick.

Exit codes: 0 yes, 1 no (faults found), 2 bad input or usage, 70 our own failure.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import click

from alliancelab import __version__
from alliancelab.cli.certificate import certificate
from alliancelab.cli.content import content
from alliancelab.cli.course import course
from alliancelab.cli.hours import hours
from alliancelab.cli.options import BAD_INPUT, FOLDER, INTERRUPTED, NO, OUR_FAILURE
from alliancelab.cli.scale import scale
from alliancelab.errors import AllianceLabError, ContentError

# jsonschema, which Jupyter checks notebooks with, reads a grammar of web addresses in other alphabets when it is imported,
# for a check that notebooks do not ask for. That is half of the time that a command takes to start, and a worker, too.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="alliancelab")
def cli() -> None:
    """Learn the therapeutic alliance: conversations to play, exercises that are marked, feedback that teaches."""


cli.add_command(course)
cli.add_command(content)
cli.add_command(scale)
cli.add_command(hours)
cli.add_command(certificate)


@cli.command()
@click.argument("folder", type=FOLDER, required=False)
@click.option("--no-browser", is_flag=True, help="Only print the address to open.")
@click.option("--port", type=click.IntRange(1, 65535), help="Use this port; without it a free one is found.")
@click.option("--lab", is_flag=True, help="Open JupyterLab instead of the plain page.")
def start(folder: Path | None, no_browser: bool, port: int | None, lab: bool) -> None:
    """Open the curriculum; your lessons and answers are in FOLDER (~/AllianceLab without one)."""
    from alliancelab import workspace

    workspace.start(_home(folder), browser=not no_browser, port=port, lab=lab)


@cli.command()
@click.argument("module", required=False)
@click.option("--folder", type=FOLDER, help="Where your lessons are (~/AllianceLab without one).")
def check(module: str | None, folder: Path | None) -> None:
    """Check your work: points, what is not answered yet, and what to try. Without MODULE, of every exercise you have begun."""
    from alliancelab import catalogue, sheet, tables

    home = _home(folder) / "exercises"
    begun = [slug for slug in catalogue.modules() if sheet.journal_path(home / slug, slug).is_file()]
    if not module and not begun:
        click.echo(f"No exercise has been begun in {home}.")
    for slug in [module] if module else begun:
        tables.print_check(slug, _exercise(folder, slug))


@cli.command()
@click.option("--folder", type=FOLDER, help="Where your lessons are (~/AllianceLab without one).")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def progress(folder: Path | None, as_json: bool) -> None:
    """See your progress: what is done, what comes next, how your skills grow. Nothing is sent anywhere."""
    from alliancelab import progress, tables

    home = _home(folder)
    tables.print_progress(progress.of(home), home, as_json)


@cli.command()
@click.option("--folder", type=FOLDER, help="Where your lessons are (~/AllianceLab without one).")
@click.option("--json", "as_json", is_flag=True, help="Only print what is due now, and counts.")
def practise(folder: Path | None, as_json: bool) -> None:
    """Practise for ten minutes what you have done in the lessons, as on the page; Ctrl-C stops, what is answered is kept."""
    from alliancelab.cli import practising

    if as_json:
        click.echo(practising.as_json(_home(folder)))
    elif sys.stdin.isatty():
        practising.session(_home(folder))
    else:
        raise AllianceLabError(
            "practice asks questions, and nobody can answer them here; type `alliancelab practise` in a terminal, "
            "or `alliancelab practise --json` to see what is due"
        )


@cli.command("hand-in")
@click.argument("module")
@click.option("--student", help="Your name in the course (your user name without one).")
@click.option("--folder", type=FOLDER, help="Where your lessons are (~/AllianceLab without one).")
def hand_in(module: str, student: str | None, folder: Path | None) -> None:
    """Hand in the exercise of MODULE: make the file that your supervisor collects."""
    from alliancelab import answers, handin

    click.echo(handin.hand_in(_exercise(folder, module), module, student, at=answers.now()).said)


@cli.command()
@click.argument("folder", type=FOLDER, default=".")
@click.option("--no-browser", is_flag=True, help="Only print the address to open.")
@click.option("--port", type=click.IntRange(1, 65535), help="Use this port; without it a free one is found.")
def desk(folder: Path, no_browser: bool, port: int | None) -> None:
    """Open a supervisor's desk: run the course in FOLDER (this one without), or make one, by clicking."""
    from alliancelab.desk import open_desk

    open_desk(folder, browser=not no_browser, port=port)


@cli.command()
@click.option("--trainees", type=click.IntRange(1, 500), default=24, show_default=True, help="How many to simulate.")
@click.option("--out", type=FOLDER, default="alliancelab-demo", show_default=True, help="A new folder for the course.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
def demo(trainees: int, out: Path, as_json: bool) -> None:
    """Tour the whole product with simulated trainees: a course, its grades, feedback pages and a picture."""
    from alliancelab.course import demo

    demo.tour(out, trainees, as_json)


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--module", required=True, help="The module whose codings and ratings were judged.")
@click.option("--notebook", type=FOLDER, help="Your own lesson or exercise source, where you have changed ours.")
@click.option("--out", type=FOLDER, help="Write the panel's key to this new file.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def panel(files: tuple[Path, ...], module: str, notebook: Path | None, out: Path | None, as_json: bool) -> None:
    """Make a key from a panel: FILES are those of its raters, journals or CSV files with the columns item, part, value.

    Prints how far they agree and where they do not. A rating inside the panel's spread will not be marked wrong.
    """
    from alliancelab import catalogue, panel, tables

    items = panel.items_of(catalogue.known(module), notebook)
    try:
        raters = panel.read(files, items)
    except ContentError as error:
        for fault in error.faults:
            click.echo(fault)
        click.echo("Nothing was made; mend these lines and type it again.", err=True)
        click.get_current_context().exit(NO)
    report = panel.report(raters, items, catalogue.near_moves())
    if out is not None:
        if not report.keys:
            raise AllianceLabError(
                f"no item was judged whole by {panel.FEWEST_FOR_A_KEY} raters or more, so there is no key to write"
            )
        panel.write(out, panel.as_toml(report))
    tables.print_panel(report, out, as_json)


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
