"""The supervisor's desk: a page on which a course is made, assigned, collected, graded, read and sent back by clicking.

`open_desk` runs Jupyter in the course's folder, with nbgrader's formgrader in the same server, and opens the page;
`desk` is the one call that stands in it. `Desk` says what the page shows and does what its buttons say, all with the
functions of `alliancelab.course`: the page keeps nothing of its own.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import textwrap
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from traitlets.log import get_logger

from alliancelab import catalogue, hours_desk, workspace
from alliancelab.course import report
from alliancelab.course.course import assign, make_course, nbgrader_api
from alliancelab.course.reading import NothingAssigned
from alliancelab.course.settings import CONFIG
from alliancelab.errors import AllianceLabError
from alliancelab.hours.account import joining, place
from alliancelab.hours.record import keys
from alliancelab.widgets import DeskCard, Still, someone_is_there
from alliancelab.widgets.acting import Action, Done, Progress

if TYPE_CHECKING:
    from pandas import DataFrame, Timestamp

PAGE = "desk.ipynb"
AT_ONCE = 1000  # submissions whose journals are read without being asked to; more take a while
QUIET_DAYS = 14
LONGEST_TITLE = 70
FOR_ONE_PROCESS = 1_000  # submissions; to start another process takes as long as some hundreds of them
OFFERS = {"standing": "For a spreadsheet", "canvas": "For Canvas", "moodle": "For Moodle"}
_HOURS = (hours_desk.PAGE, place.SETTINGS, place.OWN_LEDGER, keys.OWN, joining.PROGRAMME_KEY)
_OURS = (workspace.HIDDEN, PAGE, ".ipynb_checkpoints", CONFIG, *_HOURS)  # may be there before there is a course
_shown: list[DeskCard] = []


def open_desk(folder: Path, browser: bool = True, port: int | None = None, jupyter: Sequence[str] = ()) -> None:
    """Open the desk of the course at `folder`, which may be new or empty; returns once the server has ended.

    Prints the address, with the token that it needs. `jupyter` holds more arguments for those who know Jupyter's
    command line. Raises `AllianceLabError` where the folder holds something else.
    """
    folder = Path(folder).absolute()
    with workspace.mendable(folder, "desk"):
        _refuse_other(folder)
        workspace.put_page(folder, PAGE, page())
        if (home := hours_desk.home_beside(folder)) is not None:
            workspace.put_page(folder, hours_desk.PAGE, hours_desk.page(None if home == folder else home))
        if not is_course(folder):  # formgrader reads the settings once, when the server starts
            shutil.copyfile(catalogue.course_home() / CONFIG, folder / CONFIG)
        os.chdir(folder)  # and it looks for them in the folder it runs in
    formgrader = "--ServerApp.jpserver_extensions=nbgrader.server_extensions.formgrader=True"
    workspace.serve(folder, PAGE, browser, port, jupyter=[formgrader, *jupyter])


def _refuse_other(folder: Path) -> None:
    if is_course(folder) or not folder.is_dir():
        return
    if workspace.is_workspace(folder):
        raise AllianceLabError(
            f"{folder} is a trainee's folder; name a course or a new folder: alliancelab desk FOLDER"
        )
    if any(path.name not in _OURS for path in folder.iterdir()):
        raise AllianceLabError(
            f"{folder} is no course and not empty; name a course or a new folder: alliancelab desk FOLDER"
        )


def is_course(folder: Path) -> bool:
    """Whether a folder has the settings of a course; its modules may still be to be chosen."""
    return (folder / CONFIG).is_file()


def page() -> bytes:
    """The notebook of the desk: one call."""
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    fixed = {"deletable": False, "editable": False}
    cell = new_code_cell("from alliancelab.desk import desk\n\ndesk()", id="desk", metadata=fixed)
    about = {
        "alliancelab": {"kind": "desk", "module": "", "title": "Your desk"},
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return nbformat.writes(new_notebook(cells=[cell], metadata=about)).encode()


def desk() -> DeskCard | Still:
    """The desk of the course in the folder that the page stands in."""
    if not someone_is_there():
        return Still(DeskCard.still)
    if not _shown:
        _keep_log(Path.cwd() / workspace.HIDDEN / "desk.log")
    while _shown:
        _shown.pop().close()  # a page that runs again has a new desk
    work = Desk(Path.cwd(), lambda: datetime.now(UTC))
    _shown.append(DeskCard(work.face(), work.look, work.actions()))
    return _shown[0]


def _keep_log(path: Path) -> None:
    """What nbgrader and we log in the kernel is for whoever looks for a fault, not for the terminal."""
    path.parent.mkdir(exist_ok=True)
    to_file = logging.FileHandler(path, mode="w", encoding="utf-8")
    to_file.setLevel(logging.WARNING)
    get_logger().handlers[:] = [to_file]
    logging.getLogger().addHandler(to_file)


class Desk:
    """A course as the page shows it. `now` gives the time, with an offset; the chosen module is all that is remembered."""

    def __init__(self, folder: Path, now: Callable[[], datetime]):
        self.folder, self.now = folder, now
        self.module = ""
        self.read_all = False

    def face(self) -> dict[str, Any]:
        """What never changes: the page's name, the folder, and the modules that a new course can have."""
        there = [slug for slug in catalogue.modules() if catalogue.exercise_source(slug)]
        return {
            "kind": "desk",
            "name": "desk",
            "title": "Your desk",
            "folder": str(self.folder),
            "offered": [[slug, _title(slug)] for slug in there],
        }

    def actions(self) -> dict[str, Action]:
        """What each button does, by the name that the page calls it."""
        return {
            "make": self._make,
            "choose": self._choose,
            "look": self._look_again,
            "assign": self._assign,
            "collect": self._collect,
            "grade": self._grade,
            "feedback": self._feedback,
            "export": self._export,
        }

    def _workers(self) -> int:
        number = len(nbgrader_api(self.folder).get_submitted_students(self.module))
        return min(os.cpu_count() or 1, 1 + number // FOR_ONE_PROCESS)

    # What is shown

    def look(self) -> dict[str, Any]:
        """Everything as it stands now, read from the gradebook and from what was handed in."""
        from alliancelab.course.exchange import has_exchange

        api = nbgrader_api(self.folder)
        modules = self._modules()
        hours = hours_desk.PAGE if (self.folder / hours_desk.PAGE).is_file() else ""
        if not modules:
            return {"course": False, "seen": self.now().isoformat(), "hours": hours}
        try:
            dates = report.assigned(self.folder).set_index("module")["duedate"]
            due = {module: _iso(date) for module, date in dates.items()}
        except NothingAssigned:
            due = {}
        if self.module not in modules:  # what is probably being worked on: the last that was assigned
            self.module = next((module for module in reversed(modules) if module in due), modules[0])
        shown: dict[str, Any] = {
            "course": True,
            "hours": hours,
            "seen": self.now().isoformat(),
            "module": self.module,
            "title": _title(self.module),
            "exchange": has_exchange(api),
            "assigned": self.module in due,
            "due": due.get(self.module),
            "offers": [list(offer) for offer in OFFERS.items()],
        }
        empty = {
            "people": None,
            "queue": None,
            "missed": None,
            "quiet": None,
            "picture": None,
            "more": 0,
            "numbers": None,
            "faults": [],
        }
        if not due:
            return shown | empty | {"modules": _modules_table(modules, {}, None)}
        grades = report.grades(self.folder)
        here = grades[grades["module"] == self.module]
        names = {one.student: _who(one) for one in grades.drop_duplicates("student").itertuples()}
        shown |= {
            "modules": _modules_table(modules, due, grades),
            "people": self._people(here, api.coursedir) if len(here) else None,
            "queue": _queue_table(report.queue(self.folder), names),
        }
        return empty | shown | self._group(grades, names)

    def _modules(self) -> list[str]:
        """The modules of the course, those of the curriculum in its order, then others."""
        there = {path.parent.name for path in (self.folder / "source").glob("*/*.ipynb")}
        known = [module for module in catalogue.modules() if module in there]
        return known + sorted(there - set(known))

    def _people(self, here: DataFrame, coursedir: Any) -> dict[str, Any]:
        """Who has handed in a module, how it stands, and where the feedback page is."""
        rows = []
        for one in here.itertuples():
            page = Path(coursedir.format_path(coursedir.feedback_directory, one.student, self.module))
            page = page / f"{self.module}.html"
            points = None if _is_nan(one.points) else [float(one.points), float(one.out_of)]
            rows.append(
                [
                    _who(one),
                    one.state,
                    _iso(one.handed_in),
                    _how_late(one.late_seconds),
                    points,
                    self._link("Open", page) if page.is_file() else "",
                ]
            )
        columns = [
            ["Trainee", "text"],
            ["Status", "state"],
            ["Handed in", "time"],
            ["Late", "text"],
            ["Points", "points"],
            ["Feedback", "open"],
        ]
        return {"columns": columns, "rows": rows}

    def _link(self, text: str, path: Path) -> list[str] | str:
        if not path.is_relative_to(self.folder):
            return ""
        return [text, "files/" + quote(path.relative_to(self.folder).as_posix())]

    def _group(self, grades: DataFrame, names: Mapping[str, str]) -> dict[str, Any]:
        """The picture; and what only the journals tell, unless they are so many that it is done when asked for."""
        if grades.empty:
            return {}
        drawn = report.picture(grades)
        heading, *rows = drawn.rows
        shown: dict[str, Any] = {
            "picture": {"src": f"data:image/png;base64,{b64encode(drawn.png).decode()}", "alt": drawn.alt},
            "numbers": {"columns": [[_title(name), "text"] for name in heading], "rows": [list(row) for row in rows]},
        }
        handed_in = int(grades["handed_in"].notna().sum())
        asked_for, self.read_all = self.read_all, False
        if handed_in > AT_ONCE and not asked_for:
            return shown | {"more": handed_in}
        if (grades["module"] == self.module).any():
            try:
                shown["missed"] = _missed_table(report.missed(self.folder, self.module))
            except AllianceLabError as error:  # a source that cannot be read takes nothing else from the page
                shown["faults"] = str(error).splitlines()
        shown["quiet"] = _quiet_table(report.quiet(self.folder, self.now(), QUIET_DAYS), names)
        return shown

    # What is done

    def _make(self, about: Mapping[str, Any], progress: Progress) -> Done:
        chosen = [str(module) for module in about.get("modules", ())]
        if not chosen:
            return Done("Choose at least one module.", ok=False)
        make_course(self.folder, chosen, beside=_OURS)
        return Done(f"The course is made, with {_count(len(chosen), 'module')}. Next: assign one.")

    def _choose(self, about: Mapping[str, Any], progress: Progress) -> Done:
        self.module = str(about.get("module"))
        return Done("")

    def _look_again(self, about: Mapping[str, Any], progress: Progress) -> Done:
        self.read_all = bool(about.get("all"))
        return Done("This is how things stand now.")

    def _assign(self, about: Mapping[str, Any], progress: Progress) -> Done:
        try:
            due = datetime.fromisoformat(str(about["due"])) if about.get("due") else None
        except ValueError:
            return Done("This date cannot be read; choose a day and a time.", ok=False)
        progress("make the trainees' copy", 0, 1)
        released = assign(self.folder, self.module, due)
        return Done(f"{_title(self.module)} is assigned. Give your trainees the folder {released}.")

    def _collect(self, about: Mapping[str, Any], progress: Progress) -> Done:
        from alliancelab.course.collect import EXCHANGE, collect

        where = str(about.get("path") or "").strip()
        if not where:
            return Done("Choose files, or type where they are.", ok=False)
        path = where if where == EXCHANGE else Path(where).expanduser()
        collected = collect(self.folder, path, progress=progress)
        modules = Counter(_title(module) for _, module, _ in collected.taken)
        taken = f"{len(collected.taken):,} taken in"
        taken += f" ({', '.join(f'{module}: {number:,}' for module, number in modules.items())})" if modules else ""
        parts = [taken]
        parts += [f"{len(collected.unchanged):,} as before"] * bool(collected.unchanged)
        parts += [f"{len(collected.refused):,} refused"] * bool(collected.refused)
        details = (*(f"{name}: {why}" for name, why in collected.refused), *collected.notes)
        return Done(f"{', '.join(parts)}{':' if details else '.'}", ok=not collected.refused, details=details)

    def _grade(self, about: Mapping[str, Any], progress: Progress) -> Done:
        from alliancelab.course.grading import grade

        rows = grade(self.folder, self.module, workers=self._workers(), progress=progress)
        if not rows:
            return Done(f"Nobody has handed in {_title(self.module)} yet; collect first.", ok=False)
        faults = tuple(f"{row.student}: {row.fault}" for row in rows if row.fault)
        waiting = sum(row.waiting for row in rows)
        text = f"{_count(len(rows) - len(faults), 'submission')} graded"
        text += f", {len(faults)} could not be graded." if faults else "."
        if waiting:
            text += (
                f" {_count(waiting, 'trainee')} {'has' if waiting == 1 else 'have'} written something for you to read."
            )
        return Done(text, ok=not faults, details=faults)

    def _feedback(self, about: Mapping[str, Any], progress: Progress) -> Done:
        from alliancelab.course.feedback import feedback

        written = feedback(self.folder, self.module, workers=self._workers(), progress=progress)
        return Done(
            f"{_count(len(written), 'feedback page')} written, in {self.folder / 'feedback'}; the table below opens each."
        )

    def _export(self, about: Mapping[str, Any], progress: Progress) -> Done:
        from alliancelab.course import export

        form = str(about.get("form"))
        name = f"{self.folder.name}-{form}.csv"
        with tempfile.TemporaryDirectory() as home:
            path = Path(home) / name
            if form == "standing":
                export.write_standing(path, report.standing(self.folder))
                text = f"Everybody, module by module, is in {name}."
            else:
                done = export.export(self.folder, form, path)
                text = f"{_count(done.grades, 'grade')} of {_count(done.trainees, 'trainee')} in {name}."
                waits = [f"{done.to_read:,} to read"] * bool(done.to_read)
                waits += [f"{done.to_grade:,} to grade"] * bool(done.to_grade)
                text += f" Left empty, because they wait for you: {', '.join(waits)}." if waits else ""
            return Done(text, file=(name, path.read_bytes().decode()))


def _modules_table(
    modules: Sequence[str], due: Mapping[str, str | None], grades: DataFrame | None
) -> list[dict[str, Any]]:
    """Module by module: whether it is assigned, until when, and how many stand where."""
    table: list[dict[str, Any]] = []
    for module in modules:
        row = {"module": module, "title": _title(module), "assigned": module in due, "due": due.get(module)}
        if grades is not None and module in due:
            here = grades[grades["module"] == module]
            states = here["state"].value_counts()
            row |= {
                "handed_in": int(here["handed_in"].notna().sum()),
                "of": len(here),
                "to_grade": int(states.get(report.WAITS_FOR_GRADING, 0)),
                "to_read": int(states.get(report.WAITS_FOR_YOU, 0)),
            }
        table.append(row)
    return table


def _queue_table(queue: DataFrame, names: Mapping[str, str]) -> dict[str, Any]:
    rows = [
        [
            names.get(one.student, one.student),
            [_short(one.title), f"formgrader/submissions/{quote(one.notebook)}/"],
            _title(one.module),
            _iso(one.handed_in),
        ]
        for one in queue.itertuples()
    ]
    columns = [["Trainee", "text"], ["Read", "link"], ["Module", "text"], ["Handed in", "time"]]
    return {"columns": columns, "rows": rows}


def _missed_table(missed: DataFrame) -> dict[str, Any]:
    rows = [
        [
            _short(one.title),
            None if _is_nan(one.share) else round(100 * float(one.share)),
            int(one.answered),
            one.chosen_instead.replace("*", ""),
            int(one.how_many) or None,
        ]
        for one in missed.itertuples()
    ]
    columns = [
        ["Item", "text"],
        ["Points earned", "share"],
        ["Answered", "number"],
        ["Most often instead", "text"],
        ["By how many", "number"],
    ]
    return {"columns": columns, "rows": rows}


def _quiet_table(quiet: DataFrame, names: Mapping[str, str]) -> dict[str, Any]:
    rows = [
        [
            names.get(one.student, one.student),
            _iso(one.last_activity),
            None if _is_nan(one.days) else int(one.days),
            ", ".join(_title(module) for module in one.missing),
        ]
        for one in quiet.itertuples()
    ]
    columns = [
        ["Trainee", "text"],
        ["Last heard of", "time"],
        ["Days ago", "number"],
        ["Due and not handed in", "text"],
    ]
    return {"columns": columns, "rows": rows}


def _who(one: Any) -> str:
    """A trainee's name where the gradebook has one, with the name in the course."""
    name = f"{one.first_name} {one.last_name}".strip()
    return f"{name} ({one.student})" if name else one.student


def _short(title: str) -> str:
    return textwrap.shorten(title, LONGEST_TITLE, placeholder="…")


def _title(module: str) -> str:
    return catalogue.modules().get(module, module)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def _iso(time: Timestamp | None) -> str | None:
    """A time for the page, which shows it on the supervisor's clock."""
    return None if time is None or _is_nan(time) else time.isoformat()


def _is_nan(value: Any) -> bool:
    import pandas as pd

    return bool(pd.isna(value))


def _how_late(seconds: float) -> str:
    if not seconds:
        return ""
    hours = seconds / 3600
    if hours < 1:
        return _count(max(1, round(seconds / 60)), "minute")
    return _count(round(hours), "hour") if hours < 48 else _count(round(hours / 24), "day")
