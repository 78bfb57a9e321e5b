"""The page on which a supervisor signs hours: weekly bundles of all their trainees, a look first, then the signature.

It works alone, for somebody who has only this package and the files that trainees send, and on a ledger that is shared.
Nothing is signed that was not shown, and the passphrase of the key is asked for each time and kept nowhere.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from alliancelab import workspace
from alliancelab.errors import AllianceLabError
from alliancelab.hours.account import approvals, place, reminders, travel
from alliancelab.hours.account.account import Account
from alliancelab.hours.account.approvals import Bundle, Decision
from alliancelab.hours.account.place import Place
from alliancelab.hours.account.travel import Parcel
from alliancelab.hours.record import codes, keys, signing
from alliancelab.hours.record.signing import Key
from alliancelab.widgets import HoursDeskCard, Still, hours_waiting, someone_is_there
from alliancelab.widgets.acting import Action, Done, Progress

PAGE = "hours.ipynb"
TITLE = "Hours to sign"
_shown: list[HoursDeskCard] = []


def open_hours_desk(folder: Path, browser: bool = True, port: int | None = None, jupyter: Sequence[str] = ()) -> None:
    """Open the page in a folder, which may be new; returns once the server has ended. Raises `AllianceLabError`."""
    folder = Path(folder).absolute()
    with workspace.mendable(folder, "hours desk"):
        found = place.read(folder)
        if found is not None and found.role == place.TRAINEE:
            raise AllianceLabError(
                f"{folder} is the folder of {found.person}, who logs hours there, and nobody signs their own; "
                "name another one: alliancelab hours desk FOLDER"
            )
        workspace.put_page(folder, PAGE, page())
    workspace.serve(folder, PAGE, browser, port, jupyter=jupyter)


def home_beside(folder: Path) -> Path | None:
    """Where the hours of a supervisor or a programme are who works in a folder: there, or in the usual place."""
    for home in (folder, Path.home() / "AllianceLab"):
        if (home / place.SETTINGS).is_file():
            try:
                found = place.read(home)
            except AllianceLabError:
                return home  # the page says what is wrong
            if found is not None and found.role != place.TRAINEE:
                return home
    return None


def page(home: Path | None = None) -> bytes:
    """The notebook of the page: one call, for the folder it stands in or for another one."""
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    fixed = {"deletable": False, "editable": False}
    source = f"from alliancelab.hours_desk import hours_desk\n\nhours_desk({'' if home is None else repr(str(home))})"
    about = {
        "alliancelab": {"kind": "hours", "module": "", "title": TITLE},
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    cells = [new_code_cell(source, id="hours", metadata=fixed)]
    return nbformat.writes(new_notebook(cells=cells, metadata=about)).encode()


def hours_desk(home: str = "") -> HoursDeskCard | Still:
    """The hours that wait for whoever's folder it is: the one that the page stands in, or another."""
    if not someone_is_there():
        return Still(HoursDeskCard.still)
    while _shown:
        _shown.pop().close()  # a page that runs again has a new desk
    work = HoursDesk(Path(home) if home else Path.cwd(), lambda: datetime.now(UTC))
    _shown.append(HoursDeskCard(work.face(), work.look, work.actions()))
    return _shown[0]


@dataclass(frozen=True)
class Shown:
    """A bundle on the page; `parcel` is the file it came in, None where it stands in the shared ledger."""

    bundle: Bundle
    parcel: Parcel | None = None


class HoursDesk:
    """What waits for a supervisor as the page shows it, and what its buttons do. `now` gives the time, with an offset.

    Files that were opened, and decisions that were looked at and not signed yet, are remembered while the page is open.
    """

    def __init__(self, folder: Path, now: Callable[[], datetime]):
        self.folder, self.now = folder, now
        self._mine: Account | None = None
        self._parcels: dict[tuple[str, str, str], Parcel] = {}
        self._decided: set[str] = set()  # versions that were signed by file
        self._on_page: list[Shown] = []
        self._pending: list[Decision] = []
        self._files: dict[str, str] = {}

    def face(self) -> dict[str, Any]:
        """What never changes: the lists to choose from, and what a signature is."""
        return {
            "kind": "hours-desk",
            "name": "hours-desk",
            "title": TITLE,
            "folder": str(self.folder),
            "asks": [list(one) for one in codes.ASKS.items()],
            "declines": [list(one) for one in codes.DECLINES.items()],
            "signature": list(hours_waiting.SIGNATURE),
            "shortest": keys.SHORTEST,
        }

    def actions(self) -> dict[str, Action]:
        """What each button does, by the name that the page calls it."""
        return {
            "look": self._look_again,
            "key": self._new_key,
            "open": self._open,
            "prepare": self._prepare,
            "sign": self._sign,
            "file": self._file_again,
        }

    # What is shown

    def look(self) -> dict[str, Any]:
        """Everything that waits as it stands now, the oldest week first."""
        mine, today = place.read(self.folder), self._today()
        shared = self._account(mine) if mine is not None and mine.ledger else None
        self._mine = shared
        self._on_page = sorted(self._found(shared), key=lambda one: (one.bundle.week, one.bundle.trainee))
        bundles = [one.bundle for one in self._on_page]
        of = {one.version: (bundle.trainee, one) for bundle in bundles for one in bundle.waiting}
        self._pending = [one for one in self._pending if one.version in of]
        key = _key_of(self.folder, mine)
        return {
            "seen": self.now().isoformat(),
            "who": mine.person if mine else "",
            "programme": mine is not None and mine.role == place.PROGRAMME,
            "whose": shared.ledger.register().name if shared else "",
            "key": {"public": keys.public(key), "fingerprint": signing.fingerprint(keys.public(key))} if key else None,
            "reminders": self._reminders(shared, today),
            "parcels": [hours_waiting.parcel(one, mine.programme if mine else "") for one in self._parcels.values()],
            "look": hours_waiting.look(bundles, today),
            "weeks": hours_waiting.weeks([(one.bundle, one.parcel is not None) for one in self._on_page], today),
            "pending": hours_waiting.about_to(self._pending, of),
            "files": list(self._files),
            "overview": hours_waiting.overview(shared.waiting()) if shared and mine.role == place.PROGRAMME else [],
        }

    def _reminders(self, shared: Account | None, today: date) -> list[str]:
        found = shared.reminders(today) if shared is not None else []
        for parcel in self._opened(shared):
            here = reminders.of(parcel.log, parcel.register, today)
            found += [one for one in here if one.who == parcel.supervisor]
        return [one.text for one in found]

    def _opened(self, shared: Account | None) -> list[Parcel]:
        """The files that were opened, without those that stand in the shared ledger."""
        return [one for one in self._parcels.values() if shared is None or one.ledger != shared.ledger.id]

    def _account(self, mine: Place) -> Account:
        if self._mine is None or self._mine.place != mine:
            self._mine = Account(mine, self.now)
        return self._mine

    def _found(self, shared: Account | None) -> Iterator[Shown]:
        if shared is not None:
            yield from (Shown(bundle) for bundle in shared.bundles())
        for parcel in self._opened(shared):
            for bundle in parcel.bundles():
                left = tuple(one for one in bundle.waiting if one.version not in self._decided)
                if left or bundle.outside:
                    yield Shown(replace(bundle, waiting=left), parcel)

    def _today(self) -> date:
        return self.now().astimezone().date()

    # What is done

    def _look_again(self, about: Mapping[str, Any], progress: Progress) -> Done:
        return Done("This is how things stand now.")

    def _new_key(self, about: Mapping[str, Any], progress: Progress) -> Done:
        made = keys.new(self.folder / keys.OWN, str(about.get("secret", "")))
        return Done(
            "Your key is made. Send your programme the public key, and compare the fingerprint by telephone. Nobody can "
            f"bring back a lost passphrase. Fingerprint: {signing.fingerprint(made.public)}."
        )

    def _open(self, about: Mapping[str, Any], progress: Progress) -> Done:
        mine = place.read(self.folder)
        found = sorted(path for path in Path(str(about.get("path") or "/nowhere")).glob("*/*") if path.is_file())
        if not found:
            return Done("Choose a file.", ok=False)
        refused, opened = [], []
        for path in found:
            try:
                parcel = travel.read(path, mine.programme if mine else "")
            except AllianceLabError as error:
                refused.append(str(error).replace(f"{path.parent}/", ""))
                continue
            self._parcels[parcel.ledger, parcel.trainee, parcel.supervisor] = parcel
            opened.append(parcel.trainee)
        text = f"Opened: {', '.join(opened)}. Every signature in it was verified." if opened else "Nothing was opened."
        return Done(text, ok=not refused, details=tuple(refused))

    def _prepare(self, about: Mapping[str, Any], progress: Progress) -> Done:
        """Keep the decisions that were made, to be looked at; nothing is signed yet."""
        self._pending = []
        of = {one.version: one for shown in self._on_page for one in shown.bundle.waiting}
        made = hours_waiting.decisions(about.get("decisions") or (), of)
        if not made:
            return Done("Nothing is decided yet: tick entries and approve them, or say something of one.", ok=False)
        self._pending = made
        return Done("")

    def _sign(self, about: Mapping[str, Any], progress: Progress) -> Done:
        """Sign what was looked at, with the passphrase that was given just now."""
        if not self._pending:
            return Done("Look first at what you are about to sign.", ok=False)
        mine = place.read(self.folder)
        path = _key_of(self.folder, mine)
        if path is None:
            return Done("You have no key yet; make one first.", ok=False)
        key = keys.load(path, lambda _: str(about.get("secret", "")))
        made, self._pending = self._pending, []
        said, files = hours_waiting.said(made), self._sign_files(key, path, made)
        self._sign_in_ledger(key, made)
        if not files:
            return Done(f"Signed: {said}. It is in the ledger.")
        where = files[0] if len(files) == 1 else f"the {len(files)} files that stand below"
        text = f"Signed: {said}. Send back {where}; it counts once the trainee has taken it in."
        return Done(text, file=(files[0], self._files[files[0]]) if len(files) == 1 else None)

    def _sign_files(self, key: Key, path: Path, made: Sequence[Decision]) -> list[str]:
        """Sign what came in files; the names of the files to send back."""
        names = []
        for parcel in self._opened(self._mine):
            versions = {one.version for bundle in parcel.bundles() for one in bundle.waiting}
            if here := [one for one in made if one.version in versions]:
                name = self._free_name(f"{parcel.trainee}-for-{parcel.supervisor}-signed")
                told = travel.decisions_file(travel.answer(parcel, key, here, self.now()))
                self._files[name] = _text_of(told, name)
                self._decided |= {one.version for one in here}
                self._remember(parcel, path)
                names.append(name)
        return names

    def _sign_in_ledger(self, key: Key, made: Sequence[Decision]) -> None:
        """Sign and record what stands in the shared ledger."""
        bundles = [shown.bundle for shown in self._on_page if shown.parcel is None]
        versions = {one.version for bundle in bundles for one in bundle.waiting}
        here = [one for one in made if one.version in versions]
        if self._mine is not None and here:
            ledger = self._mine.ledger
            for submission in approvals.decide(key, ledger.id, bundles, here):
                ledger.append(submission)

    def _remember(self, parcel: Parcel, key: Path) -> None:
        """Whose ledger it is: from now on a file from another one is refused here."""
        mine = place.read(self.folder) or Place(self.folder, person=parcel.supervisor, role=place.SUPERVISOR, key=key)
        if not mine.programme:
            place.write(replace(mine, programme=signing.fingerprint(parcel.programme)))

    def _file_again(self, about: Mapping[str, Any], progress: Progress) -> Done:
        name = str(about.get("name"))
        if name not in self._files:
            return Done("There is no such file any more; sign again.", ok=False)
        return Done("", file=(name, self._files[name]))

    def _free_name(self, stem: str) -> str:
        number = 1 + sum(name.startswith(stem) for name in self._files)
        return f"{stem}{'' if number == 1 else f'-{number}'}.hours"


def _text_of(told: Mapping[str, Any], name: str) -> str:
    """A file that travels, as it is written."""
    with tempfile.TemporaryDirectory() as home:
        travel.write(Path(home) / name, told)
        return (Path(home) / name).read_text(encoding="utf-8")


def _key_of(folder: Path, mine: Place | None) -> Path | None:
    path = mine.key if mine is not None and mine.key is not None else folder / keys.OWN
    return path if path.exists() else None
