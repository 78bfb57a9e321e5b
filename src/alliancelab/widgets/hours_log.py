"""A trainee's hours on a page: log, correct, import, have them signed, see what a policy says.

What is recorded and what is refused is decided in `alliancelab.hours`; the page keeps nothing of its own but the policy
that was chosen last. As long as nobody has logged an hour in the folder, nothing of the ledger is even loaded.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from alliancelab.errors import AllianceLabError
from alliancelab.hours import entries, titles
from alliancelab.hours.account import place
from alliancelab.widgets import hours_policy, hours_shown
from alliancelab.widgets.acting import ActingCard, Done, Progress, drawn_by, drawn_with
from alliancelab.widgets.hours_shown import count, length, when

if TYPE_CHECKING:
    from alliancelab.hours.account.account import Account
    from alliancelab.hours.record.rules import Logged

TITLE = "Your supervised hours"
INTRO = "Log what you did the same day, have it signed every week, and see what counts and what is missing."
PRIVATE = "Nothing is sent anywhere by itself."
SHOWN = 100  # entries, the newest


class HoursLogCard(ActingCard):
    """The hours of the trainee whose folder it is; `short` is one line, until somebody opens it."""

    _esm: ClassVar = drawn_by("hours_log.js")
    _css: ClassVar = drawn_with("hours.css")

    def __init__(self, folder: Path, short: bool = False, now: Callable[[], datetime] = lambda: datetime.now(UTC)):
        self.hours = HoursLog(folder, now)
        super().__init__(self.hours.face(short), self.hours.look, self.hours.actions())

    def plain_html(self) -> str:
        """How much is signed and how much waits, as it stood when the page was last open."""
        return _html(self.view.get("sums", ()))

    @staticmethod
    def still_of(folder: Path) -> str:
        """The same where no page runs the cell."""
        try:
            shown = HoursLog(folder, lambda: datetime.now(UTC)).look()
        except AllianceLabError:
            shown = {}
        return _html(shown.get("sums", ()))


class HoursLog:
    """What the card shows of a folder's log, and what its buttons do. `now` gives the time, with an offset."""

    def __init__(self, folder: Path, now: Callable[[], datetime]):
        self.folder, self.now = folder, now
        self.chosen: Mapping[str, Any] = {}
        self._mine: Account | None = None
        self._wants_ahead = False
        self._ahead: tuple[list[Any], dict[str, Any]] | None = None

    def face(self, short: bool) -> dict[str, Any]:
        """What never changes: the lists that the form chooses from."""
        return {
            "kind": "hours",
            "name": "hours",
            "title": TITLE,
            "intro": INTRO,
            "private": PRIVATE,
            "short": short,
            "groups": [[name, [list(one) for one in group.items()]] for name, group in titles.GROUPS.items()],
            "shared": list(titles.SHARED),
            "observed": titles.OBSERVED,
            "phases": [list(one) for one in titles.PHASES.items()],
            "flags": [list(one) for one in titles.FLAGS.items()],
            "policies": hours_policy.offered(),
            "place": f"alliancelab:hours:{self.folder}",
        }

    def actions(self) -> dict[str, Any]:
        """What each button does, by the name that the page calls it."""
        return {
            "look": self._look_again,
            "log": self._log,
            "amend": self._amend,
            "withdraw": self._withdraw,
            "import": self._import,
            "bundle": self._bundle,
            "take": self._take,
            "policy": self._policy,
            "ahead": self._look_ahead,
        }

    # What is shown

    def begun(self) -> bool:
        """Whether anybody has logged an hour in this folder, or joined a programme from it."""
        return (self.folder / place.SETTINGS).exists()

    def look(self) -> dict[str, Any]:
        """The log as it stands now, the newest entries first."""
        today = self.now().astimezone().date()
        nothing = {"entries": [], "more": 0, "sums": [], "turn": [], "supervisors": [], "settings": [], "whose": ""}
        nothing |= {"begun": False, "phases": [], "counted": None, "today": today.isoformat()}
        if not self.begun():
            return nothing
        mine = self._account()
        if mine.place.role != place.TRAINEE:
            return nothing | {"other": f"This folder is that of {mine.person}, here as {mine.place.role}."}
        return nothing | self._shown(mine)

    def _shown(self, mine: Account) -> dict[str, Any]:
        found, notes = mine.standing(), mine.place.notes()
        register = mine.ledger.register()
        agreements = [one for one in register.agreements.values() if one.trainee == mine.person]
        agreed = sorted({one.supervisor for one in agreements})
        able = [one for one in agreements if register.signs(one.supervisor, place.SUPERVISOR)]
        newest = hours_shown.newest(found)
        used = [one.entry for one in newest]
        return {
            "begun": True,
            "whose": "" if mine.place.programme_key else register.name,
            "sums": hours_shown.sums(found),
            "entries": [
                hours_shown.row(one, notes.get(one.version, ""), not any(made.covers(one.entry.date) for made in able))
                | {"fields": hours_shown.fields(one.entry)}
                for one in newest[:SHOWN]
            ],
            "more": max(0, len(found) - SHOWN),
            "turn": [one.text for one in mine.reminders(mine.today())],
            "supervisors": [[who, register.names.get(who, "")] for who in agreed],
            "settings": _once(entry.setting for entry in used),
            "phases": _once(entry.phase for entry in used),
            "counted": self._counted(found, mine.today()) if self.chosen else None,
        }

    def _counted(self, found: Sequence[Logged], today: date) -> dict[str, Any]:
        """What the chosen policy says; with the look ahead where that was asked for and nothing has changed since."""
        key = [self.chosen, today, [(one.version, one.approved) for one in found]]
        if self._wants_ahead:
            self._wants_ahead, self._ahead = False, (key, hours_policy.ahead(found, self.chosen, today))
        ahead = self._ahead[1] if self._ahead is not None and self._ahead[0] == key else None
        return hours_policy.of(found, self.chosen, today) | {"ahead": ahead}

    def _account(self) -> Account:
        """The account as `hours.toml` has it now: somebody may have joined a programme in the terminal meanwhile."""
        from alliancelab.hours.account.account import Account

        if self._mine is None or place.read(self.folder) != self._mine.place:
            self._mine = Account.at(self.folder, self.now)
        return self._mine

    # What is done

    def _look_again(self, about: Mapping[str, Any], progress: Progress) -> Done:
        return Done("")

    def _log(self, about: Mapping[str, Any], progress: Progress) -> Done:
        mine = self._account()
        entry = entries.of(_fields(about), mine.today())
        logged = mine.log(entry, _note(about))
        able = mine.supervisors(entry)
        who = f" {_any_of(able)} can sign it." if able else " Nobody can sign it yet."
        return Done(f"Saved: {when(logged.entry)}, {titles.of(entry.category)}, {length(entry.minutes)}.{who}")

    def _amend(self, about: Mapping[str, Any], progress: Progress) -> Done:
        mine = self._account()
        entry = entries.of(_fields(about), mine.today())
        changed = mine.amend(str(about.get("version")), entry, _note(about))
        return Done(f"Corrected. {changed.notice}".strip())

    def _withdraw(self, about: Mapping[str, Any], progress: Progress) -> Done:
        changed = self._account().withdraw(str(about.get("version")))
        return Done(f"Withdrawn; the record keeps that it was there. {changed.notice}".strip())

    def _import(self, about: Mapping[str, Any], progress: Progress) -> Done:
        from alliancelab.hours.account.importing import NotImported

        file = _file(about)
        try:
            done = self._account().import_csv(file, progress)
        except NotImported as error:
            rows = tuple(f"Row {row.number}: {row.problem}" for row in error.rows)
            bad = count(len({row.number for row in error.rows}), "row", "rows")
            told = f"Nothing was imported from {file.name}: {bad} cannot be taken in. Mend what stands here, and give it again."
            return Done(told, ok=False, details=rows)
        shown = [f"Row {row} says the same as an entry that you logged by hand; is it twice?" for row, _ in done.alike]
        if done.gone:
            told = count(len(done.gone), "entry", "entries")
            shown.append(
                f"{told} of an earlier import do not stand in this file any more; correct or withdraw what was wrong."
            )
        added = count(len(done.added), "entry", "entries")
        known = f" {count(done.known, 'row', 'rows')} had been imported before." if done.known else ""
        return Done(f"{added} added from {file.name}, {length(done.minutes)}.{known}", details=tuple(shown))

    def _bundle(self, about: Mapping[str, Any], progress: Progress) -> Done:
        from alliancelab.hours.record import signing

        supervisor = str(about.get("supervisor", ""))
        if not supervisor:
            return Done("Choose for whom.", ok=False)
        mine = self._account()
        with tempfile.TemporaryDirectory() as home:
            name = f"{mine.person}-for-{supervisor}.hours"
            parcel = mine.pack(supervisor, Path(home) / name)
            text = (Path(home) / name).read_text(encoding="utf-8")
        found = [one for bundle in parcel.bundles() for one in bundle.waiting]
        told = f"{count(len(found), 'entry', 'entries')}, {length(sum(one.entry.minutes for one in found))}"
        fingerprint = signing.fingerprint(parcel.programme)
        return Done(
            f"{name} is made, with {told}. Send it to {supervisor}, who opens it with `alliancelab hours desk`.",
            details=(
                f"The first time, tell them by telephone the fingerprint of your programme's key: {fingerprint}.",
            ),
            file=(name, text),
        )

    def _take(self, about: Mapping[str, Any], progress: Progress) -> Done:
        from alliancelab.hours.record import records

        mine = self._account()
        events = mine.take(_file(about))
        who = mine.ledger.register().keys[events[0].signer].person
        signed = [int(event.body["minutes"]) for event in events if event.kind == records.APPROVAL and event.body]
        told = f"{who} has signed {count(len(signed), 'entry', 'entries')}, {length(sum(signed))}."
        for kind, said in ((records.QUESTION, "asked about"), (records.DECLINE, "declined")):
            if number := sum(event.kind == kind for event in events):
                told += f" {count(number, 'entry', 'entries')} {said}; the list says why."
        return Done(told)

    def _policy(self, about: Mapping[str, Any], progress: Progress) -> Done:
        chosen = {name: about.get(name) for name in ("policy", "qualified", "application")}
        if not chosen["policy"]:
            self.chosen = {}
            return Done("")
        hours_policy.of([], chosen, self.now().date())  # a policy that cannot be counted by is not chosen
        self.chosen = chosen
        if not self.begun():
            return Done("Nothing is logged yet.", ok=False)
        return Done("")

    def _look_ahead(self, about: Mapping[str, Any], progress: Progress) -> Done:
        progress("looking ahead, which may take some seconds", 0, 0)
        self._wants_ahead = True
        return Done("") if self.chosen and self.begun() else Done("Choose a policy first.", ok=False)


def _fields(about: Mapping[str, Any]) -> dict[str, Any]:
    """What the form says, with names of places as the record has them."""
    given = about.get("fields")
    given = dict(given) if isinstance(given, dict) else {}
    for name in ("setting", "supervisor", "phase"):
        if given.get(name):
            given[name] = re.sub(r"\s+", "-", str(given[name]).strip().lower())
    return given


def _note(about: Mapping[str, Any]) -> str:
    return str(about.get("note") or "").strip()


def _file(about: Mapping[str, Any]) -> Path:
    """The file that was dropped on the page."""
    found = [path for path in Path(str(about.get("path") or "/nowhere")).glob("*/*") if path.is_file()]
    if len(found) != 1:
        raise AllianceLabError("choose one file; nothing was done" if found else "choose a file")
    return found[0]


def _once(words: Iterable[str]) -> list[str]:
    return sorted({word for word in words if word})


def _any_of(people: Sequence[str]) -> str:
    return people[0] if len(people) == 1 else f"{', '.join(people[:-1])} or {people[-1]}"


def _html(sums: Sequence[Sequence[str]]) -> str:
    rows = "".join(f"<li>{escape(name)}: {escape(said)}</li>" for name, said in sums)
    text = f"<ul>{rows}</ul>" if rows else f"<p>{INTRO}</p>"
    return f'<div class="alliancelab-static"><p><strong>{TITLE}</strong></p>{text}</div>'
