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
from alliancelab.hours import entries
from alliancelab.hours.account import approvals, importing, joining, place, reminders, statement, travel
from alliancelab.hours.account.approvals import Bundle, Decision
from alliancelab.hours.account.importing import Imported, NotImported, Tell
from alliancelab.hours.account.place import Place
from alliancelab.hours.account.reminders import Reminder
from alliancelab.hours.account.statement import Period, Statement
from alliancelab.hours.account.travel import Parcel
from alliancelab.hours.entries import Entry
from alliancelab.hours.record import checkpoint, keys, records, rules
from alliancelab.hours.record.ledger import Ledger
from alliancelab.hours.record.records import Draft, Event
from alliancelab.hours.record.rules import Log, Logged, Register
from alliancelab.hours.record.signing import Key

SHORTEST = 4  # digits of a version that somebody types

Ask = Callable[[str], str] | None  # gets a passphrase where a key needs one


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
            if not self.place.ledger and self.place.role == place.SUPERVISOR:
                raise AllianceLabError(
                    f"what {self.person} signs comes as files: `alliancelab hours sign FILE`; for a shared ledger, add a line "
                    f'ledger = "URL" to {self.place.folder / place.SETTINGS}'
                )
            if not self.place.ledger:
                raise AllianceLabError(
                    f"{self.place.folder} has no ledger yet; log a first entry with `alliancelab hours log`, join a "
                    "programme with `alliancelab hours join`, or name a folder with --folder"
                )
            self._ledger = Ledger.open(self.place.url, now=self.now)
        return self._ledger

    def close(self) -> None:
        """Let the ledger go."""
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None

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

    def find(self, version: str, trainee: str = "") -> Logged:
        """The entry, of one's own or of a trainee, that the beginning of a version means, if it means just one that stands."""
        if len(version) < SHORTEST:
            raise AllianceLabError(f"'{version}' is too short; write at least {SHORTEST} digits of the version")
        standing = self.log_of(trainee or self.person).entries if self.place.ledger else {}
        found = [one for name, one in standing.items() if name.startswith(version.lower())]
        if not found:
            raise AllianceLabError(
                f"no entry of {trainee or 'yours'} that stands begins with '{version[:64]}'; `alliancelab hours list` shows them"
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

    def trainees(self) -> list[str]:
        """All trainees of the register."""
        return sorted({one.person for one in self.ledger.register().keys.values() if one.role == place.TRAINEE})

    def known_log(self, trainee: str) -> Log:
        """The log of a trainee of the register; an error for anybody else."""
        if trainee not in self.trainees():
            raise AllianceLabError(
                f"the register has no trainee '{trainee[:64]}'; `alliancelab hours register show` has all"
            )
        return self.log_of(trainee)

    def supervisors(self, entry: Entry, register: Register | None = None) -> list[str]:
        """Who can sign an entry of one's own: the supervisor it names, or else each one with an agreement for its day."""
        register = register or self.ledger.register()
        able = sorted(
            supervisor
            for trainee, supervisor in register.pairs
            if trainee == self.person
            and register.signs(supervisor, place.SUPERVISOR)
            and any(made.covers(entry.date) for made in register.between(trainee, supervisor))
        )
        return [entry.supervisor] if entry.supervisor in able else able

    def _say(self, drafts: Sequence[Draft]) -> list[Event]:
        return self.ledger.append(records.submit(self.key(), self.ledger.id, self.person, drafts))

    # A table

    def import_csv(self, path: Path, tell: Tell = lambda what, done, of: None) -> Imported:
        """Take in all rows of a table under one signature, or none; rows that were taken in before are left out.

        Raises `NotImported` with every row that is no entry, or that the record would refuse.
        """
        rows, bad = importing.read(path, self.today())
        if bad and not rows:
            raise NotImported(bad)
        self._begin()
        plan = importing.plan(rows, self.log_of(self.person))
        bad += plan.refused(self.log_of(self.person), self.ledger.register(), self.key().public, self.now(), tell)
        if bad:
            raise NotImported(sorted(bad, key=lambda row: row.number))
        if plan.drafts:
            tell("Recording", 0, len(plan.drafts))
            self._say(plan.drafts)
        return plan.done()

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
        return [
            (supervisor, bundle)
            for trainee, supervisor in self._pairs(register)
            for bundle in approvals.weeks(self.log_of(trainee), register, supervisor)
        ]

    def _pairs(self, register: Register) -> list[tuple[str, str]]:
        everybody = self.place.role == place.PROGRAMME
        return sorted(pair for pair in register.pairs if everybody or self.person in pair)

    def decide(self, shown: Sequence[Bundle], decisions: Sequence[Decision]) -> list[Event]:
        """Sign decisions about what was shown, under one signature for each trainee, and record them.

        Raises `records.Refused`; what was recorded of one trainee before that stands.
        """
        submissions = approvals.decide(self.key(), self.ledger.id, shown, decisions)
        return [event for submission in submissions for event in self.ledger.append(submission)]

    def reverse(self, trainee: str, version: str) -> Logged:
        """Take back a signature that one gave, or for a programme somebody's; the entry as it was. It then waits again."""
        before = self.find(version, trainee)
        if before.approved is None:
            raise AllianceLabError(
                f"the entry {before.version[:8]} is not signed, so there is no signature to take back"
            )
        key = self.programme_key() if self.place.role == place.PROGRAMME else self.key()
        taken = records.draft(records.REVERSAL, {"approval": before.approval})
        self.ledger.append(records.submit(key, self.ledger.id, trainee, [taken]))
        return before

    def reminders(self, on: date) -> list[Reminder]:
        """What this person, or the programme, should be reminded of on a day."""
        register = self.ledger.register()
        trainees = {trainee for trainee, _ in self._pairs(register)}
        if self.place.role == place.TRAINEE:
            trainees.add(self.person)
        elif self.place.role == place.PROGRAMME:
            trainees.update(self.trainees())
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

    def statement(self, period: Period | None = None, trainee: str | None = None) -> Statement:
        """A week of one's log, the last whole one without another period; with a checkpoint of the ledger now.

        The programme's is signed by its key, and proves to others what it says. A trainee's own is signed by theirs: it proves
        to themselves whether the log was cut off later.
        """
        keeps = self.place.role == place.PROGRAMME or self.place.programme_key is not None
        who = trainee or self.person
        taken = checkpoint.take(self.ledger, self.programme_key() if keeps else self.key(), self.now, [who])
        period = period or statement.week_before(self.today())
        return statement.of_period(
            who, self.ledger.id, period, self.log_of(who).entries.values(), taken.as_json(), by_programme=keeps
        )

    def _begin(self) -> None:
        if not self.place.ledger:
            self.place, self._ledger = joining.own(self.place, self.now)
