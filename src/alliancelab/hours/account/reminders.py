"""What somebody should be reminded of while there is still time: entries nobody signs, supervisors who leave, gaps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from alliancelab.hours.account import approvals
from alliancelab.hours.record.rules import Agreement, Log, Logged, Register

OLD_DAYS = approvals.OLD_DAYS
LEAVING_DAYS = 30


@dataclass(frozen=True)
class Reminder:
    """One thing to do: a code, about whose log, who has to do it (empty: the programme), since or until which day, about
    how many entries and minutes; and a sentence.
    """

    code: str
    trainee: str
    who: str
    day: date
    entries: int
    minutes: int
    text: str


def of(log: Log, register: Register, today: date, old: int = OLD_DAYS, leaving: int = LEAVING_DAYS) -> list[Reminder]:
    """The reminders about a trainee's log on a day, oldest first.

    `unsigned`: entries of more than `old` days ago that wait for a supervisor. `leaving`: an agreement that ends within
    `leaving` days with entries unsigned; `left`: one that has ended so. `nobody`: entries that nobody can sign.
    `no-agreement`: the last agreement is over. `answer`: entries that were asked about or declined; the trainee's turn.
    """
    found: list[Reminder] = []
    reachable: set[str] = set()
    for supervisor in sorted({who for trainee, who in register.pairs if trainee == log.trainee}):
        waiting = [one for bundle in approvals.weeks(log, register, supervisor) for one in bundle.waiting]
        if register.signs(supervisor, "supervisor"):
            reachable |= {one.version for one in waiting}
        late = [one for one in waiting if (today - one.entry.date).days > old]
        if late:
            told = f"{_many(late)} of {log.trainee} {_have(late)} waited for {supervisor} for more than {old} days"
            found.append(_reminder("unsigned", log, supervisor, late, f"{told}; the oldest is of {_first(late)}."))
        found += _leaving(log, supervisor, waiting, register.between(log.trainee, supervisor), today, leaving)
    open_ = [one for one in log.entries.values() if one.approved is None and not one.declined]
    if lost := [one for one in open_ if one.version not in reachable]:
        told = f"Nobody can sign {_many(lost)} of {log.trainee}, the first of {_first(lost)}"
        told += ": there is no agreement for that day with a supervisor whose key signs. The programme can enter one."
        found.append(_reminder("nobody", log, "", lost, told))
    turn = [one for one in log.entries.values() if one.approved is None and (one.asked or one.declined)]
    if turn:
        told = f"{_many(turn)} of {log.trainee} {_have(turn)} been asked about or declined; amend or withdraw what is wrong."
        found.append(_reminder("answer", log, log.trainee, turn, told))
    made = [one for one in register.agreements.values() if one.trainee == log.trainee]
    if made and not any(one.until is None or one.until >= today for one in made):
        last = max(one.until for one in made if one.until)
        told = f"The last agreement of {log.trainee} ended on {last}; what is logged for later days cannot be signed."
        found.append(Reminder("no-agreement", log.trainee, "", last, 0, 0, told))
    return sorted(found, key=lambda one: (one.day, one.code, one.who))


def _leaving(
    log: Log, supervisor: str, waiting: list[Logged], made: list[Agreement], today: date, leaving: int
) -> list[Reminder]:
    """About a supervisor whose last agreement with the trainee ends soon, or has ended, while entries wait for them."""
    ends = [one.until for one in made]
    if not waiting or None in ends:
        return []
    last = max(end for end in ends if end is not None)
    if last > today + timedelta(days=leaving):
        return []
    code, ends_ = ("leaving", "ends") if last >= today else ("left", "ended")
    told = f"The agreement of {supervisor} with {log.trainee} {ends_} on {last}, and {_many(waiting)} {_have(waiting, 'wait')}"
    told += " for their signature; they can still sign them."
    return [Reminder(code, log.trainee, supervisor, last, len(waiting), _minutes(waiting), told)]


def _reminder(code: str, log: Log, who: str, about: list[Logged], text: str) -> Reminder:
    return Reminder(code, log.trainee, who, _first(about), len(about), _minutes(about), text)


def _first(about: Iterable[Logged]) -> date:
    return min(one.entry.date for one in about)


def _minutes(about: Iterable[Logged]) -> int:
    return sum(one.entry.minutes for one in about)


def _many(about: list[Logged]) -> str:
    return f"{len(about)} {'entry' if len(about) == 1 else 'entries'} ({_minutes(about)} minutes)"


def _have(about: list[Logged], verb: str = "have") -> str:
    one = {"have": "has", "wait": "waits"}[verb]
    return one if len(about) == 1 else verb
