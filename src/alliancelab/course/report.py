"""Reading a course back: who stands where, what waits for whom, what is missed, and who has gone quiet.

The gradebook is read in a handful of statements, whatever the size of the group, and from `submitted/` only what was
handed in. Nothing is written.
"""

from __future__ import annotations

import re
import stat
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from glob import glob
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliancelab import answers, catalogue, marking, plots, sheet
from alliancelab.course.course import nbgrader_api
from alliancelab.errors import AllianceLabError, ContentError
from alliancelab.items import Choose, Code, Item, Order, Rate, Talk
from alliancelab.marking import Key, Result
from alliancelab.play import replay

if TYPE_CHECKING:
    from pandas import DataFrame, Series
    from sqlalchemy import Connection, Select

NOT_HANDED_IN, WAITS_FOR_GRADING, WAITS_FOR_YOU, DONE = (
    "not handed in",
    "waits for grading",
    "waits for you",
    "done",
)
MISSED = ("item", "title", "kind", "answered", "share", "chosen_instead", "how_many")
NEAR_DUE = timedelta(days=7)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # what is dated before was dated by a clock that had stopped
LONGEST_TIMESTAMP = 200

Progress = Callable[[str, int, int], None]


class NothingAssigned(AllianceLabError):
    """There is a course, and no module of it is assigned yet."""


def assigned(folder: Path) -> DataFrame:
    """The modules that are assigned, in the curriculum's order: module, duedate (UTC), out_of.

    Raises `NothingAssigned` where there are none.
    """
    with _gradebook(nbgrader_api(Path(folder).resolve()).coursedir) as connection:
        modules = _modules(connection)
    if modules.empty:
        raise _nothing_assigned(folder)
    return modules


def standing(folder: Path) -> DataFrame:
    """Who stands where: one row for each trainee and each module that is assigned.

    Columns: student, name, module, state ("not handed in", "waits for grading", "waits for you" where a person still has
    to read an answer, "done"), handed_in (UTC), late_seconds, points (what nbgrader counts, less the late penalty; none
    before grading), out_of, waiting (the number of answers to read). What was handed in again since it was graded waits
    for grading. Raises `AllianceLabError` where there is no course or nothing is assigned.
    """
    return _as_standing(grades(folder))


def _as_standing(table: DataFrame) -> DataFrame:
    names = table["first_name"].str.cat(table["last_name"], sep=" ").str.strip()
    wanted = ["student", "name", "module", "state", "handed_in", "late_seconds", "points", "out_of", "waiting"]
    return table.assign(name=names)[wanted]


def grades(folder: Path) -> DataFrame:
    """What the gradebook holds, for exports: `standing` with everything that LMSs ask for.

    Columns besides those: first_name, last_name, email, lms_user_id ("" where there is none), duedate (UTC), score
    (before the penalty) and penalty, both none before grading.
    """
    import pandas as pd

    coursedir = nbgrader_api(Path(folder).resolve()).coursedir
    with _gradebook(coursedir) as connection:
        modules = _modules(connection)
        if modules.empty:
            raise _nothing_assigned(folder)
        students, graded = _students(connection), _submissions(connection)
    there = pd.DataFrame(
        [
            (student, module, _handed_in_at(path))
            for module in modules["module"]
            for student, path in _folders(coursedir, module)
        ],
        columns=["student", "module", "submitted_at"],
    )
    there["submitted_at"] = _utc(there["submitted_at"])
    new = sorted(set(there["student"]) - set(students["student"]))
    students = pd.concat([students, pd.DataFrame({"student": new})]).sort_values("student")
    for column in ("first_name", "last_name", "email", "lms_user_id"):
        students[column] = students[column].fillna("").astype(object)
    table = students.merge(modules, how="cross")
    table = table.merge(graded, how="left", on=["student", "module"])
    table = table.merge(there, how="left", on=["student", "module"], indicator="there")
    return _with_states(table)


def _with_states(table: DataFrame) -> DataFrame:
    is_there = table.pop("there") == "both"
    is_graded = table["unfinished"].eq(0)
    again = is_there & is_graded & (table["submitted_at"] > table["timestamp"])
    table["waiting"] = table["waiting"].where(is_graded, 0).astype(int)
    table["state"] = NOT_HANDED_IN
    table.loc[is_there, "state"] = WAITS_FOR_GRADING
    table.loc[is_graded & ~again, "state"] = DONE
    table.loc[is_graded & ~again & table["waiting"].gt(0), "state"] = WAITS_FOR_YOU
    table["handed_in"] = table[["submitted_at", "timestamp"]].max(axis=1)
    due = table["duedate"] + table["extension"].fillna(timedelta())
    late = (table["handed_in"] - due).dt.total_seconds()
    table["late_seconds"] = late.clip(lower=0).fillna(0.0)
    for column in ("score", "penalty"):
        table[column] = table[column].where(is_graded)
    table["points"] = (table["score"] - table["penalty"]).clip(lower=0)
    return table.drop(columns=["unfinished", "timestamp", "extension", "submitted_at"])


def queue(folder: Path) -> DataFrame:
    """Every answer that waits for a person, the longest waiting first.

    Columns: student, module, item, title, notebook (the id in formgrader's address, /formgrader/submissions/<id>/),
    handed_in (UTC).
    """
    import pandas as pd
    from nbgrader.api import Assignment, BaseCell, Grade, SubmittedAssignment, SubmittedNotebook
    from sqlalchemy import select

    folder = Path(folder).resolve()
    coursedir = nbgrader_api(folder).coursedir
    with _gradebook(coursedir) as connection:
        unfinished = (
            select(SubmittedNotebook.assignment_id)
            .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
            .where(_not_graded(connection))
        )
        waiting = _frame(
            connection,
            select(
                SubmittedAssignment.student_id.label("student"),
                Assignment.name.label("module"),
                BaseCell.name.label("item"),
                SubmittedNotebook.id.label("notebook"),
                SubmittedAssignment.timestamp.label("handed_in"),
            )
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
            .join(BaseCell, BaseCell.id == Grade.cell_id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .where(Grade.needs_manual_grade, SubmittedAssignment.id.not_in(unfinished)),
        )
    titles = {module: _titles(_source(coursedir, module)) for module in waiting["module"].unique()}
    told = [titles[module].get(item, item) for module, item in zip(waiting["module"], waiting["item"], strict=True)]
    waiting.insert(3, "title", pd.Series(told, dtype=object))
    waiting["handed_in"] = _utc(waiting["handed_in"])
    return waiting.sort_values(["handed_in", "student", "module", "item"], ignore_index=True)


def missed(folder: Path, module: str, progress: Progress | None = None) -> DataFrame:
    """What is most often missed in a module, the hardest item first, from everything that was handed in.

    Columns: item, title, kind, answered (by how many), share (of the points, the mean among those), chosen_instead (the
    less credited option, label, direction, swap or ending most often met with, in words; "" where there is none) and
    how_many (met with it). Written items are not in it: a person marks those.
    """
    import pandas as pd

    coursedir = nbgrader_api(Path(folder).resolve()).coursedir
    source = sheet.read(_source(coursedir, module))
    if source.faults:
        raise ContentError(source.faults)
    items = {name: source.items[name] for name, graded in source.graded.items() if graded.key is not None}
    answered, earned = Counter[str](), Counter[str]()
    instead: dict[str, Counter[str]] = {name: Counter() for name in items}
    near, tell = catalogue.near_moves(), progress or (lambda what, done, of: None)
    folders = list(_folders(coursedir, module))
    for done, (_, path) in enumerate(folders):
        tell(f"read {module}", done, len(folders))
        reading = _journal(path, module)
        for name, item in items.items():
            key, answer = source.graded[name].key, answers.answer_of(reading, item)
            result = marking.mark(item, key, answer, 1, near)
            if result.status != marking.NOT_ANSWERED:
                answered[name] += 1
                earned[name] += result.points
                instead[name].update(_slips(item, key, answer, result))
    tell(f"read {module}", len(folders), len(folders))
    rows = []
    for name, item in items.items():
        text, count = min(instead[name].items(), key=lambda met: (-met[1], met[0]), default=("", 0))
        share = earned[name] / answered[name] if answered[name] else float("nan")
        rows.append((name, source.title(name), item.kind, answered[name], share, text, count))
    return pd.DataFrame(rows, columns=list(MISSED)).sort_values("share", kind="stable", ignore_index=True)


def _slips(item: Item, key: Key, answer: Any, result: Result) -> Iterator[str]:
    """Each part of an answer that earned less than full credit, in words; the same words for the same slip."""
    if isinstance(item, Choose | Code):
        yield from (remark.part for remark in result.remarks if remark.share is not None and remark.share < 1)
    elif isinstance(item, Rate):
        for (aspect, text), remark in zip(item.aspects.items(), result.remarks, strict=True):
            wanted, given = key["ratings"][aspect], answer.get(aspect)
            if given is None:
                yield f"{text}: not rated"
            elif remark.share < 1:
                yield f"{text}: too {'high' if given > wanted else 'low'} (key {wanted})"
    elif isinstance(item, Order):
        place = {slug: n for n, group in enumerate(marking.groups(key)) for slug in group}
        for first, later in combinations(answer, 2):
            if place[first] > place[later]:
                yield f"“{item.steps[first]}” before “{item.steps[later]}”"
    elif isinstance(item, Talk) and result.points < result.out_of:
        yield f"ended: {replay(item.dialogue, answer).end}"


def quiet(folder: Path, now: datetime, days: int = 14, progress: Progress | None = None) -> DataFrame:
    """Who has gone quiet: whose last answer is at least `days` old while a module is still to be handed in.

    Columns: student, last_activity (UTC; the latest answer in anything handed in, else the latest hand-in), days (since
    then), missing (the modules not handed in that are past due, or due within a week). Somebody who never handed in
    anything is listed once a module is missing. `now` has an offset; what is dated later does not count.
    """
    return _quiet(folder, grades(folder), now, days, progress)


def _quiet(folder: Path, table: DataFrame, now: datetime, days: int, progress: Progress | None) -> DataFrame:
    import pandas as pd

    coursedir = nbgrader_api(Path(folder).resolve()).coursedir
    tell = progress or (lambda what, done, of: None)
    past = table["handed_in"].where(table["handed_in"] <= pd.Timestamp(now))
    handed_in = past.groupby(table["student"]).max()
    answered: dict[str, datetime] = {}
    modules = list(table["module"].unique())
    for done, module in enumerate(modules):
        tell("look for the last answers", done, len(modules))
        for student, path in _folders(coursedir, module):
            times = (datetime.fromisoformat(entry.at) for entry in _journal(path, module).entries)
            latest = max((at for at in times if EPOCH <= at <= now), default=None)
            if latest is not None and (student not in answered or answered[student] < latest):
                answered[student] = latest
    tell("look for the last answers", len(modules), len(modules))
    owed = table[table["state"] == NOT_HANDED_IN]
    due = owed[owed["duedate"] <= pd.Timestamp(now + NEAR_DUE)].groupby("student")["module"].agg(list)
    last = _utc(pd.Series(answered, dtype=object)).reindex(handed_in.index).fillna(handed_in)
    last = last[last.index.isin(owed["student"])].rename("last_activity")
    found = last.rename_axis("student").reset_index()
    found["days"] = (pd.Timestamp(now) - found["last_activity"]).dt.days.astype("Int64")
    found["missing"] = [due.get(student, []) for student in found["student"]]
    is_quiet = found["days"].ge(days).fillna(found["missing"].map(len) > 0).astype(bool)
    return found[is_quiet].sort_values(["last_activity", "student"], na_position="first", ignore_index=True)


@dataclass(frozen=True)
class Overview:
    """A whole course read back: the tables of this module, and in sentences what could not be read.

    `missed` has a first column more, the module.
    """

    modules: DataFrame
    standing: DataFrame
    queue: DataFrame
    missed: DataFrame
    quiet: DataFrame
    faults: tuple[str, ...] = ()


def overview(folder: Path, now: datetime, days: int = 14, progress: Progress | None = None) -> Overview:
    """The course at `folder` as it stands at `now`; an exercise whose source cannot be read stops none of the others."""
    import pandas as pd

    table = grades(folder)
    stands = _as_standing(table)
    modules, found, faults = by_module(stands), [], []
    for module in modules["module"][modules["handed_in"] > 0]:
        try:
            found.append(missed(folder, module, progress).assign(module=module))
        except AllianceLabError as error:
            faults.append(str(error))
    columns = ["module", *MISSED]
    hardest = pd.concat(found)[columns].sort_values("share", kind="stable") if found else pd.DataFrame(columns=columns)
    return Overview(
        modules,
        stands,
        queue(folder),
        hardest.reset_index(drop=True),
        _quiet(folder, table, now, days, progress),
        tuple(faults),
    )


def heat(folder: Path) -> DataFrame:
    """People by modules: the share of the points that each trainee earned; not a number where nothing is graded yet."""
    return shares(standing(folder))


def shares(table: DataFrame) -> DataFrame:
    """`heat`, from a table that `standing` gave."""
    modules = list(table["module"].unique())
    return table.assign(share=table["points"] / table["out_of"]).pivot(
        index="student", columns="module", values="share"
    )[modules]


def picture(table: DataFrame) -> plots.Picture | None:
    """People and modules as a picture, from a table that `standing` gave; None where there is nobody yet."""
    if table.empty:
        return None
    ungraded = table[table["state"].eq(WAITS_FOR_GRADING) & table["points"].isna()]
    return plots.people_by_modules(
        {student: row.to_dict() for student, row in shares(table).iterrows()},
        set(zip(ungraded["student"], ungraded["module"], strict=True)),
    )


def by_module(table: DataFrame) -> DataFrame:
    """Module by module, from a table that `standing` gave: how many stand where, how many were late, the median points."""
    states = (DONE, WAITS_FOR_YOU, WAITS_FOR_GRADING, NOT_HANDED_IN)
    counts = table.groupby("module", sort=False)["state"].value_counts().unstack(fill_value=0)
    counts = counts.reindex(columns=list(states), index=table["module"].unique(), fill_value=0)
    counts.columns = [state.replace(" ", "_") for state in states]
    groups = table.groupby("module", sort=False)
    counts.insert(0, "handed_in", groups.size() - counts["not_handed_in"])
    counts["late"] = table["late_seconds"].gt(0).groupby(table["module"]).sum()
    counts["median_points"], counts["out_of"] = groups["points"].median(), groups["out_of"].first()
    return counts.rename_axis("module").reset_index()


# The gradebook


@contextmanager
def _gradebook(coursedir: Any) -> Iterator[Connection]:
    """A connection to the course's gradebook, which must be there; what it cannot do is told in a sentence."""
    from sqlalchemy import create_engine, inspect, make_url
    from sqlalchemy.exc import SAWarning, SQLAlchemyError

    warnings.filterwarnings("ignore", category=SAWarning, module=r"nbgrader\\.")  # nbgrader's own, and harmless
    try:
        url = make_url(coursedir.db_url)
        if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).is_file():
            raise _nothing_assigned(coursedir.root)  # to connect would make an empty one
        engine = create_engine(url)
        try:
            with engine.connect() as connection:
                if not inspect(connection).has_table("assignment"):
                    raise _nothing_assigned(coursedir.root)
                yield connection
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        raise AllianceLabError(
            f"the gradebook of {coursedir.root} cannot be read ({reason}); see db_url in its nbgrader_config.py"
        ) from None


def _nothing_assigned(folder: Path | str) -> NothingAssigned:
    return NothingAssigned(f"nothing is assigned in {folder} yet; type `alliancelab course assign MODULE`")


def _frame(connection: Connection, statement: Select[Any]) -> DataFrame:
    import pandas as pd

    result = connection.execute(statement)
    return pd.DataFrame(result.all(), columns=list(result.keys()), dtype=object)


def _utc(times: Series) -> Series:
    """Times as pandas reckons with them; the gradebook's have no offset and are UTC."""
    import pandas as pd

    return pd.to_datetime(times, utc=True).astype("datetime64[us, UTC]")


def _students(connection: Connection) -> DataFrame:
    from nbgrader.api import Student
    from sqlalchemy import select

    columns = (Student.first_name, Student.last_name, Student.email, Student.lms_user_id)
    return _frame(connection, select(Student.id.label("student"), *columns))


def _modules(connection: Connection) -> DataFrame:
    """The assigned modules, in the curriculum's order, with due date and points."""
    from nbgrader.api import Assignment, Notebook
    from sqlalchemy import select

    columns = (Assignment.name.label("module"), Assignment.duedate, Assignment.max_score.label("out_of"))
    released = select(Notebook.assignment_id)
    modules = _frame(connection, select(*columns).where(Assignment.id.in_(released)).order_by(Assignment.name))
    modules["duedate"], modules["out_of"] = _utc(modules["duedate"]), modules["out_of"].astype(float)
    order = list(catalogue.modules())
    place = [order.index(module) if module in order else len(order) for module in modules["module"]]
    return modules.iloc[sorted(range(len(place)), key=place.__getitem__)]


def _submissions(connection: Connection) -> DataFrame:
    """One row for each submission that the gradebook knows: its sums, and how many grades are still to be given.

    The score of a grade is nbgrader's own expression; its sums for a submission are made here, in one go for all.
    """
    import pandas as pd
    from nbgrader.api import Assignment, Grade, SubmittedAssignment, SubmittedNotebook
    from sqlalchemy import Integer, case, cast, func, select

    submissions = _frame(
        connection,
        select(
            SubmittedAssignment.id,
            SubmittedAssignment.student_id.label("student"),
            Assignment.name.label("module"),
            SubmittedAssignment.timestamp,
            SubmittedAssignment.extension,
        ).join(Assignment, Assignment.id == SubmittedAssignment.assignment_id),
    )
    notebooks = _frame(
        connection,
        select(
            SubmittedNotebook.id.label("notebook"),
            SubmittedNotebook.assignment_id.label("id"),
            SubmittedNotebook.late_submission_penalty.label("penalty"),
        ),
    )
    # Last, so that no submission comes without its grades where somebody grades meanwhile.
    sums = _frame(
        connection,
        select(
            Grade.notebook_id.label("notebook"),
            func.sum(Grade.score).label("score"),
            func.sum(cast(Grade.needs_manual_grade, Integer)).label("waiting"),
            func.sum(case((_not_graded(connection), 1), else_=0)).label("unfinished"),
        ).group_by(Grade.notebook_id),
    )
    notebooks = notebooks.merge(sums, how="left", on="notebook")
    numbers = ["score", "penalty", "waiting", "unfinished"]
    notebooks[numbers] = notebooks[numbers].astype(float).fillna(0.0)
    table = submissions.merge(notebooks.groupby("id")[numbers].sum(), how="left", on="id").drop(columns="id")
    table["timestamp"] = _utc(table["timestamp"])
    table["extension"] = pd.to_timedelta(table["extension"])
    return table


def _not_graded(connection: Connection) -> Any:
    """The grades that a grading which was cut short has not come to: autograde gives every other code cell a score."""
    from nbgrader.api import Grade, GradeCell, SolutionCell
    from sqlalchemy import and_, select

    by_hand = set(map(tuple, connection.execute(select(SolutionCell.notebook_id, SolutionCell.name))))
    code = select(GradeCell.id, GradeCell.notebook_id, GradeCell.name).where(GradeCell.cell_type == "code")
    automatic = [cell for cell, *place in connection.execute(code) if tuple(place) not in by_hand]
    return and_(Grade.auto_score.is_(None), Grade.manual_score.is_(None), Grade.cell_id.in_(automatic))


# What was handed in


def _folders(coursedir: Any, module: str) -> Iterator[tuple[str, Path]]:
    """Each trainee who handed in a module, with the folder; found as nbgrader finds them."""
    step = coursedir.submitted_directory
    place = re.compile(coursedir.format_path(step, "(?P<student>.*)", re.escape(module), escape=True))
    for name in sorted(glob(coursedir.format_path(step, "*", module))):
        match = place.fullmatch(name)
        if match is not None and (folder := Path(name)).is_dir():
            yield match["student"].encode(errors="replace").decode(), folder  # a folder's name may be no text


def _handed_in_at(folder: Path) -> datetime | None:
    """The time in a hand-in's timestamp.txt, or None where there is none or it is no time."""
    from nbgrader.utils import parse_utc

    path = folder / "timestamp.txt"
    if not _is_file(path):
        return None
    try:
        with path.open("rb") as file:
            text = file.read(LONGEST_TIMESTAMP).decode().strip()
        if text.endswith(" UTC"):
            return datetime.fromisoformat(text.removesuffix(" UTC")).replace(tzinfo=UTC)  # many times as quick
        return parse_utc(text).replace(tzinfo=UTC) if text else None
    except (OSError, ValueError, OverflowError, TypeError, AttributeError):
        return None


def _journal(folder: Path, module: str) -> answers.Reading:
    """The journal that was handed in; an empty one where a link or a device stands in its place, which are not opened."""
    path = sheet.journal_path(folder, module)
    return answers.read(path) if _is_file(path) else answers.Reading()


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _source(coursedir: Any, module: str) -> Path:
    from alliancelab.course.source import source_path

    return source_path(coursedir, module, module)


def _titles(source: Path) -> dict[str, str]:
    """What each item of an exercise is about; none where the source cannot be read."""
    try:
        read = sheet.read(source)
    except ContentError:
        return {}
    return {name: read.title(name) for name in read.items}
