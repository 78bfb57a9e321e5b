"""The folder in which certificates lie, a folder of each, and what is published of them; what is written is whole or not there.

Only its folder `public` is for the web: the status lists, in which a certificate is a bit, and the issuer's key.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import portalocker

from alliancelab.errors import AllianceLabError
from alliancelab.hours.certificate import certificate

BADGE, PAPER, ISSUER = "certificate.json", "certificate.pdf", "issuer.txt"
PUBLIC = "public"  # the folder in it that may be on the web; beside it are people's names
_LOCK_SECONDS = 30
_ASIDE = re.compile(r"\.(.+-[0-9a-f]{8})\.part")


def put_aside(folder: Path, name: str, badge: bytes, printed: bytes) -> None:
    """Write the files of a certificate that is not recorded yet, to be put into place once it is."""
    aside = folder / f".{name}.part"
    aside.mkdir()
    try:
        write(aside / BADGE, badge)
        write(aside / PAPER, printed)
    except BaseException:
        shutil.rmtree(aside)
        raise


def is_aside(folder: Path, name: str) -> bool:
    """Whether the files of a certificate wait to be put into place."""
    return (folder / f".{name}.part").is_dir()


def into_place(folder: Path, name: str) -> Path:
    """Put the files of a certificate that is recorded into place."""
    (folder / f".{name}.part").rename(folder / name)
    return folder / name


def throw_away(folder: Path, name: str) -> None:
    """Remove the files of a certificate that was not recorded."""
    shutil.rmtree(folder / f".{name}.part")


def clear(folder: Path, recorded: Collection[str]) -> None:
    """Remove what interrupted issues left that were never recorded."""
    for left in folder.iterdir():
        found = _ASIDE.fullmatch(left.name)
        if found and left.is_dir() and found[1] not in recorded:
            shutil.rmtree(left)


def list_name(public: str) -> str:
    """The name of the files of a key's status list, without their endings."""
    return f"status-{public[:8]}"


def address(folder: Path, public: str, ledger: str, url: str, known: bool) -> str:
    """The address of a key's status list, which all its badges name: the one that the list in the folder has already.

    `known` is whether there are certificates of the key: then it must not be invented anew.
    """
    file = f"{list_name(public)}.json"
    if url and not url.startswith("https://"):
        raise AllianceLabError(f"'{url[:80]}' is no address for a status list; it begins with https://")
    wanted = f"{url.rstrip('/')}/{file}" if url else ""
    try:
        has = str(json.loads((folder / PUBLIC / file).read_bytes())["id"])
    except FileNotFoundError:
        has = ""
    except (OSError, ValueError, KeyError, TypeError):
        raise AllianceLabError(
            f"{folder / PUBLIC / file} cannot be read; move it away and give --url as at first"
        ) from None
    if has and wanted and has != wanted:
        raise AllianceLabError(
            f"the certificates of this key name the status list {has}, not {wanted}; leave --url out"
        )
    if not has and not wanted and known:
        raise AllianceLabError(
            f"{folder} has no status list yet, but there are certificates of this key; name the folder in which it is, or "
            "give --url as at the first certificate"
        )
    return has or wanted or certificate.URN + str(uuid.uuid5(uuid.NAMESPACE_URL, f"{ledger}/{public}"))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Alone in a folder: the places in a status list are given one by one."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with portalocker.Lock(folder / ".lock", "a", timeout=_LOCK_SECONDS, check_interval=0.01):
            yield
    except portalocker.LockException:
        raise AllianceLabError(
            f"another program issues certificates into {folder}; type it again once it is done"
        ) from None


def write(path: Path, text: bytes) -> None:
    """Write a file whole or not at all, and onto the disk."""
    path.parent.mkdir(exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    with open(fresh, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
