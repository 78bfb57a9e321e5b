"""Reading a course back: who stands where, what waits for whom, what is missed, and who has gone quiet.

The gradebook is read in a handful of statements, whatever the size of the group, and from `submitted/` only what was
handed in. Nothing is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliancelab import answers, catalogue, marking, plots, sheet
from alliancelab.course.course import nbgrader_api
from alliancelab.course.reading import (
    assigned_modules,
    folders_of,
    frame_of,
    gradebook,
    handed_in_at,
    in_utc,
    journal_in,
    known_students,
    known_submissions,
    not_graded,
    nothing_assigned,
    source_of,
    titles_of,
)
from alliancelab.errors import AllianceLabError, ContentError
from alliancelab.items import Choose, Code, Item, Order, Rate, Talk
from alliancelab.marking import Key, Result
from alliancelab.play import replay

if TYPE_CHECKING:
    from pandas import DataFrame

NOT_HANDED_IN, WAITS_FOR_GRADING, WAITS_FOR_YOU, DONE = (
    "not handed in",
    "waits for grading",
    "waits for you",
    "done",
)
MISSED = ("item", "title", "kind", "answered", "share", "chosen_instead", "how_many")
NEAR_DUE = timedelta(days=7)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # what is dated before was dated by a clock that had stopped

Progress = Callable[[str, int, int], None]


def assigned(folder: Path) -> DataFrame:
    """The modules that are assigned, in the curriculum's order: module, duedate (UTC), out_of.

    Raises `NothingAssigned` where there are none.
    """
    with gradebook(nbgrader_api(Path(folder).resolve()).coursedir) as connection:
        modules = assigned_modules(connection)
    if modules.empty:
        raise nothing_assigned(folder)
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
    with gradebook(coursedir) as connection:
        modules = assigned_modules(connection)
        if modules.empty:
            raise nothing_assigned(folder)
        students, graded = known_students(connection), known_submissions(connection)
    there = pd.DataFrame(
        [
            (student, module, handed_in_at(path))
            for module in modules["module"]
            for student, path in folders_of(coursedir, module)
        ],
        columns=["student", "module", "submitted_at"],
    )
    there["submitted_at"] = in_utc(there["submitted_at"])
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
    with gradebook(coursedir) as connection:
        unfinished = (
            select(SubmittedNotebook.assignment_id)
            .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
            .where(not_graded(connection))
        )
        waiting = frame_of(
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
    titles = {module: titles_of(source_of(coursedir, module)) for module in waiting["module"].unique()}
    told = [titles[module].get(item, item) for module, item in zip(waiting["module"], waiting["item"], strict=True)]
    waiting.insert(3, "title", pd.Series(told, dtype=object))
    waiting["handed_in"] = in_utc(waiting["handed_in"])
    return waiting.sort_values(["handed_in", "student", "module", "item"], ignore_index=True)


def missed(folder: Path, module: str, progress: Progress | None = None) -> DataFrame:
    """What is most often missed in a module, the hardest item first, from everything that was handed in.

    Columns: item, title, kind, answered (by how many), share (of the points, the mean among those), chosen_instead (the
    less credited option, label, direction, swap or ending most often met with, in words; "" where there is none) and
    how_many (met with it). Written items are not in it: a person marks those.
    """
    import pandas as pd

    coursedir = nbgrader_api(Path(folder).resolve()).coursedir
    source = sheet.read(source_of(coursedir, module))
    if source.faults:
        raise ContentError(source.faults)
    items = {name: source.items[name] for name, graded in source.graded.items() if graded.key is not None}
    answered, earned = Counter[str](), Counter[str]()
    instead: dict[str, Counter[str]] = {name: Counter() for name in items}
    near, tell = catalogue.near_moves(), progress or (lambda what, done, of: None)
    folders = list(folders_of(coursedir, module))
    for done, (_, path) in enumerate(folders):
        tell(f"read {module}", done, len(folders))
        reading = journal_in(path, module)
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
        for student, path in folders_of(coursedir, module):
            times = (datetime.fromisoformat(entry.at) for entry in journal_in(path, module).entries)
            latest = max((at for at in times if EPOCH <= at <= now), default=None)
            if latest is not None and (student not in answered or answered[student] < latest):
                answered[student] = latest
    tell("look for the last answers", len(modules), len(modules))
    owed = table[table["state"] == NOT_HANDED_IN]
    due = owed[owed["duedate"] <= pd.Timestamp(now + NEAR_DUE)].groupby("student")["module"].agg(list)
    last = in_utc(pd.Series(answered, dtype=object)).reindex(handed_in.index).fillna(handed_in)
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
