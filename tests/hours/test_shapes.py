"""The bodies of records: each is just what it should be, and there is no free text in any."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from people import ANA, entry

from alliancelab.hours.record import codes, records, shapes
from alliancelab.hours.record.records import Refused

GOOD: dict[str, dict[str, Any]] = {
    records.OPENED: {"name": "Ours"},
    records.PERSON: {"person": "ana", "name": "Ana Quist"},
    records.KEY: {"person": "ana", "role": "trainee", "key": ANA.public},
    records.REVOCATION: {"key": ANA.public, "reason": "lost"},
    records.AGREEMENT: {
        "agreement": "x", "trainee": "ana", "supervisor": "b", "from": "2026-01-01", "until": "2026-02-01",
    },
    records.AGREEMENT_END: {"agreement": "x", "until": "2026-01-01"},
    records.ENTRY: {"date": "2026-03-02", "minutes": 50, "category": "study", "import": "0" * 32 + ".1"},
    records.AMENDMENT: {"version": "0" * 64, "entry": {"date": "2026-03-02", "minutes": 50, "category": "study"}},
    records.WITHDRAWAL: {"version": "0" * 64},
    records.APPROVAL: {"version": "0" * 64, "minutes": 50},
    records.QUESTION: {"version": "0" * 64, "asks": "talk"},
    records.DECLINE: {"version": "0" * 64, "reason": "other"},
    records.REVERSAL: {"approval": "0" * 64},
    records.CERTIFICATE: {"certificate": "urn:uuid:1", "policy": "appic", "digest": "0" * 64},
    records.CERTIFICATE_REVOKED: {"certificate": "urn:uuid:1", "reason": "mistake"},
    records.ERASURE: {"commitments": ["0" * 64], "ground": "request"},
}  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["lost", "0" * 64, "2026-03-02"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


def test_each_kind_of_record_has_a_shape() -> None:
    """The good ones are taken; one more field, one fewer, or free text where a code belongs is refused."""
    assert set(GOOD) == {*records.ON_PROGRAMME, *records.ON_TRAINEE}
    for kind, body in GOOD.items():
        shapes.check(records.draft(kind, body))
        refused_shape(kind, {**body, "note": "Maria was late"})
        for name in body.keys() - {"import", "until"}:
            refused_shape(kind, {key: value for key, value in body.items() if key != name})
        for name in body.keys() & {"reason", "asks", "ground"}:
            assert "is not on the list" in refused_shape(kind, {**body, name: "Maria was late"})


def test_a_kind_that_nobody_knows_is_refused() -> None:
    """A record of a later version of ours, or of nobody's."""
    assert "is your AllianceLab too old?" in refused_shape("gift", {"minutes": 50})


def refused_shape(kind: str, body: Any, salt: str | None = None) -> str:
    with pytest.raises(Refused) as told:
        shapes.check(records.draft(kind, body, salt))
    return str(told.value)


@given(st.sampled_from(sorted(GOOD)), st.data())
@settings(deadline=None, max_examples=60)
def test_whatever_else_a_body_holds_is_refused(kind: str, data: st.DataObject) -> None:
    """Anything in the place of a value is refused, or is of the same type and right in itself; nothing else is raised."""
    body = dict(GOOD[kind])
    name = data.draw(st.sampled_from(sorted(body)))
    value = data.draw(JSON)
    try:
        shapes.check(records.draft(kind, {**body, name: value}))
    except Refused:
        return
    assert type(value) is type(body[name])


def test_an_entry_is_written_in_one_form_only() -> None:
    """So that nothing hides in how it is written: no other types, no spaces, no defaults, no other order of flags."""
    body = entry(flags="b;a", start="2026-03-02T16:00+01:00", end="2026-03-02T16:50+01:00").body
    shapes.check(records.draft(records.ENTRY, body))
    for other in (
        {"minutes": "50"}, {"minutes": True}, {"flags": ["b", "a"]}, {"flags": "a;b"}, {"flags": [1]}, {"group_size": 1},
        {"category": " study"}, {"start": "2026-03-02T16:00+01:00"}, {"phase": ""}, {"import": "a file"}, {"flags": 5},
        {"category": "a" * 200}, {"flags": [f"f{number:02}" for number in range(30)]},
    ):  # fmt: skip
        refused_shape(records.ENTRY, {**body, **other})
    for salt in ("0" * 30, "0" * 31 + "A", " " * 2 + "0" * 32):
        assert "32 hexadecimal digits" in refused_shape(records.ENTRY, body, salt)


def test_every_code_has_its_words() -> None:
    """A code is a short word, and what it means is a sentence."""
    for words in (codes.ASKS, codes.DECLINES, codes.REVOCATIONS, codes.CERTIFICATE_REVOCATIONS, codes.ERASURES):
        for code, meaning in words.items():
            assert code == code.lower()
            assert meaning[-1] in ".?"
