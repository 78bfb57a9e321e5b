"""What the body of each kind of record looks like; anything else is refused, so that one statement is written in one way."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from alliancelab.hours import entries
from alliancelab.hours.entries import Entry
from alliancelab.hours.record import codes, records, signing
from alliancelab.hours.record.records import Draft, Refused

ROLES = ("trainee", "supervisor", "programme")
LONGEST_NAME = 200
_LONGEST_CATEGORY, _MOST_FLAGS = 100, 20

_SALT = re.compile(r"[0-9a-f]{32}")
_HASH = re.compile(r"[0-9a-f]{64}")
_PERSON = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}")
_MARK = re.compile(r"[0-9a-f]{32}\.[1-9][0-9]{0,5}")

Shape = Mapping[str, Callable[[Any], bool]]


def check(draft: Draft) -> Entry | None:
    """Raise `records.Refused` unless a draft's kind is known and its body is just as `records` has it; the entry in it."""
    if not _matches(_SALT)(draft.salt):
        raise Refused("shape", "the salt of a record must be 32 hexadecimal digits, drawn anew for each")
    if draft.kind == records.ENTRY and isinstance(draft.body, Mapping):
        if "import" not in draft.body:
            return _entry(draft.body)
        if not _matches(_MARK)(draft.body["import"]):
            raise Refused("shape", "the mark of an imported row is not one; import the table once more")
        return _entry({name: value for name, value in draft.body.items() if name != "import"})
    if draft.kind not in _SHAPES:
        raise Refused("shape", f"there is no record of the kind '{str(draft.kind)[:40]}'; is your AllianceLab too old?")
    needs, may = _SHAPES[draft.kind], _MAY.get(draft.kind, {})
    told = draft.body.keys() if isinstance(draft.body, Mapping) else set()
    if not needs.keys() <= told <= needs.keys() | may.keys():
        raise Refused("shape", f"the body of a record '{draft.kind}' must have just {', '.join([*needs, *may])}")
    for name in told:
        if not (needs.get(name) or may[name])(draft.body[name]):
            raise Refused("shape", _told(draft.kind, name, draft.body[name]))
    return _entry(draft.body["entry"]) if draft.kind == records.AMENDMENT else None


def _told(kind: str, name: str, value: object) -> str:
    if kind == records.APPROVAL and name == "minutes":
        return "an approval is of one minute or more, in whole minutes; decline the entry if none of it counts"
    if (kind, name) in _CODES:
        return f"{name} '{str(value)[:40]}' is not on the list; write one of {', '.join(_CODES[kind, name])}"
    return f"{name} '{str(value)[:40]}' of a record '{kind}' is not as the record has it"


def _entry(body: Mapping[str, Any]) -> Entry:
    flags = body.get("flags", [])
    if not isinstance(flags, list | tuple) or not all(isinstance(flag, str) for flag in flags):
        raise Refused("shape", "the flags of an entry are a list of words")
    try:
        entry = entries.of(body)
    except entries.NotAnEntry as error:
        raise Refused("entry", str(error)) from None
    if entry.body() != body:
        raise Refused("shape", "an entry is recorded in one form only; make it with `entries.of(...).body()`")
    if len(entry.category) > _LONGEST_CATEGORY or len(entry.flags) > _MOST_FLAGS:
        raise Refused("shape", f"a category has {_LONGEST_CATEGORY} letters at most, and an entry {_MOST_FLAGS} flags")
    return entry


def _matches(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _one_of(words: Mapping[str, str] | tuple[str, ...]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in words


def _is_called(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isprintable() and value == value.strip()


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _are_hashes(value: Any) -> bool:
    good = isinstance(value, list | tuple) and all(_matches(_HASH)(one) for one in value)
    return good and bool(value) and len(set(value)) == len(value)


_is_hash, _is_person, _is_name = _matches(_HASH), _matches(_PERSON), _matches(_NAME)

_SHAPES: Mapping[str, Shape] = {
    records.OPENED: {"name": _is_called},
    records.PERSON: {"person": _is_person, "name": _is_called},
    records.KEY: {
        "person": _is_person,
        "role": _one_of(ROLES),
        "key": lambda value: isinstance(value, str) and signing.is_public(value),
    },
    records.REVOCATION: {"key": _is_hash, "reason": _one_of(codes.REVOCATIONS)},
    records.AGREEMENT: {"agreement": _is_name, "trainee": _is_person, "supervisor": _is_person, "from": _is_day},
    records.AGREEMENT_END: {"agreement": _is_name, "until": _is_day},
    records.AMENDMENT: {"version": _is_hash, "entry": lambda value: isinstance(value, Mapping)},
    records.WITHDRAWAL: {"version": _is_hash},
    records.APPROVAL: {"version": _is_hash, "minutes": lambda value: type(value) is int and value > 0},
    records.QUESTION: {"version": _is_hash, "asks": _one_of(codes.ASKS)},
    records.DECLINE: {"version": _is_hash, "reason": _one_of(codes.DECLINES)},
    records.REVERSAL: {"approval": _is_hash},
    records.CERTIFICATE: {"certificate": _is_name, "policy": _is_name, "digest": _is_hash},
    records.CERTIFICATE_REVOKED: {"certificate": _is_name, "reason": _one_of(codes.CERTIFICATE_REVOCATIONS)},
    records.ERASURE: {"commitments": _are_hashes, "ground": _one_of(codes.ERASURES)},
}
_MAY: Mapping[str, Shape] = {records.AGREEMENT: {"until": _is_day}}
_CODES: Mapping[tuple[str, str], Mapping[str, str]] = {
    (records.REVOCATION, "reason"): codes.REVOCATIONS,
    (records.QUESTION, "asks"): codes.ASKS,
    (records.DECLINE, "reason"): codes.DECLINES,
    (records.CERTIFICATE_REVOKED, "reason"): codes.CERTIFICATE_REVOCATIONS,
    (records.ERASURE, "ground"): codes.ERASURES,
}
