"""What the command line prints: tables on a terminal."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from alliancelab import catalogue, checking, marking
from alliancelab.marking import Result

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
    console.print(checking.summary(checked, results, reading), highlight=False)
    for fault in reading.faults:
        console.print(Text(str(fault)), highlight=False)


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
