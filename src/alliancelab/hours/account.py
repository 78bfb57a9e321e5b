"""One person's account: their place, their key, and the ledger they write into.

A trainee without a programme has a ledger of their own, `hours.db` in their folder, made at the first entry; its
programme is themselves. Who joins a programme says so in `hours.toml`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from alliancelab.errors import AllianceLabError
from alliancelab.hours import entries, importing, keys, place, programme, records, rules
from alliancelab.hours.entries import Entry
from alliancelab.hours.importing import BadRow, Imported, NotImported
from alliancelab.hours.ledger import Ledger
from alliancelab.hours.place import Place
from alliancelab.hours.records import Draft, Event
from alliancelab.hours.rules import Log, Logged
from alliancelab.hours.signing import Key

SHORTEST = 4  # digits of a version that somebody types


@dataclass
class Account:
    """What somebody can do from a folder of theirs. `ask` gets a passphrase where a key needs one."""

    place: Place
    now: Callable[[], datetime]
    ask: Callable[[str], str] | None = None
    _ledger: Ledger | None = field(default=None, repr=False)

    @classmethod
    def at(
        cls,
        folder: Path,
        now: Callable[[], datetime],
        ask: Callable[[str], str] | None = None,
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

    def amend(self, version: str, entry: Entry, note: str | None = None) -> tuple[Logged, Logged]:
        """Put an entry in the place of a version; before and after. A signature of the one before falls.

        The private note goes with it, unless another is given.
        """
        before = self.find(version)
        if entry == before.entry and note is None:
            raise AllianceLabError("nothing is different; give the field that you want to change")
        note = self.place.notes().get(before.version, "") if note is None else note
        if entry == before.entry:
            self.place.note(before.version, note)
            return before, before
        [event] = self._say([records.draft(records.AMENDMENT, {"version": before.version, "entry": entry.body()})])
        if note:
            self.place.note(event.commitment, note)
        return before, self.log_of(self.person).entries[event.commitment]

    def withdraw(self, version: str) -> Logged:
        """Take an entry out of the log; what stood before."""
        before = self.find(version)
        self._say([records.draft(records.WITHDRAWAL, {"version": before.version})])
        return before

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
