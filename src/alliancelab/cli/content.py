"""The commands of those who write content."""

from __future__ import annotations

from pathlib import Path

import click

from alliancelab.cli.options import NO
from alliancelab.errors import Fault


@click.group()
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
    type=click.Choice(["choose", "order", "rate", "code", "find", "write", "fill"]),
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
