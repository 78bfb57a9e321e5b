"""A trainee's progress: what is done, what comes next, how the skills grow. From the journals in their folder alone.

Nothing is written and nothing leaves the machine. What is done counts as it stands now. A skill is measured by first
tries: the first whole answer to each question, at the time it was given. Later tries teach, and do not look like growth.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import sqrt
from pathlib import Path
from statistics import fmean, variance
from typing import Any

from alliancelab import answers, calibration, catalogue, checking, handin, marking, sheet
from alliancelab.answers import Reading
from alliancelab.errors import ContentError
from alliancelab.items import Choose, Code, Fill, Find, Item, NotAnAnswer, Order, Rate, Talk, Write, is_blank
from alliancelab.marking import Key
from alliancelab.play import replay
from alliancelab.sheet import Sheet

PRIVATE = "Read from your answers on this computer; nothing is sent anywhere."
FIRST_TRIES = "Each question counts with its first whole answer: trying again teaches, and is not taken for growth."
HOW = (
    "A line shows the share of the credit in each week that has three first tries or more. The two figures are the share in "
    "the earlier half of the tries and in the later. A rise or a fall is said only of a difference that chance alone would "
    "seldom make. The weeks hold different questions, so a small step says little."
)
NOTHING_YET = "Nothing is answered yet. What you do will stand here."
ALL_DONE = "Every lesson and every exercise is answered."
ALL = "all"
NAMES = {
    ALL: "All together",
    Choose.kind: "Choosing",
    Talk.kind: "Conversations",
    Code.kind: "Coding",
    Rate.kind: "Rating",
    Find.kind: "Reading charts",
    Order.kind: "Ordering",
    Write.kind: "Writing",
}
# What the end of a conversation in a lesson is worth, where no key says it: as nearly all keys of the exercises have it.
ENDINGS = {"deepened": 1.0, "repaired": 1.0, "held": 0.5, "lost": 0.0}
# An order, and a choice of several, are clicked together piece by piece: what stands there at the first pause is a try.
PAUSE = timedelta(minutes=1)
FEWEST_IN_A_WEEK, FEWEST_TO_COMPARE = 3, 12
SURE = 2.58  # standard errors: by chance alone a difference is larger once in a hundred
RISES, FALLS, UNCLEAR = "rises", "falls", "no clear change"


@dataclass(frozen=True)
class Count:
    """How many are done, and of how many."""

    done: int
    of: int

    @property
    def share(self) -> float:
        """From 0 to 1; where there is nothing to do, it is done.

        >>> Count(3, 4).share, Count(0, 0).share
        (0.75, 1.0)
        """
        return self.done / self.of if self.of else 1.0


@dataclass(frozen=True)
class Module:
    """How far a module is. `exercise` is None where it cannot be read; `points` (earned, out of) where no keys are at hand.

    `level` says what is missing where the module asks for a level of codings or ratings before it counts as done.
    `handed_in` says whether its zip file is there. What went to nbgrader's exchange leaves no trace in the folder.
    """

    slug: str
    title: str
    begun: bool
    questions: Count
    conversations: Count
    exercise: Count | None
    points: tuple[float, float] | None
    handed_in: bool
    level: str = ""

    @property
    def lesson(self) -> Count:
        """The lesson's questions and conversations together."""
        return Count(self.questions.done + self.conversations.done, self.questions.of + self.conversations.of)

    @property
    def lesson_said(self) -> str:
        """How far the lesson is, in words."""
        parts = (self.questions, "questions"), (self.conversations, "conversations")
        told = [f"{count.done} of {count.of} {what}" for count, what in parts if count.of]
        return ", ".join([*told, "the level it asks for not reached"] if self.level else told)

    @property
    def exercise_said(self) -> str:
        """How far the exercise is, in words."""
        if self.exercise is None:
            return "cannot be read here"
        said = [f"{self.exercise.done} of {self.exercise.of} answered"]
        if self.points is not None:
            said.append(f"{marking.number(self.points[0])} of {marking.number(self.points[1])} points")
        if self.handed_in:
            said.append("handed in")
        return ", ".join(said)


@dataclass(frozen=True)
class Step:
    """What comes next: the lesson or the exercise of a module, its notebook in the folder, how far it is, minutes for all of it.

    `level` is what is missing where everything is answered and the module asks for a level.
    """

    module: str
    title: str
    link: str
    count: Count
    minutes: int
    level: str = ""

    @property
    def said(self) -> str:
        """How far it is, in words."""
        if self.level:
            return self.level.rstrip(".")
        before = f"{self.count.done} of {self.count.of} done; " if self.count.done else ""
        return f"{before}about {self.minutes} minutes in all"


@dataclass(frozen=True)
class Try:
    """A first try: the kind of the item, when it was whole, and the share of the credit (0 to 1), None where nobody marks it."""

    kind: str
    at: datetime
    share: float | None


@dataclass(frozen=True)
class Week:
    """The first tries of a week that begins on a Monday (UTC): how many, and their mean share of the credit."""

    start: date
    tries: int
    share: float


@dataclass(frozen=True)
class Skill:
    """A kind of question over the weeks. `weeks` holds those with enough first tries for a mean.

    `change` is one of `RISES`, `FALLS` and `UNCLEAR`, or empty where there is too little to compare; `halves` are the
    means of the earlier and the later half of the tries, which it rests on.
    """

    kind: str
    tries: int
    weeks: tuple[Week, ...] = ()
    change: str = ""
    halves: tuple[float, float] | None = None

    @property
    def name(self) -> str:
        """What it is called on the page."""
        return NAMES[self.kind]

    @property
    def said(self) -> str:
        """How it stands, in a sentence."""
        tries = f"{self.tries} first {'try' if self.tries == 1 else 'tries'}"
        if self.kind == Write.kind:
            return f"{self.tries} {'text' if self.tries == 1 else 'texts'} written, without a score"
        if not self.change or self.halves is None:
            return f"{tries}, too few to tell"
        before, after = (f"{half:.0%}" for half in self.halves)
        return f"{self.change}, {before} to {after} ({tries})"


@dataclass(frozen=True)
class Progress:
    """Everything: the modules in teaching order, what comes next (None when all is done), the skills, what was not readable."""

    modules: tuple[Module, ...]
    next: Step | None
    skills: tuple[Skill, ...]
    unread: str = ""

    @property
    def begun(self) -> bool:
        """Whether anything has been answered."""
        return any(module.begun for module in self.modules)


def of(folder: Path) -> Progress:
    """Read the progress from a trainee's folder; whatever cannot be read is left out and told in `unread`.

    >>> of(Path("nowhere")).next.link
    'foundations.ipynb'
    """
    modules, tries, unread = [], [], []
    for slug in catalogue.modules():
        module, more = _module(slug, folder, unread)
        modules.append(module)
        tries += more
    return Progress(tuple(modules), _next(modules), skills(tries), _unread(unread))


def lesson_link(module: str) -> str:
    """Where the lesson of a module stands in a trainee's folder."""
    return f"{module}.ipynb"


def exercise_link(module: str) -> str:
    """Where the exercise of a module stands in a trainee's folder."""
    return f"exercises/{module}/{module}.ipynb"


def _module(slug: str, folder: Path, unread: list[str]) -> tuple[Module, list[Try]]:
    here = (folder / exercise_link(slug)).parent
    in_lesson = _journal(sheet.journal_path(folder, slug), folder, unread)
    in_exercise = _journal(sheet.journal_path(here, slug), folder, unread)
    tries: list[Try] = []
    begun = False
    exercise, points = _extent_of_exercise(slug, here), None
    if in_lesson.entries:
        lesson = sheet.read(catalogue.lesson(slug))
        questions, conversations = done(lesson, in_lesson)
        tries += first_tries(lesson, in_lesson)
        begun = _begun(lesson, in_lesson)
    else:
        questions, conversations = _extent(catalogue.lesson(slug))
    if in_exercise.entries:
        try:
            checked, _, results = checking.check(slug, here)
        except ContentError:
            unread.append(f"the exercise {slug}.ipynb")
            exercise = None
        else:
            asked, played = done(checked, in_exercise)
            exercise = Count(asked.done + played.done, asked.of + played.of)
            tries += first_tries(checked, in_exercise)
            begun = begun or _begun(checked, in_exercise)
            judged = [result for name, result in results.items() if name not in checked.written]
            if checked.has_keys:
                points = sum(r.points for r in judged), sum(r.out_of for r in judged)
    title, level = catalogue.modules()[slug], _level(slug, folder) if begun else ""
    return Module(slug, title, begun, questions, conversations, exercise, points, _handed_in(here, slug), level), tries


def _level(slug: str, folder: Path) -> str:
    """What is missing for the level that a module asks for; empty where it asks for none, or it is reached."""
    wanted = catalogue.course()[slug].level
    if not wanted:
        return ""
    told = calibration.of(checking.judged(checking.tasks(slug, folder)))
    return " ".join(one.said for one in calibration.reached(wanted, told) if one.state != calibration.YES)


def _handed_in(here: Path, slug: str) -> bool:
    try:
        return handin.former_student(here, slug) is not None
    except OSError:  # a folder that may not be looked into
        return False


def _begun(read: Sheet, reading: Reading) -> bool:
    return any(entry.item in read.asked for entry in reading.entries)


def _journal(path: Path, folder: Path, unread: list[str]) -> Reading:
    reading = answers.read(path)
    if lines := len(reading.faults) + reading.torn:
        unread.append(f"{lines} {'line' if lines == 1 else 'lines'} of {path.relative_to(folder).as_posix()}")
    return reading


def _unread(parts: Sequence[str]) -> str:
    return f"Not counted, because it could not be read: {', '.join(parts)}." if parts else ""


def done(read: Sheet, reading: Reading) -> tuple[Count, Count]:
    """How many questions are answered and how many conversations played to an end.

    A session of a series is one conversation, whichever of its beginnings was played. An answer that was taken back is
    none.
    """
    questions: list[bool] = []
    conversations: dict[object, bool] = {}
    for name, asked in read.asked.items():
        answer = answers.answer_of(reading, asked.item)
        if isinstance(asked.item, Talk):
            place = asked.session or name
            conversations[place] = conversations.get(place, False) or _whole(asked.item, answer)
        else:
            questions.append(not is_blank(asked.item, answer))
    return Count(sum(questions), len(questions)), Count(sum(conversations.values()), len(conversations))


def _extent(path: Path) -> tuple[Count, Count]:
    """What a notebook asks, without reading the dialogues: the page of somebody who has not begun must not wait for that."""
    calls = [
        call.name
        for cell in sheet.load(path)["cells"]
        if cell.get("cell_type") == "code"
        for call in sheet.statements(sheet.source_of(cell))
        if isinstance(call, sheet.Call) and call.name in sheet.ASKERS
    ]
    talks = sum(name in ("play", "session") for name in calls)
    return Count(0, len(calls) - talks), Count(0, talks)


def _extent_of_exercise(slug: str, here: Path) -> Count | None:
    for path in (here / f"{slug}.ipynb", catalogue.exercise_source(slug)):
        try:
            questions, conversations = _extent(path) if path is not None and path.is_file() else (None, None)
        except (ContentError, OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        if questions and conversations:
            return Count(0, questions.of + conversations.of)
    return None


def _next(modules: Iterable[Module]) -> Step | None:
    """The first thing in teaching order that is not finished. Handing in is left to those who have somebody to hand in to."""
    for module in modules:
        minutes = catalogue.course()[module.slug].minutes
        if module.lesson.share < 1:
            title = f"Lesson: {module.title}"
            return Step(module.slug, title, lesson_link(module.slug), module.lesson, minutes["lesson"])
        if module.exercise is not None and module.exercise.share < 1:
            title = f"Exercise: {module.title}"
            return Step(module.slug, title, exercise_link(module.slug), module.exercise, minutes["exercise"])
        if module.level:
            title = f"Lesson: {module.title}"
            return Step(module.slug, title, lesson_link(module.slug), module.lesson, minutes["lesson"], module.level)
    return None


# -- skills ----------------------------------------------------------------------------------------------------------


def first_tries(read: Sheet, reading: Reading) -> list[Try]:
    """The first try at each item that has one, with its share of the credit."""
    tries = []
    for name, asked in read.asked.items():
        graded = read.graded.get(name)
        found = first_try(asked.item, _dated(reading, asked.item))
        if found is None:
            continue
        at, answer = found
        kind = Write.kind if isinstance(asked.item, Fill) else asked.item.kind
        share = _share(asked.item, asked.key if graded is None else graded.key, answer, is_lesson=graded is None)
        if share is not None or kind == Write.kind:
            tries.append(Try(kind, at, share))
    return tries


def first_try(item: Item, given: Iterable[tuple[datetime, Any]]) -> tuple[datetime, Any] | None:
    """The first whole answer among those given, in order: (when, cleaned answer); None while there is none.

    One choice is whole at once, a rating or coding when no part is missing, a conversation at its end. Where pieces are
    clicked together with no last one (an order, a choice of several, words), it is what stood there before the first
    pause of more than a minute.
    """
    at_once = isinstance(item, Talk | Rate | Code) or (isinstance(item, Choose) and not item.several)
    found: tuple[datetime, Any] | None = None
    for at, answer in given:
        if found is not None and at - found[0] > PAUSE:
            break
        if not _whole(item, answer):
            continue
        found = at, answer
        if at_once:
            break
    return found


def skills(tries: Iterable[Try]) -> tuple[Skill, ...]:
    """How each skill, and all that is marked together, stands over the weeks; those that were never tried are left out."""
    by_kind: dict[str, list[Try]] = defaultdict(list)
    for one in sorted(tries, key=lambda one: (one.at, one.kind, one.share or 0.0)):
        by_kind[one.kind].append(one)
        if one.share is not None:
            by_kind[ALL].append(one)
    return tuple(_skill(kind, by_kind[kind]) for kind in NAMES if kind in by_kind)


def _skill(kind: str, tries: Sequence[Try]) -> Skill:
    shares = [one.share for one in tries if one.share is not None]
    by_week: dict[date, list[float]] = defaultdict(list)
    for one in tries:
        if one.share is not None:
            by_week[monday(one.at)].append(one.share)
    weeks = tuple(
        Week(start, len(of_week), fmean(of_week))
        for start, of_week in sorted(by_week.items())
        if len(of_week) >= FEWEST_IN_A_WEEK
    )
    if len(shares) < FEWEST_TO_COMPARE or len(weeks) < 2:
        return Skill(kind, len(tries), weeks)
    half = len(shares) // 2
    before, after = shares[:half], shares[-half:]
    return Skill(kind, len(tries), weeks, change(before, after), (fmean(before), fmean(after)))


def change(before: Sequence[float], after: Sequence[float]) -> str:
    """Whether the later shares are higher than chance alone would make them, by Welch's test (1947, 10.1093/biomet/34.1-2.28).

    A difference of the means counts from 2.58 of its standard errors on. Each side needs two shares or more.

    >>> change([0.2, 0.4, 0.3, 0.1], [0.8, 0.9, 0.7, 1.0]), change([0, 1, 0, 1], [1, 1, 0, 1])
    ('rises', 'no clear change')
    """
    difference = fmean(after) - fmean(before)
    error = sqrt(variance(before) / len(before) + variance(after) / len(after))
    if abs(difference) <= SURE * error or abs(difference) < 1e-9:
        return UNCLEAR
    return RISES if difference > 0 else FALLS


def monday(at: datetime) -> date:
    """The day on which the week of a moment begins.

    >>> monday(datetime(2026, 3, 8, 23, 0, tzinfo=UTC)).isoformat()
    '2026-03-02'
    """
    return at.date() - timedelta(days=min(at.weekday(), at.toordinal() - 1))  # there is no Monday before the first day


def _dated(reading: Reading, item: Item) -> Iterator[tuple[datetime, Any]]:
    for entry in reading.history(item.name):
        if entry.kind != item.kind:
            continue
        try:
            yield datetime.fromisoformat(entry.at).astimezone(UTC), item.clean(entry.answer)
        except (NotAnAnswer, OverflowError):  # a moment before the first or after the last there is
            continue


def _whole(item: Item, answer: Any) -> bool:
    if is_blank(item, answer):
        return False
    if isinstance(item, Talk):
        return replay(item.dialogue, answer).end is not None
    if isinstance(item, Rate | Code):
        return len(answer) == len(item.aspects if isinstance(item, Rate) else item.utterances)
    return True


def _share(item: Item, key: Key | None, answer: Any, is_lesson: bool) -> float | None:
    if key is not None:
        return marking.mark(item, key, answer, 1, catalogue.near_moves()).points
    if isinstance(item, Talk) and is_lesson:
        return ENDINGS[str(replay(item.dialogue, answer).end)]
    return None


def lines(found: Progress) -> Mapping[str, tuple[Week, ...]]:
    """The lines that can be drawn: by name, each skill with a mean in two weeks or more."""
    return {skill.name: skill.weeks for skill in found.skills if len(skill.weeks) > 1}
