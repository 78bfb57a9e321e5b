"""Collect what trainees handed in: zip files, alone, in folders or in an LMS's download, or nbgrader's exchange.

Each hand-in is verified and then written to `submitted/` whole or not at all; one that cannot be taken in is listed with
its reason, and stops no other. Of several of one trainee the newest counts, in whatever order they come.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliancelab import answers
from alliancelab.course.course import known, modules_of, nbgrader_api
from alliancelab.course.exchange import has_exchange
from alliancelab.course.files import TIMESTAMP, read_plain, time_of, write_whole
from alliancelab.course.lock import course_lock
from alliancelab.course.settings import CONFIG, STUDENT, refuse_own_steps
from alliancelab.errors import AllianceLabError
from alliancelab.sheet import journal_path

if TYPE_CHECKING:
    from nbgrader.apps.api import NbGraderAPI

EXCHANGE = "exchange"
# What a hand-in may hold, in bytes and files; what `alliancelab hand-in` makes is a hundredth of it.
LARGEST_HAND_IN = 20_000_000
LARGEST_FILE = answers.LONGEST_JOURNAL
LARGEST_UNPACKED = 2 * LARGEST_FILE
MOST_FILES = 1_000
LONGEST_LIST = 10_000_000  # a zip's list of its files is read before they can be counted
LONGEST_NAME = 255
# What can come of a zip that is broken on purpose: zipfile raises all of these.
BROKEN = (
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    IndexError,
    OverflowError,
)

_COPY = r"(?:-\d+| ?\(\d+\))"  # a browser's second download, or a second try in Canvas
_NAMED = re.compile(rf"(?P<student>.*)__(?P<module>[a-z0-9-]+{_COPY}*)\.zip", re.IGNORECASE)
# Moodle puts a trainee's files into a folder "Full Name_12345_assignsubmission_file", or that in front of their names;
# Canvas puts "lovelaceada_12345_67890_" in front, the account's number and the file's, with LATE between where it is so.
_MOODLE = re.compile(r"(?:.*/)?(?P<account>[^/]+)_assignsubmission_file(?:/(?:.*/)?|_)(?P<file>[^/]+)", re.DOTALL)
_CANVAS = re.compile(r"(?P<name>(?:\w+?_)??)(?:LATE_)?(?P<number>\d+|anon_[0-9A-Za-z]+)_\d+_(?P<file>.+)", re.DOTALL)


@dataclass(frozen=True)
class Collected:
    """What came of collecting.

    `taken` holds trainee, module and time of hand-in, UTC (empty where there was none to read, which counts as in time);
    `unchanged` trainee and module where nothing newer was handed in; `refused` the name of a file and why it was not
    taken in; `notes` what a supervisor should know besides.
    """

    taken: tuple[tuple[str, str, str], ...] = ()
    unchanged: tuple[tuple[str, str], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


class Refused(Exception):
    """Why a hand-in is not taken in."""


def collect(
    folder: Path,
    path: Path | str,
    *,
    module: str | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Collected:
    """Take in what was handed in at `path` for the course at `folder`; of one module, or of all that are assigned.

    `path` is a hand-in's zip, a folder in which there are some at any depth, an LMS's zip of them, or "exchange" for
    nbgrader's. It can be repeated: what was taken in before stays as it is. Raises `AllianceLabError` where there is
    nothing to collect.
    """
    folder, tell = Path(folder).resolve(), progress or (lambda what, done, of: None)
    api = nbgrader_api(folder)
    assigned = _assigned(api)
    if module is not None:
        known(folder, module)
        if module not in assigned:
            raise AllianceLabError(f"'{module}' was never assigned; type `alliancelab course assign {module}` first")
    with course_lock(folder, lambda: tell("waiting for another run in this course", 0, 1)):
        if str(path) == EXCHANGE:
            return _from_exchange(api, [module] if module else sorted(assigned), tell)
        collecting = _Collecting(api, folder, assigned, module)
        collecting.go(Path(path), tell)
        return collecting.outcome()


def _assigned(api: NbGraderAPI) -> set[str]:
    from nbgrader.api import Gradebook

    with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as gradebook:
        return {assignment.name for assignment in gradebook.assignments if assignment.notebooks}


# -- where hand-ins are ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Found:
    """A file whose name says that it is a hand-in: what to call it, where it stands, how to read it, what is wrong."""

    name: str
    place: str
    read: Callable[[], bytes]
    fault: str = ""


def _found(path: Path, modules: Collection[str], course: Path) -> Iterator[_Found]:
    """Every hand-in at `path`, in the order of names, but none below it in the course's own folder, where they are kept.

    A zip that holds some is open meanwhile.
    """
    if not path.is_dir():
        yield from _in_file(path, path.name, modules)
        return
    for home, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if Path(home, name) != course)
        for file in (Path(home, name) for name in sorted([*names, *folders])):
            with suppress(AllianceLabError, OSError):  # other zips may lie there, too
                yield from _in_file(file, str(file.relative_to(path)), modules)


def _in_file(file: Path, name: str, modules: Collection[str]) -> Iterator[_Found]:
    is_plain = stat.S_ISREG(file.lstat().st_mode)
    if _says_hand_in(file.name, modules):
        fault = "" if is_plain else "is a link, a folder or a device, and no file; ask for it again"
        yield _Found(name, file.as_posix(), partial(_read_file, file), fault)
    elif is_plain and file.suffix.lower() == ".zip":
        yield from _in_zip(file, name, modules)
    elif is_plain:
        raise AllianceLabError(f"{file}: cannot be taken in (File is not a zip file)")


def _in_zip(file: Path, name: str, modules: Collection[str]) -> Iterator[_Found]:
    try:
        with file.open("rb") as raw:
            outer = open_zip(raw, LONGEST_LIST)
            for member in outer.infolist():
                place = _name_of(member)
                if _says_hand_in(place.rpartition("/")[2], modules):
                    read = partial(read_member, outer, member, LARGEST_HAND_IN)
                    yield _Found(f"{name}: {place}", place, read, _unsafe(member))
    except (*BROKEN, Refused) as error:
        raise AllianceLabError(f"{file}: cannot be taken in ({error})") from None


def _says_hand_in(name: str, modules: Collection[str]) -> bool:
    if len(name) > LONGEST_NAME or not name.lower().endswith(".zip"):
        return False
    return bool(_NAMED.fullmatch(name)) or any(f"__{module}" in name for module in modules)


def whose(place: str, modules: Collection[str]) -> tuple[str, str, str]:
    """Trainee, module and account in the LMS (or "") that the name of a hand-in tells.

    >>> whose("Ada Lovelace_417_assignsubmission_file/ada__rapport (1).zip", {"rapport"})
    ('ada', 'rapport', 'Ada Lovelace_417')
    >>> whose("lovelaceada_LATE_12345_67890_ada__rapport-1.zip", {"rapport"})
    ('ada', 'rapport', 'lovelaceada_12345')
    """
    if moodle := _MOODLE.fullmatch(place):
        account, file = moodle["account"], moodle["file"]
    elif canvas := _CANVAS.fullmatch(place.rpartition("/")[2]):
        account, file = canvas["name"] + canvas["number"], canvas["file"]
    else:
        account, file = "", place.rpartition("/")[2]
    named = _NAMED.fullmatch(file)
    if named is None:
        raise Refused("is not called STUDENT__MODULE.zip; rename it so and collect it again")
    module = named["module"].lower()
    while module not in modules and (shorter := re.sub(rf"{_COPY}$", "", module)) != module:
        module = shorter
    student = unicodedata.normalize("NFC", named["student"])  # a Mac's zip spells an accent apart from its letter
    if not re.fullmatch(STUDENT, student) or len(student) > 100:
        raise Refused("its name names no trainee; a trainee's name has letters, digits, '.', '@', '-', '_'")
    return student, module, account


# -- what is in a hand-in ---------------------------------------------------------------------------------------------


def _read_file(file: Path) -> bytes:
    descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as opened:
        return _at_most(opened.read(LARGEST_HAND_IN + 1), LARGEST_HAND_IN, "it")


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int = LARGEST_FILE) -> bytes:
    """The bytes of a file in a zip; raises `Refused` for more than `limit`, and never unpacks more, whatever is declared."""
    name = _name_of(member).rpartition("/")[2]
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused("it is packed in an unusual way")  # zipfile unpacks the other ways without a limit
    if member.file_size > limit:
        raise Refused(f"{name} is larger than {limit:,} bytes")
    with archive.open(member) as file:
        return _at_most(file.read(limit + 1), limit, name)


def _at_most(raw: bytes, limit: int, name: str) -> bytes:
    if len(raw) > limit:
        raise Refused(f"{name} is larger than {limit:,} bytes")
    return raw


def open_zip(file: Any, longest_list: int = LONGEST_LIST // 20) -> zipfile.ZipFile:
    """Open a zip; raises `Refused` where the list of its files is longer than so many bytes."""
    end = zipfile._EndRecData(file)  # zipfile itself reads the list whole, however long
    if end is None:
        raise zipfile.BadZipFile("File is not a zip file")
    if end[zipfile._ECD_SIZE] > longest_list:
        raise Refused("it holds too many files")
    return zipfile.ZipFile(file)


def _name_of(member: zipfile.ZipInfo) -> str:
    name = member.filename
    if not member.flag_bits & 0x800:  # not said to be UTF-8, and often is
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _unsafe(member: zipfile.ZipInfo) -> str:
    """What makes a member one that no honest program packs; empty for all others."""
    name = _name_of(member)
    kind = stat.S_IFMT(member.external_attr >> 16)
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/"):
        return f"the path {name[:60]!r} in it leads outside"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return f"{name[:60]!r} in it is a link or a device"
    if member.flag_bits & 0x1:
        return "it is encrypted"
    return ""


def members_of(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files of a hand-in's zip, without what a Mac adds; raises `Refused` for a bomb."""
    members = [member for member in archive.infolist() if not member.filename.startswith("__MACOSX/")]
    if len(members) > MOST_FILES or sum(member.file_size for member in members) > LARGEST_UNPACKED:
        raise Refused(f"it unpacks to more than {MOST_FILES:,} files or {LARGEST_UNPACKED:,} bytes")
    return members


def unpack(raw: bytes, module: str) -> dict[str, bytes]:
    """The files of a hand-in that count, by name; raises `Refused` for one that cannot be trusted or read."""
    journal = journal_path(Path(), module).name
    wanted = (f"{module}.ipynb", journal, TIMESTAMP)
    try:
        with io.BytesIO(raw) as file, open_zip(file) as archive:
            members = members_of(archive)
            if fault := next(filter(None, map(_unsafe, members)), ""):
                raise Refused(fault)
            files: dict[str, bytes] = {}
            for member in members:
                *folders, name = _name_of(member).split("/")
                if folder := next((name for name in wanted if name in folders), ""):
                    raise Refused(f"{folder} in it is a folder and no file")
                if name in files:
                    raise Refused(f"it holds {name} more than once")
                if name in wanted:
                    files[name] = read_member(archive, member)
    except BROKEN as error:
        raise Refused(f"it cannot be unpacked ({error}); ask for it again") from None
    if not files.keys() - {TIMESTAMP}:
        raise Refused(f"it holds neither {journal} nor {module}.ipynb")
    return files


# -- into the course --------------------------------------------------------------------------------------------------

_Rank = tuple[datetime, int, int]


def _rank(time: datetime | None, journal: bytes | None) -> _Rank:
    """The newer has the higher: by its time, and of the same time by the longer journal, since journals only grow."""
    return time or datetime.min, len(journal) if journal is not None else -1, zlib.crc32(journal or b"")


@dataclass
class _Collecting:
    """One run over the hand-ins at a path."""

    api: NbGraderAPI
    folder: Path
    assigned: set[str]
    module: str | None
    taken: dict[tuple[str, str], str] = field(default_factory=dict)
    unchanged: set[tuple[str, str]] = field(default_factory=set)
    refused: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def go(self, path: Path, tell: Callable[[str, int, int], None]) -> None:
        modules = {*modules_of(self.folder), *self.assigned}
        if not os.path.lexists(path):
            raise AllianceLabError(f"'{path}' does not exist; name a zip file, a folder, or '{EXCHANGE}'")
        path = path.resolve()
        number, accounts = self._accounts(path, modules)
        if not number:
            name = f"STUDENT__{self.module or 'MODULE'}.zip"
            of = f" for '{self.module}'" if self.module else ""
            raise AllianceLabError(
                f"{path} holds nothing handed in{of}; hand-ins are called {name}, alone, in a folder or in a zip"
            )
        for module in self.assigned:
            self._sweep(module)
        for done, found in enumerate(self._of_module(path, modules)):
            tell("collect", done, number)
            try:
                self._take(found, modules, accounts)
            except Refused as reason:
                self.refused.append((_shown(found.name), _shown(str(reason))))
            except OSError as error:
                self.refused.append((_shown(found.name), f"it cannot be taken in: {error.strerror or error}"))
        for module in self.assigned:
            self._sweep(module)
        tell("collect", number, number)

    def outcome(self) -> Collected:
        return Collected(
            tuple((*whom, time) for whom, time in sorted(self.taken.items())),
            tuple(sorted(self.unchanged - self.taken.keys())),
            tuple(self.refused),
            tuple(self.notes),
        )

    def _of_module(self, path: Path, modules: set[str]) -> Iterator[_Found]:
        """The hand-ins at `path`, without those of other modules where one is asked for."""
        for found in _found(path, modules, self.folder):
            with suppress(Refused):
                if self.module not in (None, whose(found.place, modules)[1]):
                    continue
            yield found

    def _accounts(self, path: Path, modules: set[str]) -> tuple[int, dict[tuple[str, str], set[str]]]:
        """How many hand-ins there are, and from which accounts of the LMS each trainee's come."""
        number, accounts = 0, {}
        for found in self._of_module(path, modules):
            number += 1
            with suppress(Refused):
                student, module, account = whose(found.place, modules)
                if account:
                    accounts.setdefault((student, module), set()).add(account)
        return number, accounts

    def _take(self, found: _Found, modules: set[str], accounts: dict[tuple[str, str], set[str]]) -> None:
        student, module, _ = whose(found.place, modules)
        if found.fault:
            raise Refused(found.fault)
        if module not in modules:
            raise Refused(f"the course has no exercise '{module}'")
        if module not in self.assigned:
            raise Refused(f"'{module}' was never assigned; type `alliancelab course assign {module}` first")
        if len(several := accounts.get((student, module), ())) > 1:
            raise Refused(
                f"several accounts handed in as '{student}': {', '.join(sorted(several))}; "
                "ask them who it is, and collect the right file by itself"
            )
        try:
            raw = found.read()
        except BROKEN as error:
            raise Refused(f"it cannot be unpacked ({error}); ask for it again") from None
        files = unpack(raw, module)
        try:
            time = time_of(files.get(TIMESTAMP))
        except ValueError:
            time = None
            del files[TIMESTAMP]  # nbgrader stops at a time that it cannot read
        submitted = self._submitted(student, module)
        journal = journal_path(submitted, module).name
        there = _collected(submitted, journal)
        if there is not None and _rank(time, files.get(journal)) <= there:
            if time is None and there[0] != datetime.min:
                raise Refused("it has no time that can be read, and one that has was collected")
            self.unchanged.add((student, module))
            return
        self._archive(raw, f"{student}__{module}.zip", found, module)
        self._put(submitted, module, files)
        self.taken[student, module] = f"{time:%Y-%m-%d %H:%M:%S} UTC" if time else ""
        if time is None:
            self.notes.append(f"{_shown(found.name)} has no time that can be read; it counts as in time")

    def _submitted(self, student: str, module: str) -> Path:
        coursedir = self.api.coursedir
        submitted = Path(coursedir.format_path(coursedir.submitted_directory, student, module))
        if submitted.parent.is_symlink():
            raise Refused(f"{submitted.parent} is a link; put a folder in its place")
        return submitted

    def _archive(self, raw: bytes, name: str, found: _Found, module: str) -> None:
        """Keep the zip where nbgrader's own `zip_collect` looks for it."""
        archive = self.folder / "downloaded" / module / "archive"
        if not Path(found.place).is_relative_to(archive):
            archive.mkdir(parents=True, exist_ok=True)
            write_whole(archive / name, raw, 0o644)

    # A submission is made ready in a folder of its own and put in its place by renaming it. Where a run is killed between
    # the two renamings, the next one puts the former submission back.

    def _aside(self, module: str) -> Path:
        return self._submitted(".collecting", module)

    def _put(self, submitted: Path, module: str, files: dict[str, bytes]) -> None:
        aside = self._aside(module)
        new, former = aside / "new", aside / "former"
        for folder in (new, former):
            shutil.rmtree(folder, ignore_errors=True)
        new.mkdir(parents=True)
        for name, raw in files.items():
            (new / name).write_bytes(raw)
        submitted.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(submitted):
            (aside / "whose.json").write_text(json.dumps(str(submitted)))
            submitted.rename(former)
        new.rename(submitted)

    def _sweep(self, module: str) -> None:
        """Take away what was made ready; put back a former submission that nothing has replaced."""
        aside = self._aside(module)
        if not aside.is_dir():
            return
        former, place = aside / "former", aside / "whose.json"
        if os.path.lexists(former) and not os.path.lexists(submitted := Path(json.loads(place.read_text()))):
            former.rename(submitted)
        shutil.rmtree(aside)
        with suppress(OSError):
            aside.parent.rmdir()


def _shown(text: str) -> str:
    """A text as any terminal takes it, whatever signs somebody put into the name of a file."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _collected(submitted: Path, journal: str) -> _Rank | None:
    """The rank of what was collected before, or None where nothing was."""
    if submitted.is_symlink() or not submitted.is_dir():
        return None
    try:
        return _rank(time_of(read_plain(submitted / TIMESTAMP)), read_plain(submitted / journal))
    except (OSError, ValueError):
        return _rank(None, None)


# -- nbgrader's exchange ----------------------------------------------------------------------------------------------


def _from_exchange(api: NbGraderAPI, modules: list[str], tell: Callable[[str, int, int], None]) -> Collected:
    """Collect with nbgrader's own `collect --update`, module by module."""
    from nbgrader.exchange import ExchangeError

    refuse_own_steps(api.config, "ExchangeFactory", ("collect",))
    if not has_exchange(api):
        raise AllianceLabError(
            f"this course names no exchange; fill in these two lines of {Path(api.coursedir.root, CONFIG)}: "
            'c.CourseDirectory.course_id = "..." and c.Exchange.root = "..."'
        )
    taken, unchanged, refused = [], [], []
    for done, module in enumerate(modules):
        tell(module, done, len(modules))
        api.coursedir.assignment_id = module
        step = api.exchange.Collect(coursedir=api.coursedir, authenticator=api.authenticator, parent=api)
        step.update = True
        try:
            step.start()
        except (ExchangeError, OSError) as error:
            raise AllianceLabError(f"nbgrader could not collect '{module}' from the exchange: {error}") from None
        taken += [(student, module, f"{time:%Y-%m-%d %H:%M:%S} UTC") for student, time in step.taken.items()]
        unchanged += [(student, module) for student in step.unchanged]
        refused += [(_shown(name), _shown(reason)) for name, reason in step.refused]
    tell("collect", len(modules), len(modules))
    return Collected(tuple(sorted(taken)), tuple(sorted(unchanged)), tuple(refused))
