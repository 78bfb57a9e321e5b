"""The command of those who score a scale."""

from __future__ import annotations

from pathlib import Path

import click

from alliancelab.cli.options import NO


@click.group()
def scale() -> None:
    """Score answers to a scale; for a programme that has the form and the licence for it."""


@scale.command("score")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--scale", "name", required=True, help="A scale of ours, or a file of your own (.toml).")
@click.option("--out", type=click.Path(path_type=Path), help="Write the scores as CSV into this file.")
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
def scale_score(file: Path, name: str, out: Path | None, as_json: bool) -> None:
    """Score FILE, a CSV with a column for each item (its number) and a row for each person or session.

    Other columns are carried along. Rows that cannot be scored are listed by their line, and the others are scored.
    """
    from alliancelab import scales, tables

    read = scales.read(Path(name)) if name.endswith(".toml") else scales.named(name)
    rows = scales.score_file(file, read)
    if out is not None:
        scales.write_scores(out, rows, read)
        click.echo(f"Wrote {out}")
    else:
        tables.print_scores(rows, read, as_json)
    for row in (row for row in rows if row.wrong):
        click.echo(f"{file}:{row.number}: {row.wrong}", err=True)
    if any(row.wrong for row in rows):
        click.get_current_context().exit(NO)
