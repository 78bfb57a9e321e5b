"""A series: one client over several sessions, each a dialogue. How a session ends decides how the next one begins.

What carries over is the alliance and the kind of ending; a dialogue itself knows nothing of the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from alliancelab import answers, catalogue
from alliancelab.dialogue import FEATURES, OUTCOMES, Alliance
from alliancelab.errors import ContentError, Fault
from alliancelab.items import Talk
from alliancelab.play import Transcript, replay

FOLDER = catalogue.CONTENT / "series"


@dataclass(frozen=True)
class Session:
    """One beginning of a session: its number, its dialogue, and for each outcome the dialogue that follows."""

    number: int
    dialogue: str
    next: Mapping[str, str]


@dataclass(frozen=True)
class Series:
    """A whole series. `name` is its file's stem, `start` its first dialogue."""

    name: str
    title: str
    module: str
    start: str
    sessions: tuple[Session, ...]

    def begins(self, number: int) -> list[Session]:
        """The beginnings that the session of this number can have."""
        return [session for session in self.sessions if session.number == number]

    @property
    def length(self) -> int:
        """How many sessions there are on every way through."""
        return max(session.number for session in self.sessions)

    def session(self, dialogue: str) -> Session:
        """The session that this dialogue is."""
        return next(session for session in self.sessions if session.dialogue == dialogue)


@dataclass(frozen=True)
class Played:
    """One session as far as it has come: how it may be played now, and its last finished run, if there is one."""

    session: Session
    talk: Talk
    run: Transcript | None


def names() -> list[str]:
    """The names of all series."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


@cache
def named(name: str) -> Series:
    """The series of this name; raises `catalogue.NotFound` with names that come near, `ContentError` for a faulty one."""
    if name not in names():
        raise catalogue.NotFound(f"there is no series '{name}'{catalogue.near(name, names())}")
    path = FOLDER / f"{name}.toml"
    tables = catalogue.load_toml(path)
    if wrong := list(faults(tables)):
        raise ContentError([Fault(str(path), 1, message) for message in wrong])
    sessions = tuple(Session(table["number"], table["dialogue"], table.get("next", {})) for table in tables["session"])
    return Series(name, tables["title"], tables["module"], tables["start"], sessions)


def faults(tables: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the tables of a series file."""
    wanted = {"format": int, "title": str, "module": str, "start": str, "session": list}
    for key, kind in wanted.items():
        if type(tables.get(key)) is not kind or not tables[key]:
            yield f"has no good `{key}`; a series has format, title, module, start and `[[session]]`"
            return
    sessions = tables["session"]
    for table in sessions:
        if (
            not isinstance(table, Mapping)
            or type(table.get("number")) is not int
            or not isinstance(table.get("dialogue"), str)
            or not isinstance(table.get("next", {}), Mapping)
            or not all(isinstance(name, str) for name in table.get("next", {}).values())
            or set(table) - {"number", "dialogue", "next"}
        ):
            yield "a session is not whole; write number, dialogue and, but for the last, next"
            return
    of = {table["dialogue"]: table for table in sessions}
    last = max(table["number"] for table in sessions)
    if len(of) != len(sessions):
        yield "a dialogue stands in two sessions; give each session its own"
    if of.get(tables["start"], {}).get("number") != 1:
        yield f"begins with '{tables['start']}', which is not a session of number 1"
    reached = {tables["start"], *(name for table in sessions for name in table.get("next", {}).values())}
    for name in sorted(of.keys() - reached):
        yield f"no ending leads to '{name}'; name it in a `next`, or take it out"
    for name, table in of.items():
        try:
            endings = {scene.end for scene in catalogue.dialogue(name).scenes if scene.end}
        except (catalogue.NotFound, ContentError) as error:
            yield str(error)
            continue
        onward = table.get("next", {})
        if table["number"] == last:
            endings = set()
        for outcome in OUTCOMES:
            if outcome in endings and outcome not in onward:
                yield f"'{name}' can end as \"{outcome}\", and `next` does not say what follows"
            if outcome in onward and of.get(onward[outcome], {}).get("number") != table["number"] + 1:
                yield f"after '{name}' ({outcome}) comes '{onward[outcome]}', which is not session {table['number'] + 1}"
        if unknown := sorted(set(onward) - endings):
            yield f"'{name}' never ends as {', '.join(unknown)}; take it out of `next`"


def played(series: Series, reading: answers.Reading) -> list[Played]:
    """The sessions so far, in order: all that are finished, and the one that is next, beginning where the last one ended.

    Of a session played several times the last finished run counts, as everywhere.
    """
    name: str | None = series.start
    alliance = catalogue.dialogue(series.start).alliance
    so_far: list[Played] = []
    while name is not None:
        dialogue = replace(catalogue.dialogue(name), alliance=alliance)
        talk = Talk(name, dialogue)
        run = replay(dialogue, answers.answer_of(reading, talk) or ())
        session = series.session(name)
        so_far.append(Played(session, talk, run if run.end else None))
        name = session.next.get(run.end) if run.end else None
        alliance = run.alliance
    return so_far


def alliances(so_far: list[Played]) -> list[Alliance]:
    """The alliance at the beginning and after each finished session.

    >>> of = named("eight-sessions-with-ibrahim")
    >>> nothing_yet = played(of, answers.Reading())
    >>> alliances(nothing_yet) == [catalogue.dialogue(of.start).alliance]
    True
    """
    return [so_far[0].talk.dialogue.alliance, *(one.run.alliance for one in so_far if one.run is not None)]


def in_words(so_far: list[Played]) -> str:
    """The alliance over the sessions in a sentence, for those who do not see the picture."""
    ratings = alliances(so_far)
    first, last = ratings[0], ratings[-1]
    told = ", ".join(f"{f} from {getattr(first, f)} to {getattr(last, f)}" for f in FEATURES)
    number = len(ratings) - 1
    return f"After {number} {'session' if number == 1 else 'sessions'}: {told}."
