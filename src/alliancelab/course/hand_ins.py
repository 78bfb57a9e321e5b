"""Hand-ins as they come: where they are, whose they are, and what may be in them.

Nothing is written here, and no more of a zip is ever read than an honest one can hold.
"""

from __future__ import annotations

import io
import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from alliancelab import answers
from alliancelab.course.files import TIMESTAMP
from alliancelab.course.settings import STUDENT
from alliancelab.errors import AllianceLabError
from alliancelab.sheet import journal_path

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


class Refused(Exception):
    """Why a hand-in is not taken in."""


# -- where hand-ins are ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """A file whose name says that it is a hand-in: what to call it, where it stands, how to read it, what is wrong."""

    name: str
    place: str
    read: Callable[[], bytes]
    fault: str = ""


def found_at(path: Path, modules: Collection[str], course: Path) -> Iterator[Found]:
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


def _in_file(file: Path, name: str, modules: Collection[str]) -> Iterator[Found]:
    is_plain = stat.S_ISREG(file.lstat().st_mode)
    if _says_hand_in(file.name, modules):
        fault = "" if is_plain else "is a link, a folder or a device, and no file; ask for it again"
        yield Found(name, file.as_posix(), partial(_read_file, file), fault)
    elif is_plain and file.suffix.lower() == ".zip":
        yield from _in_zip(file, name, modules)
    elif is_plain:
        raise AllianceLabError(f"{file}: cannot be taken in (File is not a zip file)")


def _in_zip(file: Path, name: str, modules: Collection[str]) -> Iterator[Found]:
    try:
        with file.open("rb") as raw:
            outer = open_zip(raw, LONGEST_LIST)
            for member in outer.infolist():
                place = _name_of(member)
                if _says_hand_in(place.rpartition("/")[2], modules):
                    read = partial(read_member, outer, member, LARGEST_HAND_IN)
                    yield Found(f"{name}: {place}", place, read, _unsafe(member))
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
