"""Somebody's place in a ledger: the file `hours.toml` in a folder of theirs, and private notes beside it.

The notes never leave the folder: no free text, and nothing about a client, stands in the record.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import portalocker

from alliancelab.errors import AllianceLabError, NotSaved

SETTINGS, NOTES, OWN_LEDGER = "hours.toml", "hours-notes.jsonl", "hours.db"
TRAINEE, SUPERVISOR, PROGRAMME = "trainee", "supervisor", "programme"
ROLES = (TRAINEE, SUPERVISOR, PROGRAMME)

_KEYS = ("ledger", "person", "role", "key", "programme-key", "programme")
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_LOCK_SECONDS = 10


@dataclass(frozen=True)
class Place:
    """Who somebody is, in which ledger, and where their keys are.

    `ledger` is a URL, or empty for a supervisor whose bundles travel as files. `programme_key` is there for whoever keeps
    the ledger: the key that signs its register. `programme` is the fingerprint of the key that opened the ledger, where it
    is known: files from another one are refused.
    """

    folder: Path
    ledger: str = ""
    person: str = ""
    role: str = TRAINEE
    key: Path | None = None
    programme_key: Path | None = None
    programme: str = ""

    @property
    def url(self) -> str:
        """The ledger's URL; a relative SQLite file is one of the folder's."""
        return in_folder(self.ledger, self.folder)

    def notes(self) -> dict[str, str]:
        """The private notes, by the version of the entry they belong to; the last one said is the one that stands."""
        try:
            lines = (self.folder / NOTES).read_bytes().split(b"\n")
        except FileNotFoundError:
            return {}
        found: dict[str, str] = {}
        for line in lines:
            try:
                said = json.loads(line)
                found[str(said["version"])] = str(said["note"])
            except (ValueError, TypeError, KeyError):
                continue  # a torn line harms no other
        return found

    def note(self, version: str, text: str) -> None:
        """Keep a private note for a version of an entry; raises `NotSaved`."""
        line = json.dumps({"version": version, "note": text}, ensure_ascii=False) + "\n"
        path = self.folder / NOTES
        try:
            with portalocker.Lock(path, "a+b", timeout=_LOCK_SECONDS, check_interval=0.005) as file:
                path.chmod(0o600)
                if file.tell() and not _ends_line(path):
                    file.write(b"\n")
                file.write(line.encode())
                file.flush()
                os.fsync(file.fileno())
        except portalocker.LockException:
            raise NotSaved(f"{NOTES} is held by another program; close it there and write the note again") from None
        except OSError as error:
            raise NotSaved(f"the note was not kept in {path}: {error.strerror or error}") from None


def _ends_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def in_folder(url: str, folder: Path) -> str:
    """A ledger's URL with a relative SQLite file placed in a folder; a plain path means SQLite.

    >>> in_folder("sqlite:///hours.db", Path("/home/ana/AllianceLab"))
    'sqlite:////home/ana/AllianceLab/hours.db'
    >>> in_folder("postgresql+psycopg://db.example.org/hours", Path("/home/ana"))
    'postgresql+psycopg://db.example.org/hours'
    """
    if not url:
        return ""
    if "://" in url and not url.startswith("sqlite:///"):
        return url
    return f"sqlite:///{folder.absolute() / url.removeprefix('sqlite:///')}"


def read(folder: Path) -> Place | None:
    """Read `hours.toml`; None where there is none. Raises `AllianceLabError` for one that cannot be used."""
    path = folder / SETTINGS
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AllianceLabError(f"{path} cannot be read: {error}") from None
    for name, value in found.items():
        if name not in _KEYS or not isinstance(value, str) or not value:
            raise AllianceLabError(
                f"{path}: '{name}' is not one of its lines; they are {', '.join(_KEYS)}, each with a text such as person = \"ana\""
            )
    role = found.get("role", TRAINEE)
    if role not in ROLES:
        raise AllianceLabError(f"{path}: role '{role}' is not known; write {', '.join(ROLES)}")
    if "person" not in found:
        raise AllianceLabError(f'{path}: it does not say who you are; add a line such as person = "ana"')
    known_person(found["person"])
    paths = [folder / Path(found[name]).expanduser() if name in found else None for name in ("key", "programme-key")]
    return Place(folder, found.get("ledger", ""), found["person"], role, *paths, found.get("programme", ""))


def write(place: Place) -> Path:
    """Write `hours.toml`, with paths as they are seen from the folder; it is for its owner's eyes only."""
    told = {"ledger": place.ledger, "person": place.person, "role": place.role, "programme": place.programme}
    for name, path in (("key", place.key), ("programme-key", place.programme_key)):
        if path is not None:
            told[name] = str(path.relative_to(place.folder) if path.is_relative_to(place.folder) else path.absolute())
    place.folder.mkdir(parents=True, exist_ok=True)
    target = place.folder / SETTINGS
    # A line of JSON text is a line of TOML text, too.
    text = "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in told.items() if value)
    fresh = target.with_suffix(".new")
    fresh.touch(mode=0o600)  # a URL may hold a password
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(target)
    return target


def known_person(name: str) -> str:
    """The name of a person as the record has it, or an error that says how to write it."""
    if not _SLUG.fullmatch(name):
        raise AllianceLabError(
            f"'{name[:40]}' is not a short name; write small letters, digits and hyphens, such as ana or dr-b"
        )
    return name


def user_name() -> str:
    """The short name of whoever uses this machine, for a ledger that is theirs alone."""
    try:
        name = re.sub(r"[^a-z0-9._-]+", "-", getpass.getuser().lower()).strip("-._")
    except (OSError, KeyError):  # a user without a name
        name = ""
    return name[:64] if _SLUG.fullmatch(name[:64]) and name != PROGRAMME else "me"
