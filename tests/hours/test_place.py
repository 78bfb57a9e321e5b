"""Somebody's place: hours.toml, and the private notes beside it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alliancelab.errors import AllianceLabError
from alliancelab.hours.account import place
from alliancelab.hours.account.place import Place


def test_a_place_is_read_as_it_was_written(tmp_path):
    """Paths in the folder stay relative, so the folder can be moved; a URL with quotes and signs survives."""
    mine = Place(tmp_path, 'postgresql+psycopg://ana:p"\\é@db/hours', "ana", "trainee", tmp_path / "ana.key", None)
    written = place.write(mine)
    assert place.read(tmp_path) == mine
    assert 'key = "ana.key"' in written.read_text()
    assert stat.S_IMODE(written.stat().st_mode) == 0o600  # a URL may hold a password


def test_a_folder_without_settings_is_nobody_s(tmp_path):
    """No hours.toml: no place, and no error."""
    assert place.read(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('person = "ana"\nlegder = "x"', "'legder' is not one of its lines"),
        ("person = 3", "'person' is not one of its lines"),
        ('person = "ana"\nrole = "boss"', "role 'boss' is not known"),
        ('ledger = "hours.db"', "does not say who you are"),
        ('person = "Ana B"', "'Ana B' is not a short name"),
        ("person = ", "cannot be read"),
    ],
)
def test_settings_that_cannot_be_used_say_what_to_write(tmp_path, text, said):
    """Each mistake in hours.toml is one sentence with the file's name."""
    (tmp_path / "hours.toml").write_text(text)
    with pytest.raises(AllianceLabError, match=said):
        place.read(tmp_path)


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("hours.db", "sqlite:////f/hours.db"),
        ("sqlite:///hours.db", "sqlite:////f/hours.db"),
        ("sqlite:////abs/hours.db", "sqlite:////abs/hours.db"),
        ("/abs/hours.db", "sqlite:////abs/hours.db"),
        ("postgresql+psycopg://db/hours", "postgresql+psycopg://db/hours"),
        ("", ""),
    ],
)
def test_a_relative_ledger_is_one_of_the_folder(url, whole):
    """Whatever folder one stands in, hours.toml means the same file."""
    assert place.in_folder(url, Path("/f")) == whole


def test_notes_survive_a_torn_line(tmp_path):
    """A line that was cut off when the machine went down harms neither the notes before nor those after."""
    mine = Place(tmp_path)
    mine.note("a" * 64, "first")
    with (tmp_path / "hours-notes.jsonl").open("ab") as file:
        file.write('{"version": "b", "note": "é'.encode()[:-1])
    mine.note("c" * 64, "third")
    assert mine.notes() == {"a" * 64: "first", "c" * 64: "third"}
    assert stat.S_IMODE((tmp_path / "hours-notes.jsonl").stat().st_mode) == 0o600


@example([("a", "two\u2028lines\x85and\r\nmore")])
@given(notes=st.lists(st.tuples(st.sampled_from("abc"), st.text(st.characters(exclude_categories=["Cs"])))))
@settings(max_examples=40, deadline=None)  # each note is flushed to the disk
def test_the_last_note_of_a_version_stands(tmp_path_factory, notes):
    """Any text comes back as it was written, line breaks and quotes too."""
    mine = Place(tmp_path_factory.mktemp("notes"))
    for version, text in notes:
        mine.note(version, text)
    assert mine.notes() == dict(notes)
