"""One person's account: their place, their key, and the ledger they write into.

A trainee without a programme has a ledger of their own, `hours.db` in their folder, made at the first entry; its
programme is themselves. Who joins a programme says so in `hours.toml`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from alliancelab.errors import AllianceLabError
from alliancelab.hours import (
    approvals,
    checkpoint,
    entries,
    importing,
    joining,
    keys,
    place,
    records,
    reminders,
    rules,
    statement,
    tables,
    travel,
)
from alliancelab.hours.approvals import Bundle, Decision
from alliancelab.hours.entries import Entry
from alliancelab.hours.importing import BadRow, Imported, NotImported
from alliancelab.hours.ledger import Ledger
from alliancelab.hours.place import Place
from alliancelab.hours.records import Draft, Event, Refused, Submission
from alliancelab.hours.reminders import Reminder
from alliancelab.hours.rules import Log, Logged
from alliancelab.hours.signing import Key
from alliancelab.hours.statement import Statement
from alliancelab.hours.travel import Parcel

SHORTEST = 4  # digits of a version that somebody types
TELL_EVERY = 200  # rows
NOT_OF_A_ROW = ("unknown key", "revoked key", "role", "somebody else's log")  # the same for each row of a table

Ask = Callable[[str], str] | None  # gets a passphrase where a key needs one
Tell = Callable[[str, int, int], None]  # what is being done, how much of it is done, of how much


@dataclass(frozen=True)
class Changed:
    """An entry before and after a change (None: withdrawn), and what that did to a signature, in a sentence."""

    before: Logged
    after: Logged | None
    notice: str


@dataclass
class Account:
    """What somebody can do from a folder of theirs. `ask` gets a passphrase where a key needs one."""

    place: Place
    now: Callable[[], datetime]
    ask: Ask = None
    _ledger: Ledger | None = field(default=None, repr=False)

    @classmethod
    def at(
        cls,
        folder: Path,
        now: Callable[[], datetime],
        ask: Ask = None,
        ledger: str | None = None,
    ) -> Account:
        """The account of a folder; `ledger` is the URL of another ledger than the one it names."""
        found = place.read(folder) or Place(folder, person=place.user_name())
        return cls(replace(found, ledger=ledger) if ledger else found, now, ask)

    @property
    def ledger(self) -> Ledger:
        """The ledger; an error that says what to type where there is none yet."""
        if self._ledger is None:
            if not self.place.ledger:
                raise AllianceLabError(
                    f"{self.place.folder} has no ledger yet; log a first entry with `alliancelab hours log`, join a "
                    "programme with `alliancelab hours join`, or name a folder with --folder"
                )
            self._ledger = Ledger.open(self.place.url, now=self.now)
        return self._ledger

    @property
    def person(self) -> str:
        """Who it is, by the short name in the register."""
        return self.place.person

    def today(self) -> date:
        """The day on this machine's clock."""
        return self.now().astimezone().date()

    def key(self) -> Key:
        """The person's own key; where it has a passphrase, it is asked for."""
        if self.place.key is None:
            raise AllianceLabError(
                f"{self.place.folder / place.SETTINGS} names no key; make one with `alliancelab hours key new`"
            )
        return keys.load(self.place.key, self.ask)

    def programme_key(self) -> Key:
        """The programme's key, for whoever keeps the ledger."""
        path = self.place.key if self.place.role == place.PROGRAMME else self.place.programme_key
        if path is None:
            raise AllianceLabError(
                f"only the programme can do this, and {self.place.folder} holds no key of a programme; "
                "name the programme's folder with --folder"
            )
        return keys.load(path, self.ask)

    # What a trainee does

    def log(self, entry: Entry, note: str = "") -> Logged:
        """Record an entry and keep a private note for it; in a folder without a ledger, its own is made first.

        Raises `records.Refused` where the record does not take it; then nothing is kept, not even the note.
        """
        self._begin()
        [event] = self._say([records.draft(records.ENTRY, entry.body())])
        if note:
            self.place.note(event.commitment, note)
        return self.log_of(self.person).entries[event.commitment]

    def amend(self, version: str, entry: Entry, note: str | None = None) -> Changed:
        """Put an entry in the place of a version. A signature of the one before falls; `notice` says so.

        The private note goes with it, unless another is given. What was declined or asked about can be said again as it
        is. Raises `records.Refused`.
        """
        before = self.find(version)
        kept = self.place.notes().get(before.version, "")
        if entry == before.entry and not (before.asked or before.declined):
            if note is None or note == kept:
                raise AllianceLabError("nothing is different; give the field that you want to change")
            self.place.note(before.version, note)
            return Changed(before, before, "")
        changed = self._change(
            before, records.draft(records.AMENDMENT, {"version": before.version, "entry": entry.body()})
        )
        note = kept if note is None else note
        if note and changed.after is not None:
            self.place.note(changed.after.version, note)
        return changed

    def withdraw(self, version: str) -> Changed:
        """Take an entry out of the log; the record keeps that it was there. Raises `records.Refused`."""
        before = self.find(version)
        return self._change(before, records.draft(records.WITHDRAWAL, {"version": before.version}))

    def _change(self, before: Logged, change: Draft) -> Changed:
        notice = rules.notice(self.log_of(self.person), change)
        self._say([change])
        return Changed(before, self.log_of(self.person).entries.get(change.commitment), notice)

    def changed(self, version: str, fields: Mapping[str, Any]) -> Entry:
        """The entry of a version with other fields; an empty one takes it away. Raises `entries.NotAnEntry`."""
        old = self.find(version).entry
        body = old.body()
        if fields.keys() & {"start", "end"}:
            body.pop("date")
            body.pop("minutes")
        elif old.start is not None and fields.keys() & {"date", "minutes"}:
            raise AllianceLabError("this entry has a start and an end; change them with --start and --end")
        return entries.of({**body, **fields}, self.today())

    def find(self, version: str) -> Logged:
        """The entry that the beginning of a version means, if it means just one that stands."""
        if len(version) < SHORTEST:
            raise AllianceLabError(f"'{version}' is too short; write at least {SHORTEST} digits of the version")
        standing = self.log_of(self.person).entries if self.place.ledger else {}
        found = [one for name, one in standing.items() if name.startswith(version.lower())]
        if not found:
            raise AllianceLabError(
                f"no entry of yours that stands begins with '{version[:64]}'; `alliancelab hours list` shows them"
            )
        if len(found) > 1:
            names = ", ".join(one.version[: len(version) + SHORTEST] for one in found)
            raise AllianceLabError(f"'{version}' may be any of {names}; write more of it")
        return found[0]

    def standing(self) -> list[Logged]:
        """The entries that stand, in the order of recording, with what was said of each."""
        return list(self.log_of(self.person).entries.values()) if self.place.ledger else []

    def log_of(self, trainee: str) -> Log:
        """A trainee's log as the ledger has it now."""
        return self.ledger.log(trainee)

    def supervisors(self, entry: Entry) -> list[str]:
        """Who can sign an entry of one's own, by the agreements: the supervisor it names, or any."""
        agreements = self.ledger.register().agreements.values()
        able = {
            one.supervisor
            for one in agreements
            if one.trainee == self.person
            and one.covers(entry.date)
            and (not entry.supervisor or entry.supervisor == one.supervisor)
        }
        return sorted(able)

    def _say(self, drafts: Sequence[Draft]) -> list[Event]:
        return self.ledger.append(records.submit(self.key(), self.ledger.id, self.person, drafts))

    # A table

    def import_csv(self, path: Path, tell: Tell = lambda what, done, of: None) -> Imported:
        """Take in all rows of a table under one signature, or none; rows that were taken in before are left out.

        Raises `NotImported` with every row that is no entry, or that the record would refuse.
        """
        rows, faults = tables.read_what_is_good(path, self.today())
        bad = [BadRow(fault.line, fault.message) for fault in faults]
        if bad and not rows:
            raise NotImported(bad)
        self._begin()
        log = self.log_of(self.person)
        marked = list(zip(rows, importing.marks(entry for _, entry in rows), strict=True))
        fresh = [(number, entry, mark) for (number, entry), mark in marked if mark not in log.imported]
        by_hand = {one.entry: one.version for one in log.entries.values() if not one.mark}
        alike = [(number, by_hand[entry]) for number, entry, _ in fresh if entry in by_hand]
        known = [(one.version, one.entry, one.mark) for one in log.entries.values() if one.mark]
        gone = importing.gone([entry for _, entry in rows], known, [mark for _, mark in marked])
        drafts = [records.draft(records.ENTRY, {**entry.body(), "import": mark}) for _, entry, mark in fresh]
        bad += self._refused([number for number, _, _ in fresh], drafts, log, tell)
        if bad:
            raise NotImported(sorted(bad, key=lambda row: row.number))
        if drafts:
            tell("Recording", 0, len(drafts))
            self._say(drafts)
        minutes = sum(entry.minutes for _, entry, _ in fresh)
        versions = tuple(one.commitment for one in drafts)
        return Imported(versions, minutes, len(rows) - len(fresh), tuple(alike), tuple(gone))

    def _refused(self, numbers: Sequence[int], drafts: Sequence[Draft], log: Log, tell: Tell) -> list[BadRow]:
        """Each row that the ledger would refuse, so that all of them are told at once; the log is changed."""
        register, key, at = self.ledger.register(), self.key(), self.now()
        bad: list[BadRow] = []
        for done, (number, draft) in enumerate(zip(numbers, drafts, strict=True)):
            if done % TELL_EVERY == 0:
                tell("Reading", done, len(drafts))
            try:
                rules.check(register, log, self.person, key.public, draft, at)
            except Refused as refused:
                if refused.rule in NOT_OF_A_ROW:
                    raise
                bad.append(BadRow(number, str(refused)))
                continue
            submission = Submission(self.ledger.id, self.person, key.public, "", (draft,))
            [event] = records.chained(submission, None, register.size, at)
            log.add(event, register)
        return bad

    # What a supervisor does

    def bundles(self, trainee: str | None = None, until: date | None = None) -> list[Bundle]:
        """What waits for this person's signature, of all trainees or of one, up to a day: a bundle for each week."""
        return [
            replace(bundle, waiting=tuple(one for one in bundle.waiting if until is None or one.entry.date <= until))
            for who, bundle in self.waiting()
            if who == self.person and trainee in (None, bundle.trainee)
        ]

    def waiting(self) -> list[tuple[str, Bundle]]:
        """Who has to sign what: all that this person may see of it, week by week, by supervisor and trainee."""
        register = self.ledger.register()
        pairs = [pair for pair in register.pairs if self.place.role == place.PROGRAMME or self.person in pair]
        logs = {trainee: self.log_of(trainee) for trainee in {trainee for trainee, _ in pairs}}
        return [
            (supervisor, bundle)
            for trainee, supervisor in sorted(pairs)
            for bundle in approvals.weeks(logs[trainee], register, supervisor)
        ]

    def decide(self, shown: Sequence[Bundle], decisions: Sequence[Decision]) -> list[Event]:
        """Sign decisions about what was shown, under one signature for each trainee, and record them.

        Raises `records.Refused`; what was recorded of one trainee before that stands.
        """
        submissions = approvals.decide(self.key(), self.ledger.id, shown, decisions)
        return [event for submission in submissions for event in self.ledger.append(submission)]

    def reminders(self, on: date) -> list[Reminder]:
        """What this person, or the programme, should be reminded of on a day."""
        register = self.ledger.register()
        pairs = [pair for pair in register.pairs if self.place.role == place.PROGRAMME or self.person in pair]
        trainees = {trainee for trainee, _ in pairs} | ({self.person} if self.place.role == place.TRAINEE else set())
        found = [one for trainee in sorted(trainees) for one in reminders.of(self.log_of(trainee), register, on)]
        mine = {self.person, ""} if self.place.role == place.SUPERVISOR else {one.who for one in found}
        return sorted((one for one in found if one.who in mine), key=lambda one: (one.day, one.trainee, one.code))

    # Files that travel

    def pack(self, supervisor: str, path: Path) -> Parcel:
        """Write what waits for a supervisor into a file, for one who has only this package; what is in it."""
        events = self.ledger.events
        travel.write(path, travel.pack(events(records.PROGRAMME), events(self.person), self.person, supervisor))
        return travel.read(path)

    def take(self, path: Path) -> list[Event]:
        """Take a supervisor's decisions from a file; the ledger looks at each again. Raises `records.Refused`."""
        return self.ledger.append(travel.read_decisions(path))

    def statement(self, week: str | None = None, month: str | None = None) -> Statement:
        """A week of one's log, the last whole one without, or a month; with a checkpoint of the ledger now."""
        period = statement.month(month) if month else statement.week(week) if week else None
        taken = checkpoint.take(self.ledger, self.key(), self.now(), [records.PROGRAMME, self.person])
        return statement.of_period(
            self.person,
            self.ledger.id,
            period or statement.week_before(self.today()),
            self.standing(),
            taken.as_json(),
        )

    def _begin(self) -> None:
        if not self.place.ledger:
            self.place, self._ledger = joining.own(self.place, self.now)
