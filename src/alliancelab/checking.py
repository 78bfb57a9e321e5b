"""Check the work on an exercise, for someone studying alone: the command line and the last card of an exercise ask here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from alliancelab import answers, calibration, catalogue, marking, sheet
from alliancelab.calibration import Judged, Keyed
from alliancelab.errors import ContentError
from alliancelab.marking import Result
from alliancelab.sheet import Sheet


def check(module: str, folder: Path) -> tuple[Sheet, answers.Reading, dict[str, Result]]:
    """Mark the answers that stand in `folder`; raises `ContentError` where the notebook to check against is faulty."""
    checked = sheet.read(to_check(module, folder))
    if checked.faults:
        raise ContentError(checked.faults)
    reading = answers.read(sheet.journal_path(folder, module))
    return checked, reading, sheet.marks(checked, reading)


def to_check(module: str, folder: Path) -> Path:
    """The notebook to check against: the source with the keys where it is at hand and fits, else the trainee's own.

    A programme's own version of an exercise asks other questions than ours, and ours cannot judge it. A notebook that is
    broken, or has lost cells, still belongs to ours.
    """
    own, source = folder / f"{catalogue.known(module)}.ipynb", catalogue.exercise_source(module)
    if source is None:
        return own
    try:
        theirs, ours = sheet.read(own), sheet.read(source)
    except ContentError:
        return source
    same_items = all(ours.items.get(name) == item for name, item in theirs.items.items())
    same_points = all(ours.graded[n].points == g.points for n, g in theirs.graded.items() if n in ours.graded)
    return source if same_items and same_points else own


def summary(sheet: Sheet, results: Mapping[str, Result], reading: answers.Reading) -> str:
    """What a check found, in two or three sentences."""
    missing = [name for name, result in results.items() if result.status == marking.NOT_ANSWERED]
    waiting = [name for name, result in results.items() if result.status == marking.WAITING]
    judged = [result for name, result in results.items() if name not in sheet.written]
    said = []
    if sheet.has_keys:
        points, out_of = sum(result.points for result in judged), sum(result.out_of for result in judged)
        said.append(f"{marking.number(points)} of {marking.number(out_of)} points.")
    said.append(f"{len(results) - len(missing)} of {len(results)} answered.")
    if waiting:
        said.append("A person reads what you wrote in your own words.")
    if reading.torn:
        said.append("The last answer was cut off while it was being saved; look whether it is there.")
    if reading.faults:
        said.append(f"{len(reading.faults)} lines of the journal could not be read and were left out.")
    return " ".join(said)


def closeness(sheet: Sheet, reading: answers.Reading) -> list[str]:
    """How close the first whole answers to the sheet's codings and ratings are to the key, in sentences; none without keys."""
    return calibration.in_words(calibration.of(calibration.judged(keyed_in(sheet), reading, catalogue.near_moves())))


def model_answer(sheet: Sheet, result: Result) -> str:
    """The author's answer to a written item, for someone who has written their own; empty where it is not at hand."""
    written = result.status == marking.WAITING and sheet.has_keys
    return sheet.models.get(result.name, "") if written else ""


@dataclass(frozen=True)
class Tasks:
    """The coding and rating tasks of one notebook, with their keys, and the journal that its answers are in."""

    journal: Path
    keyed: tuple[Keyed, ...]


def tasks(module: str, folder: Path) -> list[Tasks]:
    """What can be laid beside a key in a module whose lesson stands in `folder`: its lesson's tasks, and its exercise's
    where the source is at hand and the exercise lies in `folder`.
    """
    exercise = folder / "exercises" / catalogue.known(module)
    found = [Tasks(sheet.journal_path(folder, module), keyed_in(_lesson(module, folder)))]
    if exercise.is_dir():
        try:
            keyed = keyed_in(sheet.read(to_check(module, exercise)))
        except ContentError:
            keyed = ()  # a broken exercise is told where it is checked
        found.append(Tasks(sheet.journal_path(exercise, module), keyed))
    return [one for one in found if one.keyed]


def judged(found: Sequence[Tasks], first: bool = False) -> list[Judged]:
    """Everything in the journals that counts, beside its key: the last try at each item, or the first."""
    near = catalogue.near_moves()
    return [one for task in found for one in calibration.judged(task.keyed, answers.read(task.journal), near, first)]


def begun(found: Sequence[Tasks]) -> int:
    """How many of the tasks are answered in part, and do not count yet."""
    return sum(calibration.begun([item for item, _ in task.keyed], answers.read(task.journal)) for task in found)


def _lesson(module: str, folder: Path) -> Sheet:
    """The lesson in the folder; ours, while that one cannot be read."""
    try:
        return sheet.read(folder / f"{module}.ipynb")
    except ContentError:
        return sheet.read(catalogue.lesson(module))


def keyed_in(read: Sheet) -> tuple[Keyed, ...]:
    """The codings and ratings of a notebook that has their keys; of one with faults none."""
    pairs = []
    for name, asked in read.asked.items():
        graded = read.graded.get(name)
        key = graded.key if graded is not None else asked.key
        if key is not None and calibration.is_judged(asked.item):
            pairs.append((asked.item, key))
    return () if read.faults else tuple(pairs)


def practised(folder: Path) -> list[Tasks]:
    """The tasks of every module of which something has been answered in `folder`."""
    begun_in = [
        module
        for module in catalogue.modules()
        if sheet.journal_path(folder, module).is_file()
        or sheet.journal_path(folder / "exercises" / module, module).is_file()
    ]
    return [one for module in begun_in for one in tasks(module, folder)]
