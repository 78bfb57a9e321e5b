"""How an outcome is shown: tables on a terminal, or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from alliancelab.hours.policy.counting import NotCounted, Outcome, Row
from alliancelab.hours.policy.policy import Policy
from alliancelab.hours.policy.wording import ADVICE, amount, told

MOST_ROWS = 6  # of one reason, named on the terminal; --json has all


def show(outcome: Outcome, of: str, as_json: bool, names: Mapping[int, str] | None = None) -> None:
    """Print an outcome; `of` is what was checked, `names` what its rows are called where not by their number."""
    if as_json:
        print(json.dumps(as_data(outcome), ensure_ascii=False, indent=1))
        return
    console, policy = Console(), outcome.policy
    table = Table(title=f"{policy.title}: {'met' if outcome.met else 'not met'}", title_justify="left")
    table.add_column("Required", overflow="fold")
    for heading in ("Have", "Need", "Missing"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for row in outcome.rows:
        need = f"at most {amount(row.need, row.unit)}" if row.at_most else amount(row.need, row.unit)
        missing = amount(row.missing, row.unit) if row.missing else ""
        table.add_row(Text(row.title), amount(row.have, row.unit), need, missing, "met" if row.met else "not met")
    console.print(table)
    if not outcome.logged:
        console.print(Text(f"{of} has a header and no hours yet."), highlight=False, soft_wrap=True)
    if outcome.not_counted:
        _show_not_counted(console, outcome.not_counted, names or {})
    for said in (*told(policy), ADVICE):
        console.print(Text(said), highlight=False)


def _show_not_counted(console: Console, lost: Iterable[NotCounted], names: Mapping[int, str]) -> None:
    table = Table(title="Not counted", title_justify="left")
    table.add_column("Why", overflow="fold")
    table.add_column("Time", justify="right")
    table.add_column("Entries" if names else "In rows", overflow="fold")
    for one in lost:
        rows = ", ".join(names.get(row, str(row)) for row, _ in one.rows[:MOST_ROWS])
        more = f" and {len(one.rows) - MOST_ROWS} more; --json has all" if len(one.rows) > MOST_ROWS else ""
        table.add_row(Text(one.reason), amount(one.minutes, "minutes"), rows + more)
    console.print(table)


def as_data(outcome: Outcome) -> dict[str, Any]:
    """An outcome as plain JSON values, all times in minutes."""
    policy = outcome.policy
    return {
        "met": outcome.met,
        "policy": policy.id,
        "title": policy.title,
        "requirements": [_row(row) for row in outcome.rows],
        "logged": outcome.logged,
        "counted": outcome.counted,
        "not_counted": [
            {
                "reason": one.reason,
                "minutes": one.minutes,
                "rows": [{"row": row, "minutes": minutes} for row, minutes in one.rows],
            }
            for one in outcome.not_counted
        ],
        **told_as_data(policy),
    }


def told_as_data(policy: Policy) -> dict[str, Any]:
    """Where a policy comes from and how it was read, as plain JSON values."""
    return {
        "source": policy.source,
        "url": policy.url,
        "checked": policy.checked.isoformat(),
        "how_sure": policy.how_sure,
        "sure_note": policy.sure_note,
        "notes": list(policy.notes),
        "advice": ADVICE,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "have": row.have,
        "need": row.need,
        "met": row.met,
        "unit": row.unit,
        "at_most": row.at_most,
        "missing": row.missing,
        "part": row.part,
        "whole": row.whole,
    }


def show_policies(policies: Iterable[Policy]) -> None:
    """Print which policies there are, with how sure each is."""
    table = Table(title="Policies", title_justify="left")
    for heading in ("Id", "Title", "How sure", "Checked", "Date needed"):
        table.add_column(heading, no_wrap=heading == "Id", overflow="fold")
    for policy in policies:
        needs = ", ".join(sorted(policy.dates))
        table.add_row(policy.id, Text(policy.title), policy.how_sure, str(policy.checked), needs)
    console = Console()
    console.print(table)
    console.print(Text(ADVICE))
