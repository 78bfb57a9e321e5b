"""A file that travels between two people: JSON, of a format and a version, of a limited size, never written over another."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alliancelab.errors import AllianceLabError

BUNDLE, DECISIONS = "alliancelab hours bundle", "alliancelab hours decisions"
REGISTER = "alliancelab hours register"
VERSION = 1
MOST_BYTES = 16_000_000


def write(path: Path, told: Mapping[str, Any]) -> None:
    """Write a bundle, decisions or a register into a new file that only its owner can read. Raises `AllianceLabError`."""
    raw = (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()
    if len(raw) > MOST_BYTES:
        raise AllianceLabError(f"the file would have more than {MOST_BYTES // 1_000_000} MB; put fewer entries into it")
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(raw)
    except FileExistsError:
        raise AllianceLabError(f"{path} is there already; name another file") from None
    except OSError as error:
        raise AllianceLabError(f"{path} cannot be written: {error.strerror or error}") from None


def read(path: Path, format_: str) -> dict[str, Any]:
    """What a file of a format holds. Raises `AllianceLabError` for any other, and for one that is damaged."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise AllianceLabError(f"there is no file {path}") from None
    except OSError as error:
        raise AllianceLabError(f"{path} cannot be read: {error.strerror or error}") from None
    if len(raw) > MOST_BYTES:
        raise AllianceLabError(f"{path} has more than {MOST_BYTES // 1_000_000} MB, and no file of ours has")
    try:
        told = json.loads(raw.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise AllianceLabError(f"{path} is damaged, or not a file of this package; ask for it once more") from None
    if not isinstance(told, dict) or told.get("format") not in (BUNDLE, DECISIONS, REGISTER):
        raise AllianceLabError(f"{path} is not a file of this package; ask for the one that ends in .hours")
    if told["format"] != format_:
        other = {BUNDLE: "a bundle for a supervisor", DECISIONS: "a supervisor's decisions, on their way back"}
        other[REGISTER] = "a programme's register"
        raise AllianceLabError(f"{path} is {other[told['format']]}; it is read by the other command")
    if told.get("version") != VERSION:
        raise AllianceLabError(
            f"{path} is of version {str(told.get('version'))[:20]}, and this AllianceLab reads {VERSION}"
        )
    return told


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A table whose names stand in it once: of two, one reader would take the first and another the last."""
    told = dict(pairs)
    if len(told) != len(pairs):
        raise ValueError
    return told


def _no_number(text: str) -> float:
    raise ValueError(text)
